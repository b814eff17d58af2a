//! What the business is told: batching, repetition, contacts, hidden numbers, faults of the business's own.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::StatusCode;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{PHONE, Setup, text};
use crate::webhooks::{Update, envelope};
use crate::{Business, Config, Faults, Simulator, escape, sign};

#[tokio::test]
async fn waiting_updates_share_bodies_of_at_most_a_thousand() {
    let setup = Setup::unconnected(Config::default()).await;
    let mut written = HashSet::new();
    for number in 0..2_500 {
        let phone = format!("346001{:05}", number % 700);
        written.insert(setup.simulator.customer_writes(&phone, json!({ "text": "Hi" })).await);
    }
    assert_eq!((setup.simulator.pending_webhooks(), written.len()), (2_500, 2_500));
    setup.connect();
    setup.drained().await;
    let posts = setup.receiver.posts();
    assert_eq!(posts.len(), 3);
    for post in &posts {
        let body = post.json();
        let value = &body["entry"][0]["changes"][0]["value"];
        assert_eq!(
            (body["entry"].as_array().map(Vec::len), body["entry"][0]["changes"].as_array().map(Vec::len)),
            (Some(1), Some(1))
        );
        assert!(value["messages"].as_array().is_some_and(|messages| messages.len() <= 1_000));
        assert!(
            value["contacts"].as_array().is_some_and(|contacts| contacts.len() <= 700),
            "a contact comes once"
        );
    }
    let arrived: HashSet<String> = setup
        .receiver
        .items("messages")
        .iter()
        .map(|one| one["id"].as_str().unwrap_or_default().into())
        .collect();
    assert_eq!(arrived, written);
}

#[tokio::test]
async fn bodies_stay_below_three_megabytes() {
    let setup = Setup::unconnected(Config::default()).await;
    // Four thousand flowers are 48,000 bytes, escaped.
    for _ in 0..200 {
        setup.simulator.customer_writes(PHONE, json!({ "text": "🌻".repeat(4_000) })).await;
    }
    setup.connect();
    setup.drained().await;
    let posts = setup.receiver.posts();
    assert!(posts.len() >= 4, "{} posts", posts.len());
    assert!(posts.iter().all(|post| post.body.len() <= 3_000_000));
    assert_eq!(setup.receiver.items("messages").len(), 200);
}

#[tokio::test]
async fn nothing_is_lost_while_the_business_is_away() {
    let setup = Setup::unconnected(Config::default()).await;
    // Nobody listens on port 9, the discard service.
    setup.simulator.set_webhook_url("http://127.0.0.1:9/hook");
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hello?" })).await;
    assert!(!setup.simulator.drained(Duration::from_millis(50)).await);
    setup.connect();
    setup.drained().await;
    assert_eq!(setup.receiver.items("messages").len(), 1);
}

#[tokio::test]
async fn a_hidden_number_is_left_out_but_the_user_id_is_not() {
    let setup = Setup::new().await;
    let customer = setup.simulator.customer(PHONE);
    customer.set_name("Lucía");
    customer.set_username(Some("lucia.f"));
    customer.hide_phone(true);
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    let mut body = text("Hello");
    body.as_object_mut().expect("an object").remove("to");
    body["recipient"] = json!(customer.user_id());
    let (status, answer) = setup.send(body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"], json!([{ "input": customer.user_id(), "user_id": customer.user_id() }]));
    setup.drained().await;

    let bodies: String =
        setup.receiver.posts().iter().map(|post| String::from_utf8_lossy(&post.body).into_owned()).collect();
    // Ids are base64, so the number can only be there in the open.
    assert!(!bodies.contains(PHONE), "{bodies}");
    let profile = json!({ "name": "Lucía", "username": "lucia.f" });
    let contact = json!({ "profile": profile, "user_id": customer.user_id() });
    assert_eq!(setup.receiver.values()[0]["contacts"], json!([contact]));
    assert_eq!(setup.receiver.items("messages")[0]["from_user_id"], customer.user_id().as_str());
    for status in setup.receiver.items("statuses") {
        assert_eq!(
            (status.get("recipient_id"), &status["recipient_user_id"]),
            (None, &json!(customer.user_id()))
        );
    }
}

#[tokio::test]
async fn statuses_carry_what_belongs_to_them() {
    let setup = Setup::with(Config { webhook_workers: 1, ..Config::default() }).await;
    setup.simulator.customer(PHONE).set_username(Some("nuria"));
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    setup.drained().await;
    setup.send(text("Hello")).await;
    setup.drained().await;
    setup.simulator.customer_reads(PHONE).await;
    setup.simulator.customer_reads(PHONE).await;
    setup.drained().await;
    let statuses = setup.receiver.items("statuses");
    let names: Vec<&str> =
        statuses.iter().map(|status| status["status"].as_str().unwrap_or_default()).collect();
    assert_eq!(names, ["sent", "delivered", "read"]);
    let pricing = json!({ "pricing_model": "PMP", "category": "service", "type": "free_customer_service", "billable": false });
    assert_eq!(statuses[0]["pricing"], pricing);
    for status in &statuses {
        assert!(status["timestamp"].is_string());
        assert_eq!(status.get("conversation"), None, "since v24");
        assert_eq!(status.get("pricing").is_some(), status["status"] == "sent", "priced once");
    }
    let usernames = setup
        .receiver
        .values()
        .iter()
        .filter(|value| value.get("statuses").is_some())
        .flat_map(|value| value["contacts"].as_array().cloned().unwrap_or_default())
        .map(|contact| contact["profile"].get("username").is_some())
        .collect::<Vec<_>>();
    assert!(usernames.contains(&true) && usernames.contains(&false), "not in `sent`: {usernames:?}");
}

#[tokio::test]
async fn failures_come_without_contact_and_user_id() {
    let setup = Setup::new().await;
    setup.send(text("too late")).await;
    setup.drained().await;
    let value = &setup.receiver.values()[0];
    assert_eq!(value.get("contacts"), None);
    let status = &value["statuses"][0];
    assert_eq!((&status["status"], &status["recipient_id"]), (&json!("failed"), &json!(PHONE)));
    assert_eq!(status.get("recipient_user_id"), None);
    assert_eq!(status["errors"][0]["code"], 131047);
    assert!(
        status["errors"][0]["error_data"]["details"]
            .as_str()
            .is_some_and(|details| details.contains("24 hours"))
    );
}

#[tokio::test]
async fn reactions_are_sent_and_no_more() {
    let setup = Setup::new().await;
    let id = setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    let reaction = json!({ "message_id": id, "emoji": "😮" });
    let body =
        json!({ "messaging_product": "whatsapp", "to": PHONE, "type": "reaction", "reaction": reaction });
    let (_, answer) = setup.send(body).await;
    setup.simulator.customer_reads(PHONE).await;
    setup.drained().await;
    assert_eq!(setup.receiver.statuses_of(answer["messages"][0]["id"].as_str().expect("an id")), ["sent"]);
}

#[tokio::test]
async fn a_customers_file_can_be_fetched() {
    let setup = Setup::new().await;
    setup.simulator.customer_writes(PHONE, json!({ "image": { "caption": "Look" } })).await;
    setup.drained().await;
    let image = setup.receiver.items("messages")[0]["image"].clone();
    assert_eq!((&image["caption"], &image["mime_type"]), (&json!("Look"), &json!("image/png")));
    assert_eq!(image["sha256"].as_str().map(str::len), Some(44), "base64 here");
    let (status, node) = setup.get(image["id"].as_str().expect("an id")).await;
    assert_eq!(status, 200);
    assert_eq!(node["sha256"].as_str().map(str::len), Some(64), "hex there");
    for url in [&image["url"], &node["url"]] {
        let url = url.as_str().expect("an address");
        assert_eq!(setup.http.get(url).send().await.expect("an answer").status(), 401, "without a token");
        let request = setup.http.get(url).bearer_auth(&setup.simulator.business().access_token);
        let bytes = request.send().await.expect("an answer").bytes().await.expect("bytes");
        assert_eq!(bytes.len().to_string(), node["file_size"]);
        assert!(bytes.starts_with(b"\x89PNG"));
    }
}

#[tokio::test]
async fn files_and_their_addresses_run_out() {
    let setup = Setup::new().await;
    let id = setup.simulator.add_media(&b"hello"[..], "text/plain");
    let url = setup.get(&id).await.1["url"].as_str().expect("an address").to_owned();
    let fetch = || setup.http.get(&url).bearer_auth(&setup.simulator.business().access_token).send();
    assert_eq!(fetch().await.expect("an answer").status(), 200);
    setup.simulator.advance_clock(Duration::from_secs(301));
    assert_eq!(fetch().await.expect("an answer").status(), 404);
    assert_eq!(setup.get(&id).await.0, 200);
    setup.simulator.advance_clock(Duration::from_secs(7 * 86_400));
    assert_eq!(setup.get(&id).await.1["error"]["error_subcode"], 33);
}

#[tokio::test]
async fn what_is_no_message_arrives_as_unsupported() {
    let setup = Setup::new().await;
    setup.simulator.customer_writes(PHONE, json!([1, 2])).await;
    setup.drained().await;
    let message = &setup.receiver.items("messages")[0];
    assert_eq!((&message["type"], &message["errors"][0]["code"]), (&json!("unsupported"), &json!(131051)));
}

#[tokio::test]
async fn id_and_time_can_be_given() {
    let setup = Setup::new().await;
    let message = json!({ "id": "wamid.again", "timestamp": 1_700_000_000, "text": "old" });
    assert_eq!(setup.simulator.customer_writes(PHONE, message).await, "wamid.again");
    setup.drained().await;
    assert_eq!(setup.receiver.items("messages")[0]["timestamp"], "1700000000");
    assert_eq!(setup.simulator.phone_messages(PHONE)[0].timestamp, 1_700_000_000);
}

#[tokio::test]
async fn a_stopped_marketing_preference_is_told_and_kept() {
    let setup = Setup::new().await;
    setup.simulator.customer(PHONE).set_accepts_marketing(false);
    setup.drained().await;
    let value = &setup.receiver.values()[0];
    assert_eq!(
        (&value["user_preferences"][0]["value"], &value["user_preferences"][0]["wa_id"]),
        (&json!("stop"), &json!(PHONE))
    );
    assert!(value["user_preferences"][0]["timestamp"].is_u64());
    assert!(setup.receiver.posts()[0].json()["entry"][0]["time"].is_u64());
}

#[tokio::test]
async fn any_body_can_be_delivered() {
    let setup = Setup::new().await;
    setup.receiver.answer_next([418]);
    assert_eq!(setup.simulator.deliver_body(b"not JSON".to_vec()).await, StatusCode::IM_A_TEAPOT);
    let post = &setup.receiver.posts()[0];
    assert_eq!(post.body, "not JSON");
    assert_eq!(
        post.headers["x-hub-signature-256"],
        sign(&setup.simulator.business().app_secret, b"not JSON").as_str()
    );
    setup.simulator.set_webhook_url("http://127.0.0.1:9/hook");
    assert_eq!(setup.simulator.deliver_body(Vec::new()).await, StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_ids() {
    let mut ids = Vec::new();
    for seed in [7, 7, 8] {
        let simulator = Simulator::start(Config { seed, ..Config::default() }).await.expect("a free port");
        let first = simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
        ids.push((
            first,
            simulator.customer_writes("5511987654321", json!({ "text": "Oi" })).await,
            simulator.customer(PHONE).user_id(),
        ));
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert!(ids[0].2.starts_with("ES."), "{}", ids[0].2);
}

#[tokio::test]
async fn it_ends_with_stop_and_with_the_last_handle() {
    let setup = Setup::new().await;
    setup.simulator.stop().await;
    setup.try_send(&text("no")).await.expect_err("nobody listens");

    let setup = Setup::new().await;
    let url = setup.simulator.url();
    let another = setup.simulator.clone();
    drop(setup.simulator);
    assert!(setup.http.get(&url).send().await.is_ok());
    drop(another);
    let gone = async {
        while setup.http.get(&url).send().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("it ends");
}

/// Known values: the key and the message of RFC 4231, case 2.
#[test]
fn signatures_are_hmac_sha256() {
    let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(sign("Jefe", b"what do ya want for nothing?"), expected);
}

#[test]
fn escapes_as_meta_does() {
    let json = json!({ "é/ñ": ["😮", "\u{7f}", "\n\"\\", "\u{0}", 1.5] });
    let expected =
        r#"{"\u00e9\/\u00f1":["\ud83d\ude2e",""#.to_owned() + "\u{7f}" + r#"","\n\"\\","\u0000",1.5]}"#;
    assert_eq!(String::from_utf8(escape(&json)).expect("ASCII"), expected);
}

proptest! {
    #[test]
    fn escaped_text_is_ascii_and_the_same_text(text in any::<String>(), key in any::<String>()) {
        let json = json!({ key: [text, null] });
        let escaped = escape(&json);
        prop_assert!(escaped.is_ascii());
        prop_assert_eq!(serde_json::from_slice::<Value>(&escaped).expect("it is JSON"), json);
    }

    /// Whatever the mix, every update is in the envelope once, in its order.
    #[test]
    fn an_envelope_holds_every_update(kinds in prop::collection::vec(0..3u8, 0..60)) {
        let updates = kinds.iter().enumerate().map(|(number, kind)| match kind {
            0 => Update::Message { contact: Some(json!({ "user_id": number % 5 })), message: json!(number) },
            1 => Update::Status { contact: None, status: json!(number) },
            _ => Update::Other { field: "account_update", value: json!({ "number": number }) },
        });
        let envelope = envelope(&Business::default(), 1, updates.collect());
        let changes = envelope["entry"][0]["changes"].as_array().expect("changes");
        let numbers = changes.iter().flat_map(|change| {
            let value = &change["value"];
            let list = value.get("messages").or(value.get("statuses")).and_then(Value::as_array).cloned();
            list.unwrap_or_else(|| vec![value["number"].clone()])
        });
        let expected: Vec<Value> = (0..kinds.len()).map(|number| json!(number)).collect();
        prop_assert_eq!(numbers.collect::<Vec<_>>(), expected);
        prop_assert_eq!(envelope["entry"][0].get("time").is_some(), kinds.contains(&2));
    }

    /// Faults survive the control API, whatever they are.
    #[test]
    fn faults_are_the_same_as_json(answer_delay_ms: u64, drop_after_accepting: u32, reorder_webhooks: bool) {
        let faults = Faults { answer_delay_ms, drop_after_accepting, reorder_webhooks, ..Faults::default() };
        let json = serde_json::to_value(&faults).expect("JSON");
        prop_assert_eq!(serde_json::from_value::<Faults>(json).expect("faults"), faults);
    }

    /// A message is taken if it says its type or has one key that is a type; then it has that type.
    #[test]
    fn what_is_taken_as_a_message_has_a_type(
        kind in prop::sample::select(vec!["text", "image", "location", "hologram"]),
        content in any::<String>(),
        typed: bool,
    ) {
        let mut message = json!({ "x": 1 });
        message[kind] = json!(content);
        if typed {
            message["type"] = json!(kind);
        }
        match crate::inbound::normalize(message) {
            Ok(message) => prop_assert_eq!(&message["type"], kind),
            Err(reason) => prop_assert!(!typed && kind == "hologram", "{}", reason),
        }
    }
}
