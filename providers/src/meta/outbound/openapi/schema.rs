//! As much of JSON Schema as Meta's OpenAPI document uses for what is sent.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What Meta wrote for the index of a template's button, numbers of pages in it. Its own examples have 0 and 1.
const INDEX_PATTERN: &str = "^[2-6, 11-14]$";

/// Keywords that say nothing about what is valid here.
const SILENT: [&str; 6] = ["description", "example", "default", "format", "title", "discriminator"];

/// Everything that a schema and those that it is made of say together. Each part alone may forbid the properties of
/// the others, which is not meant.
#[derive(Default)]
struct Merged<'a> {
    properties: BTreeMap<&'a str, Vec<&'a Value>>,
    required: BTreeSet<&'a str>,
    closed: bool,
    rules: Vec<(&'a str, &'a Value)>,
}

/// Holds a value against a schema of the document. A problem is a path, numbers written as `*`, and what is wrong.
pub(super) fn problems(document: &Value, schema: &Value, value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let mut merged = Merged::default();
    collect(document, chosen(document, schema, value), &mut merged);
    let mut say = |path: &str, problem: String| found.push((path.to_owned(), problem));
    for (rule, given) in &merged.rules {
        match *rule {
            "type" if !is(value, given) => say(path, format!("is no {}", given.as_str().unwrap())),
            "enum" if !given.as_array().unwrap().contains(value) => say(path, format!("{value} is unknown")),
            "maxLength" if length(value) > given.as_u64() => say(path, format!("longer than {given}")),
            "minItems" if count(value) < given.as_u64() => say(path, format!("fewer than {given}")),
            "maxItems" if count(value) > given.as_u64() => say(path, format!("more than {given}")),
            "pattern" => {
                assert_eq!(given.as_str(), Some(INDEX_PATTERN), "another pattern");
                assert!(value.as_str().is_some_and(|index| index.parse::<u8>().is_ok()), "{path}: {value}");
            }
            "oneOf" | "anyOf" => {
                let fits = |branch: &&Value| problems(document, branch, value).is_empty();
                let fitting = given.as_array().unwrap().iter().filter(fits).count();
                if fitting == 0 || (*rule == "oneOf" && fitting > 1) {
                    say(path, format!("fits {fitting} of {rule}"));
                }
            }
            _ => {}
        }
    }
    if let Some(object) = value.as_object() {
        for name in merged.required.iter().filter(|name| !object.contains_key(**name)) {
            say(&format!("{path}/{name}"), "is missing".to_owned());
        }
        for (name, value) in object {
            let path = format!("{path}/{name}");
            match merged.properties.get(name.as_str()) {
                Some(schemas) => {
                    schemas.iter().for_each(|schema| check(document, schema, value, &path, found));
                }
                None if merged.closed => found.push((path, "is not known".to_owned())),
                None => {}
            }
        }
    }
    let items = merged.rules.iter().filter(|(rule, _)| *rule == "items");
    for (_, schema) in items {
        let path = format!("{path}/*");
        value.as_array().unwrap().iter().for_each(|item| check(document, schema, item, &path, found));
    }
}

/// Where a property tells which of several schemas is meant, that one.
fn chosen<'a>(document: &'a Value, schema: &'a Value, value: &Value) -> &'a Value {
    let schema = resolved(document, schema);
    let name = schema["discriminator"]["propertyName"].as_str();
    let word = name.and_then(|name| value[name].as_str()).unwrap_or_default();
    let meant = schema["discriminator"]["mapping"][word].as_str();
    meant.map_or(schema, |pointer| at(document, pointer))
}

fn collect<'a>(document: &'a Value, schema: &'a Value, merged: &mut Merged<'a>) {
    let schema = resolved(document, schema);
    for (keyword, given) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "allOf" => given.as_array().unwrap().iter().for_each(|part| collect(document, part, merged)),
            "properties" => {
                for (name, schema) in given.as_object().unwrap() {
                    merged.properties.entry(name).or_default().push(schema);
                }
            }
            "required" => merged.required.extend(given.as_array().unwrap().iter().filter_map(Value::as_str)),
            "additionalProperties" => merged.closed |= given == false,
            "type" | "enum" | "maxLength" | "minItems" | "maxItems" | "pattern" | "oneOf" | "anyOf"
            | "items" => {
                merged.rules.push((keyword, given));
            }
            other => assert!(SILENT.contains(&other), "the keyword {other} is not understood"),
        }
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"].as_str().map_or(schema, |pointer| at(document, pointer))
}

/// What `#/components/…` points at.
fn at<'a>(document: &'a Value, pointer: &str) -> &'a Value {
    document.pointer(pointer.trim_start_matches('#')).unwrap_or_else(|| panic!("{pointer} leads nowhere"))
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("the type {other} is not understood"),
    }
}

fn length(value: &Value) -> Option<u64> {
    value.as_str().map(|text| text.chars().count() as u64)
}

fn count(value: &Value) -> Option<u64> {
    value.as_array().map(|list| list.len() as u64)
}
