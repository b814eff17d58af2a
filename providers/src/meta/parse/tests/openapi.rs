//! Every webhook example of Meta's OpenAPI file.

use super::*;
use crate::meta::reference;

/// The example that is of an unsupported message, and is to be read as one.
const UNSUPPORTED: [&str; 1] = ["Unsupported Message"];

#[test]
fn metas_examples_are_read() {
    let Some(document) = reference::openapi() else { return };
    let body = &document["paths"]["/whatsapp/webhooks"]["post"]["requestBody"];
    let examples = body["content"]["application/json"]["examples"].as_object().unwrap();
    assert!(examples.len() >= 16, "{} examples", examples.len());
    for (name, example) in examples {
        check(name, &parse_text(&example["value"].to_string()).unwrap());
    }
}

fn check(name: &str, delivery: &Delivery) {
    let items: Vec<&Item> = items(delivery).collect();
    assert!(!items.is_empty(), "{name} gives nothing");
    for item in items {
        assert!(!matches!(item, Item::Unreadable(_)), "{name}: {item:?}");
        let is_unsupported = matches!(content(item), Some(Content::Unsupported(_)));
        assert_eq!(is_unsupported, UNSUPPORTED.contains(&name), "{name}: {item:?}");
        // Groups have no model of their own and are kept whole; everything else is understood.
        assert_eq!(matches!(item, Item::Update(_)), name.starts_with("Group"), "{name}: {item:?}");
    }
}
