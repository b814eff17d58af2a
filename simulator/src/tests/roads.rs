//! The roads in and out, once each.

use serde_json::json;

use super::{PHONE, Setup, text};
use crate::{Faults, sign};

#[tokio::test]
async fn what_a_customer_writes_arrives_signed() {
    let setup = Setup::new().await;
    let id = setup.simulator.customer_writes(PHONE, json!({ "text": "¿Abrís mañana? 1/2 🌻" })).await;
    setup.drained().await;

    let posts = setup.receiver.posts();
    assert_eq!(posts.len(), 1);
    let signature = sign(&setup.simulator.business().app_secret, &posts[0].body);
    assert_eq!(posts[0].headers["x-hub-signature-256"], signature.as_str());
    assert_eq!(posts[0].headers["content-type"], "application/json");
    let raw = std::str::from_utf8(&posts[0].body).expect("ASCII is UTF-8");
    assert!(raw.contains(r#""\u00bfAbr\u00eds ma\u00f1ana? 1\/2 \ud83c\udf3b""#), "{raw}");

    let value = &setup.receiver.values()[0];
    let user_id = setup.simulator.customer(PHONE).user_id();
    assert_eq!(value["contacts"][0]["wa_id"], PHONE);
    assert_eq!(value["contacts"][0]["user_id"], user_id.as_str());
    assert_eq!(value["messages"][0]["from"], PHONE);
    assert_eq!(value["messages"][0]["id"], id.as_str());
}

#[tokio::test]
async fn a_sent_message_is_delivered_and_read() {
    let setup = Setup::new().await;
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    let mut message = text("Hello");
    message["biz_opaque_callback_data"] = json!("ours");
    let (status, answer) = setup.send(message).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"], json!([{ "input": PHONE, "wa_id": PHONE }]));
    let id = answer["messages"][0]["id"].as_str().expect("an id").to_owned();
    setup.drained().await;
    setup.simulator.customer_reads(PHONE).await;
    setup.drained().await;

    assert_eq!(setup.receiver.statuses_of(&id), ["sent", "delivered", "read"]);
    for status in setup.receiver.items("statuses") {
        assert_eq!(status["biz_opaque_callback_data"], "ours");
        assert_eq!(status["recipient_id"], PHONE);
        assert_eq!(status["recipient_user_id"], setup.simulator.customer(PHONE).user_id().as_str());
    }
    let shown = setup.simulator.phone_messages(PHONE);
    assert_eq!(shown.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["Hi", "Hello"]);
}

#[tokio::test]
async fn a_connection_dropped_before_accepting_sends_nothing() {
    let setup = Setup::new().await;
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    setup.simulator.set_faults(Faults { drop_before_accepting: 1, ..Faults::default() });
    setup.try_send(&text("lost")).await.expect_err("the connection drops");
    assert_eq!(setup.simulator.phone_messages(PHONE).len(), 1);
    let (status, _) = setup.send(text("again")).await;
    assert_eq!(status, 200);
    assert_eq!(setup.simulator.phone_messages(PHONE).len(), 2);
    let requests = setup.simulator.requests();
    assert_eq!((requests[0].dropped, requests[0].status, &requests[0].message_id), (true, None, &None));
    assert_eq!((requests[1].dropped, requests[1].status), (false, Some(200)));
}

#[tokio::test]
async fn a_connection_dropped_after_accepting_loses_the_answer_alone() {
    let setup = Setup::new().await;
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    setup.simulator.set_faults(Faults { drop_after_accepting: 1, ..Faults::default() });
    setup.try_send(&text("half")).await.expect_err("the connection drops");
    setup.drained().await;
    let request = setup.simulator.requests().remove(0);
    let id = request.message_id.expect("the message was accepted");
    assert_eq!((request.dropped, request.status), (true, None));
    assert_eq!(setup.simulator.phone_messages(PHONE)[1].id, id);
    assert_eq!(setup.receiver.statuses_of(&id), ["sent", "delivered"]);
}

#[tokio::test]
async fn a_webhook_is_posted_until_it_is_answered_200() {
    let setup = Setup::new().await;
    setup.receiver.answer_next([503, 401, 204, 302]);
    let id = setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
    setup.drained().await;
    let posts = setup.receiver.posts();
    assert_eq!(posts.len(), 5);
    assert!(posts.iter().all(|post| post.body == posts[0].body), "a retry repeats the whole body");
    assert!(setup.receiver.items("messages").iter().all(|message| message["id"] == id.as_str()));
}

#[tokio::test]
async fn the_handshake_wants_the_challenge_and_the_right_token() {
    let setup = Setup::new().await;
    setup.simulator.verify_webhook().await.expect_err("the token differs");
    setup.receiver.set_verify_token(&setup.simulator.business().verify_token);
    setup.simulator.verify_webhook().await.expect("the token is right");
}

#[tokio::test]
async fn the_number_can_be_read() {
    let setup = Setup::new().await;
    let id = setup.simulator.business().phone_number_id.clone();
    let (status, number) = setup.get(&format!("{id}?fields=display_phone_number,status")).await;
    let expected = json!({ "display_phone_number": "+1 555-078-3881", "status": "CONNECTED", "id": id });
    assert_eq!((status, number), (200, expected));
}
