//! `GET /`: GraphiQL for browsers, with a login; an index for programs.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("index/page.html");
const STYLE: &str = include_str!("index/page.css");
const SCRIPT: &str = concat!(
    include_str!("index/page.js"),
    include_str!("index/session.js"),
    include_str!("index/transport.js"),
    include_str!("index/plain.js"),
    include_str!("index/graphiql.js"),
);
/// What the page opens with.
const EXAMPLES: [&str; 3] = [
    include_str!("../cli/demo/inbox.graphql"),
    include_str!("../cli/demo/messages.graphql"),
    include_str!("../cli/demo/answer.graphql"),
];

/// Where GraphiQL comes from, as its authors published it to npm: it is too large to be carried along for a page that
/// production switches off.
const CDN: &str = "https://cdn.jsdelivr.net/npm";
/// GraphiQL and what it stands on, in the order in which it is loaded. A browser refuses what does not have the hash.
const ASSETS: [Asset; 4] = [
    Asset {
        path: "graphiql@4.1.2/graphiql.min.css",
        integrity: "sha384-1el1QShFBnnXTx9x/Cprg82hZWKt0ry29OAYIXt05swbi0KcZDFoj0CWguMpopJr",
    },
    Asset {
        path: "react@18.3.1/umd/react.production.min.js",
        integrity: "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    },
    Asset {
        path: "react-dom@18.3.1/umd/react-dom.production.min.js",
        integrity: "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    },
    Asset {
        path: "graphiql@4.1.2/graphiql.min.js",
        integrity: "sha384-9XdHu7ajgGJziD4J1zNBKQ842Q/+zZfDv+ib1eMhZWBH6hPAs806x+Jbcf0yNO6B",
    },
];

/// The style by which GraphiQL's dialogs keep the page behind them from scrolling, for a page without a scroll bar.
const DIALOG_STYLE: &str = "nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo=";

/// A file of a package on the CDN.
struct Asset {
    path: &'static str,
    integrity: &'static str,
}

impl Asset {
    fn is_style(&self) -> bool {
        self.path.ends_with(".css")
    }

    fn element(&self) -> String {
        let Self { path, integrity } = self;
        let checked = format!("integrity=\"{integrity}\" crossorigin=\"anonymous\"");
        if self.is_style() {
            format!("<link rel=\"stylesheet\" href=\"{CDN}/{path}\" {checked}>\n")
        } else {
            format!("<script defer src=\"{CDN}/{path}\" {checked}></script>\n")
        }
    }
}

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

/// The policy names what may run, the page's own style and script by hash, and the CDN's files one by one: nothing else
/// does, and nothing can be told to anybody but this service.
fn page() -> Page {
    let elements: String = ASSETS.iter().map(Asset::element).collect();
    let html = PAGE
        .replace("<!--assets-->\n", &elements)
        .replace("/*style*/", STYLE)
        .replace("/*examples*/", &json!(EXAMPLES).to_string())
        .replace("/*script*/", SCRIPT);
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    let addresses = |style: bool| -> String {
        let chosen = ASSETS.iter().filter(|asset| asset.is_style() == style);
        chosen.map(|asset| format!(" {CDN}/{}", asset.path)).collect()
    };
    let policy = format!(
        "default-src 'none'; connect-src 'self'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; style-src 'sha256-{}' 'sha256-{DIALOG_STYLE}'{}; script-src 'sha256-{}'{}",
        hash(STYLE),
        addresses(true),
        hash(SCRIPT),
        addresses(false),
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
                (header::VARY, HeaderValue::from_static("accept")),
            ];
            (headers, page.html).into_response()
        }
        _ => Json(json!({
            "name": "recado",
            "version": env!("CARGO_PKG_VERSION"),
            "graphql": "/graphql",
            "stream": "/graphql/stream",
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
