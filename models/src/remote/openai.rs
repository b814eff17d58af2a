//! OpenAI's chat completions, as many others speak them too.

use super::{said, tokens};
use crate::error::{MalformedCall, ModelError};
use crate::model::{Completion, Request, Stop, Tool, ToolCall, ToolChoice, Turn, Usage};
use serde_json::{Map, Value, json};

/// OpenAI's newer models refuse the older name of the limit, and most others do not know the newer one.
pub(super) fn body(request: &Request, openai_itself: bool) -> Value {
    let limit = if openai_itself { "max_completion_tokens" } else { "max_tokens" };
    let instructions = said(&request.instructions).map(|text| json!({ "role": "system", "content": text }));
    let messages: Vec<Value> = instructions.into_iter().chain(request.turns.iter().map(message)).collect();
    let mut body = json!({ "model": request.model, "messages": messages, "stream": false });
    body[limit] = request.max_output_tokens.into();
    if let Some(temperature) = request.temperature {
        body["temperature"] = temperature.into();
    }
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect();
        body["tool_choice"] = match &request.tool_choice {
            ToolChoice::Auto => "auto".into(),
            ToolChoice::Required => "required".into(),
            ToolChoice::None => "none".into(),
            ToolChoice::Named(name) => json!({ "type": "function", "function": { "name": name } }),
        };
    }
    body
}

fn message(turn: &Turn) -> Value {
    match turn {
        Turn::User(text) => json!({ "role": "user", "content": text }),
        Turn::Assistant { text, calls } if calls.is_empty() => {
            json!({ "role": "assistant", "content": text.as_deref().unwrap_or_default() })
        }
        Turn::Assistant { text, calls } => {
            let call = |call: &ToolCall| {
                let function = json!({ "name": call.name, "arguments": call.arguments.to_string() });
                json!({ "id": call.id, "type": "function", "function": function })
            };
            let calls: Vec<Value> = calls.iter().map(call).collect();
            json!({ "role": "assistant", "content": text, "tool_calls": calls })
        }
        Turn::ToolResult { call_id, content, .. } => {
            json!({ "role": "tool", "tool_call_id": call_id, "content": content })
        }
    }
}

fn tool(tool: &Tool) -> Value {
    let function =
        json!({ "name": tool.name, "description": tool.description, "parameters": tool.parameters });
    json!({ "type": "function", "function": function })
}

pub(super) fn completion(answer: &Value) -> Result<Completion, ModelError> {
    let choice = &answer["choices"][0];
    let message = choice["message"].as_object().ok_or(ModelError::Malformed { call: None })?;
    let message = Value::Object(message.clone());
    let usage = &answer["usage"];
    let usage = Usage {
        input_tokens: tokens(&usage["prompt_tokens"]),
        cached_input_tokens: tokens(&usage["prompt_tokens_details"]["cached_tokens"]),
        output_tokens: tokens(&usage["completion_tokens"]),
    };
    let calls = message["tool_calls"].as_array().into_iter().flatten().enumerate();
    let refusal = message["refusal"].as_str().and_then(said);
    let stop = match choice["finish_reason"].as_str() {
        _ if refusal.is_some() => Stop::Filtered,
        Some("stop" | "tool_calls" | "function_call" | "eos" | "eos_token") => Stop::Done,
        Some("length") => Stop::Length,
        Some("content_filter") => Stop::Filtered,
        _ => Stop::Other,
    };
    let calls: Vec<ToolCall> =
        calls.map(|(index, call)| tool_call(index, call, usage)).collect::<Result<_, _>>()?;
    let text = text(&message["content"]).or(refusal);
    Ok(Completion { text, stop: super::after(stop, &calls), calls, usage })
}

/// A text, or a list of parts with texts among them.
fn text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => said(text),
        Value::Array(parts) => {
            said(&parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().concat())
        }
        _ => None,
    }
}

fn tool_call(index: usize, call: &Value, usage: Usage) -> Result<ToolCall, ModelError> {
    let function = &call["function"];
    let name = function["name"].as_str().ok_or(ModelError::Malformed { call: None })?;
    // Some give the object itself, and nothing at all for a tool without arguments.
    let arguments = match &function["arguments"] {
        Value::Object(arguments) => Some(arguments.clone()),
        Value::String(text) if !text.trim().is_empty() => serde_json::from_str::<Map<_, _>>(text).ok(),
        Value::String(_) | Value::Null => Some(Map::new()),
        _ => None,
    };
    let malformed = || {
        let arguments = &function["arguments"];
        let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
        ModelError::Malformed { call: Some(MalformedCall { name: name.to_owned(), arguments, usage }) }
    };
    Ok(ToolCall {
        id: call["id"].as_str().and_then(said).unwrap_or_else(|| format!("call-{}", index + 1)),
        name: name.to_owned(),
        arguments: Value::Object(arguments.ok_or_else(malformed)?),
    })
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
            "messages": [
                { "role": "system", "content": "Be kind." },
                { "role": "user", "content": "Hola" },
                { "role": "user", "content": "¿Abrís hoy?" },
                { "role": "assistant", "content": null, "tool_calls": [
                    { "id": "1", "type": "function",
                        "function": { "name": "search", "arguments": "{\"query\":\"hours\"}" } },
                    { "id": "b#2", "type": "function", "function": { "name": "now", "arguments": "{}" } }
                ] },
                { "role": "tool", "tool_call_id": "1", "content": "9 to 5" },
                { "role": "tool", "tool_call_id": "b#2", "content": "10:00" },
                { "role": "assistant", "content": "Sí" },
                { "role": "user", "content": "Gracias" }
            ],
            "stream": false,
            "max_tokens": 300,
            "temperature": 0.5,
            "tools": [{ "type": "function", "function": {
                "name": "search", "description": "Searches", "parameters": samples::schema() } }],
            "tool_choice": "auto"
        });
        assert_eq!(body(&samples::request(), false), expected);
        assert_eq!(body(&samples::request(), true)["max_completion_tokens"], 300);
    }

    #[test]
    fn what_is_not_set_is_left_out() {
        let plain = Request { temperature: None, tools: Vec::new(), ..samples::request() };
        let keys: Vec<String> = body(&plain, false).as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["model", "messages", "stream", "max_tokens"]);
        for (choice, expected) in [
            (ToolChoice::Required, json!("required")),
            (ToolChoice::None, json!("none")),
            (ToolChoice::Named("a".to_owned()), json!({ "type": "function", "function": { "name": "a" } })),
        ] {
            let request = Request { tool_choice: choice, ..samples::request() };
            assert_eq!(body(&request, false)["tool_choice"], expected);
        }
    }

    fn answer(message: Value, reason: &str) -> Value {
        json!({ "choices": [{ "message": message, "finish_reason": reason }],
            "usage": { "prompt_tokens": 11, "prompt_tokens_details": { "cached_tokens": 5 }, "completion_tokens": 7 } })
    }

    #[test]
    fn texts_and_why_they_end() {
        for (message, reason, text, stop) in [
            (json!({ "content": "Hola" }), "stop", Some("Hola"), Stop::Done),
            (json!({ "content": "Ho" }), "length", Some("Ho"), Stop::Length),
            (json!({ "content": "" }), "content_filter", None, Stop::Filtered),
            (json!({ "content": null, "refusal": "No." }), "stop", Some("No."), Stop::Filtered),
            (json!({ "content": "Hola" }), "eos_token", Some("Hola"), Stop::Done),
            (json!({ "content": "Hola" }), "new", Some("Hola"), Stop::Other),
            (
                json!({ "content": [{ "type": "text", "text": "Ho" }, { "type": "thinking" }, { "text": "la" }] }),
                "stop",
                Some("Hola"),
                Stop::Done,
            ),
        ] {
            let read = completion(&answer(message, reason)).unwrap();
            assert_eq!((read.text.as_deref(), read.stop), (text, stop), "{reason}");
            assert_eq!(read.usage, Usage { input_tokens: 11, cached_input_tokens: 5, output_tokens: 7 });
        }
    }

    #[test]
    fn calls_of_tools() {
        let call = |arguments: Value| {
            let call = json!({ "id": "a", "function": { "name": "search", "arguments": arguments } });
            completion(&answer(json!({ "content": null, "tool_calls": [call] }), "tool_calls"))
        };
        for (arguments, expected) in [
            (json!("{\"a\":1}"), json!({ "a": 1 })),
            (json!({ "a": 1 }), json!({ "a": 1 })),
            (json!(""), json!({})),
            (Value::Null, json!({})),
        ] {
            let read = call(arguments).unwrap();
            let expected = ToolCall { id: "a".to_owned(), name: "search".to_owned(), arguments: expected };
            assert_eq!((read.calls, read.stop), (vec![expected], Stop::Done));
        }
        for (arguments, given) in
            [(json!("{\"a\":"), "{\"a\":"), (json!("[1]"), "[1]"), (json!("null"), "null"), (json!(3), "3")]
        {
            let usage = Usage { input_tokens: 11, cached_input_tokens: 5, output_tokens: 7 };
            let malformed = MalformedCall { name: "search".to_owned(), arguments: given.to_owned(), usage };
            assert_eq!(call(arguments), Err(ModelError::Malformed { call: Some(malformed) }));
        }
    }

    #[test]
    fn calls_without_ids_get_them() {
        let call = json!({ "function": { "name": "now" } });
        let read = completion(&answer(json!({ "tool_calls": [call, call] }), "new")).unwrap();
        assert_eq!(read.stop, Stop::Done, "it waits for their results");
        assert_eq!(read.calls.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["call-1", "call-2"]);
    }

    proptest! {
        #[test]
        fn never_panics(answer in samples::any_json()) {
            let _ = completion(&answer);
            let _ = completion(&json!({ "choices": [{ "message": answer }] }));
            let _ = completion(&json!({ "choices": [{ "message": { "tool_calls": [answer] } }] }));
        }
    }
}
