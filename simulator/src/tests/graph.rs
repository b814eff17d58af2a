//! The rest of the Graph API: nodes, files, templates, tokens, subscriptions.

use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{PHONE, Setup, text};

#[tokio::test]
async fn any_version_will_do() {
    let setup = Setup::new().await;
    let business = setup.simulator.business();
    for version in ["v18.0", "v23.0", "v26.0"] {
        let url = format!("{}/{version}/{}", setup.simulator.url(), business.phone_number_id);
        let response =
            setup.http.get(url).bearer_auth(&business.access_token).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{version}");
    }
}

#[tokio::test]
async fn ids_are_told_apart() {
    let setup = Setup::new().await;
    let business = setup.simulator.business().clone();
    let (_, account) = setup.get(&format!("{}?fields=id,name,currency", business.business_account_id)).await;
    assert_eq!(account["currency"], "USD");
    let (_, app) = setup.get(&business.app_id).await;
    assert_eq!(app["name"], "Simulated app");
    let (status, error) =
        setup.get(&format!("{}?fields=display_phone_number", business.business_account_id)).await;
    assert_eq!(status, 400, "an account has no number: {error}");
    assert_eq!(setup.get(&format!("{}/phone_numbers", business.phone_number_id)).await.0, 400);
    let (_, numbers) = setup.get(&format!("{}/phone_numbers", business.business_account_id)).await;
    assert_eq!(numbers["data"][0]["id"], business.phone_number_id.as_str());
    let (_, health) = setup.get(&format!("{}?fields=health_status", business.phone_number_id)).await;
    assert_eq!(health["health_status"]["can_send_message"], "AVAILABLE");
    let path = format!("{}?fields=webhook_configuration", business.phone_number_id);
    let (_, callback) = setup.get(&path).await;
    assert_eq!(callback["webhook_configuration"]["application"], setup.receiver.url().as_str());
}

async fn upload(setup: &Setup, bytes: Vec<u8>, mime_type: &str) -> (u16, Value) {
    let business = setup.simulator.business();
    let file = Part::bytes(bytes).file_name("file").mime_str(mime_type).expect("a MIME type");
    let form = Form::new()
        .text("messaging_product", "whatsapp")
        .text("type", mime_type.to_owned())
        .part("file", file);
    let url = setup.graph(&format!("{}/media", business.phone_number_id));
    let request = setup.http.post(url).bearer_auth(&business.access_token).multipart(form);
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

#[tokio::test]
async fn a_file_is_uploaded_sent_fetched_and_deleted() {
    let setup = Setup::with_open_window().await;
    let (status, answer) = upload(&setup, b"%PDF-1.4 hello".to_vec(), "application/pdf").await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["id"].as_str().expect("an id").to_owned();
    let document = json!({ "id": id, "filename": "hello.pdf", "caption": "Here" });
    let body =
        json!({ "messaging_product": "whatsapp", "to": PHONE, "type": "document", "document": document });
    assert_eq!(setup.send(body).await.0, 200);
    assert_eq!(setup.simulator.phone_messages(PHONE)[1].text, "Here");

    let (_, node) = setup.get(&id).await;
    assert_eq!((&node["mime_type"], &node["file_size"]), (&json!("application/pdf"), &json!("14")));
    assert_eq!(setup.get(&format!("{id}?phone_number_id=1")).await.0, 400, "another number's");
    let token = &setup.simulator.business().access_token;
    let url = node["url"].as_str().expect("an address");
    let bytes =
        setup.http.get(url).bearer_auth(token).send().await.expect("an answer").bytes().await.expect("bytes");
    assert_eq!(bytes, "%PDF-1.4 hello");
    assert_eq!(setup.ask(Method::DELETE, &id, None).await, (200, json!({ "success": true })));
    assert_eq!(setup.get(&id).await.1["error"]["error_subcode"], 33);
}

#[tokio::test]
async fn files_that_meta_refuses() {
    let setup = Setup::new().await;
    for (name, bytes, mime_type) in [
        ("an unknown type", vec![1], "application/zip"),
        ("nothing", vec![], "image/png"),
        ("an image of more than 5 MB", vec![0; (5 << 20) + 1], "image/png"),
        ("a sticker of more than 500 KB", vec![0; (500 << 10) + 1], "image/webp"),
    ] {
        let (status, answer) = upload(&setup, bytes, mime_type).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)), "{name}");
    }
}

#[tokio::test]
async fn templates_are_listed_in_pages_created_and_deleted() {
    let setup = Setup::new().await;
    let path = format!("{}/message_templates", setup.simulator.business().business_account_id);
    let (_, first) = setup.get(&format!("{path}?limit=1&fields=name,status")).await;
    assert_eq!(first["data"][0]["name"], "hello_world");
    assert_eq!(first["data"][0]["status"], "APPROVED");
    assert!(first["paging"]["next"].is_string());
    let after = first["paging"]["cursors"]["after"].as_str().expect("a cursor");
    let (_, second) = setup.get(&format!("{path}?limit=1&after={after}")).await;
    assert_eq!(second["data"][0]["name"], "recordatorio_cita");
    let (_, all) = setup.get(&format!("{path}?limit=100&after=1")).await;
    assert_eq!(all["data"][0]["name"], "recordatorio_cita");
    assert_eq!(all["paging"].get("next"), None);

    let body = json!({ "name": "welcome", "language": "ca", "category": "UTILITY", "parameter_format": "NAMED",
        "components": [{ "type": "body", "text": "Hola {{first_name}}!" }] });
    let (status, created) = setup.ask(Method::POST, &path, Some(body.clone())).await;
    assert_eq!((status, &created["status"]), (200, &json!("PENDING")));
    assert_eq!(setup.ask(Method::POST, &path, Some(body)).await.0, 400, "once a language");
    setup.drained().await;
    let value = &setup.receiver.values()[0];
    assert_eq!((&value["event"], &value["message_template_name"]), (&json!("APPROVED"), &json!("welcome")));
    assert!(value["message_template_id"].is_u64());

    let parameters = json!([{ "type": "text", "parameter_name": "first_name", "text": "Núria" }]);
    let components = json!([{ "type": "body", "parameters": parameters }]);
    let template = json!({ "name": "welcome", "language": { "code": "ca" }, "components": components });
    let send =
        json!({ "messaging_product": "whatsapp", "to": PHONE, "type": "template", "template": template });
    let (_, answer) = setup.send(send.clone()).await;
    assert_eq!(answer["messages"][0]["message_status"], "accepted");
    let shown = &setup.simulator.phone_messages(PHONE)[0];
    assert_eq!((shown.text.as_str(), &shown.template[0]["text"]), ("Hola Núria!", &json!("Hola Núria!")));

    assert_eq!(setup.ask(Method::DELETE, &format!("{path}?name=welcome"), None).await.0, 200);
    assert_eq!(setup.send(send).await.1["error"]["code"], 132001);
    assert_eq!(setup.ask(Method::DELETE, &format!("{path}?name=welcome"), None).await.0, 404);
}

#[tokio::test]
async fn reading_and_typing_show_on_the_phone() {
    let setup = Setup::new().await;
    setup.simulator.customer_writes(PHONE, json!({ "text": "one" })).await;
    let id = setup.simulator.customer_writes(PHONE, json!({ "text": "two" })).await;
    setup.simulator.customer_writes(PHONE, json!({ "text": "three" })).await;
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": id,
        "typing_indicator": { "type": "text" } });
    assert_eq!(setup.send(read).await, (200, json!({ "success": true })));
    let statuses: Vec<String> =
        setup.simulator.phone_messages(PHONE).iter().map(|message| format!("{:?}", message.status)).collect();
    assert_eq!(statuses, ["Read", "Read", "Delivered"]);
    let typing = async || {
        let url = format!("{}/simulator/customers/{PHONE}", setup.simulator.url());
        let customer: Value =
            setup.http.get(url).send().await.expect("an answer").json().await.expect("JSON");
        customer["business_is_typing"] == true
    };
    assert!(typing().await);
    setup.simulator.advance_clock(Duration::from_secs(26));
    assert!(!typing().await, "it ends after 25 seconds");
}

#[tokio::test]
async fn a_login_gives_a_token_that_works_and_ends() {
    let setup = Setup::with_open_window().await;
    let business = setup.simulator.business().clone();
    let no_redirect = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let dialog = [
        ("client_id", business.app_id.as_str()),
        ("redirect_uri", "https://example.com/back?x=1"),
        ("state", "s p"),
    ];
    let answer = no_redirect.get(setup.graph("dialog/oauth")).query(&dialog).send().await.expect("an answer");
    assert_eq!(answer.status(), 302);
    let back: reqwest::Url =
        answer.headers()["location"].to_str().expect("ASCII").parse().expect("an address");
    let returned: Vec<(String, String)> = back.query_pairs().into_owned().collect();
    assert_eq!((returned[0].0.as_str(), returned[2].1.as_str()), ("x", "s p"));
    let code = returned[1].1.clone();

    let exchange = async |more: &[(&str, &str)]| {
        let mut query =
            vec![("client_id", business.app_id.as_str()), ("client_secret", &business.app_secret)];
        query.extend_from_slice(more);
        let request = setup.http.get(setup.graph("oauth/access_token")).query(&query);
        request.send().await.expect("an answer").json::<Value>().await.expect("JSON")
    };
    let wrong = exchange(&[("code", code.as_str()), ("redirect_uri", "https://example.com/back")]).await;
    assert_eq!(wrong["error"]["error_subcode"], 36008);
    let right = [("code", code.as_str()), ("redirect_uri", "https://example.com/back?x=1")];
    let token = exchange(&right).await["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(exchange(&right).await["error"]["error_subcode"], 36009, "once only");
    assert_eq!(exchange(&[("code", "made up")]).await["error"]["code"], 100);

    let debug = async |input: &str| {
        let query = [("input_token", input), ("access_token", &business.app_token())];
        let answer =
            setup.http.get(setup.graph("debug_token")).query(&query).send().await.expect("an answer");
        answer.json::<Value>().await.expect("JSON")["data"].clone()
    };
    let details = debug(&token).await;
    assert_eq!(
        (&details["is_valid"], &details["type"], &details["app_id"]),
        (&json!(true), &json!("USER"), &json!(business.app_id))
    );
    assert_eq!(debug("nothing").await["is_valid"], false);
    assert_eq!(debug(&business.access_token).await["expires_at"], 0, "the system user's never ends");

    let longer = exchange(&[("grant_type", "fb_exchange_token"), ("fb_exchange_token", &token)]).await;
    assert_eq!(longer["expires_in"], 5_184_000);
    setup.simulator.advance_clock(Duration::from_secs(61 * 86_400));
    assert_eq!(debug(&token).await["is_valid"], false);
    let expired = exchange(&[("grant_type", "fb_exchange_token"), ("fb_exchange_token", &token)]).await;
    assert_eq!(expired["error"]["error_subcode"], 463);
    let url = setup.graph(&business.phone_number_id);
    assert_eq!(setup.http.get(url).bearer_auth(&token).send().await.expect("an answer").status(), 401);
}

#[tokio::test]
async fn secrets_are_not_remembered() {
    let setup = Setup::new().await;
    let business = setup.simulator.business().clone();
    let query =
        [("client_id", business.app_id.as_str()), ("client_secret", &business.app_secret), ("code", "c0de")];
    setup.http.get(setup.graph("oauth/access_token")).query(&query).send().await.expect("an answer");
    setup.send(text("x")).await;
    let remembered = serde_json::to_string(&setup.simulator.requests()).expect("JSON");
    assert!(remembered.contains(&business.app_id));
    for secret in [&business.app_secret, &business.access_token, "c0de"] {
        assert!(!remembered.contains(secret), "{remembered}");
    }
}

#[tokio::test]
async fn who_is_not_subscribed_is_not_told() {
    let setup = Setup::new().await;
    let path = format!("{}/subscribed_apps", setup.simulator.business().business_account_id);
    let app_id = setup.simulator.business().app_id.clone();
    let (_, apps) = setup.get(&path).await;
    assert_eq!(apps["data"][0]["whatsapp_business_api_data"]["id"], app_id.as_str());
    assert_eq!(setup.ask(Method::DELETE, &path, None).await.0, 200);
    assert_eq!(setup.get(&path).await.1["data"], json!([]));
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hello?" })).await;
    assert_eq!(setup.simulator.pending_webhooks(), 0);
    assert_eq!(setup.ask(Method::POST, &path, None).await, (200, json!({ "success": true })));
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hello!" })).await;
    setup.drained().await;
    assert_eq!(setup.receiver.items("messages").len(), 1);
}

#[tokio::test]
async fn a_callback_is_taken_after_the_handshake_only() {
    let setup = Setup::unconnected(crate::Config::default()).await;
    let business = setup.simulator.business().clone();
    setup.receiver.set_verify_token("t0ken");
    let account = format!("{}/subscribed_apps", business.business_account_id);
    let app = format!("{}/subscriptions", business.app_id);
    let body = |token| json!({ "override_callback_uri": setup.receiver.url(), "verify_token": token });
    assert_eq!(setup.ask(Method::POST, &account, Some(body("wrong"))).await.1["error"]["code"], 2200);
    assert_eq!(setup.get(&app).await.1["data"], json!([]));
    assert_eq!(setup.ask(Method::POST, &account, Some(body("t0ken"))).await.0, 200);
    let (_, subscriptions) = setup.get(&app).await;
    assert_eq!(subscriptions["data"][0]["callback_url"], setup.receiver.url().as_str());
    let fields = subscriptions["data"][0]["fields"].as_array().expect("fields");
    assert!(fields.iter().any(|field| field["name"] == "messages"));
    let callback = setup.receiver.url();
    let body =
        json!({ "object": "whatsapp_business_account", "callback_url": callback, "verify_token": "t0ken" });
    assert_eq!(setup.ask(Method::POST, &app, Some(body)).await.0, 200);
}

#[tokio::test]
async fn blocked_customers_are_not_heard_and_not_reached() {
    let setup = Setup::with_open_window().await;
    let path = format!("{}/block_users", setup.simulator.business().phone_number_id);
    let users = json!([{ "user": format!("+{PHONE}") }, { "user": "34600000002" }]);
    let body = json!({ "messaging_product": "whatsapp", "block_users": users });
    let (status, answer) = setup.ask(Method::POST, &path, Some(body.clone())).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["block_users"]["added_users"],
        json!([{ "input": format!("+{PHONE}"), "wa_id": PHONE }])
    );
    assert_eq!(answer["block_users"]["failed_users"][0]["errors"][0]["code"], 131047, "who never wrote");
    assert_eq!(
        setup.get(&path).await.1["data"],
        json!([{ "messaging_product": "whatsapp", "wa_id": PHONE }])
    );
    setup.simulator.customer_writes(PHONE, json!({ "text": "Hello?" })).await;
    assert_eq!(setup.simulator.pending_webhooks(), 0);
    assert_eq!(setup.send(text("x")).await.1["error"]["code"], 130403);
    assert_eq!(setup.ask(Method::DELETE, &path, Some(body)).await.0, 200);
    assert_eq!(setup.send(text("x")).await.0, 200);
}

#[tokio::test]
async fn the_profile_can_be_changed() {
    let setup = Setup::new().await;
    let path = format!("{}/whatsapp_business_profile", setup.simulator.business().phone_number_id);
    let change = |key: &str, value: Value| {
        let mut body = json!({ "messaging_product": "whatsapp" });
        body[key] = value;
        setup.ask(Method::POST, &path, Some(body))
    };
    assert_eq!(change("about", json!("Obert")).await, (200, json!({ "success": true })));
    let (_, profile) = setup.get(&format!("{path}?fields=about,address")).await;
    assert_eq!(profile["data"], json!([{ "about": "Obert", "messaging_product": "whatsapp" }]));
    for (key, value) in [
        ("about", json!("")),
        ("about", json!("x".repeat(140))),
        ("websites", json!(["https://a.example", "https://b.example", "https://c.example"])),
        ("websites", json!(["a.example"])),
        ("colour", json!("red")),
    ] {
        assert_eq!(change(key, value.clone()).await.0, 400, "{key} {value}");
    }
}

#[tokio::test]
async fn templates_are_judged_and_edited() {
    let setup = Setup::new().await;
    let verdict = crate::Verdict { quality: Some("RED".to_owned()), ..crate::Verdict::status("PAUSED") };
    assert!(setup.simulator.judge_template("hello_world", "en_US", &verdict));
    assert!(!setup.simulator.judge_template("hello_world", "es", &verdict));
    setup.drained().await;
    let values = setup.receiver.values();
    assert_eq!((&values[0]["event"], &values[1]["new_quality_score"]), (&json!("PAUSED"), &json!("RED")));
    let template = json!({ "name": "hello_world", "language": { "code": "en_US" } });
    let send =
        json!({ "messaging_product": "whatsapp", "to": PHONE, "type": "template", "template": template });
    assert_eq!(setup.send(send.clone()).await.1["error"]["code"], 132015);
    let edit = json!({ "components": [{ "type": "BODY", "text": "Better" }] });
    assert_eq!(setup.ask(Method::POST, "594425479261596", Some(edit)).await.0, 200);
    assert_eq!(setup.send(send).await.0, 200);
    assert_eq!(setup.simulator.phone_messages(PHONE)[0].text, "Better");
}
