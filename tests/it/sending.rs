//! Messages out, and what comes back about them.

use inbox::auth::Permission;
use serde_json::{Value, json};
use simulator::{FailDelivery, FailSends, Faults, RecordedRequest};
use std::time::Duration;
use tests::sending::text_to;
use tests::wait::until_true;
use tests::{Client, Database, TestApp, on_each_store, records, webhook};

const PHONE: &str = "34600000001";

/// A service to which one customer has just written.
async fn with_customer(database: &Database) -> (TestApp, Client) {
    let app = TestApp::start(database).await;
    app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
    app.settled().await;
    let permissions = [Permission::ReadAll, Permission::Send, Permission::Edit];
    let client = app.integration(&permissions, true).await;
    (app, client)
}

/// The calls to Meta that send something; read receipts go the same way and are none.
fn calls(app: &TestApp) -> Vec<RecordedRequest> {
    let requests = app.simulator().requests().into_iter();
    requests
        .filter(|request| {
            request.method == "POST"
                && request.path.ends_with("/messages")
                && request.body["status"].is_null()
        })
        .collect()
}

/// What the customer's phone shows of the business.
fn received(app: &TestApp) -> Vec<String> {
    let shown = app.simulator().phone_messages(PHONE).into_iter();
    shown.filter(|message| !message.from_customer).map(|message| message.text).collect()
}

async fn sendability(client: &Client) -> Value {
    let query = "{ conversations { nodes { sendability { canSendFreeForm reason } } } }";
    client.query(query).await["conversations"]["nodes"][0]["sendability"].take()
}

#[test]
fn a_message_goes_out_and_its_statuses_come_back() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        let id = client.send(PHONE, "¡Buenos días! 🌻").await;
        let message = client.message_in(&id, "DELIVERED").await;
        assert_eq!(message["statusTimes"]["readAt"], Value::Null);
        app.simulator().customer_reads(PHONE).await;
        let message = client.message_in(&id, "READ").await;
        for time in ["acceptedAt", "sentAt", "deliveredAt", "readAt"] {
            assert!(message["statusTimes"][time].is_string(), "{time}: {message}");
        }
        assert_eq!((&message["error"], &message["origin"]), (&Value::Null, &json!("API")));
        assert_eq!(received(&app), ["¡Buenos días! 🌻"]);
        assert_eq!(calls(&app).len(), 1);
        app.finish().await;
    });
}

#[test]
fn a_reply_quotes_the_customers_message() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        let data = client.query("{ messages { nodes { id } } }").await;
        let quoted = data["messages"]["nodes"][0]["id"].clone();
        let mut send = text_to(PHONE, "¿Y usted?", "reply");
        send["input"]["replyToId"] = quoted.clone();
        let payload = client.try_send(&send).await;
        let message = client.message_in(payload["message"]["id"].as_str().unwrap(), "DELIVERED").await;
        assert_eq!(message["replyTo"]["id"], quoted);
        let shown = app.simulator().phone_messages(PHONE);
        assert_eq!(shown[1].reply_to.as_ref(), Some(&shown[0].id));
        app.finish().await;
    });
}

#[test]
fn a_closed_window_is_refused_without_asking_meta() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        assert_eq!(sendability(&client).await, json!({ "canSendFreeForm": true, "reason": null }));
        app.advance(Duration::from_secs(24 * 60 * 60 + 1));
        assert_eq!(
            sendability(&client).await,
            json!({ "canSendFreeForm": false, "reason": "WINDOW_CLOSED" })
        );
        assert_eq!(client.refusals(&text_to(PHONE, "late", "late")).await, ["WINDOW_CLOSED"]);
        assert_eq!(client.refusals(&text_to("34600000099", "hi", "unknown")).await, ["RECIPIENT_NOT_FOUND"]);
        assert!(calls(&app).is_empty());
        app.simulator().customer_writes(PHONE, json!({ "text": "again" })).await;
        app.settled().await;
        client.message_in(&client.send(PHONE, "in time").await, "DELIVERED").await;
        app.finish().await;
    });
}

#[test]
fn what_meta_says_about_the_window_corrects_what_we_believe() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        let closed = json!({ "canSendFreeForm": false, "reason": "CLOSED_BY_PROVIDER" });
        let refused = Faults {
            fail_sends: Some(FailSends { count: 1, status: 400, code: 131_047 }),
            ..Faults::default()
        };
        let failed =
            Faults { fail_delivery: Some(FailDelivery { count: 1, code: 131_047 }), ..Faults::default() };
        for (how, faults) in [("at once", refused), ("by a status", failed)] {
            app.simulator().set_faults(faults);
            let message = client.message_in(&client.send(PHONE, how).await, "FAILED").await;
            assert_eq!(message["error"]["code"], 131_047, "{how}");
            assert_eq!(sendability(&client).await, closed, "{how}");
            let next = text_to(PHONE, "next", &format!("next {how}").replace(' ', "-"));
            assert_eq!(client.refusals(&next).await, ["WINDOW_CLOSED"], "{how}");
            // The customer writes: the window is open again, by a message later than the refused one.
            app.advance(Duration::from_secs(2));
            app.simulator().customer_writes(PHONE, json!({ "text": "still here" })).await;
            app.settled().await;
            assert_eq!(sendability(&client).await["canSendFreeForm"], true, "{how}");
        }
        app.finish().await;
    });
}

#[test]
fn a_key_stands_for_one_message() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        let send = text_to(PHONE, "once", "the key");
        assert_eq!(client.code(tests::sending::SEND, send).await, "BAD_USER_INPUT", "a key has no spaces");
        let send = text_to(PHONE, "once", "the-key");
        let payloads = futures_util::future::join_all((0..50).map(|_| client.try_send(&send))).await;
        let id = payloads[0]["message"]["id"].as_str().unwrap();
        assert!(payloads.iter().all(|payload| payload["message"]["id"] == id), "{payloads:?}");
        assert_eq!(client.refusals(&text_to(PHONE, "twice", "the-key")).await, ["IDEMPOTENCY_KEY_REUSED"]);
        client.message_in(id, "DELIVERED").await;
        assert_ne!(client.send(PHONE, "once").await, id, "another key is another message");
        until_true("both are sent", async || received(&app).len() == 2).await;
        assert_eq!(calls(&app).len(), 2);
        app.finish().await;
    });
}

#[test]
fn messages_of_a_conversation_arrive_in_the_order_of_their_sending() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        // Refusals in the middle must not let the later ones pass.
        app.simulator().set_faults(Faults {
            fail_sends: Some(FailSends { count: 2, status: 429, code: 131_056 }),
            answer_delay_ms: 10,
            ..Faults::default()
        });
        let bodies: Vec<String> = (0..20).map(|number| format!("number-{number}")).collect();
        for body in &bodies {
            client.send(PHONE, body).await;
        }
        until_true("all are sent", async || received(&app).len() == bodies.len()).await;
        assert_eq!(received(&app), bodies);
        assert_eq!(calls(&app).len(), bodies.len() + 2, "only what was refused is sent again");
        app.finish().await;
    });
}

#[test]
fn rate_limits_are_tried_again() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        for (status, code) in [(429, 130_429), (400, 131_056), (403, 80_007)] {
            app.simulator().set_faults(Faults {
                fail_sends: Some(FailSends { count: 1, status, code }),
                ..Faults::default()
            });
            let before = calls(&app).len();
            let id = client.send(PHONE, &format!("despite {code}")).await;
            let message = client.message_in(&id, "DELIVERED").await;
            assert_eq!(message["error"], Value::Null, "{code}");
            assert_eq!(calls(&app).len() - before, 2, "{code}");
        }
        app.finish().await;
    });
}

#[test]
fn what_meta_says_too_vaguely_is_unknown_and_not_tried_again() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        for (status, code) in [(500, 131_000), (503, 2)] {
            let fail_sends = Some(FailSends { count: 1, status, code });
            app.simulator().set_faults(Faults { fail_sends, ..Faults::default() });
            let before = calls(&app).len();
            let id = client.send(PHONE, &format!("perhaps {code}")).await;
            client.message_in(&id, "UNKNOWN").await;
            app.advance(Duration::from_secs(600));
            client.message_in(&client.send(PHONE, "behind it").await, "DELIVERED").await;
            assert_eq!(client.message(&id).await["status"], "UNKNOWN", "{code}");
            assert_eq!(calls(&app).len() - before, 2, "{code}");
        }
        app.finish().await;
    });
}

#[test]
fn what_meta_cannot_deliver_says_why() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        app.simulator().set_faults(Faults {
            fail_delivery: Some(FailDelivery { count: 1, code: 131_026 }),
            ..Faults::default()
        });
        let message = client.message_in(&client.send(PHONE, "lost").await, "FAILED").await;
        assert_eq!(message["error"]["code"], 131_026);
        for words in ["title", "explanation", "remedy"] {
            assert!(
                message["error"][words].as_str().is_some_and(|text| !text.is_empty()),
                "{words}: {message}"
            );
        }
        assert_eq!(received(&app), Vec::<String>::new());
        app.finish().await;
    });
}

#[test]
fn a_lost_answer_is_unknown_until_a_status_tells() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        app.simulator().set_faults(Faults { drop_after_accepting: 1, ..Faults::default() });
        app.simulator().set_webhook_url(&format!("{}/nowhere", app.url()));
        let id = client.send(PHONE, "half heard").await;
        let message = client.message_in(&id, "UNKNOWN").await;
        assert_eq!(message["statusTimes"]["acceptedAt"], Value::Null);
        app.receive_webhooks().await;
        let message = client.message_in(&id, "DELIVERED").await;
        assert_eq!(message["error"], Value::Null, "it was delivered after all");
        assert_eq!(calls(&app).len(), 1, "never sent again");
        assert_eq!(received(&app), ["half heard"]);
        app.finish().await;
    });
}

#[test]
fn what_may_have_gone_out_is_not_sent_again() {
    on_each_store(async |database| {
        let (app, client) = with_customer(database).await;
        app.simulator().set_faults(Faults { drop_before_accepting: 1, ..Faults::default() });
        let lost = client.send(PHONE, "never heard").await;
        client.message_in(&lost, "UNKNOWN").await;
        app.advance(Duration::from_secs(60 * 60));
        let next = client.send(PHONE, "the next one").await;
        client.message_in(&next, "DELIVERED").await;
        assert_eq!(client.message(&lost).await["status"], "UNKNOWN");
        assert_eq!(received(&app), ["the next one"]);
        assert_eq!(calls(&app).len(), 2);
        app.finish().await;
    });
}

#[test]
fn only_people_switch_the_mode() {
    on_each_store(async |database| {
        let (app, person) = with_customer(database).await;
        let machine = app.integration(&[Permission::ReadAll, Permission::Send], false).await;
        let message = machine.message_in(&machine.send(PHONE, "from a machine").await, "DELIVERED").await;
        assert_eq!(message["conversation"]["mode"], "AUTOMATIC");
        let message = person.message_in(&person.send(PHONE, "from a person").await, "DELIVERED").await;
        assert_eq!(message["conversation"]["mode"], "MANUAL");

        let conversation = person.query("{ conversations { nodes { id } } }").await;
        let id = conversation["conversations"]["nodes"][0]["id"].clone();
        let set = "mutation($id: ID!, $mode: ConversationMode!) {
            conversationSetMode(id: $id, input: { mode: $mode }) { conversation { mode } userErrors { code } } }";
        let data = person.ask(set, json!({ "id": id, "mode": "AUTOMATIC" })).await;
        assert_eq!(data["conversationSetMode"]["conversation"]["mode"], "AUTOMATIC");

        // Typed on the business's phone.
        let echo = webhook::text_message(
            &app.simulator().business().display_phone_number,
            "wamid.echo",
            app.now(),
            "typed",
        );
        let mut echo = webhook::change("smb_message_echoes", json!({ "message_echoes": [echo] }));
        echo["entry"][0]["changes"][0]["value"]["message_echoes"][0]["to"] = json!(PHONE);
        app.deliver(&echo).await;
        app.settled().await;
        let conversations = records::conversations(app.inbox().db.read()).await;
        assert_eq!(conversations[0].mode, entities::Mode::Manual);
        app.finish().await;
    });
}
