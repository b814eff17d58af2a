//! What an operation costs: as many points as objects may come back at most, and some for each change.
//!
//! The model is the one of IBM's GraphQL cost specification: the size of a page multiplies what is on it. Of the types
//! that may stand in one place the dearest counts, since only one of them comes back. What does not depend on variables
//! is added up once, when the document is read; the rest is a small formula.

use async_graphql::{Name, Value, Variables};
use std::collections::BTreeMap;

/// Items of a page when the request does not say.
pub(super) use crate::graphql::paging::DEFAULT_SIZE as PAGE;

/// Items of a plain list at the root: channels, roles and the like, of which a business has a handful.
pub(super) const ROOT_LIST: u64 = 10;
/// Items of a plain list inside something: cards of a message, reactions to it. Most have none and few have several.
pub(super) const INNER_LIST: u64 = 1;
/// Items of a list in the schema's description of itself. There are many more, but they are in memory.
pub(super) const INTROSPECTION_LIST: u64 = 3;
/// An object.
pub(super) const OBJECT: u64 = 1;
/// An item of a page: it is looked for, ordered and counted off in the database, and then an object.
pub(super) const PAGE_ITEM: u64 = 5;
/// A change writes, wakes others and is told to all subscribers.
pub(super) const CHANGE: u64 = 10;

/// The objects that may stand in one place, by their number in the schema.
pub(super) type Objects = Vec<u16>;

/// What a selection of fields costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Whatever the variables are.
    Fixed(u64),
    /// By the variables.
    Sum(Vec<Part>),
}

/// What one field costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// The objects that it is selected on; none if on all.
    pub(super) only: Option<Objects>,
    /// Once.
    pub(super) own: u64,
    /// How often what follows.
    pub(super) times: Times,
    /// One object by itself.
    pub(super) object: u64,
    /// What is selected on it.
    pub(super) inside: Cost,
}

/// How many objects a field gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// So many.
    Known(u64),
    /// As many as `first` or `last` ask for.
    Page(Amount, Amount),
    /// One for each item that is given; without any as many as in a list at the root.
    Items(Amount),
}

/// An argument that says how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// It is not given, or null.
    Absent,
    /// It stands in the document.
    Known(u64),
    /// It comes with the request.
    Variable(Name),
}

impl Cost {
    /// Of these parts together. With a variable in none of them it is a number already.
    pub(super) fn of(parts: Vec<Part>) -> Self {
        let varies = |part: &Part| {
            let varies = |amount: &Amount| matches!(amount, Amount::Variable(_));
            matches!(part.inside, Self::Sum(_))
                || match &part.times {
                    Times::Known(_) => false,
                    Times::Page(first, last) => varies(first) || varies(last),
                    Times::Items(items) => varies(items),
                }
        };
        if parts.iter().any(varies) {
            Self::Sum(parts)
        } else {
            Self::Fixed(sum(&parts, &Variables::default()))
        }
    }

    /// In points.
    pub(super) fn points(&self, variables: &Variables) -> u64 {
        match self {
            Self::Fixed(points) => *points,
            Self::Sum(parts) => sum(parts, variables),
        }
    }
}

/// The parts that are selected on all objects, and those of the object for which they cost most.
fn sum(parts: &[Part], variables: &Variables) -> u64 {
    let mut common = 0_u64;
    let mut by_object: BTreeMap<u16, u64> = BTreeMap::new();
    for part in parts {
        let each = part.inside.points(variables).saturating_add(part.object);
        let points = part.own.saturating_add(part.times.count(variables).saturating_mul(each));
        match &part.only {
            None => common = common.saturating_add(points),
            Some(objects) => {
                for object in objects {
                    let total = by_object.entry(*object).or_default();
                    *total = total.saturating_add(points);
                }
            }
        }
    }
    common.saturating_add(by_object.into_values().max().unwrap_or_default())
}

impl Times {
    fn count(&self, variables: &Variables) -> u64 {
        match self {
            Self::Known(count) => *count,
            Self::Page(first, last) => {
                let asked = first.resolve(variables).max(last.resolve(variables));
                asked.unwrap_or(PAGE.unsigned_abs().into())
            }
            Self::Items(items) => items.resolve(variables).unwrap_or(ROOT_LIST),
        }
    }
}

impl Amount {
    fn resolve(&self, variables: &Variables) -> Option<u64> {
        match self {
            Self::Absent => None,
            Self::Known(amount) => Some(*amount),
            Self::Variable(name) => match variables.get(name)? {
                Value::List(items) => u64::try_from(items.len()).ok(),
                // A size below zero is refused later.
                Value::Number(number) => Some(number.as_u64().unwrap_or(0)),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(only: Option<&[u16]>, times: Times, inside: Cost) -> Part {
        Part { only: only.map(<[u16]>::to_vec), own: 0, times, object: OBJECT, inside }
    }

    fn variables(json: serde_json::Value) -> Variables {
        Variables::from_json(json)
    }

    #[test]
    fn what_no_variable_decides_is_a_number() {
        let leaf = || Cost::Fixed(0);
        let known = |only, count| one(only, Times::Known(count), leaf());
        let cases = [
            (vec![], 0),
            (vec![known(None, 1)], 1),
            (vec![known(None, 3), known(None, 1)], 4),
            (vec![one(None, Times::Known(10), Cost::Fixed(4))], 50),
            (vec![Part { own: CHANGE, ..known(None, 1) }], 11),
            (vec![one(None, Times::Page(Amount::Absent, Amount::Absent), leaf())], 25),
            (vec![one(None, Times::Page(Amount::Known(500), Amount::Absent), leaf())], 500),
            (vec![one(None, Times::Page(Amount::Known(2), Amount::Known(7)), leaf())], 7),
            (vec![one(None, Times::Items(Amount::Absent), leaf())], 10),
            // Object 1 costs 2 + 4, object 2 costs 4 + 1; what all have comes on top.
            (
                vec![known(Some(&[1]), 2), known(Some(&[1, 2]), 4), known(Some(&[2]), 1), known(None, 100)],
                106,
            ),
            (vec![one(None, Times::Known(u64::MAX), Cost::Fixed(u64::MAX))], u64::MAX),
        ];
        for (parts, expected) in cases {
            assert_eq!(Cost::of(parts.clone()), Cost::Fixed(expected), "{parts:?}");
        }
    }

    #[test]
    fn variables_multiply() {
        let amount = |name| Amount::Variable(Name::new(name));
        let page = || Times::Page(amount("first"), amount("last"));
        let nested = Cost::of(vec![one(None, page(), Cost::of(vec![one(None, page(), Cost::Fixed(0))]))]);
        let items = Cost::of(vec![one(None, Times::Items(amount("ids")), Cost::Fixed(1))]);
        let cases = [
            (&nested, serde_json::json!({}), 25 * 26),
            (&nested, serde_json::json!({ "first": null }), 25 * 26),
            (&nested, serde_json::json!({ "first": 10 }), 10 * 11),
            (&nested, serde_json::json!({ "last": 100 }), 100 * 101),
            (&nested, serde_json::json!({ "first": -1 }), 0),
            (&nested, serde_json::json!({ "first": i32::MAX }), 2_147_483_647 * 2_147_483_648),
            (&items, serde_json::json!({ "ids": ["a", "b", "c"] }), 6),
            (&items, serde_json::json!({ "ids": [] }), 0),
            (&items, serde_json::json!({}), 20),
        ];
        for (cost, given, expected) in cases {
            assert_eq!(cost.points(&variables(given.clone())), expected, "{given}");
        }
    }
}
