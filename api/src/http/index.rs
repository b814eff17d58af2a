//! `GET /`: a page to try queries on for browsers, an index for programs.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("index/console.html");
const STYLE: &str = include_str!("index/console.css");
const SCRIPT: &str = include_str!("index/console.js");

/// The page, put together once.
#[derive(Clone)]
struct Page {
    html: &'static str,
    policy: HeaderValue,
}

pub(super) fn routes(with_page: bool) -> Router {
    let page = with_page.then(page);
    Router::new().route("/", get(index)).with_state(page)
}

/// Style and script stand in the page, and the policy names them by hash: nothing else runs in it.
fn page() -> Page {
    let html = PAGE.replace("/*style*/", STYLE).replace("/*script*/", SCRIPT);
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; connect-src 'self'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let policy =
        HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
    Page { html: html.leak(), policy }
}

async fn index(State(page): State<Option<Page>>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match page {
        Some(page) if accept.contains("text/html") => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
                (header::CONTENT_SECURITY_POLICY, page.policy),
            ];
            (headers, page.html).into_response()
        }
        _ => Json(json!({
            "name": "recado",
            "version": env!("CARGO_PKG_VERSION"),
            "graphql": "/graphql",
            "webhooks": ["/api/WhatsApp/Webhook", "/api/WhatsApp/Webhook/{channelId}"],
            "health": ["/healthz", "/readyz", "/metrics"],
        }))
        .into_response(),
    }
}

/// For every other path.
pub(super) async fn not_found() -> Response {
    let body = json!({ "error": "there is nothing at this path; GET / lists what there is" });
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
