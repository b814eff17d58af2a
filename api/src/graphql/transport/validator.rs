//! Validation against the schema's own text, by a second implementation of the specification: the executor's rules let
//! through what goes wrong later (nothing on `__typename` and no literal with a variable in it is looked at).

use super::cost::Objects;
use super::operations::ScalarCheck;
use super::plan::Plan;
use super::response::{self, Code};
use anyhow::{Context, Result};
use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::parser::{LineColumn, Parser};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Name, Node, Schema, name, ty};
use async_graphql::{Pos, ServerError, Value};
use std::collections::HashMap;

/// Bytes of a message: a name may be as long as the document.
const MESSAGE: usize = 250;

/// The schema as the rules need it.
pub(super) struct Validator {
    schema: Valid<Schema>,
    /// For each type that has fields: the objects that may stand in its place, in order.
    objects: HashMap<Name, Objects>,
    introspection: bool,
    scalars: ScalarCheck,
}

impl Validator {
    /// Of the schema with this text, whose own scalars `scalars` knows. Without `introspection` its description of itself
    /// cannot be asked for.
    ///
    /// # Errors
    /// If the text is not a schema.
    pub(super) fn new(sdl: &str, introspection: bool, scalars: ScalarCheck) -> Result<Self> {
        let mut schema = Parser::new().parse_schema(sdl, "schema.graphql").map_err(|error| error.errors);
        if let Ok(schema) = &mut schema {
            complete(schema);
        }
        let schema = schema
            .and_then(|schema| schema.validate().map_err(|error| error.errors))
            .map_err(|errors| anyhow::anyhow!("{errors}"))
            .context("the schema's own text is not valid")?;
        Ok(Self { objects: objects(&schema), schema, introspection, scalars })
    }

    /// Its types.
    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Whether the schema may be asked about itself.
    pub(super) fn introspection(&self) -> bool {
        self.introspection
    }

    /// What a value must be for this scalar, if it is not that.
    pub(super) fn check_scalar(&self, name: &str, value: &Value) -> Result<(), &'static str> {
        (self.scalars)(name, value)
    }

    /// The objects that may stand where this type does.
    pub(super) fn objects(&self, of: &str) -> &[u16] {
        self.objects.get(of).map_or(&[], Vec::as_slice)
    }

    /// Why a document cannot be parsed.
    pub(super) fn syntax_errors(&self, text: &str) -> Vec<ServerError> {
        let parsed = Parser::new().parse_ast(text, "document");
        let mut found = parsed.err().map(|error| errors(&error.errors)).unwrap_or_default();
        for error in &mut found {
            // What follows is taken from the document.
            let end = error.message.find(", got ").unwrap_or(error.message.len());
            error.message.truncate(end);
        }
        if found.is_empty() {
            found.push(error("the document is not GraphQL: a number, a text or a name in it is wrong", None));
        }
        found
    }

    /// One plan for each operation of a document.
    ///
    /// # Errors
    /// Every rule that it breaks, or the limit that it exceeds.
    pub(super) fn plans(&self, text: &str) -> Result<Vec<Plan>, Vec<ServerError>> {
        // The limits of the parser are those that have been checked; its own would be a little narrower.
        let document = Parser::new()
            .parse_executable(&self.schema, text, "document")
            .map_err(|error| errors(&error.errors))?
            .validate(&self.schema)
            .map_err(|error| errors(&error.errors))?;
        let plans = document.operations.iter().map(|operation| Plan::new(self, &document, operation));
        plans.collect::<Result<_, _>>().map_err(|error| vec![error])
    }
}

/// What the specification of September 2025 says of introspection and this library's own text of it does not yet.
fn complete(schema: &mut Schema) {
    for described in ["__Type", "__Field", "__Directive"] {
        let Some(ExtendedType::Object(described)) = schema.types.get_mut(described) else { continue };
        for field in described.make_mut().fields.values_mut() {
            let arguments = field.make_mut().arguments.iter_mut();
            for argument in arguments.filter(|argument| argument.name == "includeDeprecated") {
                argument.make_mut().ty = ty!(Boolean!).into();
            }
        }
    }
    if let Some(ExtendedType::Object(described)) = schema.types.get_mut("__Type") {
        let is_one_of = FieldDefinition {
            description: None,
            name: name!("isOneOf"),
            arguments: Vec::new(),
            ty: ty!(Boolean),
            directives: Default::default(),
        };
        described.make_mut().fields.insert(name!("isOneOf"), is_one_of.into());
    }
}

fn objects(schema: &Schema) -> HashMap<Name, Objects> {
    let mut objects: HashMap<Name, Objects> = HashMap::new();
    let types = schema.types.values().filter_map(ExtendedType::as_object);
    for (number, object) in (0_u16..).zip(types) {
        objects.entry(object.name.clone()).or_default().push(number);
        for interface in &object.implements_interfaces {
            objects.entry(interface.name.clone()).or_default().push(number);
        }
        let unions = schema.types.values().filter_map(ExtendedType::as_union);
        for union in unions.filter(|union| union.members.contains(&object.name)) {
            objects.entry(union.name.clone()).or_default().push(number);
        }
    }
    objects
}

/// The messages name types, fields and variables, and of a literal only its kind.
fn errors(list: &DiagnosticList) -> Vec<ServerError> {
    list.iter()
        .take(response::ERRORS)
        .map(|diagnostic| {
            let place = diagnostic.line_column_range().map(|range| range.start);
            let mut message = diagnostic.error.to_string();
            message.truncate(message.floor_char_boundary(MESSAGE));
            error(message, place)
        })
        .collect()
}

/// An error of the request at a place of its document.
pub(super) fn error(message: impl Into<String>, place: Option<LineColumn>) -> ServerError {
    let mut error = response::error(message, Code::BadUserInput);
    error.locations.extend(place.map(position));
    error
}

/// Where something stands in its document.
pub(super) fn place<T>(node: &Node<T>, document: &apollo_compiler::ExecutableDocument) -> Option<LineColumn> {
    node.location()?.line_column(&document.sources)
}

fn position(place: LineColumn) -> Pos {
    Pos { line: place.line, column: place.column }
}
