//! What the tests of all protocols share.

use crate::model::{Request, Tool, ToolCall, ToolChoice, Turn};
use proptest::prelude::*;
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({ "type": "object", "properties": { "query": { "type": "string" } }, "required": ["query"] })
}

pub(super) fn request() -> Request {
    let call = |id: &str, name: &str, arguments: Value| ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments,
    };
    let result = |call_id: &str, name: &str, content: &str| Turn::ToolResult {
        call_id: call_id.to_owned(),
        name: name.to_owned(),
        content: content.to_owned(),
    };
    Request {
        model: "m".to_owned(),
        instructions: "Be kind.".to_owned(),
        turns: vec![
            Turn::User("Hola".to_owned()),
            Turn::User("¿Abrís hoy?".to_owned()),
            Turn::Assistant {
                text: None,
                calls: vec![call("1", "search", json!({ "query": "hours" })), call("b#2", "now", json!({}))],
            },
            result("1", "search", "9 to 5"),
            result("b#2", "now", "10:00"),
            Turn::Assistant { text: Some("Sí".to_owned()), calls: Vec::new() },
            Turn::User("Gracias".to_owned()),
        ],
        tools: vec![Tool {
            name: "search".to_owned(),
            description: "Searches".to_owned(),
            parameters: schema(),
        }],
        tool_choice: ToolChoice::Auto,
        temperature: Some(0.5),
        max_output_tokens: 300,
    }
}

/// Any JSON, with the protocols' names among the keys.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "(text|tool_use|tool_calls|STOP|stop|\\PC{0,8})".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("choices"),
        Just("message"),
        Just("content"),
        Just("tool_calls"),
        Just("function"),
        Just("arguments"),
        Just("type"),
        Just("name"),
        Just("id"),
        Just("input"),
        Just("candidates"),
        Just("parts"),
        Just("text"),
        Just("functionCall"),
        Just("args"),
        Just("usage"),
    ];
    leaf.prop_recursive(5, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|entries| {
                Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}
