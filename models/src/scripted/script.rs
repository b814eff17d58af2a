//! A model for the demo: a bakery's assistant that looks for words and knows a handful of answers by heart.

mod texts;
mod words;

use super::tokens_of;
use crate::error::ModelError;
use crate::model::{Completion, LanguageModel, Request, Stop, ToolCall, Turn, Usage};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::time::Duration;
use texts::{Section, Texts};
use words::{Language, Said, Topic};

/// Longest piece of what was found that is sent on, in characters.
const MAX_FOUND: usize = 900;

/// Answers the last words of the customer in their language (English, Spanish or Portuguese) by calls of the tools that
/// the request has, among `send_text`, `send_buttons`, `send_list`, `search_knowledge`, `handoff_to_human` and `no_reply`.
/// Without the tool that fits it says it in words. Needs no network, takes no time and always says the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Script;

impl LanguageModel for Script {
    fn complete<'a>(
        &'a self,
        request: &'a Request,
        _deadline: Duration,
    ) -> BoxFuture<'a, Result<Completion, ModelError>> {
        std::future::ready(Ok(answer(request))).boxed()
    }
}

fn answer(request: &Request) -> Completion {
    let last = request.turns.iter().rposition(|turn| matches!(turn, Turn::User(_)));
    let (before, after) = request.turns.split_at(last.map_or(0, |last| last + 1));
    let said = match before.last() {
        Some(Turn::User(text)) => Said::new(text),
        _ => Said::new(""),
    };
    let texts = texts::of(language(before, &said));
    let reply = match after.iter().rev().find_map(result) {
        Some(("search_knowledge", content)) => found(content).map_or_else(|| ask(texts), Reply::text),
        // What was called for was done.
        Some(_) => Reply { words: None, calls: Vec::new() },
        None => reply(&said, texts, offers(request, "search_knowledge")),
    };
    let said = tokens_of(&request.instructions) + request.turns.iter().map(tokens_of_turn).sum::<u64>();
    reply.within(request, said)
}

/// Of the last words that show one; a name or a number shows none.
fn language(turns: &[Turn], last: &Said) -> Language {
    let earlier = turns.iter().rev().filter_map(|turn| match turn {
        Turn::User(text) => Said::new(text).language(),
        Turn::Assistant { .. } | Turn::ToolResult { .. } => None,
    });
    last.language().or_else(|| earlier.into_iter().next()).unwrap_or(Language::English)
}

fn result(turn: &Turn) -> Option<(&str, &str)> {
    match turn {
        Turn::ToolResult { name, content, .. } => Some((name, content)),
        Turn::User(_) | Turn::Assistant { .. } => None,
    }
}

fn offers(request: &Request, name: &str) -> bool {
    request.tools.iter().any(|tool| tool.name == name)
}

/// What to say: by calls, or in words where the tools are missing.
struct Reply {
    words: Option<String>,
    calls: Vec<(&'static str, Value)>,
}

impl Reply {
    fn text(body: impl Into<String>) -> Self {
        let body = body.into();
        Self { calls: vec![("send_text", json!({ "body": body }))], words: Some(body) }
    }

    fn call(words: &str, name: &'static str, arguments: Value) -> Self {
        Self { words: Some(words.to_owned()), calls: vec![(name, arguments)] }
    }

    fn within(self, request: &Request, input_tokens: u64) -> Completion {
        let possible = !self.calls.is_empty() && self.calls.iter().all(|(name, _)| offers(request, name));
        let (text, calls) = if possible { (None, self.calls) } else { (self.words, Vec::new()) };
        let call = |(index, (name, arguments)): (usize, (&str, Value))| ToolCall {
            id: format!("call-{}", index + 1),
            name: name.to_owned(),
            arguments,
        };
        let calls: Vec<ToolCall> = calls.into_iter().enumerate().map(call).collect();
        let said = calls.iter().map(|call| tokens_of(&call.arguments.to_string())).sum::<u64>();
        let output_tokens = said + text.as_deref().map_or(0, tokens_of);
        Completion {
            text,
            calls,
            stop: Stop::Done,
            usage: Usage { input_tokens, cached_input_tokens: 0, output_tokens },
        }
    }
}

fn reply(said: &Said, texts: &Texts, can_search: bool) -> Reply {
    match said.topic() {
        Topic::Person => hand_off("customer_request", texts),
        Topic::Complaint => hand_off("frustration", texts),
        Topic::Thanks => Reply { words: None, calls: vec![("no_reply", json!({ "reason": "thanks" }))] },
        Topic::Order => match said.number() {
            Some(number) => Reply::text(texts.order_found.replace("{number}", &number)),
            None => buttons(texts.order, &texts.order_buttons),
        },
        Topic::Menu => menu(texts),
        Topic::Hours => Reply::text(texts.hours),
        Topic::Delivery => Reply::text(texts.delivery),
        Topic::Greeting => buttons(texts.greeting, &texts.buttons),
        Topic::Question if can_search => {
            Reply::call(texts.unknown, "search_knowledge", json!({ "query": said.text() }))
        }
        Topic::Question | Topic::Unknown => ask(texts),
    }
}

fn ask(texts: &Texts) -> Reply {
    buttons(texts.unknown, &texts.buttons)
}

fn buttons(body: &str, buttons: &[(&str, &str)]) -> Reply {
    let buttons: Vec<Value> = buttons.iter().map(|(id, title)| json!({ "id": id, "title": title })).collect();
    Reply::call(body, "send_buttons", json!({ "body": body, "buttons": buttons }))
}

fn menu(texts: &Texts) -> Reply {
    let section = |(title, rows): &Section| {
        let row = |(id, title, description): &(&str, &str, &str)| json!({ "id": id, "title": title, "description": description });
        json!({ "title": title, "rows": rows.iter().map(row).collect::<Vec<_>>() })
    };
    let sections: Vec<Value> = texts.menu.iter().map(section).collect();
    let arguments = json!({ "body": texts.menu_body, "button": texts.menu_button, "sections": sections });
    Reply::call(texts.menu_body, "send_list", arguments)
}

fn hand_off(reason: &str, texts: &Texts) -> Reply {
    let summary = if reason == "frustration" { texts.complaint_summary } else { texts.person_summary };
    let arguments = json!({ "reason": reason, "summary": summary, "message": texts.hand_off });
    Reply::call(texts.hand_off, "handoff_to_human", arguments)
}

/// What a search found: a list of objects with a `text`, or a text.
fn found(content: &str) -> Option<String> {
    let text = match serde_json::from_str::<Value>(content) {
        Ok(Value::Array(items)) => items.first()?["text"].as_str()?.to_owned(),
        Ok(Value::Null | Value::Object(_)) => return None,
        _ => content.to_owned(),
    };
    let text: String = text.trim().chars().take(MAX_FOUND).collect();
    (!text.is_empty()).then_some(text)
}

fn tokens_of_turn(turn: &Turn) -> u64 {
    match turn {
        Turn::User(text) | Turn::ToolResult { content: text, .. } => tokens_of(text),
        Turn::Assistant { text, calls } => {
            let calls = calls.iter().map(|call| tokens_of(&call.arguments.to_string())).sum::<u64>();
            calls + text.as_deref().map_or(0, tokens_of)
        }
    }
}

#[cfg(test)]
mod tests;
