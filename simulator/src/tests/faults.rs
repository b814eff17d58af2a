//! Each fault does what it says, and nothing else.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{PHONE, Setup, text};
use crate::{FailDelivery, FailMedia, FailSends, Faults, MediaFault};

#[tokio::test]
async fn sends_fail_as_often_as_told() {
    let setup = Setup::with_open_window().await;
    let fail = FailSends { count: 2, status: 503, code: 131016 };
    setup.simulator.set_faults(Faults { fail_sends: Some(fail), ..Faults::default() });
    for _ in 0..2 {
        let (status, answer) = setup.send(text("no")).await;
        assert_eq!((status, &answer["error"]["code"]), (503, &json!(131016)));
        assert_eq!(answer["error"]["message"], "(#131016) Service unavailable");
    }
    assert_eq!(setup.send(text("yes")).await.0, 200);
    assert_eq!(setup.simulator.phone_messages(PHONE).len(), 2);
}

#[tokio::test]
async fn reading_is_not_a_send() {
    let setup = Setup::new().await;
    let id = setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    setup.simulator.set_faults(Faults {
        drop_before_accepting: 1,
        drop_after_accepting: 1,
        ..Faults::default()
    });
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": id });
    assert_eq!(setup.send(read).await, (200, json!({ "success": true })));
    assert_eq!(setup.simulator.faults().drop_before_accepting, 1);
}

#[tokio::test]
async fn accepted_messages_fail_later() {
    let setup = Setup::with_open_window().await;
    let fail = FailDelivery { count: 1, code: 131049 };
    setup.simulator.set_faults(Faults { fail_delivery: Some(fail), ..Faults::default() });
    let (status, answer) = setup.send(text("held back")).await;
    assert_eq!(status, 200);
    setup.drained().await;
    let id = answer["messages"][0]["id"].as_str().expect("an id");
    assert_eq!(setup.receiver.statuses_of(id), ["failed"]);
    assert_eq!(setup.receiver.items("statuses")[0]["errors"][0]["code"], 131049);
    assert_eq!(setup.simulator.phone_messages(PHONE).len(), 1, "what failed is not on the phone");
}

#[tokio::test]
async fn a_slow_answer_comes_after_the_work() {
    let setup = Setup::with_open_window().await;
    setup.simulator.set_faults(Faults { answer_delay_ms: 60_000, ..Faults::default() });
    let impatient =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_millis(100)).build().expect("a client");
    let business = setup.simulator.business();
    let url = setup.graph(&format!("{}/messages", business.phone_number_id));
    let request = impatient.post(url).bearer_auth(&business.access_token).json(&text("slow"));
    assert!(request.send().await.expect_err("too slow").is_timeout());
    setup.drained().await;
    assert_eq!(setup.simulator.phone_messages(PHONE).len(), 2);
    assert_eq!(setup.receiver.items("statuses").len(), 2);
}

#[tokio::test]
async fn a_slow_answer_is_an_answer() {
    let setup = Setup::with_open_window().await;
    setup.simulator.set_faults(Faults { answer_delay_ms: 50, ..Faults::default() });
    let begun = Instant::now();
    assert_eq!(setup.send(text("slow")).await.0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn every_webhook_comes_twice() {
    let setup = Setup::new().await;
    setup.simulator.set_faults(Faults { duplicate_webhooks: 1.0, ..Faults::default() });
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    setup.drained().await;
    let posts = setup.receiver.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].body, posts[1].body);
    assert_eq!(posts[0].headers["x-hub-signature-256"], posts[1].headers["x-hub-signature-256"]);
}

#[tokio::test]
async fn webhooks_overtake_each_other() {
    let setup = Setup::new().await;
    setup.simulator.set_faults(Faults { reorder_webhooks: true, ..Faults::default() });
    let mut written = Vec::new();
    for number in 0..50 {
        written.push(setup.simulator.customer_writes(PHONE, json!({ "text": number.to_string() })).await);
    }
    setup.drained().await;
    let messages = setup.receiver.items("messages");
    let mut arrived: Vec<String> =
        messages.iter().map(|one| one["id"].as_str().unwrap_or_default().into()).collect();
    assert_ne!(arrived, written);
    arrived.sort();
    written.sort();
    assert_eq!(arrived, written, "none lost, none doubled");
}

#[tokio::test]
async fn late_webhooks_are_pending_meanwhile() {
    let setup = Setup::new().await;
    setup.simulator.set_faults(Faults { late_webhooks_ms: 100, ..Faults::default() });
    let begun = Instant::now();
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    assert_eq!(setup.simulator.pending_webhooks(), 1);
    setup.drained().await;
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!(setup.receiver.items("messages").len(), 1);
}

#[tokio::test]
async fn an_expired_token_stops_everything_but_webhooks() {
    let setup = Setup::with_open_window().await;
    setup.simulator.set_faults(Faults { expired_token: true, ..Faults::default() });
    let business = setup.simulator.business().clone();
    for (status, answer) in [setup.send(text("no")).await, setup.get(&business.phone_number_id).await] {
        assert_eq!(status, 401);
        assert_eq!((&answer["error"]["code"], &answer["error"]["error_subcode"]), (&json!(190), &json!(463)));
    }
    setup.simulator.customer_writes(PHONE, json!({ "text": "Anybody?" })).await;
    setup.drained().await;
    assert_eq!(setup.receiver.items("messages").len(), 2);
}

#[tokio::test]
async fn contents_come_wrong_as_often_as_told() {
    let setup = Setup::new().await;
    let id = setup.simulator.add_media(&b"content"[..], "text/plain");
    let url = setup.get(&id).await.1["url"].as_str().expect("an address").to_owned();
    let get = async || {
        let token = &setup.simulator.business().access_token;
        setup.http.get(&url).bearer_auth(token).send().await.expect("an answer")
    };
    let faults = [
        (MediaFault::Unavailable, 503, Some(0)),
        (MediaFault::Corrupt, 200, Some(7)),
        (MediaFault::Html, 200, None),
        (MediaFault::Huge, 200, Some((200 << 20) + 7)),
    ];
    for (fault, status, size) in faults {
        setup
            .simulator
            .set_faults(Faults { fail_media: Some(FailMedia { count: 1, fault }), ..Faults::default() });
        let wrong = get().await;
        assert_eq!(wrong.status().as_u16(), status, "{fault:?}");
        let bytes = wrong.bytes().await.expect("a body");
        assert_ne!(&bytes[..], b"content", "{fault:?}");
        assert_eq!(bytes.len(), size.unwrap_or(bytes.len()), "{fault:?}");
        assert_eq!(&get().await.bytes().await.expect("a body")[..], b"content", "{fault:?}");
    }
    let fault = MediaFault::Stalled;
    setup
        .simulator
        .set_faults(Faults { fail_media: Some(FailMedia { count: 1, fault }), ..Faults::default() });
    let mut stalled = get().await;
    assert_eq!(stalled.chunk().await.expect("a piece").as_deref(), Some(&b"c"[..]));
    assert!(tokio::time::timeout(Duration::from_millis(50), stalled.chunk()).await.is_err());
}
