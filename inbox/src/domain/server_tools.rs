//! Tools of other servers, as a model meets them: under names that every provider takes, and without the arguments by which
//! a customer is named, which are filled in here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use uuid::Uuid;

/// Servers of an assistant.
pub const MAX_SERVERS: usize = 10;
/// Tools of a server that are allowed at once: no model chooses well among more.
pub const MAX_ALLOWED: usize = 30;
/// Arguments of a server that are filled in.
pub const MAX_BOUND: usize = 20;
/// Longest name of an argument, in characters.
pub const MAX_ARGUMENT: usize = 100;
/// Longest name that every provider takes, in bytes.
const LONGEST_NAME: usize = 64;
/// So much of a server's name stands before its tools' names.
const LONGEST_SERVER: usize = 20;
/// Letters that tell two tools apart whose names would be the same.
const DIGEST: usize = 8;

/// What an argument is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BoundValue {
    /// The customer's phone, digits only, as WhatsApp knows it.
    CustomerPhone,
    /// The name that is shown.
    CustomerName,
    /// The language, as a BCP 47 tag.
    CustomerLanguage,
    /// The contact's global id.
    ContactId,
    /// The conversation's global id.
    ConversationId,
}

/// An argument that the model neither sees nor sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundArgument {
    /// Its name, in the tools of the server that have it.
    pub argument: String,
    /// What it is filled with.
    pub value: BoundValue,
}

/// Whether a tool that was allowed may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ToolState {
    /// Nobody allowed it.
    NotAllowed,
    /// It may be called.
    Allowed,
    /// It was allowed, and is another since.
    Changed,
    /// It was allowed, and the server does not offer it any more.
    Gone,
}

/// How a tool stands: as it is now, as it was allowed, and whether it is there.
#[must_use]
pub fn state(hash: &str, allowed_hash: Option<&str>, offered: bool) -> ToolState {
    match allowed_hash {
        None => ToolState::NotAllowed,
        Some(_) if !offered => ToolState::Gone,
        Some(allowed) if allowed == hash => ToolState::Allowed,
        Some(_) => ToolState::Changed,
    }
}

/// The id by which the API knows a contact or a conversation.
#[must_use]
pub fn global_id(tag: u8, id: Uuid) -> String {
    let mut bytes = [0; 17];
    bytes[0] = tag;
    bytes[1..].copy_from_slice(id.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The names under which a model gets these tools, given by the names of server and tool, in their order. Of letters, digits
/// and underscores, at most 64 of them, a letter first; each another, and none of `taken`.
#[must_use]
pub fn names<'a>(tools: impl IntoIterator<Item = (&'a str, &'a str)>, taken: &[&str]) -> Vec<String> {
    let mut used: HashSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    let mut names = Vec::new();
    for (server, tool) in tools {
        let mut name = format!("{}_{}", shortened(plain(server), LONGEST_SERVER), plain(tool));
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            name.insert_str(0, "t_");
        }
        let mut round = 0_u32;
        while name.len() > LONGEST_NAME || used.contains(&name) {
            let digest = hex::encode(Sha256::digest(format!("{server}\n{tool}\n{round}")));
            let room = LONGEST_NAME - DIGEST - 1;
            name = format!("{}_{}", shortened(name, room), digest.get(..DIGEST).unwrap_or_default());
            round += 1;
        }
        used.insert(name.clone());
        names.push(name);
    }
    names
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

fn shortened(mut text: String, longest: usize) -> String {
    text.truncate(longest);
    text
}

/// A schema without the arguments that are filled in.
#[must_use]
pub fn shown(parameters: &Value, bound: &[BoundArgument]) -> Value {
    let mut shown = parameters.clone();
    let is_bound = |name: &str| bound.iter().any(|bound| bound.argument == name);
    if let Some(properties) = shown.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !is_bound(name));
    }
    if let Some(required) = shown.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !name.as_str().is_some_and(is_bound));
    }
    shown
}

/// What a model gave, with what is filled in. Whatever it gave for an argument that is filled in does not count.
///
/// # Errors
/// The name of an argument that the tool needs and for which there is no value.
pub fn filled(
    given: &Map<String, Value>,
    parameters: &Value,
    bound: &[BoundArgument],
    value: impl Fn(BoundValue) -> Option<String>,
) -> Result<Map<String, Value>, String> {
    let mut arguments = given.clone();
    for BoundArgument { argument, value: wanted } in bound {
        arguments.remove(argument);
        if parameters.get("properties").is_none_or(|properties| properties.get(argument).is_none()) {
            continue;
        }
        match value(*wanted) {
            Some(value) => {
                arguments.insert(argument.clone(), Value::String(value));
            }
            None => {
                let required = parameters.get("required").and_then(Value::as_array);
                if required.is_some_and(|names| names.iter().any(|name| name.as_str() == Some(argument))) {
                    return Err(argument.clone());
                }
            }
        }
    }
    Ok(arguments)
}

/// The key of a call: the same for the same turn, server, tool and arguments, in whatever order these come.
#[must_use]
pub fn call_key(
    conversation: Uuid,
    turn_begun_at: i64,
    server: Uuid,
    tool: &str,
    arguments: &Map<String, Value>,
) -> String {
    let mut text = format!("{conversation}\n{turn_begun_at}\n{server}\n{tool}\n");
    canonical(&Value::Object(arguments.clone()), &mut text);
    hex::encode(Sha256::digest(text))
}

/// JSON with all keys in alphabetical order.
fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in entries {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                canonical(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn bound() -> Vec<BoundArgument> {
        let bound = |argument: &str, value| BoundArgument { argument: argument.to_owned(), value };
        vec![bound("phone", BoundValue::CustomerPhone), bound("name", BoundValue::CustomerName)]
    }

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn names_fit_every_provider() {
        let tools = [
            ("Shop", "order.status"),
            ("Shop", "order-status"),
            ("2nd shop", "get"),
            ("", ""),
            ("send", "text"),
            ("Shop", "a_very_long_name_of_a_tool_that_somebody_thought_of_in_the_night_before"),
        ];
        let names = names(tools, &["send_text"]);
        assert_eq!(
            names[..4],
            ["Shop_order_status".to_owned(), names[1].clone(), "t_2nd_shop_get".to_owned(), "t__".to_owned()]
        );
        assert!(names[1].starts_with("Shop_order_status_") && names[4].starts_with("send_text_"));
        assert_eq!(names[5].len(), LONGEST_NAME);
    }

    #[test]
    fn what_is_filled_in_is_not_seen_and_not_set() {
        let schema = json!({ "type": "object", "required": ["phone", "order"], "properties": {
            "phone": { "type": "string" }, "order": { "type": "string" } } });
        let expected = json!({ "type": "object", "required": ["order"], "properties": { "order": { "type": "string" } } });
        assert_eq!(shown(&schema, &bound()), expected);
        let given = object(json!({ "order": "1", "phone": "34600999999", "name": "Somebody else" }));
        let value = |value| (value == BoundValue::CustomerPhone).then(|| "34600000001".to_owned());
        let arguments = filled(&given, &schema, &bound(), value);
        assert_eq!(arguments, Ok(object(json!({ "order": "1", "phone": "34600000001" }))));
        assert_eq!(filled(&given, &schema, &bound(), |_| None), Err("phone".to_owned()));
        let optional = json!({ "properties": { "phone": {} } });
        assert_eq!(filled(&given, &optional, &bound(), |_| None), Ok(object(json!({ "order": "1" }))));
        // A schema that names nothing takes anything, but not that.
        assert_eq!(filled(&given, &json!({}), &bound(), value), Ok(object(json!({ "order": "1" }))));
    }

    #[test]
    fn states() {
        for (hash, allowed, offered, expected) in [
            ("a", None, true, ToolState::NotAllowed),
            ("a", Some("a"), true, ToolState::Allowed),
            ("b", Some("a"), true, ToolState::Changed),
            ("a", Some("a"), false, ToolState::Gone),
        ] {
            assert_eq!(state(hash, allowed, offered), expected);
        }
    }

    #[test]
    fn keys_tell_calls_apart() {
        let (conversation, server) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let key = |begun, tool: &str, arguments: Value| {
            call_key(conversation, begun, server, tool, &object(arguments))
        };
        let first = key(1, "cancel", json!({ "a": 1, "b": { "c": 2, "d": [3] } }));
        assert_eq!(first, key(1, "cancel", json!({ "b": { "d": [3], "c": 2 }, "a": 1 })));
        for other in [
            key(2, "cancel", json!({ "a": 1, "b": { "c": 2, "d": [3] } })),
            key(1, "cancel2", json!({ "a": 1, "b": { "c": 2, "d": [3] } })),
            key(1, "cancel", json!({ "a": 1, "b": { "c": 2, "d": [4] } })),
            key(1, "cancel", json!({ "a": "1", "b": { "c": 2, "d": [3] } })),
        ] {
            assert_ne!(first, other);
        }
    }

    proptest! {
        #[test]
        fn names_are_valid_and_different(tools in prop::collection::vec((".{0,30}", "[a-zA-Z_.é/-]{0,90}"), 0..20)) {
            let names = names(tools.iter().map(|(server, tool)| (server.as_str(), tool.as_str())), &["send_text"]);
            prop_assert_eq!(names.len(), tools.len());
            let different: HashSet<&String> = names.iter().collect();
            prop_assert_eq!(different.len(), names.len());
            for name in &names {
                prop_assert!(name.len() <= LONGEST_NAME && name.starts_with(|c: char| c.is_ascii_alphabetic()), "{name}");
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && name != "send_text");
            }
        }
    }
}
