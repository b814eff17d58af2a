//! Files above the text of messages with something to press.

use super::{PHONE, photo, uploaded};
use inbox::auth::Permission;
use serde_json::{Value, json};
use tests::{Client, TestApp, on_each_store};

const SAVE: &str = "mutation($input: SavedMessageCreateInput!) { savedMessageCreate(input: $input) {
    savedMessage { id kind content { ... on ReplyButtonsContent { header { kind fileName } } } }
    userErrors { code field message } } }";
const SEND: &str = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
    message { id media { id state sha256 } content {
        ... on ReplyButtonsContent { header { kind mimeType fileName } }
        ... on CtaUrlContent { header { kind mimeType fileName } } } }
    userErrors { code field message } } }";

async fn save(client: &Client, name: &str, content: Value) -> Value {
    client.ask(SAVE, json!({ "input": { "name": name, "content": content } })).await["savedMessageCreate"]
        .take()
}

async fn sent(client: &Client, content: Value, key: &str) -> Value {
    let input = json!({ "to": { "phone": PHONE }, "content": content, "idempotencyKey": key });
    let payload = client.ask(SEND, json!({ "input": input })).await["messageSend"].take();
    let id = payload["message"]["id"].as_str().unwrap_or_else(|| panic!("{payload}"));
    client.message_in(id, "DELIVERED").await;
    payload["message"].clone()
}

fn buttons(header: Value) -> Value {
    json!({ "replyButtons": { "header": header, "body": "¿Cuál?", "buttons": [{ "buttonId": "a", "title": "Esta" }] } })
}

/// What the customer's phone shows above the business's last message, and the file's content.
async fn above(app: &TestApp) -> (Value, Vec<u8>) {
    let messages = app.simulator().phone_messages(PHONE);
    let last = messages.into_iter().rfind(|message| !message.from_customer).expect("a message");
    let header = last.content["header"].clone();
    let id = header[header["type"].as_str().unwrap_or_default()]["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("{header}"));
    let file =
        app.http().get(format!("{}/simulator/media/{id}", app.simulator().url())).send().await.unwrap();
    (header.clone(), file.bytes().await.unwrap().to_vec())
}

#[test]
fn every_kind_of_file_stands_above_buttons() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
        app.settled().await;
        let client = app.integration(&[Permission::ReadAll, Permission::Send, Permission::Edit], true).await;
        let samples = tests::reference::workspace().join("simulator/src/samples");
        for (kind, name) in [("image", "photo.png"), ("video", "video.mp4"), ("document", "document.pdf")] {
            let content = std::fs::read(samples.join(name)).unwrap();
            let id = uploaded(&app, &client, &content, name).await;
            let mut file = json!({ "media": { "id": id } });
            if kind == "document" {
                file["fileName"] = json!("oferta.pdf");
            }
            let saved = save(&client, kind, buttons(json!({ kind: file }))).await;
            assert_eq!(saved["userErrors"], json!([]), "{saved}");
            assert_eq!(saved["savedMessage"]["content"]["header"]["kind"], kind.to_uppercase());
            for round in 0..2 {
                let content_input = json!({ "savedMessage": { "id": saved["savedMessage"]["id"] } });
                let message = sent(&client, content_input, &format!("{kind}-{round}")).await;
                assert_eq!(message["media"]["state"], "STORED");
                assert_ne!(message["media"]["id"], id, "the saved message keeps its own");
                assert_eq!(message["content"]["header"]["kind"], kind.to_uppercase());
                let (header, shown) = above(&app).await;
                assert_eq!(header["type"], kind);
                assert!(shown == content, "{kind}");
                if kind == "document" {
                    assert_eq!(header["document"]["filename"], "oferta.pdf");
                }
            }
        }
        let id = uploaded(&app, &client, &photo(), "casa.png").await;
        let cta = json!({ "ctaUrl": { "header": { "image": { "media": { "id": id } } }, "body": "Mira",
            "displayText": "Abrir", "url": "https://example.com/" } });
        let message = sent(&client, cta, "cta").await;
        assert_eq!(message["content"]["header"]["mimeType"], "image/png");
        assert!(above(&app).await.1 == photo());
        app.finish().await;
    });
}

#[test]
fn what_may_not_stand_above_is_refused() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.integration(&[Permission::ReadAll, Permission::Send, Permission::Edit], true).await;
        let id = uploaded(&app, &client, &photo(), "casa.png").await;
        let image = json!({ "image": { "media": { "id": id } } });
        let list = json!({ "list": { "header": image, "body": "¿Cuál?", "button": "Elegir",
            "sections": [{ "rows": [{ "rowId": "1", "title": "Una" }] }] } });
        let table = [
            (list, json!(["content", "list", "header", "media"])),
            (
                buttons(json!({ "video": { "media": { "id": id } } })),
                json!(["content", "replyButtons", "header", "video", "media"]),
            ),
            (
                buttons(json!({ "image": { "media": { "id": "ZgAAAAAAAAAAAAAAAAAAAAA" } } })),
                json!(["content", "replyButtons", "header", "image", "media"]),
            ),
        ];
        for (content, field) in table {
            let refused = save(&client, "mal", content).await["userErrors"].take();
            assert_eq!(
                (&refused[0]["code"], &refused[0]["field"]),
                (&json!("CONTENT_INVALID"), &field),
                "{refused}"
            );
        }
        app.finish().await;
    });
}
