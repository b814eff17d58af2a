//! Google's `generateContent`.

use super::{said, tokens};
use crate::error::{MalformedCall, ModelError};
use crate::model::{Completion, Request, Stop, Tool, ToolCall, ToolChoice, Turn, Usage};
use serde_json::{Value, json};

/// Stands where the conversation begins with an answer: the first word must be the customer's.
const OPENING: &str = "…";

/// Newer models refuse calls of theirs that come back without the proof of the thought behind them. We do not keep it;
/// Google names this text for that case.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

pub(super) fn body(request: &Request) -> Value {
    let mut body = json!({
        "contents": contents(&request.turns),
        "generationConfig": { "maxOutputTokens": request.max_output_tokens },
    });
    if let Some(instructions) = said(&request.instructions) {
        body["systemInstruction"] = json!({ "parts": [{ "text": instructions }] });
    }
    if let Some(temperature) = request.temperature {
        body["generationConfig"]["temperature"] = temperature.into();
    }
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request.tools.iter().map(tool).collect();
        body["tools"] = json!([{ "functionDeclarations": tools }]);
        let calling = match &request.tool_choice {
            ToolChoice::Auto => json!({ "mode": "AUTO" }),
            ToolChoice::Required => json!({ "mode": "ANY" }),
            ToolChoice::None => json!({ "mode": "NONE" }),
            ToolChoice::Named(name) => json!({ "mode": "ANY", "allowedFunctionNames": [name] }),
        };
        body["toolConfig"] = json!({ "functionCallingConfig": calling });
    }
    body
}

/// The turns of one side after each other are one content: the results of all calls must be in the next one.
fn contents(turns: &[Turn]) -> Vec<Value> {
    let mut contents: Vec<(&str, Vec<Value>)> = Vec::new();
    for turn in turns {
        let (role, parts) = parts(turn);
        if parts.is_empty() {
            continue;
        }
        match contents.last_mut() {
            Some((last, all)) if *last == role => all.extend(parts),
            None if role == "model" => {
                contents.extend([("user", vec![json!({ "text": OPENING })]), (role, parts)]);
            }
            _ => contents.push((role, parts)),
        }
    }
    let content = |(role, parts)| json!({ "role": role, "parts": parts });
    contents.into_iter().map(content).collect()
}

fn parts(turn: &Turn) -> (&'static str, Vec<Value>) {
    match turn {
        Turn::User(text) => ("user", said(text).iter().map(|text| json!({ "text": text })).collect()),
        Turn::Assistant { text, calls } => {
            let call = |call: &ToolCall| {
                let function = json!({ "name": call.name, "args": call.arguments });
                json!({ "functionCall": function, "thoughtSignature": NO_SIGNATURE })
            };
            let text = text.as_deref().and_then(said).map(|text| json!({ "text": text }));
            ("model", text.into_iter().chain(calls.iter().map(call)).collect())
        }
        Turn::ToolResult { name, content, .. } => {
            let response = json!({ "name": name, "response": { "result": content } });
            ("user", vec![json!({ "functionResponse": response })])
        }
    }
}

/// The older `parameters` takes a part of JSON schema only, and refuses the rest.
fn tool(tool: &Tool) -> Value {
    json!({ "name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters })
}

pub(super) fn completion(answer: &Value) -> Result<Completion, ModelError> {
    let usage = &answer["usageMetadata"];
    let usage = Usage {
        input_tokens: tokens(&usage["promptTokenCount"]),
        cached_input_tokens: tokens(&usage["cachedContentTokenCount"]),
        output_tokens: tokens(&usage["candidatesTokenCount"])
            .saturating_add(tokens(&usage["thoughtsTokenCount"])),
    };
    let candidate = &answer["candidates"][0];
    let reason = candidate["finishReason"].as_str().unwrap_or_default();
    if candidate.is_null() {
        let blocked = answer["promptFeedback"]["blockReason"].is_string();
        let nothing = Completion { text: None, calls: Vec::new(), stop: Stop::Filtered, usage };
        return if blocked { Ok(nothing) } else { Err(ModelError::Malformed { call: None }) };
    }
    let stop = match reason {
        "STOP" => Stop::Done,
        "MAX_TOKENS" => Stop::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => {
            Stop::Filtered
        }
        "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" => {
            return Err(ModelError::Malformed { call: None });
        }
        _ => Stop::Other,
    };
    // Parts may be missing where nothing was said.
    let parts = candidate["content"]["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let spoken = parts.iter().filter(|part| part["thought"] != true);
    let text: String = spoken.filter_map(|part| part["text"].as_str()).collect();
    let calls = parts.iter().map(|part| &part["functionCall"]).filter(|call| call.is_object()).enumerate();
    let calls: Vec<ToolCall> =
        calls.map(|(index, call)| tool_call(index, call, usage)).collect::<Result<_, _>>()?;
    Ok(Completion { text: said(&text), stop: super::after(stop, &calls), calls, usage })
}

fn tool_call(index: usize, call: &Value, usage: Usage) -> Result<ToolCall, ModelError> {
    let name = call["name"].as_str().ok_or(ModelError::Malformed { call: None })?.to_owned();
    let arguments = match &call["args"] {
        Value::Null => json!({}),
        arguments @ Value::Object(_) => arguments.clone(),
        other => {
            let arguments = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            return Err(ModelError::Malformed { call: Some(MalformedCall { name, arguments, usage }) });
        }
    };
    let id = call["id"].as_str().and_then(said).unwrap_or_else(|| format!("call-{}", index + 1));
    Ok(ToolCall { id, name, arguments })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::samples;
    use proptest::prelude::*;

    #[test]
    fn a_whole_conversation() {
        let signed = |call: Value| json!({ "functionCall": call, "thoughtSignature": NO_SIGNATURE });
        let expected = json!({
            "contents": [
                { "role": "user", "parts": [{ "text": "Hola" }, { "text": "¿Abrís hoy?" }] },
                { "role": "model", "parts": [
                    signed(json!({ "name": "search", "args": { "query": "hours" } })),
                    signed(json!({ "name": "now", "args": {} }))
                ] },
                { "role": "user", "parts": [
                    { "functionResponse": { "name": "search", "response": { "result": "9 to 5" } } },
                    { "functionResponse": { "name": "now", "response": { "result": "10:00" } } }
                ] },
                { "role": "model", "parts": [{ "text": "Sí" }] },
                { "role": "user", "parts": [{ "text": "Gracias" }] }
            ],
            "generationConfig": { "maxOutputTokens": 300, "temperature": 0.5 },
            "systemInstruction": { "parts": [{ "text": "Be kind." }] },
            "tools": [{ "functionDeclarations": [{
                "name": "search", "description": "Searches", "parametersJsonSchema": samples::schema() }] }],
            "toolConfig": { "functionCallingConfig": { "mode": "AUTO" } }
        });
        assert_eq!(body(&samples::request()), expected);
        let named = Request { tool_choice: ToolChoice::Named("a".to_owned()), ..samples::request() };
        let calling = json!({ "mode": "ANY", "allowedFunctionNames": ["a"] });
        assert_eq!(body(&named)["toolConfig"]["functionCallingConfig"], calling);
    }

    #[test]
    fn answers() {
        let usage = json!({ "promptTokenCount": 11, "cachedContentTokenCount": 5, "candidatesTokenCount": 3, "thoughtsTokenCount": 4 });
        let answer = |reason: &str, parts: Value| {
            let candidate = json!({ "finishReason": reason, "content": { "parts": parts } });
            completion(&json!({ "candidates": [candidate], "usageMetadata": usage }))
        };
        let words = json!([{ "text": "Hm", "thought": true }, { "text": "Ho" }, { "text": "la" }]);
        for (reason, parts, text, stop) in [
            ("STOP", words.clone(), Some("Hola"), Stop::Done),
            ("MAX_TOKENS", words.clone(), Some("Hola"), Stop::Length),
            ("SAFETY", Value::Null, None, Stop::Filtered),
            ("OTHER", Value::Null, None, Stop::Other),
        ] {
            let read = answer(reason, parts).unwrap();
            assert_eq!((read.text.as_deref(), read.stop), (text, stop), "{reason}");
            assert_eq!(read.usage, Usage { input_tokens: 11, cached_input_tokens: 5, output_tokens: 7 });
        }
        let malformed = Err(ModelError::Malformed { call: None });
        assert_eq!(answer("MALFORMED_FUNCTION_CALL", Value::Null), malformed);
        assert_eq!(completion(&json!({})), malformed);
        let blocked = completion(&json!({ "promptFeedback": { "blockReason": "SAFETY" } })).unwrap();
        assert_eq!((blocked.text, blocked.stop), (None, Stop::Filtered));
    }

    #[test]
    fn calls_of_tools() {
        let answer = |call: Value| {
            let parts = json!([{ "functionCall": call, "thoughtSignature": "abc" }]);
            completion(&json!({ "candidates": [{ "finishReason": "STOP", "content": { "parts": parts } }] }))
        };
        for (call, id, arguments) in [
            (json!({ "name": "now", "id": "x", "args": { "a": 1 } }), "x", json!({ "a": 1 })),
            (json!({ "name": "now" }), "call-1", json!({})),
        ] {
            let expected = ToolCall { id: id.to_owned(), name: "now".to_owned(), arguments };
            assert_eq!(answer(call).unwrap().calls, [expected]);
        }
        let malformed =
            MalformedCall { name: "now".to_owned(), arguments: "[1]".to_owned(), usage: Usage::default() };
        let read = answer(json!({ "name": "now", "args": [1] }));
        assert_eq!(read, Err(ModelError::Malformed { call: Some(malformed) }));
    }

    proptest! {
        #[test]
        fn never_panics(answer in samples::any_json()) {
            let _ = completion(&answer);
            let _ = completion(&json!({ "candidates": [answer] }));
            let _ = completion(&json!({ "candidates": [{ "content": { "parts": [answer] } }] }));
        }
    }
}
