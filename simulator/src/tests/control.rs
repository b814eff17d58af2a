//! The control API and the page.

use reqwest::Method;
use serde_json::{Value, json};

use super::{PHONE, Setup, text};
use crate::Faults;

impl Setup {
    async fn control(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}/simulator/{path}", self.simulator.url()));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }
}

#[tokio::test]
async fn a_conversation_over_http() {
    let setup = Setup::new().await;
    let path = format!("customers/{PHONE}/messages");
    let (status, written) = setup.control(Method::POST, &path, Some(json!({ "text": "Hi" }))).await;
    assert_eq!(status, 200, "{written}");
    assert_eq!(setup.send(text("Hello")).await.0, 200);
    let (_, read) = setup.control(Method::POST, &format!("customers/{PHONE}/read"), Some(json!({}))).await;
    assert_eq!(read, json!({ "read": 1 }));
    let (_, chat) = setup.control(Method::GET, &path, None).await;
    let seen: Vec<_> = chat["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|message| (message["from_customer"].clone(), message["text"].clone(), message["status"].clone()))
        .collect();
    assert_eq!(
        seen,
        [(json!(true), json!("Hi"), json!("delivered")), (json!(false), json!("Hello"), json!("read"))]
    );
    assert_eq!(chat["messages"][0]["id"], written["id"]);
    let (_, all) = setup.control(Method::GET, "customers", None).await;
    assert_eq!(
        (&all["customers"][0]["phone"], &all["customers"][0]["message_count"]),
        (&json!(PHONE), &json!(2))
    );
    let (_, requests) = setup.control(Method::GET, "requests", None).await;
    assert_eq!(
        requests["requests"].as_array().map(Vec::len),
        Some(1),
        "the control API does not record itself"
    );
    assert_eq!(requests["requests"][0]["body"]["text"]["body"], "Hello");
}

#[tokio::test]
async fn customers_faults_and_clock_can_be_set() {
    let setup = Setup::new().await;
    let change = json!({ "name": "Zoë", "username": "zoe", "phone_hidden": true, "on_whatsapp": false });
    let (_, customer) = setup.control(Method::POST, &format!("customers/{PHONE}"), Some(change)).await;
    assert_eq!(
        (&customer["name"], &customer["username"], &customer["on_whatsapp"]),
        (&json!("Zoë"), &json!("zoe"), &json!(false))
    );
    let clear = json!({ "username": "" });
    assert_eq!(
        setup.control(Method::POST, &format!("customers/{PHONE}"), Some(clear)).await.1["username"],
        Value::Null
    );

    let faults =
        json!({ "drop_after_accepting": 2, "fail_sends": { "count": 1, "status": 500, "code": 131000 } });
    assert_eq!(setup.control(Method::POST, "faults", Some(faults)).await.0, 200);
    assert_eq!(setup.simulator.faults().drop_after_accepting, 2);
    assert_eq!(setup.control(Method::POST, "faults", Some(json!({}))).await.0, 200);
    assert_eq!(setup.simulator.faults(), Faults::default());

    let before = setup.simulator.now();
    let (_, clock) = setup.control(Method::POST, "clock", Some(json!({ "advance_seconds": 86_400 }))).await;
    assert!(clock["now"].as_u64().is_some_and(|now| now >= before + 86_400));

    setup.receiver.set_verify_token(&setup.simulator.business().verify_token);
    let (_, webhook) =
        setup.control(Method::POST, "webhook", Some(json!({ "url": setup.receiver.url() }))).await;
    assert_eq!((&webhook["verified"], &webhook["problem"]), (&json!(true), &Value::Null));
    let (_, business) = setup.control(Method::GET, "business", None).await;
    assert_eq!(
        (&business["app_secret"], &business["graph_url"]),
        (&json!(setup.simulator.business().app_secret), &json!(setup.simulator.url()))
    );
}

#[tokio::test]
async fn nonsense_is_refused_with_a_sentence() {
    let setup = Setup::new().await;
    let messages = format!("customers/{PHONE}/messages");
    for (path, body) in [
        ("customers/12/messages", json!({ "text": "Hi" })),
        (messages.as_str(), json!("Hi")),
        (messages.as_str(), json!({ "hologram": {} })),
        (messages.as_str(), json!({ "type": 1 })),
        ("faults", json!({ "drop_befor": 1 })),
        ("faults", json!({ "duplicate_webhooks": 1.5 })),
        ("faults", json!({ "fail_sends": { "count": 1, "status": 200, "code": 1 } })),
        ("clock", json!({ "advance_seconds": -1 })),
        ("clock", json!({ "advance_seconds": u64::MAX })),
        ("webhook", json!({ "url": "ftp://example.com" })),
    ] {
        let (status, answer) = setup.control(Method::POST, path, Some(body.clone())).await;
        assert!((400..500).contains(&status), "{path} {body}: {status}");
        assert!(answer["error"].as_str().is_some_and(|error| error.len() > 10), "{path} {body}: {answer}");
    }
    // What is not declared as JSON is refused, so that another site's form cannot write.
    let url = format!("{}/simulator/{messages}", setup.simulator.url());
    let response = setup.http.post(url).body(r#"{"text":"Hi"}"#).send().await.expect("an answer");
    assert_eq!(response.status(), 415);
    assert_eq!(setup.simulator.phone_messages(PHONE).len(), 0);
}

#[tokio::test]
async fn the_page_needs_nothing_from_outside() {
    let setup = Setup::new().await;
    let response = setup.http.get(setup.simulator.url()).send().await.expect("an answer");
    let policy = response.headers()["content-security-policy"].to_str().expect("ASCII").to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = response.text().await.expect("a page");
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("innerHTML"));
    let id = setup.simulator.add_media(&b"<script>"[..], "text/html");
    let url = format!("{}/simulator/media/{id}", setup.simulator.url());
    let response = setup.http.get(url).send().await.expect("an answer");
    assert_eq!(response.headers()["content-security-policy"], "sandbox");
}
