use super::*;
use crate::graphql::transport::documents::{Document, Hash};
use crate::graphql::transport::validator::Validator;
use proptest::prelude::*;
use serde_json::json;

const SCHEMA: &str = "
    directive @oneOf on INPUT_OBJECT
    scalar Moment
    enum Colour { RED GREEN }
    input Shape { name: String! colour: Colour = RED sides: [Int!] inner: Shape weight: Float on: Boolean id: ID }
    input Pick @oneOf { text: String number: Int shape: Shape }
    type Query { take(shape: Shape, pick: Pick, int: Int, moment: Moment, grid: [[Int]], ids: [ID!]): Int }
";

/// The variables of a query that declares `definitions`, coerced from `given`.
fn run(definitions: &str, given: serde_json::Value) -> Result<serde_json::Value, String> {
    let validator = Validator::new(SCHEMA, true, |_, _| Ok(())).unwrap();
    let names = ["shape", "pick", "int", "moment", "grid", "ids"];
    let used = names.iter().filter(|name| definitions.contains(&format!("${name}:")));
    let arguments: String = used.map(|name| format!("{name}: ${name} ")).collect();
    let text = format!("query({definitions}) {{ take({arguments}) }}");
    let document = Document::new(&text, Hash::of(&text), &validator);
    let document = document.unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    let plan = document.plan(None).unwrap();
    let coerced = coerce(&validator, &plan.variables, Variables::from_json(given));
    coerced.map(|variables| serde_json::to_value(&variables).unwrap()).map_err(|error| {
        assert!(!error.locations.is_empty(), "{error:?}");
        error.message
    })
}

#[test]
fn values_that_fit() {
    let cases = [
        ("$int: Int", json!({}), json!({})),
        ("$int: Int", json!({ "int": null }), json!({ "int": null })),
        ("$int: Int", json!({ "int": 7, "other": "x" }), json!({ "int": 7 })),
        ("$int: Int = 5", json!({}), json!({ "int": 5 })),
        ("$int: Int = 5", json!({ "int": null }), json!({ "int": null })),
        ("$int: Int! = 5", json!({}), json!({ "int": 5 })),
        ("$int: Int", json!({ "int": -2_147_483_648_i64 }), json!({ "int": -2_147_483_648_i64 })),
        ("$grid: [[Int]]", json!({ "grid": 1 }), json!({ "grid": [[1]] })),
        (
            "$grid: [[Int]]",
            json!({ "grid": [1, null, [2, null]] }),
            json!({ "grid": [[1], null, [2, null]] }),
        ),
        ("$ids: [ID!]", json!({ "ids": ["a", 7] }), json!({ "ids": ["a", 7] })),
        (
            "$moment: Moment",
            json!({ "moment": { "any": ["thing"] } }),
            json!({ "moment": { "any": ["thing"] } }),
        ),
        (
            "$shape: Shape",
            json!({ "shape": { "weight": 1, "name": "x", "on": true, "id": 1, "inner": { "name": "y", "colour": null } } }),
            json!({ "shape": { "name": "x", "colour": "RED", "inner": { "name": "y", "colour": null }, "weight": 1,
                "on": true, "id": 1 } }),
        ),
        (
            "$shape: Shape = { name: \"d\", sides: [1, 2], weight: 0.5 }",
            json!({}),
            json!({ "shape": { "name": "d", "sides": [1, 2], "weight": 0.5 } }),
        ),
        ("$pick: Pick!", json!({ "pick": { "number": 1 } }), json!({ "pick": { "number": 1 } })),
    ];
    for (definitions, given, expected) in cases {
        assert_eq!(run(definitions, given.clone()), Ok(expected), "{definitions} {given}");
    }
}

#[test]
fn values_that_do_not_fit_are_named_by_their_path_and_not_shown() {
    let cases = [
        ("$int: Int!", json!({}), "$int: a Int! must be given"),
        ("$int: Int!", json!({ "int": null }), "$int: expected Int!, but found null"),
        ("$int: Int", json!({ "int": "secret" }), "$int: expected Int, but found a text"),
        ("$int: Int", json!({ "int": 1.5 }), "$int: expected Int, but found a number with a fraction"),
        ("$int: Int", json!({ "int": 2_147_483_648_i64 }), "$int: expected Int, but found a number"),
        ("$int: Int", json!({ "int": [1] }), "$int: expected Int, but found a list"),
        ("$ids: [ID!]", json!({ "ids": ["a", null] }), "$ids[1]: expected ID!, but found null"),
        ("$ids: [ID!]", json!({ "ids": [1.5] }), "$ids[0]: expected ID, but found a number with a fraction"),
        (
            "$grid: [[Int]]",
            json!({ "grid": [[1], [2, true]] }),
            "$grid[1][1]: expected Int, but found a boolean",
        ),
        (
            "$shape: Shape",
            json!({ "shape": "secret" }),
            "$shape: expected an object, a Shape, but found a text",
        ),
        ("$shape: Shape", json!({ "shape": {} }), "$shape: a Shape must have name, a String!"),
        (
            "$shape: Shape",
            json!({ "shape": { "name": "x", "secret": 1 } }),
            "$shape: a Shape has the fields name, colour, sides, inner, weight, on, id, and no other",
        ),
        (
            "$shape: Shape",
            json!({ "shape": { "name": "x", "inner": { "name": "y", "colour": "secret" } } }),
            "$shape.inner.colour: expected a value of the enum Colour",
        ),
        (
            "$shape: Shape",
            json!({ "shape": { "name": "x", "sides": [1, "secret"] } }),
            "$shape.sides[1]: expected Int, but found a text",
        ),
        ("$pick: Pick", json!({ "pick": {} }), "$pick: Pick takes exactly one of its fields, and not null"),
        (
            "$pick: Pick",
            json!({ "pick": { "text": "secret", "number": 1 } }),
            "$pick: Pick takes exactly one of its fields, and not null",
        ),
        (
            "$pick: Pick",
            json!({ "pick": { "text": null } }),
            "$pick: Pick takes exactly one of its fields, and not null",
        ),
    ];
    for (definitions, given, expected) in cases {
        assert_eq!(run(definitions, given.clone()), Err(expected.to_owned()), "{definitions} {given}");
    }
}

/// Any JSON, five levels deep.
fn anything() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        ".*".prop_map(serde_json::Value::from),
    ];
    let name = prop_oneof![Just("name"), Just("inner"), Just("text"), Just("sides"), Just("x")];
    leaf.prop_recursive(5, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| {
                serde_json::Value::Object(
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(value in anything()) {
        let definitions = ["$shape: Shape", "$pick: Pick!", "$int: Int", "$moment: Moment!", "$grid: [[Int]]", "$ids: [ID!]"];
        for definition in definitions {
            let name = definition[1..].split(':').next().unwrap();
            let _ = run(definition, json!({ name: value }));
        }
    }
}
