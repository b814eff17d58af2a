//! What becomes of templates after Meta took them: held back, or failed by a status that comes later.

use super::{PHONE, SEND, send, start, sync, template};
use serde_json::{Value, json};
use simulator::{FailDelivery, Faults, HoldTemplates};
use tests::{Client, Database, TestApp, on_each_store};

async fn open(database: &Database) -> (TestApp, Client) {
    let (app, client) = start(database).await;
    app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
    app.settled().await;
    app.simulator().add_template("promo", "es", "MARKETING", "Hola a todos");
    sync(&client).await;
    (app, client)
}

async fn sent(client: &Client, name: &str, key: &str) -> String {
    let payload = client.ask(SEND, send(&template(client, name).await, &json!([]), key)).await;
    let id = payload["messageSend"]["message"]["id"].as_str();
    id.unwrap_or_else(|| panic!("{payload}")).to_owned()
}

fn sends(app: &TestApp) -> usize {
    app.simulator().requests().iter().filter(|call| call.path.ends_with("/messages")).count()
}

#[test]
fn what_fails_later_says_why_and_teaches_us_about_the_template() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let cases =
            [(132_000, "APPROVED"), (132_012, "APPROVED"), (132_015, "PAUSED"), (132_016, "DISABLED")];
        for (code, status) in cases {
            let fail = FailDelivery { count: 1, code };
            app.simulator().set_faults(Faults { fail_delivery: Some(fail), ..Faults::default() });
            let id = sent(&client, "hello_world", &code.to_string()).await;
            let failed = client.message_in(&id, "FAILED").await;
            assert_eq!(failed["error"]["code"], code);
            for words in ["title", "explanation", "remedy"] {
                assert!(failed["error"][words].as_str().is_some_and(|text| text.len() > 10), "{failed}");
            }
            app.settled().await;
            let known = template(&client, "hello_world").await;
            assert_eq!(known["status"], status, "{code}");
            if status != "APPROVED" {
                assert_eq!(known["history"]["nodes"][0]["source"], "SEND");
                let before = sends(&app);
                let again = send(&known, &json!([]), &format!("again-{code}"));
                assert_eq!(client.refusals(&again).await, ["TEMPLATE_NOT_SENDABLE"]);
                assert_eq!(sends(&app), before, "refused before any call");
                sync(&client).await;
            }
        }
        app.finish().await;
    });
}

#[test]
fn who_stopped_marketing_gets_no_more_of_it() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let fail = FailDelivery { count: 1, code: 131_050 };
        app.simulator().set_faults(Faults { fail_delivery: Some(fail), ..Faults::default() });
        let id = sent(&client, "promo", "a").await;
        let failed = client.message_in(&id, "FAILED").await;
        assert_eq!(failed["error"]["code"], 131_050);
        app.settled().await;
        let query = "{ contacts { nodes { marketingPreferences { value source } } } }";
        let ledger = client.query(query).await["contacts"]["nodes"][0]["marketingPreferences"].take();
        assert_eq!(ledger, json!([{ "value": "STOP", "source": "PROVIDER_ERROR" }]));
        let before = sends(&app);
        let next = send(&template(&client, "promo").await, &json!([]), "b");
        assert_eq!(client.refusals(&next).await, ["MARKETING_OPTED_OUT"]);
        assert_eq!(sends(&app), before, "refused before any call");
        // What is no marketing goes out.
        client.message_in(&sent(&client, "hello_world", "c").await, "DELIVERED").await;
        app.finish().await;
    });
}

async fn hold(client: &Client, id: &str) -> Value {
    let query =
        "query($id: ID!) { message(id: $id) { status hold { reason explanation(language: \"es\") } } }";
    client.ask(query, json!({ "id": id })).await["message"].take()
}

#[test]
fn what_meta_holds_back_is_accepted_and_says_why_until_it_goes_on() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let cases = [
            ("held_for_quality_assessment", "QUALITY_ASSESSMENT", true, "DELIVERED"),
            ("paused", "TEMPLATE_PAUSED", false, "FAILED"),
            ("held_for_lunch", "OTHER", true, "DELIVERED"),
        ];
        for (word, reason, good, end) in cases {
            let hold_templates = Some(HoldTemplates { count: 1, status: word.to_owned() });
            app.simulator().set_faults(Faults { hold_templates, ..Faults::default() });
            let id = sent(&client, "promo", word).await;
            client.message_in(&id, "ACCEPTED").await;
            let held = hold(&client, &id).await["hold"].take();
            assert_eq!(held["reason"], reason);
            assert!(
                held["explanation"].as_str().unwrap().contains("WhatsApp ha")
                    || reason == "QUALITY_ASSESSMENT"
            );
            assert_eq!(app.simulator().release_held(good), 1);
            client.message_in(&id, end).await;
            assert_eq!(hold(&client, &id).await["hold"], Value::Null);
            app.settled().await;
            sync(&client).await;
        }
        app.finish().await;
    });
}
