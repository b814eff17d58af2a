//! What is known of a valid operation before it runs: its variables, what it costs, and that it is within the limits.

use super::cost::{self, Amount, Cost, Objects, Part, Times};
use super::limits::{self, Excess};
use super::literals;
use super::validator::{self, Validator};
use super::variables::Variable;
use apollo_compiler::ast::Value;
use apollo_compiler::executable::{DirectiveList, Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Node};
use async_graphql::{Name, ServerError};

/// The lists whose nesting multiplies, as graphql-js names them.
const MULTIPLYING: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

/// An operation of a valid document.
#[derive(Debug)]
pub(super) struct Plan {
    /// Its name.
    pub(super) name: Option<Box<str>>,
    /// In the order of the document.
    pub(super) variables: Vec<Variable>,
    /// With all that it selects; what `@skip` and `@include` leave out counts too.
    pub(super) cost: Cost,
}

impl Plan {
    /// Of one operation.
    ///
    /// # Errors
    /// What is wrong with its literals, or the limit that it exceeds.
    pub(super) fn new(
        validator: &Validator,
        document: &ExecutableDocument,
        operation: &Operation,
    ) -> Result<Self> {
        let mut walk = Walk { validator, document, operation, aliases: 0, root_fields: 0, directives: 0 };
        walk.operation()
    }
}

/// Recurses no deeper than the brackets of the document and its fragments in a row, and visits no more than the fields
/// that [`limits::check_selections`] lets through.
struct Walk<'a> {
    validator: &'a Validator,
    document: &'a ExecutableDocument,
    operation: &'a Operation,
    aliases: usize,
    root_fields: usize,
    directives: usize,
}

/// Where a set of selections stands.
#[derive(Clone, Debug)]
struct Place {
    /// Fields above, or above within introspection.
    depth: usize,
    /// Lists above that multiply; none outside of introspection.
    introspection: Option<usize>,
    /// The size that a connection was asked for, for its `edges` and `nodes`.
    page: Option<Times>,
}

impl Place {
    fn is_root(&self) -> bool {
        self.depth == 0
    }
}

type Result<T> = std::result::Result<T, ServerError>;

impl<'a> Walk<'a> {
    fn operation(&mut self) -> Result<Plan> {
        let operation = self.operation;
        self.directives(&operation.directives)?;
        literals::check_defaults(self.validator, self.document, operation)?;
        let variables = operation.variables.iter().map(|variable| Variable::new(variable, self.document));
        let variables = variables.collect();
        let root = Place { depth: 0, introspection: None, page: None };
        let inside = self.set(&operation.selection_set, &root)?;
        let answer = Part { only: None, own: 0, times: Times::Known(1), object: cost::OBJECT, inside };
        let name = operation.name.as_ref().map(|name| name.as_str().into());
        Ok(Plan { name, variables, cost: Cost::of(vec![answer]) })
    }

    fn set(&mut self, set: &'a SelectionSet, place: &Place) -> Result<Cost> {
        let objects = self.validator.objects(&set.ty).to_vec();
        let mut parts = Vec::new();
        self.collect(set, &objects, None, place, &mut parts)?;
        Ok(Cost::of(parts))
    }

    /// `all` may stand here; the selections are on those of `only`, or on all.
    fn collect(
        &mut self,
        set: &'a SelectionSet,
        all: &[u16],
        only: Option<&Objects>,
        place: &Place,
        parts: &mut Vec<Part>,
    ) -> Result<()> {
        for selection in &set.selections {
            let (directives, inner) = match selection {
                Selection::Field(field) => {
                    self.directives(&field.directives)?;
                    parts.extend(self.field(field, only, place)?);
                    continue;
                }
                Selection::InlineFragment(fragment) => (&fragment.directives, &fragment.selection_set),
                Selection::FragmentSpread(spread) => {
                    // Valid documents spread none that is not there.
                    let Some(fragment) = self.document.fragments.get(&spread.fragment_name) else { continue };
                    self.directives(&fragment.directives)?;
                    (&spread.directives, &fragment.selection_set)
                }
            };
            self.directives(directives)?;
            let fit = self.validator.objects(&inner.ty);
            let here = only.map_or(all, Vec::as_slice);
            let narrowed: Objects = here.iter().copied().filter(|object| fit.contains(object)).collect();
            let narrowed = Some(narrowed).filter(|narrowed| narrowed.len() < all.len());
            self.collect(inner, all, narrowed.as_ref(), place, parts)?;
        }
        Ok(())
    }

    /// None if it costs nothing.
    fn field(
        &mut self,
        field: &'a Node<Field>,
        only: Option<&Objects>,
        place: &Place,
    ) -> Result<Option<Part>> {
        literals::check(self.validator, self.document, self.operation, field)?;
        let mut below = self.below(field, place)?;
        let own = if place.is_root() && self.operation.is_mutation() { cost::CHANGE } else { 0 };
        if is_connection(self.validator, field) {
            below.page = Some(Times::Page(amount(field, "first"), amount(field, "last")));
        }
        let inside = self.set(&field.selection_set, &below)?;
        let is_composite = !field.selection_set.selections.is_empty();
        let times = if is_composite { times(field, place) } else { Times::Known(0) };
        let object = match (&place.page, field.name.as_str()) {
            (Some(_), "nodes") => cost::PAGE_ITEM,
            // Together with its `node`.
            (Some(_), "edges") => cost::PAGE_ITEM - cost::OBJECT,
            _ => cost::OBJECT,
        };
        let part = Part { only: only.cloned(), own, times, object, inside };
        Ok((is_composite || own > 0).then_some(part))
    }

    /// The place inside a field, if it is within the limits.
    fn below(&mut self, field: &Node<Field>, place: &Place) -> Result<Place> {
        let name = field.name.as_str();
        let begins = matches!(name, "__schema" | "__type");
        if begins && !self.validator.introspection() {
            let message = "the schema may not be asked about itself here; its text comes with the service";
            return Err(validator::error(message, validator::place(field, self.document)));
        }
        if place.is_root() {
            count(&mut self.root_fields, 1, limits::ROOT_FIELDS, Excess::RootFields)?;
        }
        if field.alias.as_ref().is_some_and(|alias| *alias != field.name) {
            count(&mut self.aliases, 1, limits::ALIASES, Excess::Aliases)?;
        }
        let lists = if begins { Some(0) } else { place.introspection };
        let lists = lists.map(|lists| lists + usize::from(MULTIPLYING.contains(&name)));
        let depth = if begins { 1 } else { place.depth + 1 };
        match lists {
            Some(lists) if lists > limits::INTROSPECTION_LISTS => Err(Excess::IntrospectionLists.into()),
            Some(_) if depth > limits::INTROSPECTION_DEPTH => Err(Excess::IntrospectionDepth.into()),
            None if depth > limits::DEPTH => Err(Excess::Depth.into()),
            introspection => Ok(Place { depth, introspection, page: None }),
        }
    }

    fn directives(&mut self, directives: &DirectiveList) -> Result<()> {
        count(&mut { 0 }, directives.len(), limits::DIRECTIVES_HERE, Excess::DirectivesHere)?;
        count(&mut self.directives, directives.len(), limits::DIRECTIVES, Excess::Directives)
    }
}

fn count(counted: &mut usize, more: usize, limit: usize, excess: Excess) -> Result<()> {
    *counted += more;
    if *counted > limit { Err(excess.into()) } else { Ok(()) }
}

/// Whether the field gives a page of a list.
fn is_connection(validator: &Validator, field: &Field) -> bool {
    let ty = validator.schema().types.get(field.ty().inner_named_type());
    let fields = ty.and_then(ExtendedType::as_object).map(|object| &object.fields);
    fields.is_some_and(|fields| fields.contains_key("edges") && fields.contains_key("pageInfo"))
}

/// How many objects a field gives that stands here.
fn times(field: &Field, place: &Place) -> Times {
    match &place.page {
        _ if !field.ty().is_list() => Times::Known(1),
        Some(page) if matches!(field.name.as_str(), "edges" | "nodes") => page.clone(),
        _ if field.definition.argument_by_name("ids").is_some() => Times::Items(amount(field, "ids")),
        _ if place.introspection.is_some() => Times::Known(cost::INTROSPECTION_LIST),
        _ if place.is_root() => Times::Known(cost::ROOT_LIST),
        _ => Times::Known(cost::INNER_LIST),
    }
}

fn amount(field: &Field, argument: &str) -> Amount {
    let value = field.arguments.iter().find(|given| given.name == argument).map(|given| &*given.value);
    match value {
        None | Some(Value::Null) => Amount::Absent,
        Some(Value::Variable(name)) => Amount::Variable(Name::new(name.as_str())),
        Some(Value::List(items)) => Amount::Known(u64::try_from(items.len()).unwrap_or(u64::MAX)),
        // A size below zero is refused later; valid documents have nothing but numbers here.
        Some(Value::Int(size)) => Amount::Known(size.as_str().parse().unwrap_or(0)),
        Some(_) => Amount::Known(1),
    }
}

#[cfg(test)]
mod tests;
