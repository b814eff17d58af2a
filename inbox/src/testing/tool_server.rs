//! A server of tools that speaks the Model Context Protocol over streamable HTTP, does what a test tells it to, and remembers
//! what it was asked.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;

/// What it does when a tool is called.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Says this.
    Says(String),
    /// Says that the tool failed.
    Fails(String),
    /// Does it, and never says so.
    Hangs,
    /// Refuses with this status.
    Refuses(u16),
}

/// A call that came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Called {
    pub(crate) tool: String,
    pub(crate) arguments: Value,
    pub(crate) key: Option<String>,
}

#[derive(Clone)]
pub(crate) struct FakeTools {
    /// Where it is.
    pub(crate) url: String,
    state: Arc<Kept>,
}

struct Kept {
    tools: Mutex<Vec<Value>>,
    answer: Mutex<Answer>,
    calls: Mutex<Vec<Called>>,
    token: Mutex<Option<String>>,
    came: Notify,
}

impl FakeTools {
    /// With these tools, on a port of its own.
    pub(crate) async fn start(tools: Vec<Value>) -> Self {
        let state = Arc::new(Kept {
            tools: Mutex::new(tools),
            answer: Mutex::new(Answer::Says("Done.".to_owned())),
            calls: Mutex::default(),
            token: Mutex::default(),
            came: Notify::new(),
        });
        let router = Router::new().route("/mcp", post(answer)).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}/mcp", listener.local_addr().expect("it has an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    /// From now on it offers these.
    pub(crate) fn offer(&self, tools: Vec<Value>) {
        *self.state.tools.lock() = tools;
    }

    /// From now on it does this.
    pub(crate) fn answers(&self, answer: Answer) {
        *self.state.answer.lock() = answer;
    }

    /// From now on it lets in only who shows this.
    pub(crate) fn wants_token(&self, token: &str) {
        *self.state.token.lock() = Some(format!("Bearer {token}"));
    }

    /// The calls that came so far.
    pub(crate) fn calls(&self) -> Vec<Called> {
        self.state.calls.lock().clone()
    }

    /// Waits until a call comes.
    pub(crate) async fn called(&self) {
        self.state.came.notified().await;
    }
}

async fn answer(State(kept): State<Arc<Kept>>, headers: HeaderMap, body: String) -> Response {
    let shown = headers.get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if kept.token.lock().as_ref().is_some_and(|token| Some(token) != shown.as_ref()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let request: Value = serde_json::from_str(&body).expect("a request is JSON");
    let result = match request["method"].as_str().unwrap_or_default() {
        "initialize" => json!({ "protocolVersion": "2025-06-18", "capabilities": { "tools": {} },
            "serverInfo": { "name": "fake", "version": "1" } }),
        "tools/list" => json!({ "tools": *kept.tools.lock() }),
        "tools/call" => {
            let params = &request["params"];
            kept.calls.lock().push(Called {
                tool: params["name"].as_str().unwrap_or_default().to_owned(),
                arguments: params["arguments"].clone(),
                key: params["_meta"]["idempotencyKey"].as_str().map(str::to_owned),
            });
            kept.came.notify_one();
            let answer = kept.answer.lock().clone();
            let (text, failed) = match answer {
                Answer::Says(text) => (text, false),
                Answer::Fails(text) => (text, true),
                Answer::Hangs => std::future::pending().await,
                Answer::Refuses(status) => {
                    return StatusCode::from_u16(status).expect("a status").into_response();
                }
            };
            json!({ "content": [{ "type": "text", "text": text }], "isError": failed })
        }
        method if method.starts_with("notifications/") => return StatusCode::ACCEPTED.into_response(),
        method => {
            let error = json!({ "code": -32601, "message": format!("no {method}") });
            return axum::Json(json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }))
                .into_response();
        }
    };
    axum::Json(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })).into_response()
}

/// A tool as a server offers it.
pub(crate) fn tool(name: &str, description: &str, properties: Value, read_only: bool) -> Value {
    let required: Vec<&String> = properties.as_object().map(|all| all.keys().collect()).unwrap_or_default();
    json!({ "name": name, "description": description, "annotations": { "readOnlyHint": read_only },
        "inputSchema": { "type": "object", "properties": properties, "required": required } })
}
