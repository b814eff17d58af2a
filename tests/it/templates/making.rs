//! Templates with files on top and with cards: Meta wants samples of the files.

use super::{start, template};
use crate::media::{photo, uploaded};
use serde_json::{Value, json};
use simulator::Faults;
use tests::{Client, TestApp, on_each_store};

const CREATE: &str = "mutation($input: TemplateCreateInput!) { templateCreate(input: $input) {
    template { id header { __typename } } userErrors { code field message } } }";

async fn create(client: &Client, name: &str, message: Value) -> Value {
    let input =
        json!({ "name": name, "language": "es", "category": "MARKETING", "content": { "message": message } });
    client.ask(CREATE, json!({ "input": input })).await["templateCreate"].take()
}

/// What Meta has of a template.
async fn at_meta(app: &TestApp, name: &str) -> Value {
    let business = app.simulator().business();
    let url = format!("{}/v24.0/{}/message_templates", app.simulator().url(), business.business_account_id);
    let list = app.http().get(url).query(&[("name", name)]).bearer_auth(&business.access_token);
    let list: Value = list.send().await.unwrap().json().await.unwrap();
    list["data"][0]["components"].clone()
}

/// What the sample of a header is at Meta.
async fn sample(app: &TestApp, header: &Value) -> Vec<u8> {
    let url = header["example"]["header_handle"][0].as_str().unwrap_or_else(|| panic!("{header}"));
    app.http().get(url).send().await.unwrap().bytes().await.unwrap().to_vec()
}

fn body(text: &str) -> Value {
    json!({ "text": text })
}

fn calls(app: &TestApp, is: impl Fn(&str, &str) -> bool) -> usize {
    app.simulator().requests().iter().filter(|call| is(&call.method, &call.path)).count()
}

#[test]
fn a_file_on_top_is_shown_to_the_reviewers_even_when_the_line_breaks() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        let samples = tests::reference::workspace().join("simulator/src/samples");
        for (kind, name) in [("IMAGE", "photo.png"), ("VIDEO", "video.mp4"), ("DOCUMENT", "document.pdf")] {
            let content = std::fs::read(samples.join(name)).unwrap();
            let id = uploaded(&app, &client, &content, name).await;
            app.simulator().set_faults(Faults { cut_samples: 2, ..Faults::default() });
            let named = format!("con_{}", kind.to_lowercase());
            let header = json!({ "media": { "kind": kind, "sample": id } });
            let made =
                create(&client, &named, json!({ "header": header, "body": body("Hola a todos") })).await;
            assert_eq!(made["userErrors"], json!([]), "{made}");
            let header = at_meta(&app, &named).await[0].clone();
            assert_eq!(header["format"], kind);
            assert!(sample(&app, &header).await == content, "{kind}");
            app.settled().await;
            let known = template(&client, &named).await;
            assert_eq!(
                known["variables"],
                json!([{ "key": "header.media", "kind": kind, "required": true }])
            );
        }
        let is_upload = |path: &str| path.contains("/upload:");
        assert_eq!(calls(&app, |method, path| method == "POST" && is_upload(path)), 9, "twice cut off");
        assert_eq!(calls(&app, |method, path| method == "GET" && is_upload(path)), 6);

        // Another picture for one that exists.
        let (id, other) = (template(&client, "con_image").await["id"].clone(), b"%PDF-1.7 other".to_vec());
        let update =
            "mutation($id: ID!, $input: TemplateUpdateInput!) { templateUpdate(id: $id, input: $input) {
            template { id } userErrors { code field message } } }";
        let file = uploaded(&app, &client, &other, "other.pdf").await;
        let message = json!({ "header": { "media": { "kind": "DOCUMENT", "sample": file } }, "body": body("Hola a todos") });
        let changed = json!({ "id": id, "input": { "content": { "message": message } } });
        let changed = client.ask(update, changed).await;
        assert_eq!(changed["templateUpdate"]["userErrors"], json!([]), "{changed}");
        assert!(sample(&app, &at_meta(&app, "con_image").await[0]).await == other);
        app.finish().await;
    });
}

#[test]
fn a_carousel_is_made_with_a_sample_a_card() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        let samples = tests::reference::workspace().join("simulator/src/samples");
        let film = std::fs::read(samples.join("video.mp4")).unwrap();
        let (one, other) =
            (uploaded(&app, &client, &photo(), "a.png").await, uploaded(&app, &client, &film, "b.mp4").await);
        let card = |kind: &str, sample: &str, text: &str| {
            json!({ "header": { "kind": kind, "sample": sample },
                "body": { "text": text, "examples": [{ "variable": "1", "value": "Ana" }] },
                "buttons": [{ "quickReply": { "text": "Lo quiero" } }] })
        };
        let mixed = json!({ "body": body("Nuestras novedades"),
            "cards": [card("IMAGE", &one, "Hola {{1}}, mira esto."), card("VIDEO", &other, "Hola {{1}}, y esto.")] });
        let refused = create(&client, "novedades_2", mixed).await["userErrors"].take();
        assert_eq!(refused[0]["field"], json!(["content", "message", "cards", "1"]), "{refused}");
        let message = json!({ "body": body("Nuestras novedades"),
            "cards": [card("IMAGE", &one, "Hola {{1}}, mira esto."), card("IMAGE", &one, "Hola {{1}}, y esto.")] });
        let made = create(&client, "novedades_2", message).await;
        assert_eq!(made["userErrors"], json!([]), "{made}");
        let carousel = at_meta(&app, "novedades_2").await[1].clone();
        assert_eq!(carousel["type"], "CAROUSEL");
        for card in carousel["cards"].as_array().unwrap() {
            assert!(sample(&app, &card["components"][0]).await == photo());
        }
        app.settled().await;
        let known = template(&client, "novedades_2").await;
        let keys: Vec<_> = known["variables"].as_array().unwrap().iter().map(|one| &one["key"]).collect();
        assert!(
            keys.contains(&&json!("card.1.header.media")) && keys.contains(&&json!("card.0.body.1")),
            "{keys:?}"
        );
        app.finish().await;
    });
}

#[test]
fn a_sample_that_will_not_do_is_refused_before_any_call() {
    on_each_store(async |database| {
        let (app, client) = start(database).await;
        let text = uploaded(&app, &client, b"Hola", "hola.txt").await;
        let picture = uploaded(&app, &client, &photo(), "a.png").await;
        let at = ["content", "message", "header", "media", "sample"];
        for (kind, sample, code) in [
            ("IMAGE", "ZgAAAAAAAAAAAAAAAAAAAAA", "SAMPLE_MISSING"),
            ("DOCUMENT", &text, "SAMPLE_NOT_ALLOWED"),
            ("VIDEO", &picture, "SAMPLE_NOT_ALLOWED"),
        ] {
            let header = json!({ "media": { "kind": kind, "sample": sample } });
            let refused =
                create(&client, "mala", json!({ "header": header, "body": body("Hola a todos") })).await;
            assert_eq!(
                (&refused["userErrors"][0]["code"], &refused["userErrors"][0]["field"]),
                (&json!(code), &json!(at)),
                "{refused}"
            );
        }
        let card = json!({ "header": { "kind": "IMAGE", "sample": "ZgAAAAAAAAAAAAAAAAAAAAA" },
            "buttons": [{ "quickReply": { "text": "Sí" } }] });
        let refused = create(&client, "mala", json!({ "body": body("Hola"), "cards": [card] })).await;
        let at = json!(["content", "message", "cards", "0", "header", "sample"]);
        assert_eq!(refused["userErrors"][0]["field"], at, "{refused}");
        assert_eq!(calls(&app, |_, path| path.ends_with("/uploads")), 0);
        assert_eq!(at_meta(&app, "mala").await, Value::Null);

        // Meta refuses a handle that it never gave.
        let business = app.simulator().business();
        let url =
            format!("{}/v24.0/{}/message_templates", app.simulator().url(), business.business_account_id);
        let components = json!([{ "type": "HEADER", "format": "IMAGE", "example": { "header_handle": ["4::made:up"] } },
            { "type": "BODY", "text": "Hola" }]);
        let body =
            json!({ "name": "mala", "language": "es", "category": "MARKETING", "components": components });
        let post = app.http().post(url).bearer_auth(&business.access_token).json(&body).send().await.unwrap();
        assert_eq!(post.status(), 400);

        // The line does not hold: nothing was made.
        app.simulator().set_faults(Faults { cut_samples: 9, ..Faults::default() });
        let header = json!({ "media": { "kind": "IMAGE", "sample": picture } });
        let given_up =
            create(&client, "mala", json!({ "header": header, "body": { "text": "Hola a todos" } })).await;
        assert_eq!(given_up["userErrors"][0]["code"], "META_UNAVAILABLE", "{given_up}");
        app.finish().await;
    });
}
