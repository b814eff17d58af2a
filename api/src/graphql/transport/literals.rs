//! Rules for the values in a document that the validator does not know: `@oneOf`, variables inside lists and input
//! objects, and fields that are given twice.

use super::validator::{Validator, error, place};
use super::variables::constant;
use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{Field, Operation, VariableDefinition};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{ExecutableDocument, Node};
use async_graphql::ServerError;

/// Whether exactly one field of this input object must be given.
pub(super) fn is_one_of(object: &InputObjectType) -> bool {
    object.directives.has("oneOf")
}

/// The arguments of a field.
///
/// # Errors
/// The first rule that they break.
pub(super) fn check(
    validator: &Validator,
    document: &ExecutableDocument,
    operation: &Operation,
    field: &Field,
) -> Result<(), ServerError> {
    let check = Check { validator, document, operation };
    for argument in &field.arguments {
        // A variable that is the whole argument is the validator's.
        if let Some(definition) = field.definition.argument_by_name(&argument.name)
            && argument.value.as_variable().is_none()
        {
            check.value(&argument.value, &definition.ty, false)?;
        }
    }
    Ok(())
}

/// The defaults of an operation's variables.
///
/// # Errors
/// The first rule that they break.
pub(super) fn check_defaults(
    validator: &Validator,
    document: &ExecutableDocument,
    operation: &Operation,
) -> Result<(), ServerError> {
    let check = Check { validator, document, operation };
    let mut defaults =
        operation.variables.iter().filter_map(|variable| Some((variable, variable.default_value.as_ref()?)));
    defaults.try_for_each(|(variable, default)| check.value(default, &variable.ty, false))
}

/// Recurses no deeper than the brackets of the document.
struct Check<'a> {
    validator: &'a Validator,
    document: &'a ExecutableDocument,
    operation: &'a Operation,
}

impl Check<'_> {
    fn value(&self, value: &Node<Value>, ty: &Type, has_default: bool) -> Result<(), ServerError> {
        match &**value {
            Value::Variable(name) => {
                let variable = self.operation.variables.iter().find(|variable| variable.name == *name);
                if variable.is_some_and(|variable| !allowed(variable, ty, has_default)) {
                    let message = format!("the variable ${name} cannot be used where {ty} is expected");
                    return Err(self.error(message, value));
                }
                Ok(())
            }
            Value::List(items) => items.iter().try_for_each(|item| self.value(item, ty.item_type(), false)),
            Value::Object(members) => match self.validator.schema().types.get(ty.inner_named_type()) {
                Some(ExtendedType::InputObject(object)) => self.object(value, members, object),
                _ => Ok(()),
            },
            Value::Null => Ok(()),
            _ => self.scalar(value, ty.inner_named_type()),
        }
    }

    fn scalar(&self, value: &Node<Value>, name: &str) -> Result<(), ServerError> {
        let checked = self.validator.check_scalar(name, &constant(value));
        checked.map_err(|must| self.error(format!("this is no {name}: {must}"), value))
    }

    fn object(
        &self,
        value: &Node<Value>,
        members: &[(apollo_compiler::Name, Node<Value>)],
        object: &InputObjectType,
    ) -> Result<(), ServerError> {
        for (index, (name, member)) in members.iter().enumerate() {
            if members[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(self.error(format!("{}.{name} is given twice", object.name), member));
            }
            let Some(field) = object.fields.get(name) else { continue };
            // The one member of a @oneOf must not become absent or null.
            let ty =
                if is_one_of(object) { field.ty.as_ref().clone().non_null() } else { (*field.ty).clone() };
            self.value(member, &ty, field.default_value.is_some())?;
        }
        let is_null = members.iter().any(|(_, member)| member.is_null());
        if is_one_of(object) && (members.len() != 1 || is_null) {
            let message = format!("{} takes exactly one of its fields, and not null", object.name);
            return Err(self.error(message, value));
        }
        Ok(())
    }

    fn error(&self, message: String, at: &Node<Value>) -> ServerError {
        error(message, place(at, self.document))
    }
}

/// `IsVariableUsageAllowed` of the specification.
fn allowed(variable: &VariableDefinition, ty: &Type, has_default: bool) -> bool {
    if !ty.is_non_null() || variable.ty.is_non_null() {
        return variable.ty.is_assignable_to(ty);
    }
    let never_null = variable.default_value.as_ref().is_some_and(|default| !default.is_null());
    (never_null || has_default) && variable.ty.is_assignable_to(&ty.clone().nullable())
}
