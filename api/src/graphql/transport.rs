//! How GraphQL is spoken: over HTTP, over WebSocket by the `graphql-transport-ws` protocol, and as server-sent events.
//!
//! The transport knows no field of the schema but those whose subscribers may share an execution (see `shared`).

mod body;
mod documents;
mod events;
mod execute;
mod http;
mod launch;
mod limits;
mod message;
mod negotiate;
mod operations;
mod request;
mod response;
mod service;
mod session;
mod shared;
mod socket;
mod sse;
#[cfg(test)]
mod tests;
mod upload;
mod ws;

pub(crate) use service::Service;
pub(crate) use sse::LAST_EVENT_ID;

use crate::config::CorsOrigins;
use axum::Router;
use axum::routing::get;
use documents::Documents;
use inbox::clock::Clock;
use operations::Operations;
use shared::Groups;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What all requests and sockets share.
pub(crate) struct Endpoint {
    operations: Arc<dyn Operations>,
    documents: Documents,
    groups: Arc<Groups>,
    clock: Clock,
    limits: socket::Limits,
    sockets: Sockets,
    /// Bytes of the files of one request at most.
    upload_limit: u64,
    origins: CorsOrigins,
}

/// The open sockets and streams, to be told to close and waited for.
#[derive(Clone, Debug)]
pub(crate) struct Sockets {
    stop: CancellationToken,
    tracker: TaskTracker,
    crashed: Arc<AtomicBool>,
}

impl Sockets {
    /// Sockets that close when `stop` is cancelled.
    pub(crate) fn new(stop: CancellationToken) -> Self {
        Self { stop, tracker: TaskTracker::new(), crashed: Arc::default() }
    }

    /// Waits until all have closed; call it after stopping.
    pub(crate) async fn finish(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Drops all without a word to the other side.
    pub(crate) fn crash(&self) {
        self.crashed.store(true, Ordering::Relaxed);
        self.stop.cancel();
    }
}

impl Endpoint {
    /// With files of this many bytes in one request.
    pub(crate) fn upload_limit(self, upload_limit: u64) -> Self {
        Self { upload_limit, ..self }
    }

    /// Whose pages may open a WebSocket; those of this server always may.
    pub(crate) fn origins(self, origins: CorsOrigins) -> Self {
        Self { origins, ..self }
    }

    /// An endpoint before these operations.
    pub(crate) fn new(operations: Arc<dyn Operations>, clock: Clock, sockets: Sockets) -> Self {
        Self {
            operations,
            documents: Documents::default(),
            groups: Arc::default(),
            clock,
            limits: socket::Limits::default(),
            sockets,
            upload_limit: 0,
            origins: CorsOrigins::Any,
        }
    }
}

/// `/graphql`, for everything.
pub(crate) fn routes(endpoint: Endpoint) -> Router {
    Router::new()
        .route("/graphql", get(ws::get).post(http::post))
        .route("/graphql/stream", get(sse::get).post(sse::post))
        .with_state(Arc::new(endpoint))
}
