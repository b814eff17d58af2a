//! The schema's text and shape.

use super::Api;
use crate::graphql::sdl;
use inbox::testing::for_each_store;
use serde_json::Value;
use std::collections::HashMap;

const INTROSPECTION: &str = "{ __schema { types { kind name description specifiedByURL
    fields { name description type { ...type } args { name description } }
    inputFields { name description } enumValues { name description } possibleTypes { name } } } }
    fragment type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let committed = include_str!("../../../../schema.graphql");
    assert!(
        committed == sdl(),
        "schema.graphql is stale: write it anew with `recado schema > schema.graphql`"
    );
}

#[tokio::test]
async fn everything_is_described_and_fits_together() {
    for_each_store(async |app| {
        let response = Api::new(&app).execute(None, INTROSPECTION, serde_json::json!({})).await;
        assert!(response.errors.is_empty(), "introspection needs no viewer: {:?}", response.errors);
        let schema = response.data.into_json().expect("JSON");
        let types = list(&schema["__schema"], "types");
        let own = types.iter().filter(|each| !is_built_in(text(each, "name")));
        for each in own {
            let name = text(each, "name");
            assert!(is_described(each), "{name} has no description");
            if each["kind"] == "SCALAR" {
                assert!(each["specifiedByURL"].is_string(), "{name} is specified nowhere");
            }
            for part in ["fields", "inputFields", "enumValues"] {
                for member in list(each, part) {
                    assert!(is_described(member), "{name}.{} has no description", text(member, "name"));
                    for argument in list(member, "args") {
                        assert!(
                            is_described(argument),
                            "{name}.{}({})",
                            text(member, "name"),
                            argument["name"]
                        );
                    }
                }
            }
            if each["kind"] == "UNION" {
                same_fields_have_the_same_type(types, each);
            }
        }
    })
    .await;
}

/// Otherwise no document could select them side by side without aliases.
fn same_fields_have_the_same_type(types: &[Value], union: &Value) {
    let mut seen: HashMap<&str, (&Value, &str)> = HashMap::new();
    for member in list(union, "possibleTypes") {
        let name = text(member, "name");
        let object = types.iter().find(|each| each["name"] == name).expect("the type is declared");
        for field in list(object, "fields") {
            let (known, first) = *seen.entry(text(field, "name")).or_insert((&field["type"], name));
            assert_eq!(known, &field["type"], "{first} and {name}: {}", field["name"]);
        }
    }
}

fn list<'a>(value: &'a Value, part: &str) -> &'a [Value] {
    value[part].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, part: &str) -> &'a str {
    value[part].as_str().unwrap_or_default()
}

fn is_described(value: &Value) -> bool {
    value["description"].as_str().is_some_and(|description| !description.trim().is_empty())
}

fn is_built_in(name: &str) -> bool {
    name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name)
}
