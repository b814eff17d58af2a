//! The variables of a request: checked against their types, with the defaults filled in.
//!
//! No error shows a value, which may be a customer's text or a password.

use super::literals::is_one_of;
use super::validator::{self, Validator, place};
use apollo_compiler::ast::{Type, Value as Literal};
use apollo_compiler::executable::VariableDefinition;
use apollo_compiler::parser::LineColumn;
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{ExecutableDocument, Node};
use async_graphql::{Name, ServerError, Value, Variables};
use indexmap::IndexMap;

/// A variable of an operation.
#[derive(Debug)]
pub(super) struct Variable {
    /// Without the dollar.
    pub(super) name: Name,
    ty: Type,
    default: Option<Value>,
    place: Option<LineColumn>,
}

impl Variable {
    /// As the document defines it.
    pub(super) fn new(definition: &Node<VariableDefinition>, document: &ExecutableDocument) -> Self {
        Self {
            name: Name::new(definition.name.as_str()),
            ty: (*definition.ty).clone(),
            default: definition.default_value.as_deref().map(constant),
            place: place(definition, document),
        }
    }
}

/// The value of a literal without variables.
pub(super) fn constant(literal: &Literal) -> Value {
    match literal {
        // The grammar has no variable in a default.
        Literal::Null | Literal::Variable(_) => Value::Null,
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Enum(name) => Value::Enum(Name::new(name.as_str())),
        Literal::String(text) => Value::String(text.clone()),
        Literal::Int(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::Float(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        Literal::List(items) => Value::List(items.iter().map(|item| constant(item)).collect()),
        Literal::Object(members) => {
            let members = members.iter();
            Value::Object(members.map(|(name, value)| (Name::new(name.as_str()), constant(value))).collect())
        }
    }
}

/// The values for these variables. What was given and is not one of them is dropped; what was not given and has no
/// default stays away.
///
/// # Errors
/// The first value that does not fit its type.
pub(super) fn coerce(
    validator: &Validator,
    variables: &[Variable],
    mut given: Variables,
) -> Result<Variables, ServerError> {
    let mut coerced = Variables::default();
    for variable in variables {
        let value = match (given.remove(&variable.name), &variable.default) {
            (Some(value), _) => {
                let mut path = format!("${}", variable.name);
                let value = Coercion { validator, path: &mut path }.value(value, &variable.ty);
                value.map_err(|why| validator::error(format!("{path}: {why}"), variable.place))?
            }
            (None, Some(default)) => default.clone(),
            (None, None) if variable.ty.is_non_null() => {
                let message = format!("${}: a {} must be given", variable.name, variable.ty);
                return Err(validator::error(message, variable.place));
            }
            (None, None) => continue,
        };
        coerced.insert(variable.name.clone(), value);
    }
    Ok(coerced)
}

struct Coercion<'a> {
    validator: &'a Validator,
    /// To the value at hand. After an error: to the wrong one.
    path: &'a mut String,
}

impl Coercion<'_> {
    /// Recurses no deeper than lists are nested in a type, and input objects in the value.
    fn value(&mut self, value: Value, ty: &Type) -> Result<Value, String> {
        match (value, ty) {
            (Value::Null, ty) if ty.is_non_null() => Err(format!("expected {ty}, but found null")),
            (Value::Null, _) => Ok(Value::Null),
            (Value::List(items), Type::List(item) | Type::NonNullList(item)) => {
                let items = items.into_iter().enumerate();
                let items = items
                    .map(|(index, value)| self.at(format_args!("[{index}]"), |it| it.value(value, item)));
                items.collect::<Result<_, _>>().map(Value::List)
            }
            // One thing stands for a list of it.
            (value, Type::List(item) | Type::NonNullList(item)) => {
                Ok(Value::List(vec![self.value(value, item)?]))
            }
            (value, Type::Named(name) | Type::NonNullNamed(name)) => {
                match self.validator.schema().types.get(name) {
                    Some(ExtendedType::InputObject(object)) => self.object(value, object),
                    Some(ExtendedType::Enum(choices)) => match &value {
                        Value::String(text) if choices.values.contains_key(text.as_str()) => Ok(value),
                        _ => Err(format!("expected a value of the enum {name}")),
                    },
                    _ => self.scalar(value, name),
                }
            }
        }
    }

    fn object(&mut self, value: Value, object: &InputObjectType) -> Result<Value, String> {
        let Value::Object(mut members) = value else {
            return Err(format!("expected an object, a {}, but found {}", object.name, kind(&value)));
        };
        let mut coerced = IndexMap::with_capacity(members.len());
        for (name, field) in &object.fields {
            let value = match (members.swap_remove(name.as_str()), &field.default_value) {
                (Some(value), _) => self.at(format_args!(".{name}"), |it| it.value(value, &field.ty))?,
                (None, Some(default)) => constant(default),
                (None, None) if field.ty.is_non_null() => {
                    return Err(format!("a {} must have {name}, a {}", object.name, field.ty));
                }
                (None, None) => continue,
            };
            coerced.insert(Name::new(name.as_str()), value);
        }
        if !members.is_empty() {
            let fields: Vec<&str> = object.fields.keys().map(|name| name.as_str()).collect();
            return Err(format!("a {} has the fields {}, and no other", object.name, fields.join(", ")));
        }
        if is_one_of(object) && (coerced.len() != 1 || coerced.values().any(|value| *value == Value::Null)) {
            return Err(format!("{} takes exactly one of its fields, and not null", object.name));
        }
        Ok(Value::Object(coerced))
    }

    fn scalar(&self, value: Value, name: &str) -> Result<Value, String> {
        let fits = match (name, &value) {
            ("Int", Value::Number(number)) => {
                number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            ("ID", Value::Number(number)) => number.is_i64(),
            ("Float", Value::Number(_))
            | ("String" | "ID", Value::String(_))
            | ("Boolean", Value::Boolean(_)) => true,
            ("Int" | "Float" | "String" | "ID" | "Boolean", _) => false,
            _ => {
                let wrong = |must| format!("this is no {name}: {must}");
                return self.validator.check_scalar(name, &value).map(|()| value).map_err(wrong);
            }
        };
        if fits { Ok(value) } else { Err(format!("expected {name}, but found {}", kind(&value))) }
    }

    fn at<T>(
        &mut self,
        step: std::fmt::Arguments<'_>,
        run: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        let length = self.path.len();
        self.path.push_str(&step.to_string());
        let value = run(self)?;
        self.path.truncate(length);
        Ok(value)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) | Value::Binary(_) => "a text",
        Value::Boolean(_) => "a boolean",
        Value::Enum(_) => "an enum value",
        Value::List(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
