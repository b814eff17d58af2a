//! Documents that are meant to hurt, against the service's own schema. Each is done with in less than a second, in a
//! build without optimisation, on a stack of the usual size.

use crate::graphql::transport::documents::{Document, Hash};
use crate::graphql::transport::scan::without_descriptions;
use crate::graphql::transport::validator::Validator;
use crate::graphql::transport::variables::coerce;
use crate::graphql::{builder, sdl};
use async_graphql::{Request, ServerError, ValidationMode, Variables};
use futures_util::FutureExt;
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Each takes milliseconds; without the limits some would take minutes. Between the two, so that a busy machine does not
/// decide.
const SOON: Duration = Duration::from_secs(5);

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| Validator::new(&sdl(), true, crate::graphql::scalars::check).expect("the schema"));

fn read(text: &str) -> Result<Document, Vec<ServerError>> {
    Document::new(text, Hash::of(text), &VALIDATOR)
}

/// The variables and the cost of the only operation. None if it would not be executed.
fn admit(document: &Document) -> Option<Variables> {
    let plan = document.plan(None)?;
    let given = json!({ "first": 3, "mode": "MANUAL", "id": "x", "filter": { "unread": true } });
    let variables = coerce(&VALIDATOR, &plan.variables, Variables::from_json(given)).ok()?;
    (plan.cost.points(&variables) > 0).then_some(variables)
}

/// What each of these documents does to the validator, at the size that the limits of the text let through.
fn documents() -> Vec<(&'static str, String)> {
    let numbered = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    let fragments = |levels: usize, width: usize| {
        let spread = |level: usize| format!("...f{level} ").repeat(width);
        let fragment = |level: usize| match level + 1 {
            last if last == levels => format!("fragment f{level} on Query {{ viewer {{ permissions }} }} "),
            next => format!("fragment f{level} on Query {{ {} }} ", spread(next)),
        };
        format!("{{ {} }} {}", spread(0), numbered(levels, &fragment))
    };
    vec![
        ("the same field again and again", format!("{{ {} }}", "viewer { permissions } ".repeat(249))),
        (
            "sets of the same field",
            format!("{{ {} }}", format!("channels {{ {} }} ", "id ".repeat(240)).repeat(6)),
        ),
        // Every pair of fields has to be compared, on each level.
        (
            "overlapping fields",
            format!(
                "{{ {} }}",
                format!("message(id: \"x\") {{ {} }} ", "replyTo { replyTo { replyTo { id } } } ".repeat(40))
                    .repeat(6)
            ),
        ),
        (
            "overlapping fields by fragments",
            format!(
                "{{ message(id: \"x\") {{ {} }} }} {}",
                "...f0 ".repeat(35),
                numbered(13, &|n| match n {
                    12 => "fragment f12 on Message { id kind status } ".to_owned(),
                    _ => format!("fragment f{n} on Message {{ replyTo {{ ...f{} id }} kind }} ", n + 1),
                })
            ),
        ),
        (
            "fields in conflict",
            format!("{{ channels {{ {} }} }}", numbered(240, &|n| format!("a: {} ", ["id", "name"][n % 2]))),
        ),
        (
            "arguments in conflict",
            format!("{{ {} }}", numbered(240, &|n| format!("contact(id: \"{n}\") {{ id }} "))),
        ),
        ("an undefined field again and again", format!("{{ {} }}", numbered(240, &|n| format!("x{n} ")))),
        ("fragments of fragments", fragments(3, 10)),
        ("fragments that double", fragments(28, 2)),
        ("a row of fragments", fragments(270, 1)),
        (
            "fragments in a circle",
            format!(
                "{{ ...f0 }} {}",
                numbered(200, &|n| format!("fragment f{n} on Query {{ ...f{} }} ", (n + 1) % 200))
            ),
        ),
        (
            "fragments that nobody uses",
            format!(
                "{{ __typename }} {}",
                numbered(200, &|n| format!("fragment f{n} on Query {{ ...f{} }} ", (n + 1) % 200))
            ),
        ),
        ("operations", numbered(300, &|n| format!("query q{n} {{ viewer {{ permissions }} }} "))),
        (
            "variables",
            format!(
                "query({}) {{ viewer {{ permissions }} }}",
                numbered(490, &|n| format!("$v{n}: String "))
            ),
        ),
        (
            "a variable in many places",
            format!("query($v: ID!) {{ nodes(ids: [{}]) {{ id }} }}", "$v ".repeat(1450)),
        ),
        ("a long list", format!("{{ nodes(ids: [{}]) {{ id }} }}", "1 ".repeat(2950))),
        (
            "an object with many fields",
            format!("{{ conversations(filter: {{ {} }}) {{ totalCount }} }}", "unread: true ".repeat(970)),
        ),
        ("directives", format!("{{ viewer {} {{ permissions }} }}", "@skip(if: false) ".repeat(400))),
        (
            "unknown directives",
            format!("{{ viewer {} {{ permissions }} }}", numbered(1400, &|n| format!("@d{n} "))),
        ),
        ("aliases", format!("{{ channels {{ {} }} }}", numbered(249, &|n| format!("a{n}: id ")))),
        (
            "introspection",
            format!(
                "{{ __schema {{ types {{ {} name {} }} }} }}",
                "fields { type { ".repeat(8),
                "} } ".repeat(8)
            ),
        ),
        (
            "introspection side by side",
            format!(
                "{{ {} }}",
                numbered(20, &|n| format!("a{n}: __schema {{ types {{ fields {{ args {{ name }} }} }} }} "))
            ),
        ),
        (
            "types of types",
            format!("{{ __type(name: \"X\") {{ {} name {} }} }}", "ofType { ".repeat(36), "} ".repeat(36)),
        ),
        (
            "unions of unions",
            format!(
                "{{ nodes(ids: \"x\") {{ {} }} }}",
                "... on Node { ... on Node { ... on Node { ... on Node { id } } } } ".repeat(100)
            ),
        ),
        ("a text with escapes", format!("{{ contact(id: \"{}\") {{ id }} }}", "\\u0041".repeat(100_000))),
        ("a block text", format!("{{ contact(id: \"\"\"{}\"\"\") {{ id }} }}", " \n".repeat(70_000))),
        ("a text without an end", format!("{{ contact(id: \"{}", "x".repeat(300_000))),
        ("a block text without an end", format!("{{ contact(id: \"\"\"{}", "\"\" ".repeat(100_000))),
        ("a comment", format!("{{ viewer {{ permissions }} }} #{}", "{".repeat(300_000))),
        ("commas", format!("{{ viewer {{ permissions }} }} {}", ",".repeat(300_000))),
        ("a long name", format!("{{ {} }}", "x".repeat(300_000))),
        ("a long number", format!("{{ conversations(first: {}) {{ totalCount }} }}", "9".repeat(300_000))),
        ("nested values", format!("{{ contact(id: {}1{}) {{ id }} }}", "[".repeat(38), "]".repeat(38))),
        ("very nested values", format!("{{ contact(id: {}", "[".repeat(300_000))),
        ("nested fields", "{ a ".repeat(70_000)),
        ("NUL and other signs", "{ \0 \u{1} \u{feff} \u{202e} }".repeat(10_000)),
    ]
}

#[test]
fn each_is_done_with_soon() {
    // Of the schema, once.
    assert!(read("{ __typename }").is_ok());
    for (name, text) in documents() {
        let begin = Instant::now();
        let read = read(&text);
        if let Ok(document) = &read {
            admit(document);
        }
        let took = begin.elapsed();
        for error in read.err().into_iter().flatten() {
            assert!(error.message.len() < 300, "{name}: what was sent is not sent back: {}", error.message);
        }
        assert!(took < SOON, "{name}: {took:?}");
    }
}

/// Words of the language and of the schema, and some of neither.
const WORDS: [&str; 44] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "$",
    "...",
    "!",
    "=",
    "@",
    "\"",
    "\"\"\"",
    "\\",
    "#\n",
    "&",
    "|",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "F",
    "on",
    "Message",
    "Query",
    "viewer",
    "messages",
    "conversations",
    "nodes",
    "edges",
    "node",
    "id",
    "first",
    "content",
    "TextContent",
    "body",
    "__schema",
    "types",
    "1",
    "-2.5e9",
    "null",
    "x",
    "skip",
];

/// Documents that clients send.
const DOCUMENTS: [&str; 5] = [
    include_str!("../plan/export.graphql"),
    include_str!("../plan/introspection-all.graphql"),
    include_str!("../../../cli/demo/inbox.graphql"),
    include_str!("../../../cli/demo/answer.graphql"),
    "query Page($filter: ConversationFilter, $first: Int = 3, $mode: ConversationMode!, $id: ID!) {
        conversations(filter: $filter, first: $first) { totalCount nodes { ...C } }
        mine: conversations(filter: { mode: $mode, unread: true }, last: 2) { edges { node { ...C } } }
        node(id: $id) { __typename ... on Conversation { ...C } ... on Contact @include(if: true) { name } }
    }
    fragment C on Conversation { id messages(first: 2) { nodes { content { __typename ... on TextContent { body } } } } }",
];

/// A document with words taken out, repeated, replaced and moved.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_u8, 0..WORDS.len());
    (0..DOCUMENTS.len(), prop::collection::vec(change, 0..4)).prop_map(|(document, changes)| {
        let mut words = words(DOCUMENTS[document]);
        for (at, to, kind, word) in changes {
            let (at, to) = (at.index(words.len()), to.index(words.len()));
            match kind {
                0 if words.len() > 1 => drop(words.remove(at)),
                1 => words.insert(to, words[at].clone()),
                2 => words[at] = words[to].clone(),
                3 => words[at] = WORDS[word].to_owned(),
                _ => words.swap(at, to),
            }
        }
        words.join(" ")
    })
}

/// Names, numbers and texts, and each sign by itself.
fn words(document: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut in_text, mut in_word) = (false, false);
    for char in document.chars() {
        let is_word = in_text || char.is_alphanumeric() || matches!(char, '_' | '.' | '"');
        match words.last_mut() {
            Some(last) if is_word && in_word => last.push(char),
            _ if is_word || !char.is_whitespace() => words.push(char.to_string()),
            _ => {}
        }
        in_text ^= char == '"';
        in_word = is_word;
    }
    words
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn no_soup_of_words_stops_or_stalls_it(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..400)) {
        let begin = Instant::now();
        let _ = read(&words.join(" ")).map(|document| admit(&document));
        prop_assert!(begin.elapsed() < SOON);
    }

    /// The executor's own rules are switched off, because they are a part of these. So they must find nothing here.
    #[test]
    fn what_passes_would_pass_the_executors_rules(text in mutated()) {
        static STRICT: LazyLock<crate::graphql::Schema> =
            LazyLock::new(|| builder().validation_mode(ValidationMode::Strict).finish());
        if let Some(variables) = read(&text).ok().and_then(|document| admit(&document)) {
            // Without an inbox a resolver panics; the rules are through then.
            let request = Request::new(without_descriptions(&text)).variables(variables);
            let run = std::panic::AssertUnwindSafe(STRICT.execute(request)).catch_unwind();
            if let Some(Ok(response)) = run.now_or_never() {
                let refused = response.errors.iter().find(|error| error.path.is_empty());
                prop_assert!(refused.is_none(), "{}: {:?}", text, refused);
            }
        }
    }
}
