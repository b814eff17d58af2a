//! Files that people and programs send to us.

use super::{file, objects, owner, photo};
use inbox::auth::Permission;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::time::Duration;
use tests::wait::until_true;
use tests::{Client, TestApp, on_each_store};

const UPLOAD: &str = "mutation($input: MediaUploadInput!) { mediaUpload(input: $input) {
    media { id state mimeType extension fileName size sha256 width url } userErrors { code field message } } }";

/// By the GraphQL multipart request specification.
async fn by_mutation(app: &TestApp, client: &Client, content: Vec<u8>, name: &str, mime: &str) -> Value {
    let operations = json!({ "query": UPLOAD, "variables": { "input": { "file": null } } }).to_string();
    let form = Form::new()
        .text("operations", operations)
        .text("map", r#"{ "0": ["variables.input.file"] }"#)
        .part("0", Part::bytes(content).file_name(name.to_owned()).mime_str(mime).unwrap());
    let post = app.http().post(format!("{}/graphql", app.url())).bearer_auth(client.token()).multipart(form);
    let mut answer: Value = post.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["mediaUpload"].take()
}

async fn by_form(app: &TestApp, client: &Client, content: Vec<u8>, name: &str) -> (u16, Value) {
    let form = Form::new().part("file", Part::bytes(content).file_name(name.to_owned()));
    let post = app.http().post(format!("{}/media", app.url())).bearer_auth(client.token()).multipart(form);
    // A refusal may come before the whole body was read, and ends the connection: it is not to be used again.
    let answer = post.header("connection", "close").send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[test]
fn a_file_is_taken_by_either_road_and_removed_if_no_message_takes_it() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.integration(&[Permission::ReadAll, Permission::Send], true).await;
        let taken = by_mutation(&app, &client, photo(), "C:\\fotos\\casa.png", "image/jpeg").await;
        assert_eq!(taken["userErrors"], json!([]));
        let media = &taken["media"];
        let expected = json!({ "state": "STORED", "mimeType": "image/png", "extension": "png", "fileName": "casa.png",
            "size": photo().len() });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&media[name], value, "{name}: {media}");
        }
        assert!(media["width"].is_number() && media["url"].is_string(), "{media}");
        let (status, again) = by_form(&app, &client, photo(), "casa.png").await;
        assert_eq!((status, &again["sha256"]), (201, &media["sha256"]), "{again}");
        assert_eq!(objects(database).len(), 1, "the content is kept once");

        // It is there for who sent it, and for who sees everything; not for others.
        let id = media["id"].as_str().unwrap();
        let owner = owner(&app).await;
        assert_eq!(file(&owner, id).await, Value::Null);
        let own =
            by_mutation(&app, &owner, b"Hola".to_vec(), "nota.txt", "text/plain").await["media"]["id"].take();
        assert_eq!(file(&owner, own.as_str().unwrap()).await["size"], 4);

        app.advance(Duration::from_secs(6 * 24 * 60 * 60));
        assert_eq!(file(&client, id).await["state"], "STORED");
        until_true("it is swept", async || {
            app.advance(Duration::from_secs(24 * 60 * 60));
            inbox::services::media::sweep_uploads(app.inbox()).await.unwrap();
            file(&client, id).await == Value::Null
        })
        .await;
        assert!(objects(database).is_empty());
        app.finish().await;
    });
}

#[test]
fn what_whatsapp_would_not_take_is_refused_with_the_numbers() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.integration(&[Permission::ReadAll, Permission::Send], true).await;
        let mut large = photo();
        large.resize(5 * 1024 * 1024 + 1, 0);
        let mut sticker = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
        sticker.resize(100 * 1024 + 1, 0);
        let table: [(Vec<u8>, &str, &str, &str); 5] = [
            (Vec::new(), "a.txt", "FILE_EMPTY", "empty"),
            (large, "a.png", "FILE_TOO_LARGE", "5242881 bytes; WhatsApp takes 5242880"),
            (sticker, "a.webp", "FILE_TOO_LARGE", "102401 bytes; WhatsApp takes 102400"),
            (b"<!doctype html><script>".to_vec(), "a.png", "FILE_TYPE_NOT_ALLOWED", "jpg, jpeg, png"),
            (b"MZ\x90\0\x03\0".to_vec(), "a.pdf", "FILE_TYPE_NOT_ALLOWED", "WhatsApp takes"),
        ];
        for (content, name, code, words) in table {
            let refused = by_mutation(&app, &client, content.clone(), name, "image/png").await;
            let error = &refused["userErrors"][0];
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &json!(["file"])), "{name}");
            assert!(error["message"].as_str().unwrap().contains(words), "{error}");
            let (status, refused) = by_form(&app, &client, content, name).await;
            assert_eq!((status, &refused["error"]["code"]), (422, &json!(code)), "{name}");
        }
        assert!(objects(database).is_empty());

        let reader = app.integration(&[Permission::ReadAll], true).await;
        let (status, refused) = by_form(&app, &reader, photo(), "a.png").await;
        assert_eq!((status, &refused["error"]["code"]), (403, &json!("FORBIDDEN")));
        let post = app.http().post(format!("{}/media", app.url())).header("connection", "close");
        assert_eq!(post.body("x").send().await.unwrap().status().as_u16(), 401);
        let post = app.http().post(format!("{}/media", app.url())).bearer_auth(client.token());
        assert_eq!(post.body("x").send().await.unwrap().status().as_u16(), 400);
        app.finish().await;
    });
}
