//! Anthropic's messages.

use super::{said, tokens};
use crate::error::{MalformedCall, ModelError};
use crate::model::{Completion, Request, Stop, Tool, ToolCall, ToolChoice, Turn, Usage};
use serde_json::{Value, json};

/// The protocol's version, which goes into a header.
pub(super) const VERSION: &str = "2023-06-01";

/// Stands where the conversation begins with an answer: the first word must be the customer's.
const OPENING: &str = "…";

pub(super) fn body(request: &Request) -> Value {
    let mut body = json!({
        "model": request.model,
        "max_tokens": request.max_output_tokens,
        "messages": messages(&request.turns),
    });
    if let Some(instructions) = said(&request.instructions) {
        body["system"] = instructions.into();
    }
    if let Some(temperature) = request.temperature {
        body["temperature"] = temperature.into();
    }
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        body["tool_choice"] = match &request.tool_choice {
            ToolChoice::Auto => json!({ "type": "auto" }),
            ToolChoice::Required => json!({ "type": "any" }),
            ToolChoice::None => json!({ "type": "none" }),
            ToolChoice::Named(name) => json!({ "type": "tool", "name": name }),
        };
    }
    body
}

/// The turns of one side after each other are one message: the results of all calls must be in the next one.
fn messages(turns: &[Turn]) -> Vec<Value> {
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    for turn in turns {
        let (role, blocks) = blocks(turn);
        if blocks.is_empty() {
            continue;
        }
        match messages.last_mut() {
            Some((last, all)) if *last == role => all.extend(blocks),
            None if role == "assistant" => {
                messages.extend([("user", vec![words(OPENING)]), (role, blocks)]);
            }
            _ => messages.push((role, blocks)),
        }
    }
    let message = |(role, content)| json!({ "role": role, "content": content });
    messages.into_iter().map(message).collect()
}

fn blocks(turn: &Turn) -> (&'static str, Vec<Value>) {
    match turn {
        Turn::User(text) => ("user", said(text).iter().map(|text| words(text)).collect()),
        Turn::Assistant { text, calls } => {
            let call = |call: &ToolCall| json!({ "type": "tool_use", "id": id(&call.id), "name": call.name, "input": call.arguments });
            let text = text.as_deref().and_then(said).map(|text| words(&text));
            ("assistant", text.into_iter().chain(calls.iter().map(call)).collect())
        }
        Turn::ToolResult { call_id, content, .. } => {
            ("user", vec![json!({ "type": "tool_result", "tool_use_id": id(call_id), "content": content })])
        }
    }
}

fn words(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// Ids that another provider gave may have characters that are refused here.
fn id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn tool(tool: &Tool) -> Value {
    json!({ "name": tool.name, "description": tool.description, "input_schema": tool.parameters })
}

pub(super) fn completion(answer: &Value) -> Result<Completion, ModelError> {
    let content = answer["content"].as_array().ok_or(ModelError::Malformed { call: None })?;
    let usage = &answer["usage"];
    let input = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    let usage = Usage {
        input_tokens: input.iter().map(|name| tokens(&usage[*name])).fold(0, u64::saturating_add),
        cached_input_tokens: tokens(&usage["cache_read_input_tokens"]),
        output_tokens: tokens(&usage["output_tokens"]),
    };
    let of_kind = |kind: &'static str| content.iter().filter(move |block| block["type"] == kind);
    let text: String = of_kind("text").filter_map(|block| block["text"].as_str()).collect();
    let stop = match answer["stop_reason"].as_str() {
        Some("end_turn" | "tool_use" | "stop_sequence") => Stop::Done,
        Some("max_tokens" | "model_context_window_exceeded") => Stop::Length,
        Some("refusal") => Stop::Filtered,
        _ => Stop::Other,
    };
    Ok(Completion {
        text: said(&text),
        calls: of_kind("tool_use").map(|block| tool_call(block, usage)).collect::<Result<_, _>>()?,
        stop,
        usage,
    })
}

fn tool_call(block: &Value, usage: Usage) -> Result<ToolCall, ModelError> {
    let (Some(id), Some(name)) = (block["id"].as_str(), block["name"].as_str()) else {
        return Err(ModelError::Malformed { call: None });
    };
    let arguments = block["input"].clone();
    if !arguments.is_object() {
        let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
        let call = MalformedCall { name: name.to_owned(), arguments, usage };
        return Err(ModelError::Malformed { call: Some(call) });
    }
    Ok(ToolCall { id: id.to_owned(), name: name.to_owned(), arguments })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::samples;
    use proptest::prelude::*;

    #[test]
    fn a_whole_conversation() {
        let expected = json!({
            "model": "m",
            "max_tokens": 300,
            "messages": [
                { "role": "user", "content": [
                    { "type": "text", "text": "Hola" }, { "type": "text", "text": "¿Abrís hoy?" }] },
                { "role": "assistant", "content": [
                    { "type": "tool_use", "id": "1", "name": "search", "input": { "query": "hours" } },
                    { "type": "tool_use", "id": "b_2", "name": "now", "input": {} }
                ] },
                { "role": "user", "content": [
                    { "type": "tool_result", "tool_use_id": "1", "content": "9 to 5" },
                    { "type": "tool_result", "tool_use_id": "b_2", "content": "10:00" }
                ] },
                { "role": "assistant", "content": [{ "type": "text", "text": "Sí" }] },
                { "role": "user", "content": [{ "type": "text", "text": "Gracias" }] }
            ],
            "system": "Be kind.",
            "temperature": 0.5,
            "tools": [{ "name": "search", "description": "Searches", "input_schema": samples::schema() }],
            "tool_choice": { "type": "auto" }
        });
        assert_eq!(body(&samples::request()), expected);
    }

    #[test]
    fn the_customer_speaks_first_and_nobody_says_nothing() {
        let assistant = |text: &str| Turn::Assistant { text: Some(text.to_owned()), calls: Vec::new() };
        let turns = [Turn::User(" ".to_owned()), assistant("Hola"), assistant(""), assistant("¿Qué tal?")];
        let expected = json!([
            { "role": "user", "content": [{ "type": "text", "text": "…" }] },
            { "role": "assistant", "content": [
                { "type": "text", "text": "Hola" }, { "type": "text", "text": "¿Qué tal?" }] }
        ]);
        assert_eq!(Value::Array(messages(&turns)), expected);
    }

    #[test]
    fn answers() {
        let text = |reason: &str| {
            json!({ "content": [{ "type": "thinking", "thinking": "Hm" }, { "type": "text", "text": "Hola" }],
                "stop_reason": reason, "usage": {
                "input_tokens": 5, "cache_read_input_tokens": 6, "output_tokens": 7 } })
        };
        for (reason, stop) in [
            ("end_turn", Stop::Done),
            ("stop_sequence", Stop::Done),
            ("tool_use", Stop::Done),
            ("max_tokens", Stop::Length),
            ("refusal", Stop::Filtered),
            ("pause_turn", Stop::Other),
        ] {
            let read = completion(&text(reason)).unwrap();
            let expected = Completion {
                text: Some("Hola".to_owned()),
                calls: Vec::new(),
                stop,
                usage: Usage { input_tokens: 11, cached_input_tokens: 6, output_tokens: 7 },
            };
            assert_eq!(read, expected, "{reason}");
        }
    }

    #[test]
    fn calls_of_tools() {
        let call = |input: Value| {
            completion(
                &json!({ "content": [{ "type": "tool_use", "id": "a", "name": "search", "input": input }],
                "stop_reason": "tool_use" }),
            )
        };
        let expected =
            ToolCall { id: "a".to_owned(), name: "search".to_owned(), arguments: json!({ "a": 1 }) };
        assert_eq!(call(json!({ "a": 1 })).unwrap().calls, [expected]);
        let malformed = MalformedCall {
            name: "search".to_owned(),
            arguments: "{\"a\":".to_owned(),
            usage: Usage::default(),
        };
        assert_eq!(call(json!("{\"a\":")), Err(ModelError::Malformed { call: Some(malformed) }));
    }

    proptest! {
        #[test]
        fn never_panics(answer in samples::any_json()) {
            let _ = completion(&answer);
            let _ = completion(&json!({ "content": [answer] }));
        }
    }
}
