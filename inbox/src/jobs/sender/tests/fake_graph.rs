//! A Graph API that answers sends as it is told.

use axum::extract::{Path, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// What a send is answered with.
#[derive(Clone, Copy, Debug)]
pub(in crate::jobs) enum Reply {
    /// 400 with this code of Meta's.
    Error(i64),
    /// The same, and to wait for ten minutes.
    Wait(i64),
    /// Accepted, with this `message_status`.
    Held(&'static str),
    /// 502 without a word of Meta's: it may have gone out or not.
    Unclear,
}

/// The server, until it is dropped.
pub(in crate::jobs) struct FakeGraph {
    pub(in crate::jobs) url: Url,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    /// Bodies in the order of arrival.
    sends: Mutex<Vec<Value>>,
    arrived: watch::Sender<usize>,
    replies: Mutex<VecDeque<Reply>>,
    held: watch::Sender<bool>,
    /// Files that were begun to be given.
    uploads: watch::Sender<usize>,
    uploads_held: watch::Sender<bool>,
    /// Sends under way to each recipient, and the most that there were at once.
    under_way: Mutex<HashMap<String, (usize, usize)>>,
}

impl FakeGraph {
    pub(in crate::jobs) async fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let routes = Router::new()
            .route("/{version}/{number}/messages", post(send))
            .route("/{version}/{number}/media", post(upload))
            .with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, shared, server }
    }

    /// Answers the next sends so, each with one; those after them are accepted.
    pub(in crate::jobs) fn answer(&self, replies: &[Reply]) {
        self.shared.replies.lock().extend(replies);
    }

    /// Whether sends wait for their answer.
    pub(in crate::jobs) fn hold(&self, held: bool) {
        self.shared.held.send_replace(held);
    }

    /// Whether files wait for their answer.
    pub(in crate::jobs) fn hold_uploads(&self, held: bool) {
        self.shared.uploads_held.send_replace(held);
    }

    /// Waits until so many files were begun to be given in all.
    pub(in crate::jobs) async fn uploading(&self, count: usize) {
        let mut uploads = self.shared.uploads.subscribe();
        let enough = tokio::time::timeout(Duration::from_secs(20), uploads.wait_for(|seen| *seen >= count));
        enough.await.unwrap_or_else(|_| panic!("fewer than {count} files were given")).unwrap();
    }

    /// The texts sent, in the order of arrival.
    pub(in crate::jobs) fn texts(&self) -> Vec<String> {
        let text = |send: &Value| send["text"]["body"].as_str().unwrap_or_default().to_owned();
        self.shared.sends.lock().iter().map(text).collect()
    }

    pub(in crate::jobs) fn sends(&self) -> Vec<Value> {
        self.shared.sends.lock().clone()
    }

    /// The most sends to one recipient at the same time.
    pub(in crate::jobs) fn most_at_once(&self) -> usize {
        self.shared.under_way.lock().values().map(|(_, most)| *most).max().unwrap_or(0)
    }

    /// Waits until so many sends have arrived in all.
    pub(in crate::jobs) async fn arrived(&self, count: usize) {
        let mut arrived = self.shared.arrived.subscribe();
        let enough = tokio::time::timeout(Duration::from_secs(20), arrived.wait_for(|seen| *seen >= count));
        enough
            .await
            .unwrap_or_else(|_| panic!("of {count} sends only {} arrived", self.texts().len()))
            .unwrap();
    }
}

impl Drop for FakeGraph {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn upload(State(shared): State<Arc<Shared>>, _: axum::body::Bytes) -> Json<Value> {
    shared.uploads.send_modify(|uploads| *uploads += 1);
    let number = *shared.uploads.borrow();
    let _ = shared.uploads_held.subscribe().wait_for(|held| !held).await;
    Json(json!({ "id": number.to_string() }))
}

async fn send(
    State(shared): State<Arc<Shared>>,
    Path(_): Path<(String, String)>,
    Json(body): Json<Value>,
) -> (StatusCode, HeaderMap, Json<Value>) {
    let to = body["to"].as_str().unwrap_or_default().to_owned();
    let number = {
        let mut sends = shared.sends.lock();
        sends.push(body);
        sends.len()
    };
    {
        let mut under_way = shared.under_way.lock();
        let (now, most) = under_way.entry(to.clone()).or_default();
        *now += 1;
        *most = (*most).max(*now);
    }
    shared.arrived.send_modify(|arrived| *arrived = number);
    let _ = shared.held.subscribe().wait_for(|held| !held).await;
    // Gives a second send to the same recipient the chance to show up.
    tokio::task::yield_now().await;
    if let Some((now, _)) = shared.under_way.lock().get_mut(&to) {
        *now -= 1;
    }
    let reply = shared.replies.lock().pop_front();
    let mut headers = HeaderMap::new();
    if let Some(Reply::Wait(_)) = reply {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("600"));
    }
    let (status, body) = match reply {
        None => (StatusCode::OK, json!({ "messages": [{ "id": format!("wamid.{number}") }] })),
        Some(Reply::Held(status)) => {
            let message = json!({ "id": format!("wamid.{number}"), "message_status": status });
            (StatusCode::OK, json!({ "messages": [message] }))
        }
        Some(Reply::Error(code) | Reply::Wait(code)) => {
            (StatusCode::BAD_REQUEST, json!({ "error": { "code": code, "message": "as asked" } }))
        }
        Some(Reply::Unclear) => (StatusCode::BAD_GATEWAY, Value::Null),
    };
    (status, headers, Json(body))
}
