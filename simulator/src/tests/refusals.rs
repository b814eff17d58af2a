//! What Meta refuses, one line each.

use std::time::Duration;

use serde_json::{Value, json};

use super::{PHONE, Setup, text};
use crate::{Config, Limits};

/// A message of a kind, to [`PHONE`].
fn message(kind: &str, content: Value) -> Value {
    json!({ "messaging_product": "whatsapp", "to": PHONE, "type": kind, kind: content })
}

fn interactive(kind: &str, action: Value) -> Value {
    message("interactive", json!({ "type": kind, "body": { "text": "Choose" }, "action": action }))
}

fn buttons(titles: &[&str]) -> Value {
    let button = |(id, title): (usize, &&str)| {
        let reply = json!({ "id": id.to_string(), "title": title });
        json!({ "type": "reply", "reply": reply })
    };
    interactive("button", json!({ "buttons": titles.iter().enumerate().map(button).collect::<Vec<_>>() }))
}

fn list(rows: usize) -> Value {
    let rows: Vec<Value> = (0..rows).map(|row| json!({ "id": row.to_string(), "title": "Row" })).collect();
    interactive("list", json!({ "button": "Open", "sections": [{ "rows": rows }] }))
}

/// A template with so many body parameters.
fn template(name: &str, language: &str, parameters: usize) -> Value {
    let parameters: Vec<Value> = (0..parameters).map(|_| json!({ "type": "text", "text": "x" })).collect();
    let components =
        if parameters.is_empty() { json!([]) } else { json!([{ "type": "body", "parameters": parameters }]) };
    message("template", json!({ "name": name, "language": { "code": language }, "components": components }))
}

/// The message with something changed in it.
fn with(mut message: Value, key: &str, value: Value) -> Value {
    message[key] = value;
    message
}

/// The message without something.
fn without(mut message: Value, key: &str) -> Value {
    message.as_object_mut().expect("an object").remove(key);
    message
}

#[tokio::test]
async fn messages_that_meta_refuses() {
    let setup = Setup::with_open_window().await;
    let own = setup.simulator.business().display_phone_number.clone();
    let long = |length| "ñ".repeat(length);
    let cases = [
        ("no product", without(text("x"), "messaging_product"), 100),
        ("no recipient", without(text("x"), "to"), 100),
        ("recipient that is no number", with(text("x"), "to", json!("nobody")), 100),
        ("recipient that is the sender", with(text("x"), "to", json!(format!("+{own}"))), 131021),
        ("user id of nobody", with(without(text("x"), "to"), "recipient", json!("US.1")), 100),
        ("unknown type", message("hologram", json!({})), 100),
        ("no text object", without(text("x"), "text"), 131008),
        ("empty text", text(""), 100),
        ("blank text", text("  \n"), 100),
        ("text of 4,097 characters", text(&long(4_097)), 100),
        ("unknown key in text", message("text", json!({ "body": "x", "color": "red" })), 100),
        ("long callback data", with(text("x"), "biz_opaque_callback_data", json!(long(513))), 100),
        ("image without id and link", message("image", json!({ "caption": "x" })), 131008),
        ("image with both", message("image", json!({ "id": "1", "link": "https://example.com/a.png" })), 100),
        ("image that was never uploaded", message("image", json!({ "id": "1" })), 100),
        ("image from a file", message("image", json!({ "link": "file:///a.png" })), 100),
        (
            "long caption",
            message("image", json!({ "link": "https://example.com/a", "caption": long(1_025) })),
            100,
        ),
        (
            "audio with a caption",
            message("audio", json!({ "link": "https://example.com/a", "caption": "x" })),
            100,
        ),
        ("location without longitude", message("location", json!({ "latitude": 1 })), 131008),
        ("location beyond the pole", message("location", json!({ "latitude": 91, "longitude": 0 })), 131009),
        ("no contacts", message("contacts", json!([])), 131009),
        (
            "contact with one name only",
            message("contacts", json!([{ "name": { "formatted_name": "A" } }])),
            131008,
        ),
        ("reaction to nothing", message("reaction", json!({ "emoji": "👍" })), 131008),
        (
            "reaction as a reply",
            with(
                message("reaction", json!({ "message_id": "wamid.x", "emoji": "👍" })),
                "context",
                json!({ "message_id": "wamid.x" }),
            ),
            100,
        ),
        ("no buttons", buttons(&[]), 131009),
        ("four buttons", buttons(&["a", "b", "c", "d"]), 131009),
        ("two buttons with one title", buttons(&["a", "a"]), 131009),
        ("button of 21 characters", buttons(&["123456789012345678901"]), 100),
        ("eleven rows", list(11), 131009),
        ("no rows", list(0), 131009),
        (
            "two rows with one id",
            interactive(
                "list",
                json!({ "button": "Open", "sections": [{ "rows": [
            { "id": "1", "title": "A" }, { "id": "1", "title": "B" }] }] }),
            ),
            131009,
        ),
        (
            "two sections without titles",
            interactive(
                "list",
                json!({ "button": "Open", "sections": [
            { "rows": [{ "id": "1", "title": "A" }] }, { "rows": [{ "id": "2", "title": "B" }] }] }),
            ),
            131008,
        ),
        (
            "link that is none",
            interactive(
                "cta_url",
                json!({ "name": "cta_url",
            "parameters": { "display_text": "Go", "url": "example.com" } }),
            ),
            131009,
        ),
        (
            "location request with another name",
            interactive("location_request_message", json!({ "name": "x" })),
            131009,
        ),
        (
            "interactive without body",
            message("interactive", json!({ "type": "button", "action": {} })),
            131008,
        ),
        ("unknown interactive", interactive("dance", json!({})), 131009),
        ("template that does not exist", template("nothing", "en_US", 0), 132001),
        ("template in another language", template("hello_world", "es", 0), 132001),
        ("template with too much", template("hello_world", "en_US", 1), 132000),
        ("template with too little", template("recordatorio_cita", "es", 2), 132000),
        ("template without language", message("template", json!({ "name": "hello_world" })), 100),
        ("read of nothing", json!({ "messaging_product": "whatsapp", "status": "read" }), 100),
        (
            "read of something else",
            json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x" }),
            131009,
        ),
    ];
    for (name, body, code) in cases {
        let (status, answer) = setup.send(body).await;
        let error = &answer["error"];
        assert_eq!(error["code"], code, "{name}: {answer}");
        assert_eq!(status, if code == 132001 { 404 } else { 400 }, "{name}");
        assert_eq!(error["type"], "OAuthException", "{name}");
        assert!(error["fbtrace_id"].is_string() && error["message"].is_string(), "{name}: {answer}");
        if let Some(data) = error.get("error_data") {
            assert_eq!(data["messaging_product"], "whatsapp", "{name}");
            assert!(data["details"].as_str().is_some_and(|details| !details.is_empty()), "{name}");
        }
    }
    assert_eq!(setup.simulator.phone_messages(PHONE).len(), 1, "nothing was sent");
    assert_eq!(setup.simulator.pending_webhooks(), 0, "nothing is told");
}

#[tokio::test]
async fn messages_at_the_edge_of_what_meta_takes() {
    let setup = Setup::with_open_window().await;
    let rows: Vec<Value> = (0..10)
        .map(|row| json!({ "id": row.to_string(), "title": "R".repeat(24), "description": "d".repeat(72) }))
        .collect();
    let cases = [
        ("text of 4,096 characters", text(&"ñ".repeat(4_096))),
        ("no type", without(text("x"), "type")),
        ("number with a plus and spaces", with(text("x"), "to", json!("+34 600-000 (001)"))),
        (
            "callback data of 512 characters",
            with(text("x"), "biz_opaque_callback_data", json!("ñ".repeat(512))),
        ),
        (
            "location in strings",
            message("location", json!({ "latitude": "37.758056", "longitude": "-122.425332" })),
        ),
        ("three buttons of 20", buttons(&["a".repeat(20).as_str(), "b", "🌻"])),
        (
            "ten rows",
            interactive("list", json!({ "button": "b".repeat(20), "sections": [{ "rows": rows }] })),
        ),
        ("reaction taken back", message("reaction", json!({ "message_id": "wamid.x", "emoji": "" }))),
        ("template", template("hello_world", "en_US", 0)),
        ("template with variables", template("recordatorio_cita", "es", 3)),
    ];
    for (name, body) in cases {
        let (status, answer) = setup.send(body).await;
        assert_eq!(status, 200, "{name}: {answer}");
    }
}

#[tokio::test]
async fn tokens_and_ids_that_meta_refuses() {
    let setup = Setup::new().await;
    let business = setup.simulator.business().clone();
    let messages = setup.graph(&format!("{}/messages", business.phone_number_id));
    let cases = [
        ("no token", messages.clone(), None, 401, 190, None),
        ("wrong token", messages.clone(), Some("EAAwrong"), 401, 190, None),
        (
            "another number",
            setup.graph("1/messages"),
            Some(business.access_token.as_str()),
            400,
            100,
            Some(33),
        ),
        (
            "the account's id",
            setup.graph(&format!("{}/messages", business.business_account_id)),
            Some(&business.access_token),
            400,
            100,
            Some(33),
        ),
        ("no version", messages.replace("/v24.0/", "/"), Some(&business.access_token), 400, 2500, None),
        ("an unknown edge", setup.graph("1/dances"), Some(&business.access_token), 400, 100, Some(33)),
    ];
    for (name, url, token, expected_status, code, subcode) in cases {
        let mut request = setup.http.post(url).json(&text("x"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let answer: Value = response.json().await.expect("JSON");
        let error = &answer["error"];
        assert_eq!(
            (status, &error["code"], error["error_subcode"].as_i64()),
            (expected_status, &json!(code), subcode),
            "{name}: {answer}"
        );
        if subcode == Some(33) {
            assert_eq!(error["type"], "GraphMethodException", "{name}");
        }
    }
}

#[tokio::test]
async fn the_window_closes_after_a_day() {
    let setup = Setup::with_open_window().await;
    let outcome = async |body: Value| {
        let (status, answer) = setup.send(body).await;
        assert_eq!(status, 200, "{answer}");
        setup.drained().await;
        setup.receiver.statuses_of(answer["messages"][0]["id"].as_str().unwrap_or_default())
    };
    setup.simulator.advance_clock(Duration::from_secs(86_400 - 60));
    assert_eq!(outcome(text("in time")).await, ["sent", "delivered"]);
    setup.simulator.advance_clock(Duration::from_secs(60));
    assert_eq!(outcome(text("too late")).await, ["failed"]);
    assert_eq!(outcome(template("hello_world", "en_US", 0)).await, ["sent", "delivered"]);
    assert_eq!(outcome(text("a template opens nothing")).await, ["failed"]);
    setup.simulator.customer_writes(PHONE, json!({ "text": "Back" })).await;
    assert_eq!(outcome(text("open again")).await, ["sent", "delivered"]);
    let texts: Vec<String> =
        setup.simulator.phone_messages(PHONE).into_iter().map(|message| message.text).collect();
    assert!(texts.contains(&"in time".to_owned()) && !texts.contains(&"too late".to_owned()), "{texts:?}");
}

#[tokio::test]
async fn people_who_cannot_be_reached() {
    let setup = Setup::with_open_window().await;
    let components = json!([{ "type": "BODY", "text": "-10 %" }]);
    let create =
        json!({ "name": "sale", "language": "es", "category": "MARKETING", "components": components });
    let account = &setup.simulator.business().business_account_id;
    let path = format!("{account}/message_templates");
    assert_eq!(setup.ask(reqwest::Method::POST, &path, Some(create)).await.0, 200);
    let customer = setup.simulator.customer(PHONE);
    let outcome = async |body: Value| {
        setup.send(body).await;
        setup.drained().await;
        setup.receiver.items("statuses").pop().map(|status| status["errors"][0]["code"].clone())
    };
    customer.set_accepts_marketing(false);
    assert_eq!(outcome(template("sale", "es", 0)).await, Some(json!(131050)));
    assert_eq!(
        outcome(template("hello_world", "en_US", 0)).await,
        Some(Value::Null),
        "utility still arrives"
    );
    customer.set_accepts_marketing(true);
    assert_eq!(outcome(template("sale", "es", 0)).await, Some(Value::Null));
    customer.set_on_whatsapp(false);
    assert_eq!(outcome(text("anybody?")).await, Some(json!(131026)));
}

#[tokio::test]
async fn one_customer_gets_45_at_once_and_then_one_in_6_seconds() {
    let setup = Setup::with_open_window().await;
    for number in 0..45 {
        assert_eq!(setup.send(text(&number.to_string())).await.0, 200, "message {number}");
    }
    let (status, answer) = setup.send(text("one too many")).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(131056)));
    let another = with(text("somebody else"), "to", json!("34600000002"));
    assert_eq!(setup.send(another).await.0, 200);
    setup.simulator.advance_clock(Duration::from_secs(6));
    assert_eq!(setup.send(text("patience")).await.0, 200);
    assert_eq!(setup.send(text("too soon")).await.1["error"]["code"], 131056);
}

#[tokio::test]
async fn the_number_sends_so_many_a_second() {
    let limits = Limits { messages_per_second: 1, ..Limits::default() };
    let setup = Setup::with(Config { limits, ..Config::default() }).await;
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(setup.send(text("x")).await.1["error"]["code"].clone());
    }
    assert_eq!(codes[0], Value::Null);
    assert!(codes[1..].contains(&json!(130429)), "{codes:?}");
    setup.simulator.advance_clock(Duration::from_secs(1));
    assert_eq!(setup.send(text("x")).await.0, 200);
}

#[tokio::test]
async fn national_forms_are_one_customer() {
    let setup = Setup::new().await;
    for (known, written) in [
        ("5511987654321", "+55 11 8765-4321"),
        ("5215512345678", "+52 55 1234 5678"),
        ("5491123456789", "+54 11 2345 6789"),
    ] {
        setup.simulator.customer_writes(known, json!({ "text": "Hi" })).await;
        let (_, answer) = setup.send(with(text("Hello"), "to", json!(written))).await;
        assert_eq!(answer["contacts"][0], json!({ "input": written, "wa_id": known }));
        assert_eq!(setup.simulator.phone_messages(known).len(), 2);
    }
}
