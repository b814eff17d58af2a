//! Variables without a value: an argument or an input field that is nothing but such a variable is absent, which is not
//! the same as null. The executor would take it for null.

use async_graphql::Name;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, Selection, SelectionSet};
use async_graphql_value::Value;

/// Takes these variables out of a document. It must have been validated: what is left may break the rule that every
/// variable is used.
pub(super) fn strip(document: &mut ExecutableDocument, omitted: &[&Name]) {
    match &mut document.operations {
        DocumentOperations::Single(operation) => selections(&mut operation.node.selection_set.node, omitted),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                selections(&mut operation.node.selection_set.node, omitted);
            }
        }
    }
    for fragment in document.fragments.values_mut() {
        selections(&mut fragment.node.selection_set.node, omitted);
    }
}

/// Recurses no deeper than the brackets of the document. Directives have no argument that can be omitted.
fn selections(set: &mut SelectionSet, omitted: &[&Name]) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                field.node.arguments.retain(|(_, value)| !is_omitted(&value.node, omitted));
                field.node.arguments.iter_mut().for_each(|(_, argument)| value(&mut argument.node, omitted));
                selections(&mut field.node.selection_set.node, omitted);
            }
            Selection::InlineFragment(fragment) => {
                selections(&mut fragment.node.selection_set.node, omitted);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn value(of: &mut Value, omitted: &[&Name]) {
    match of {
        Value::Object(members) => {
            members.retain(|_, member| !is_omitted(member, omitted));
            members.values_mut().for_each(|member| value(member, omitted));
        }
        // An item of a list cannot be absent, so it is null.
        Value::List(items) => {
            for item in items {
                if is_omitted(item, omitted) {
                    *item = Value::Null;
                } else {
                    value(item, omitted);
                }
            }
        }
        _ => {}
    }
}

fn is_omitted(value: &Value, omitted: &[&Name]) -> bool {
    matches!(value, Value::Variable(name) if omitted.contains(&name))
}
