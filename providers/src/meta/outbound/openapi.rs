//! What leaves us, held against the request of Meta's OpenAPI document (v23), kind by kind. Where Meta's pages are newer
//! or more careful than the document, the deviation is listed with its reason.

mod schema;

use super::*;
use crate::meta::reference;
use std::collections::{BTreeMap, BTreeSet};

/// Where, what the document has against it, and why it is sent nevertheless.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    (
        "/biz_opaque_callback_data",
        "is not known",
        "the page of the messages call: text of at most 512 characters",
    ),
    ("/recipient", "is not known", "business-scoped user ids came after v23"),
    ("/to", "is missing", "who is known by user id only is named by `recipient`"),
    ("/location/latitude", "is no string", "numbers or strings; the document's own examples are numbers"),
    ("/location/longitude", "is no string", "numbers or strings; the document's own examples are numbers"),
    ("/contacts", "more than 5", "the page of contact cards: 257"),
    (
        "/contacts/*/phones/*/type",
        "\"CELL\" is unknown",
        "the page of contact cards names CELL, MAIN and others",
    ),
    ("/interactive/body/text", "longer than 1024", "the page of lists: 4,096 characters"),
    ("/interactive/type", "\"cta_url\" is unknown", "a kind with a page of its own"),
    ("/interactive/type", "\"location_request_message\" is unknown", "a kind with a page of its own"),
    ("/interactive/action", "fits 0 of oneOf", "the actions of those two kinds"),
    (
        "/template/language/policy",
        "is missing",
        "optional by the pages; the document's own examples leave it out",
    ),
    ("/template/components/*/type", "\"carousel\" is unknown", "a kind with a page of its own"),
    ("/template/components/*/type", "\"limited_time_offer\" is unknown", "a kind with a page of its own"),
    ("/template/components/*/sub_type", "\"copy_code\" is unknown", "the page of coupon templates"),
    ("/template/components/*/sub_type", "\"flow\" is unknown", "the page of flow templates"),
    (
        "/template/components/*/parameters/*/type",
        "\"coupon_code\" is unknown",
        "the page of coupon templates",
    ),
    ("/template/components/*/parameters/*/type", "\"action\" is unknown", "the page of flow templates"),
    (
        "/template/components/*/parameters/*/type",
        "\"location\" is unknown",
        "the page of templates with a place above",
    ),
];

/// Everything that can be sent, in the form in which it is stored.
fn contents() -> Vec<Value> {
    let header = |kind: &str, file: Value| {
        let mut header = file;
        header["type"] = kind.into();
        header
    };
    let buttons = |header: Value| {
        json!({ "kind": "REPLY_BUTTONS", "header": header, "body": "Which?", "footer": "Small",
            "buttons": [{ "id": "a", "title": "A" }, { "id": "b", "title": "B" }, { "id": "c", "title": "C" }] })
    };
    let cta = |header: Value| {
        json!({ "kind": "CTA_URL", "header": header, "body": "See", "footer": "Small", "display_text": "Open",
            "url": "https://example.com/" })
    };
    let headers = [
        Value::Null,
        json!({ "type": "TEXT", "text": "é".repeat(60) }),
        header("IMAGE", json!({ "provider_id": "1" })),
        header("VIDEO", json!({ "link": "https://example.com/a.mp4" })),
        header("DOCUMENT", json!({ "provider_id": "1", "file_name": "a.pdf" })),
    ];
    let mut contents = vec![
        json!({ "kind": "TEXT", "body": "é".repeat(4096) }),
        json!({ "kind": "TEXT", "body": "See https://example.com/", "preview_url": true }),
        json!({ "kind": "AUDIO", "provider_id": "1" }),
        json!({ "kind": "AUDIO", "provider_id": "1", "voice": true }),
        json!({ "kind": "STICKER", "provider_id": "1" }),
        json!({ "kind": "STICKER", "link": "https://example.com/a.webp" }),
        json!({ "kind": "LOCATION", "latitude": -33.5, "longitude": 151.0 }),
        json!({ "kind": "LOCATION", "latitude": 0.0, "longitude": 180.0, "name": "Port", "address": "Quay 1" }),
        json!({ "kind": "LOCATION_REQUEST", "body": "é".repeat(1024) }),
        json!({ "kind": "CONTACTS", "cards": [{ "formatted_name": "Ana Sol", "first_name": "Ana" }] }),
        json!({ "kind": "CONTACTS", "cards": vec![card(); 6] }),
        json!({ "kind": "LIST", "body": "Which?", "button": "Choose",
            "sections": [{ "rows": [{ "id": "1", "title": "One" }] }] }),
        json!({ "kind": "LIST", "header": { "type": "TEXT", "text": "Above" }, "body": "é".repeat(4096), "footer": "Small",
            "button": "é".repeat(20), "sections": [
            { "title": "A", "rows": [{ "id": "é".repeat(200), "title": "One", "description": "First" }] },
            { "title": "B", "rows": [{ "id": "2", "title": "Two" }] }] }),
        json!({ "kind": "TEMPLATE", "name": "hello", "language": "en_US" }),
    ];
    for kind in ["IMAGE", "VIDEO", "DOCUMENT"] {
        contents.push(json!({ "kind": kind, "provider_id": "1", "caption": "Look", "file_name": "a.pdf" }));
        contents.push(json!({ "kind": kind, "link": "https://example.com/a" }));
    }
    contents.extend(headers.iter().cloned().map(buttons));
    contents.extend(headers.iter().cloned().map(cta));
    contents.extend(components().into_iter().map(
        |components| json!({ "kind": "TEMPLATE", "name": "hello", "language": "en_US", "components": components }),
    ));
    contents
}

fn card() -> Value {
    json!({
        "formatted_name": "Dr Ana M. Sol jr.", "first_name": "Ana", "last_name": "Sol", "middle_name": "M.",
        "prefix": "Dr", "suffix": "jr.", "company": "Sol SL", "department": "Sales", "job_title": "Head",
        "birthday": "1985-07-01", "emails": [{ "value": "a@example.com", "label": "WORK" }],
        "phones": [{ "phone": "+34 600 000 001", "wa_id": "34600000001", "label": "CELL" },
            { "phone": "+34 600 000 002", "label": "HOME" }],
        "urls": [{ "value": "https://example.com/", "label": "HOME" }],
        "addresses": [{ "street": "Quay 1", "city": "Cádiz", "state": "Cádiz", "zip": "11001", "country": "Spain",
            "country_code": "es", "label": "WORK" }],
    })
}

/// The values of templates, each sort of component and of parameter.
fn components() -> Vec<Value> {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let header = |parameter: Value| json!([{ "type": "header", "parameters": [parameter] }]);
    let button = |sub_type: &str, parameter: Value| json!([{ "type": "button", "sub_type": sub_type, "index": 0, "parameters": [parameter] }]);
    let card = |index: u32| {
        json!({ "card_index": index, "components": [
            { "type": "header", "parameters": [{ "type": "image", "image": { "provider_id": "1" } }] },
            { "type": "button", "sub_type": "quick_reply", "index": 1, "parameters": [{ "type": "payload", "payload": "p" }] }] })
    };
    vec![
        header(text("Ana")),
        header(json!({ "type": "image", "image": { "provider_id": "1" } })),
        header(json!({ "type": "video", "video": { "link": "https://example.com/a.mp4" } })),
        header(json!({ "type": "document", "document": { "provider_id": "1", "file_name": "a.pdf" } })),
        header(
            json!({ "type": "location", "location": { "latitude": 1.5, "longitude": 2.5, "name": "Port", "address": "Quay 1" } }),
        ),
        json!([{ "type": "body", "parameters": [text("Ana"), text("12:00")] }]),
        json!([{ "type": "body", "parameters": [{ "type": "text", "parameter_name": "name", "text": "Ana" }] }]),
        button("quick_reply", json!({ "type": "payload", "payload": "p" })),
        button("url", text("a/b")),
        button("copy_code", json!({ "type": "coupon_code", "coupon_code": "SAVE10" })),
        button("flow", json!({ "type": "action", "action": { "flow_token": "t" } })),
        json!([{ "type": "limited_time_offer", "parameters":
            [{ "type": "limited_time_offer", "limited_time_offer": { "expiration_time_ms": 1_700_000_000_000_i64 } }] }]),
        json!([{ "type": "body", "parameters": [text("Ana")] }, { "type": "carousel", "cards": [card(0), card(1)] }]),
    ]
}

fn bodies() -> Vec<Value> {
    let to = |wa_id: Option<&str>, user_id: Option<&str>| Recipient {
        wa_id: wa_id.map(str::to_owned),
        user_id: user_id.map(str::to_owned),
    };
    let phone = to(Some("34600000001"), None);
    let mut kinds = BTreeSet::new();
    let mut bodies: Vec<Value> = contents()
        .into_iter()
        .map(|content| {
            let content: Content = serde_json::from_value(content).unwrap();
            assert_eq!(crate::limits::validate(&content), Ok(()), "{content:?}");
            kinds.insert(content.kind());
            let reply_to_wamid = Some("wamid.A==".to_owned());
            let to = phone.clone();
            message(&OutboundMessage { to, content, reply_to_wamid, biz_opaque_callback_data: String::new() })
        })
        .collect::<Result<_, _>>()
        .unwrap();
    let expected = [
        "AUDIO",
        "CONTACTS",
        "CTA_URL",
        "DOCUMENT",
        "IMAGE",
        "LIST",
        "LOCATION",
        "LOCATION_REQUEST",
        "REPLY_BUTTONS",
        "STICKER",
        "TEMPLATE",
        "TEXT",
        "VIDEO",
    ];
    assert_eq!(kinds, BTreeSet::from(expected), "every kind that is composed here");
    let both = to(Some("34600000001"), Some("ES.1"));
    bodies.extend([
        reaction(&both, "wamid.A==", Some("👍"), "msg_1").unwrap(),
        reaction(&to(None, Some("ES.1")), "wamid.A==", None, "").unwrap(),
    ]);
    bodies
}

#[test]
fn every_kind_is_as_the_document_says() {
    let Some(document) = reference::openapi() else { return };
    let request = &document["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"]["requestBody"];
    let request = &request["content"]["application/json"]["schema"];
    let mut found: BTreeMap<(String, String), Value> = BTreeMap::new();
    for body in bodies() {
        for problem in schema::problems(&document, request, &body) {
            found.entry(problem).or_insert_with(|| body.clone());
        }
    }
    let deviations: BTreeMap<_, _> = DEVIATIONS
        .iter()
        .map(|(path, problem, why)| ((path.to_string(), problem.to_string()), why))
        .collect();
    let unlisted: Vec<_> = found.iter().filter(|(problem, _)| !deviations.contains_key(problem)).collect();
    assert!(unlisted.is_empty(), "deviations without a reason: {unlisted:#?}");
    let gone: Vec<_> = deviations.keys().filter(|problem| !found.contains_key(problem)).collect();
    assert!(gone.is_empty(), "deviations that are none: {gone:#?}");
}

/// The document has no schema of receipts, but an example.
#[test]
fn receipts_are_as_the_example() {
    let Some(document) = reference::openapi() else { return };
    let call = &document["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"]["requestBody"];
    let examples = &call["content"]["application/json"]["examples"];
    let mut example = examples["Send typing indicator and read receipt"]["value"].clone();
    example["message_id"] = "wamid.A==".into();
    assert_eq!(read("wamid.A==", true), example);
    example.as_object_mut().unwrap().remove("typing_indicator");
    assert_eq!(read("wamid.A==", false), example);
}

/// A body that is right, broken in one place at a time.
#[test]
fn what_is_wrong_is_found() {
    let Some(document) = reference::openapi() else { return };
    let message = &document["components"]["schemas"]["Message"];
    let right = |kind: &str, object: Value| {
        let mut body =
            json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+34600000001" });
        body["type"] = kind.into();
        body[kind] = object;
        body
    };
    let buttons = |buttons: Value| {
        let interactive =
            json!({ "type": "button", "body": { "text": "?" }, "action": { "buttons": buttons } });
        right("interactive", interactive)
    };
    let button = json!({ "type": "reply", "reply": { "id": "a", "title": "A" } });
    let cases = [
        (right("text", json!({ "body": "Hi", "preview_url": false })), None),
        (right("text", json!({ "body": 1 })), Some(("/text/body", "is no string"))),
        (right("text", json!({ "body": "Hi", "colour": "red" })), Some(("/text/colour", "is not known"))),
        (right("image", json!({ "link": "https://example.com/" })), None),
        (right("image", json!({ "caption": "Hi" })), Some(("/image", "fits 0 of oneOf"))),
        (
            right("image", json!({ "id": "1", "link": "https://example.com/" })),
            Some(("/image", "fits 2 of oneOf")),
        ),
        (right("contacts", json!([])), Some(("/contacts", "fewer than 1"))),
        (right("contacts", json!([{ "phones": [{}] }])), Some(("/contacts/*/phones/*/phone", "is missing"))),
        (buttons(json!([button])), None),
        (buttons(json!([button, button, button, button])), Some(("/interactive/action", "fits 0 of oneOf"))),
    ];
    for (body, expected) in cases {
        let expected: Vec<_> =
            expected.into_iter().map(|(path, problem)| (path.to_owned(), problem.to_owned())).collect();
        assert_eq!(schema::problems(&document, message, &body), expected, "{body}");
    }
}
