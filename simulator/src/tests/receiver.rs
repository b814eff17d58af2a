//! The business's end: keeps every webhook, and answers as told.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What Meta asks a business to take.
const MAX_BODY: usize = 3_000_000;

/// One POST as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Post {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a webhook is JSON")
    }
}

#[derive(Default)]
struct Inner {
    posts: Mutex<Vec<Post>>,
    /// The statuses of the next answers; 200 when there are none left.
    answers: Mutex<VecDeque<StatusCode>>,
    verify_token: Mutex<String>,
}

pub(super) struct Receiver {
    inner: Arc<Inner>,
    url: String,
    _stop: DropGuard,
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let inner = Arc::<Inner>::default();
        let router = Router::new()
            .route("/hook", get(handshake).post(take))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(inner.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        tokio::spawn(async move { server.await.expect("the receiver serves") });
        Self { inner, url, _stop: stop.drop_guard() }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    pub(super) fn answer_next(&self, statuses: impl IntoIterator<Item = u16>) {
        let statuses = statuses.into_iter().map(|status| StatusCode::from_u16(status).expect("a status"));
        self.inner.answers.lock().extend(statuses);
    }

    pub(super) fn set_verify_token(&self, token: &str) {
        *self.inner.verify_token.lock() = token.to_owned();
    }

    pub(super) fn posts(&self) -> Vec<Post> {
        self.inner.posts.lock().clone()
    }

    /// The values of all changes, in order of arrival.
    pub(super) fn values(&self) -> Vec<Value> {
        let posts = self.posts();
        let entries =
            posts.iter().flat_map(|post| post.json()["entry"].as_array().cloned().unwrap_or_default());
        let changes = entries.flat_map(|entry| entry["changes"].as_array().cloned().unwrap_or_default());
        changes.map(|change| change["value"].clone()).collect()
    }

    /// Everything under `messages` or `statuses`, in order of arrival.
    pub(super) fn items(&self, list: &str) -> Vec<Value> {
        self.values().iter().flat_map(|value| value[list].as_array().cloned().unwrap_or_default()).collect()
    }

    /// The statuses of one message, in order of arrival.
    pub(super) fn statuses_of(&self, id: &str) -> Vec<String> {
        let of_message = self.items("statuses").into_iter().filter(|status| status["id"] == id);
        of_message.map(|status| status["status"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

async fn handshake(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<String, StatusCode> {
    let subscribes = query.get("hub.mode").is_some_and(|mode| mode == "subscribe");
    let knows = query.get("hub.verify_token").is_some_and(|token| *token == *inner.verify_token.lock());
    let challenge = query.get("hub.challenge").filter(|_| subscribes && knows);
    challenge.cloned().ok_or(StatusCode::FORBIDDEN)
}

async fn take(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    inner.posts.lock().push(Post { headers, body });
    inner.answers.lock().pop_front().unwrap_or(StatusCode::OK)
}
