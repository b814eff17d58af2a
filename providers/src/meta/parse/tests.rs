//! Whole bodies: a fixture for every shape, Meta's own examples, and bodies that nobody would send on purpose.

use super::*;
use crate::content::Content;
use crate::inbound::{EchoMessage, HistoryMessage, InboundBody, InboundMessage};
use bytes::Bytes;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

mod openapi;

fn parse_text(body: &str) -> Result<Delivery, ParseError> {
    parse(&Verified::from_store(Bytes::copy_from_slice(body.as_bytes())))
}

fn fixtures() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn items(delivery: &Delivery) -> impl Iterator<Item = &Item> {
    delivery.changes.iter().flat_map(|change| &change.items)
}

fn content(item: &Item) -> Option<&Content> {
    let body = match item {
        Item::Message(InboundMessage { body, .. }) | Item::Echo(EchoMessage { body, .. }) => body,
        Item::History(HistoryMessage { content, .. }) => return Some(content),
        _ => return None,
    };
    match body {
        InboundBody::Content(content) | InboundBody::Edit { content, .. } => Some(content),
        _ => None,
    }
}

#[test]
fn every_fixture_as_its_snapshot_says() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 90, "only {} fixtures were found", fixtures.len());
    for (name, body) in fixtures {
        let delivery = parse_text(&body).unwrap();
        let settings = {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/snapshots"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings
        };
        settings.bind(|| insta::assert_debug_snapshot!(name.as_str(), delivery));
    }
}

#[test]
fn fixtures_are_readable_but_for_those_made_to_be_not() {
    let unreadable = ["bad_items"];
    let unsupported = [
        "image_too_large",
        "interactive_missing_beside_error",
        "interactive_unknown",
        "nested_too_deeply",
        "type_missing",
        "unknown_old_spelling",
        "unknown_type",
        "unsupported",
        "unsupported_poll",
    ];
    for (name, body) in fixtures() {
        let delivery = parse_text(&body).unwrap();
        let is_unreadable = items(&delivery).any(|item| matches!(item, Item::Unreadable(_)));
        assert_eq!(is_unreadable, unreadable.contains(&name.as_str()), "{name}");
        let is_unsupported =
            items(&delivery).any(|item| matches!(content(item), Some(Content::Unsupported(_))));
        assert_eq!(is_unsupported, unsupported.contains(&name.as_str()), "{name}");
        assert!(delivery.changes.iter().all(|change| !change.items.is_empty()), "{name} lost a change");
    }
}

#[test]
fn no_customers_words_in_reasons() {
    let (_, body) = fixtures().into_iter().find(|(name, _)| name == "bad_items").unwrap();
    for item in items(&parse_text(&body).unwrap()) {
        let Item::Unreadable(unreadable) = item else { continue };
        for word in ["text\"", "north", "secret", "yesterday", "fine", "34600"] {
            assert!(!unreadable.reason.contains(word), "{}", unreadable.reason);
        }
    }
}

#[test]
fn bodies_that_are_no_webhook() {
    let long = format!(r#"{{"object":"{}","entry":[]}}"#, "é".repeat(500));
    let cases = [
        ("", "the body is not JSON: EOF while parsing a value at line 1, column 0"),
        ("{\n\"object\":", "the body is not JSON: EOF while parsing a value at line 2, column 9"),
        ("{\"object\":\"a\" \"secret\"}", "the body is not JSON: expected `,` or `}` at line 1, column 15"),
        (
            r#"{"object":"whatsapp_business_account","entry":[]} x"#,
            "trailing characters at line 1, column 51",
        ),
        ("{\"a\":\"\u{0}\"}", "control character (\\u0000-\\u001F) found while parsing a string"),
        ("[]", "the body is JSON but no webhook: "),
        ("\"secret\"", "the body is JSON but no webhook: expected an object"),
        (r#"{"object":"whatsapp_business_account"}"#, "missing field `entry`"),
        (
            r#"{"object":"whatsapp_business_account","entry":{}}"#,
            "the body is JSON but no webhook: expected a list",
        ),
        (
            r#"{"object":"page","entry":[]}"#,
            "the webhook is about \"page\" and not about whatsapp_business_account",
        ),
        (r#"{"entry":[]}"#, "the webhook is about \"\" and not"),
        (&long, "about \"ééé"),
    ];
    for (body, expected) in cases {
        let error = parse_text(body).unwrap_err().to_string();
        assert!(error.contains(expected), "{body:.80}: {error}");
        assert!(!error.contains("secret") && error.len() < 300, "{error}");
    }
    let bytes = Bytes::from_static(b"{\"object\":\"\xff\"}");
    assert_eq!(parse(&Verified::from_store(bytes)), Err(ParseError::NotUtf8 { offset: 11 }));
}

#[test]
fn deep_nesting_ends_in_an_error_and_not_in_a_crash() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    for value in [deep("[", "]"), deep("{\"a\":", "}").replace(":}", ":1}")] {
        let body = format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"field":"messages","value":{value}}},
                {{"field":"x","value":{value}}}]}}]}}"#
        );
        let delivery = parse_text(&body).unwrap();
        assert_eq!(delivery.changes.len(), 2);
    }
    assert!(parse_text(&deep("[", "]")).is_err());
}

#[test]
fn every_escaped_byte_reads_as_itself() {
    for (name, body) in fixtures() {
        assert_eq!(parse_text(&escape(&body)), parse_text(&body), "{name}");
    }
}

/// As Meta escapes: everything outside ASCII as `\uXXXX`, in lower case.
fn escape(json: &str) -> String {
    let units =
        |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    json.chars().map(|c| if c.is_ascii() { c.to_string() } else { units(c) }).collect()
}

proptest! {
    #[test]
    fn any_bytes(body in any::<Vec<u8>>()) {
        let _ = parse(&Verified::from_store(body.into()));
    }

    #[test]
    fn fixtures_with_a_byte_changed(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte: u8) {
        let fixtures = fixtures();
        let mut body = which.get(&fixtures).1.clone().into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = parse(&Verified::from_store(body.into()));
    }

    #[test]
    fn fixtures_with_a_value_changed(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        value in prop::sample::select(vec!["null", "7", "-1e999", "\"\"", "[]", "{}", "[null]", "true", "\"\\u0000\""]),
    ) {
        let fixtures = fixtures();
        let body = replace_value(&which.get(&fixtures).1, at, value);
        // Whatever was put anywhere below `entry`, the body is still a webhook and says something.
        let delivery = parse_text(&body);
        prop_assert!(delivery.is_ok(), "{delivery:?} {body}");
    }

    #[test]
    fn any_text_arrives_as_written(text in "[^\0]*") {
        let (_, body) = fixtures().into_iter().find(|(name, _)| name == "text").unwrap();
        let mut body: Value = serde_json::from_str(&body).unwrap();
        *body.pointer_mut("/entry/0/changes/0/value/messages/0/text/body").unwrap() = text.clone().into();
        let delivery = parse_text(&escape(&body.to_string())).unwrap();
        let Some(Content::Text(read)) = items(&delivery).find_map(content) else { panic!("{delivery:?}") };
        prop_assert_eq!(&read.body, &text);
    }
}

/// Puts `value` in the place of one of the values behind a colon, below `entry`.
fn replace_value(json: &str, at: prop::sample::Index, value: &str) -> String {
    let mut tree: Value = serde_json::from_str(json).unwrap_or_default();
    let mut places = Vec::new();
    pointers(&tree["entry"], "/entry".to_owned(), &mut places);
    if places.is_empty() {
        return json.to_owned();
    }
    let marker = "the place to change";
    *tree.pointer_mut(at.get::<String>(&places)).unwrap() = marker.into();
    tree.to_string().replace(&format!("\"{marker}\""), value)
}

fn pointers(value: &Value, path: String, places: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(object) => {
            object
                .iter()
                .for_each(|(key, value)| pointers(value, format!("{path}/{}", escaped(key)), places));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| pointers(value, format!("{path}/{i}"), places));
        }
        _ => {}
    }
    if path != "/entry" {
        places.push(path);
    }
}
