//! Files to customers: by id, by address and with the request; given to Meta once, and again when Meta forgets.

use super::{arrives, in_state, objects, photo, uploaded};
use inbox::auth::Permission;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use simulator::{FailSends, Faults};
use std::time::Duration;
use tests::{Client, Database, TestApp, on_each_store};

const PHONE: &str = super::PHONE;
const SEND: &str = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
    message { id kind media { id state sha256 fileName } } userErrors { code field message } } }";

async fn open(database: &Database) -> (TestApp, Client) {
    let app = TestApp::start(database).await;
    app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
    app.settled().await;
    let client = app.integration(&[Permission::ReadAll, Permission::Send], true).await;
    (app, client)
}

fn input(content: Value, key: &str) -> Value {
    json!({ "input": { "to": { "phone": PHONE }, "content": content, "idempotencyKey": key } })
}

async fn send(client: &Client, content: Value, key: &str) -> Value {
    client.ask(SEND, input(content, key)).await["messageSend"].take()
}

async fn sent(client: &Client, content: Value, key: &str) -> Value {
    let payload = send(client, content, key).await;
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    client.message_in(payload["message"]["id"].as_str().unwrap(), "DELIVERED").await;
    payload["message"].clone()
}

/// What the customer's phone shows of the business's last message: its kind and its content.
fn shown(app: &TestApp) -> (String, Value) {
    let messages = app.simulator().phone_messages(PHONE);
    let last = messages.into_iter().rfind(|message| !message.from_customer).expect("a message");
    (last.kind, last.content)
}

fn uploads(app: &TestApp) -> usize {
    app.simulator()
        .requests()
        .iter()
        .filter(|call| call.method == "POST" && call.path.ends_with("/media"))
        .count()
}

#[test]
fn every_kind_of_file_goes_out() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let samples = tests::reference::workspace().join("simulator/src/samples");
        let kinds = [
            ("image", "photo.png", json!({ "caption": "Mira" })),
            ("video", "video.mp4", json!({ "caption": "Mira" })),
            ("audio", "voice.ogg", json!({ "voice": true })),
            ("document", "document.pdf", json!({ "caption": "Lee", "fileName": "oferta.pdf" })),
            ("sticker", "sticker.webp", json!({})),
        ];
        for (kind, name, mut more) in kinds {
            let content = std::fs::read(samples.join(name)).unwrap();
            more["media"] = json!({ "id": uploaded(&app, &client, &content, name).await });
            let message = sent(&client, json!({ kind: more }), kind).await;
            assert_eq!(
                (&message["kind"], &message["media"]["state"]),
                (&json!(kind.to_uppercase()), &json!("STORED"))
            );
            let (shown_kind, shown) = shown(&app);
            assert_eq!(shown_kind, kind);
            let file = app.http().get(format!(
                "{}/simulator/media/{}",
                app.simulator().url(),
                shown["id"].as_str().unwrap()
            ));
            assert!(file.send().await.unwrap().bytes().await.unwrap() == content, "{kind}");
            match kind {
                "document" => {
                    assert_eq!((&shown["filename"], &shown["caption"]), (&json!("oferta.pdf"), &json!("Lee")))
                }
                "audio" => assert_eq!(shown["voice"], true),
                "sticker" => assert_eq!(shown.get("caption"), None),
                _ => assert_eq!(shown["caption"], "Mira"),
            }
        }
        assert_eq!(uploads(&app), 5);
        app.finish().await;
    });
}

#[test]
fn a_file_is_given_to_meta_once_and_again_when_its_id_dies() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let id = uploaded(&app, &client, &photo(), "casa.png").await;
        let image = json!({ "image": { "media": { "id": id } } });
        let first = sent(&client, image.clone(), "1").await;
        assert_eq!(first["media"]["id"], id, "the file becomes the message's");
        let second = sent(&client, image.clone(), "2").await;
        assert_ne!(second["media"]["id"], id, "of a file that a message has, the next gets its own");
        assert_eq!((uploads(&app), objects(database).len()), (1, 1));

        // What a customer sent can be sent on.
        let theirs = arrives(&app, &client, json!({ "image": {} })).await;
        in_state(&client, &theirs, "STORED").await;
        sent(&client, json!({ "image": { "media": { "id": theirs } } }), "3").await;
        assert_eq!((uploads(&app), objects(database).len()), (1, 1));

        // Meta forgot it, although it should not have: it is given again.
        let kept = shown(&app).1["id"].as_str().unwrap().to_owned();
        let business = app.simulator().business();
        let forget = app.http().delete(format!("{}/v24.0/{kept}", app.simulator().url()));
        assert!(forget.bearer_auth(&business.access_token).send().await.unwrap().status().is_success());
        sent(&client, image.clone(), "4").await;
        assert_eq!(uploads(&app), 2);

        // Its 30 days are almost over: it is given again before they are.
        app.advance(Duration::from_secs(29 * 24 * 60 * 60 + 3600));
        app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
        app.settled().await;
        let client = app.integration(&[Permission::ReadAll, Permission::Send], true).await;
        sent(&client, image, "5").await;
        assert_eq!(uploads(&app), 3);
        app.finish().await;
    });
}

#[test]
fn an_upload_that_fails_for_now_is_tried_again_and_one_that_is_refused_is_not() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let id = uploaded(&app, &client, &photo(), "casa.png").await;
        let image = json!({ "image": { "media": { "id": id } } });
        let fail = |count, status, code| Faults {
            fail_uploads: Some(FailSends { count, status, code }),
            ..Faults::default()
        };
        app.simulator().set_faults(fail(2, 503, 131_016));
        sent(&client, image.clone(), "1").await;
        assert_eq!(uploads(&app), 3);
        let other = uploaded(&app, &client, b"Hola", "hola.txt").await;
        app.simulator().set_faults(fail(1, 400, 131_053));
        let payload = send(&client, json!({ "document": { "media": { "id": other } } }), "2").await;
        client.message_in(payload["message"]["id"].as_str().unwrap(), "FAILED").await;
        app.finish().await;
    });
}

#[test]
fn a_file_on_the_web_is_fetched_by_us_and_checked() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let id = app.simulator().add_media(photo(), "image/png");
        // The simulator's web phone gives files without a token.
        let url = format!("{}/simulator/media/{id}", app.simulator().url());
        let image = json!({ "image": { "media": { "url": url } } });
        let message = sent(&client, image.clone(), "1").await;
        assert!(shown(&app).1["id"].is_string(), "by Meta's id, not by the link");
        let again = send(&client, image, "1").await;
        assert_eq!(again["message"]["id"], message["id"]);

        let table = [
            (json!({ "video": { "media": { "url": url } } }), "FILE_TYPE_NOT_ALLOWED"),
            (
                json!({ "image": { "media": { "url": format!("{}/simulator/media/none", app.simulator().url()) } } }),
                "FILE_NOT_FETCHED",
            ),
            (
                json!({ "image": { "media": { "url": "http://169.254.169.254/latest/meta-data" } } }),
                "FILE_NOT_FETCHED",
            ),
            (json!({ "image": { "media": { "url": "http://[::1]/x.png" } } }), "FILE_NOT_FETCHED"),
            (json!({ "image": { "media": { "id": "ZgAAAAAAAAAAAAAAAAAAAAA" } } }), "FILE_MISSING"),
        ];
        for (content, code) in table {
            let member = content.as_object().unwrap().keys().next().unwrap().clone();
            let refused = send(&client, content, "2").await["userErrors"].take();
            assert_eq!(refused[0]["code"], code, "{refused}");
            assert_eq!(refused[0]["field"], json!(["content", member, "media"]), "{refused}");
        }
        app.finish().await;
    });
}

#[test]
fn a_file_may_come_with_the_message() {
    on_each_store(async |database| {
        let (app, client) = open(database).await;
        let post = async |content: Vec<u8>, key: &str| {
            let content_input = json!({ "image": { "media": { "upload": null } } });
            let operations = json!({ "query": SEND, "variables": input(content_input, key) }).to_string();
            let form = Form::new()
                .text("operations", operations)
                .text("map", r#"{ "0": ["variables.input.content.image.media.upload"] }"#)
                .part("0", Part::bytes(content).file_name("casa.png"));
            let post =
                app.http().post(format!("{}/graphql", app.url())).bearer_auth(client.token()).multipart(form);
            let mut answer: Value = post.send().await.unwrap().json().await.unwrap();
            assert_eq!(answer["errors"], Value::Null, "{answer}");
            answer["data"]["messageSend"].take()
        };
        let first = post(photo(), "1").await;
        client.message_in(first["message"]["id"].as_str().unwrap(), "DELIVERED").await;
        let again = post(photo(), "1").await;
        assert_eq!(
            again["message"]["id"], first["message"]["id"],
            "the same file sent again is the same request"
        );
        let other = post(b"Hola".to_vec(), "2").await;
        assert_eq!(other["userErrors"][0]["code"], "FILE_TYPE_NOT_ALLOWED");
        assert_eq!(other["userErrors"][0]["field"], json!(["content", "image", "media"]));
        app.finish().await;
    });
}
