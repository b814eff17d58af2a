//! A whole node, over real lines.

use super::*;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use sha2::Sha256;
use std::time::Duration;
use tempfile::TempDir;

const APP_SECRET: &str = "an-app-secret";
const VERIFY_TOKEN: &str = "a-verify-token";
const WEBHOOK: &str = "/api/WhatsApp/Webhook";

struct Node {
    running: Running,
    client: Client,
    _directory: TempDir,
}

impl Node {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}/recado.db", directory.path().display());
        let mut values = vec![
            ("listen", "127.0.0.1:0"),
            ("database_url", database.as_str()),
            ("whatsapp_app_secret", APP_SECRET),
            ("whatsapp_verify_token", VERIFY_TOKEN),
            // Stored webhooks stay as they are.
            ("roles", "api"),
        ];
        values.extend_from_slice(settings);
        let running = start(Config::with(values).unwrap(), Clock::default()).await.unwrap();
        let client = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        Self { running, client, _directory: directory }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.running.url())).send().await.unwrap()
    }

    async fn post(&self, path: &str, signature: Option<&str>, body: Vec<u8>) -> Response {
        let mut request = self.client.post(format!("{}{path}", self.running.url())).body(body);
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature-256", signature);
        }
        request.send().await.unwrap()
    }

    async fn stored(&self) -> u64 {
        inbox::store::receipts::count_pending(self.running.app().db.read()).await.unwrap()
    }
}

fn sign(secret: &str, body: &[u8]) -> String {
    let hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body);
    format!("sha256={}", hex::encode(hmac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_webhook_is_stored_only_when_it_is_signed() {
    let node = Node::start(&[]).await;
    let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    let channel = format!("{WEBHOOK}/01980000-0000-7000-8000-000000000001");
    let cases = [
        (WEBHOOK, Some(sign(APP_SECRET, body)), 200, 1),
        (&channel, Some(sign(APP_SECRET, body)), 200, 2),
        (WEBHOOK, Some(sign("another", body)), 401, 2),
        (WEBHOOK, Some(sign(APP_SECRET, b"{}")), 401, 2),
        (WEBHOOK, Some("sha256=zz".to_owned()), 401, 2),
        (WEBHOOK, Some(String::new()), 401, 2),
        (WEBHOOK, None, 401, 2),
    ];
    for (path, signature, status, stored) in cases {
        let answer = node.post(path, signature.as_deref(), body.to_vec()).await;
        assert_eq!(answer.status().as_u16(), status, "{path} {signature:?}");
        assert!(!answer.text().await.unwrap().contains("sha256"), "the expected signature is never told");
        assert_eq!(node.stored().await, stored, "{path} {signature:?}");
    }
}

#[tokio::test]
async fn a_webhook_has_at_most_3_mib() {
    let node = Node::start(&[]).await;
    for (size, status) in [(3 * 1024 * 1024, 200), (3 * 1024 * 1024 + 1, 413)] {
        let body = vec![b' '; size];
        let signature = sign(APP_SECRET, &body);
        assert_eq!(node.post(WEBHOOK, Some(&signature), body.clone()).await.status().as_u16(), status);
        let chunks = [Ok::<_, std::io::Error>(body)];
        let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
        let request = node.client.post(format!("{}{WEBHOOK}", node.running.url())).body(stream);
        let answer = request.header("X-Hub-Signature-256", signature).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "without an announced length");
    }
}

#[tokio::test]
async fn a_webhook_that_cannot_be_stored_is_asked_for_again() {
    let node = Node::start(&[]).await;
    node.running.app().db.close().await.unwrap();
    let answer = node.post(WEBHOOK, Some(&sign(APP_SECRET, b"{}")), b"{}".to_vec()).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "5");
    let ready = node.get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.json::<Value>().await.unwrap()["database"], "failing");
}

#[tokio::test]
async fn the_handshake() {
    let node = Node::start(&[]).await;
    let cases = [
        ("?hub.mode=subscribe&hub.verify_token=a-verify-token&hub.challenge=11584", 200, "11584"),
        ("?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", 403, ""),
        ("?hub.mode=subscribe&hub.verify_token=a-verify-token", 403, ""),
        ("", 403, ""),
    ];
    for (query, status, challenge) in cases {
        let answer = node.get(&format!("{WEBHOOK}{query}")).await;
        assert_eq!(answer.status().as_u16(), status, "{query}");
        let body = answer.text().await.unwrap();
        assert!(!body.contains(VERIFY_TOKEN));
        assert!(status == 403 || body == challenge, "{body}");
    }
}

#[tokio::test]
async fn signatures_can_be_switched_off_for_a_test() {
    let node = Node::start(&[("whatsapp_verify_signature", "false")]).await;
    assert_eq!(node.post(WEBHOOK, None, b"{}".to_vec()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn health_and_metrics() {
    let node = Node::start(&[]).await;
    assert_eq!(node.get("/healthz").await.text().await.unwrap(), "ok\n");
    let ready: Value = node.get("/readyz").await.json().await.unwrap();
    assert_eq!(ready["ready"], true, "{ready}");
    let metrics = node.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("recado_uptime_seconds"), "{metrics}");
    assert!(metrics.contains(r#"recado_http_requests_total{route="/readyz",status="200"}"#), "{metrics}");
}

#[tokio::test]
async fn every_answer_carries_an_id_of_its_request() {
    let node = Node::start(&[]).await;
    let url = format!("{}/healthz", node.running.url());
    let id = async |given: Option<&str>| {
        let mut request = node.client.get(&url);
        if let Some(given) = given {
            request = request.header("x-request-id", given);
        }
        request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id(Some("from-the-caller")).await, "from-the-caller");
    assert_eq!(id(None).await.len(), 36);
    assert_ne!(id(None).await, id(None).await);
    assert_eq!(id(Some("with a space")).await.len(), 36);
    assert_eq!(id(Some(&"x".repeat(129))).await.len(), 36);
}

#[tokio::test]
async fn the_index_is_a_page_for_browsers_and_json_for_others() {
    for (graphiql, page) in [("true", true), ("false", false)] {
        let node = Node::start(&[("graphiql", graphiql)]).await;
        let request = node.client.get(node.running.url()).header("accept", "text/html,*/*;q=0.8");
        let answer = request.send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let body = answer.text().await.unwrap();
        assert_eq!(body.starts_with("<!doctype html>"), page);
        assert!(!body.contains("/*"), "a part of the page is missing: {body}");
        assert_eq!(body.matches(" integrity=\"sha384-").count(), if page { 4 } else { 0 });
        assert_eq!(policy.contains("script-src 'sha256-"), page, "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let index: Value = node.get("/").await.json().await.unwrap();
        assert_eq!(index["graphql"], "/graphql");
    }
    let node = Node::start(&[]).await;
    assert_eq!(node.get("/nothing").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_the_origins_of_the_configuration_may_call() {
    let node = Node::start(&[("cors_origins", "https://inbox.example.com")]).await;
    let allowed = async |origin: &str| {
        let request = node.client.get(format!("{}/graphql?query=%7B__typename%7D", node.running.url()));
        let answer = request.header("origin", origin).send().await.unwrap();
        answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(allowed("https://inbox.example.com").await.as_deref(), Some("https://inbox.example.com"));
    assert_eq!(allowed("https://elsewhere.example.com").await, None);
}

#[tokio::test]
async fn a_node_without_the_role_answers_no_requests() {
    let node = Node::start(&[("roles", "worker")]).await;
    assert_eq!(node.get("/readyz").await.status(), StatusCode::OK);
    assert_eq!(node.post(WEBHOOK, None, Vec::new()).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(node.get("/graphql").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stop_finishes_what_was_begun_and_lets_nobody_in() {
    let node = Node::start(&[]).await;
    let (url, client) = (node.running.url(), node.client.clone());
    assert_eq!(node.get("/healthz").await.status(), StatusCode::OK, "and the line stays open");
    let since = std::time::Instant::now();
    node.running.stop().await.unwrap();
    assert!(since.elapsed() < Duration::from_secs(5), "an idle line does not hold up a stop");
    assert!(client.get(format!("{url}/healthz")).send().await.is_err());
}

#[tokio::test]
async fn the_first_start_makes_an_administrator_and_the_next_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/recado.db", directory.path().display());
    let node = async || {
        let config = Config::with([("listen", "127.0.0.1:0"), ("database_url", database.as_str())]).unwrap();
        start(config, Clock::default()).await.unwrap()
    };
    let first = node().await;
    assert!(first.first_admin().is_some_and(|admin| admin.generated_password.is_some()));
    first.stop().await.unwrap();
    let second = node().await;
    assert!(second.first_admin().is_none());
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/recado.db", directory.path().display());
    let config = Config::with([("listen", listen.as_str()), ("database_url", database.as_str())]).unwrap();
    let error = start(config, Clock::default()).await.unwrap_err().to_string();
    assert!(error.contains(&listen) && error.contains("RECADO_LISTEN"), "{error}");
}

#[test]
fn redirects_never_leave_https() {
    let [open, safe] =
        ["http://id.example.com/a", "https://id.example.com/a"].map(|url| url.parse::<Url>().unwrap());
    let table: [(&[&Url], &Url, bool); 5] = [
        (&[&safe], &safe, true),
        (&[&safe], &open, false),
        (&[&safe, &open], &open, false),
        (&[&open], &safe, true),
        (&[&open], &open, true),
    ];
    for (previous, next, may) in table {
        let previous: Vec<Url> = previous.iter().map(|url| (*url).clone()).collect();
        assert_eq!(may_follow(&previous, next), may, "{previous:?} {next}");
    }
    assert!(!may_follow(&vec![safe.clone(); MAX_REDIRECTS + 1], &safe), "nor go on for ever");
}
