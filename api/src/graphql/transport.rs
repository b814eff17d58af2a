//! How GraphQL is spoken: over HTTP, over WebSocket by the `graphql-transport-ws` protocol, and as server-sent events.
//!
//! A request is refused before it is executed, by the first of these that has a reason: its size (`http`), the limits of
//! its text (`limits`), the grammar and the rules (`documents`, `validator`, `literals`), the limits of its fields
//! (`plan`), the types of its variables (`variables`), its cost (`cost`) and what its caller has left (`budget`).
//!
//! The transport knows no field of the schema but those whose subscribers may share an execution (see `shared`).

mod admission;
mod body;
mod budget;
mod cost;
mod documents;
mod events;
mod execute;
mod http;
mod launch;
mod limits;
mod literals;
mod message;
mod negotiate;
mod omitted;
mod operations;
mod persisted;
mod plan;
mod request;
mod response;
mod scan;
mod service;
mod session;
mod shared;
mod socket;
mod sse;
#[cfg(test)]
mod tests;
mod upload;
mod validator;
mod variables;
mod ws;

pub(crate) use self::http::bearer;
pub(crate) use budget::{Rate, SMALLEST as SMALLEST_BUDGET};
pub(crate) use service::Service;
pub(crate) use sse::LAST_EVENT_ID;

use crate::config::CorsOrigins;
use axum::Router;
use axum::routing::get;
use budget::Budgets;
use documents::Documents;
use inbox::clock::Clock;
use operations::Operations;
use persisted::Manifest;
use shared::Groups;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use validator::Validator;

/// What the operator decides.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether the schema may be asked about itself.
    pub(crate) introspection: bool,
    /// What each caller may ask for over time.
    pub(crate) budget: Rate,
    /// A file of documents that may be named by their hash.
    pub(crate) persisted_documents: Option<PathBuf>,
    /// Whether no other documents are executed.
    pub(crate) persisted_documents_only: bool,
}

/// What all requests and sockets share.
pub(crate) struct Endpoint {
    operations: Arc<dyn Operations>,
    validator: Validator,
    documents: Documents,
    manifest: Manifest,
    /// No document beside those of the manifest is executed.
    only_manifest: bool,
    budgets: Budgets,
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
    ///
    /// # Errors
    /// If the persisted documents cannot be read, or one of them is not valid.
    pub(crate) fn new(
        operations: Arc<dyn Operations>,
        clock: Clock,
        sockets: Sockets,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let validator = Validator::new(&operations.sdl(), settings.introspection, operations.check_scalar())?;
        let manifest = match &settings.persisted_documents {
            Some(file) => Manifest::read(file, &validator)?,
            None if settings.persisted_documents_only => anyhow::bail!(
                "persisted_documents_only is true, but persisted_documents names no file, so that every request would be \
                 refused: name one, or set it to false"
            ),
            None => Manifest::default(),
        };
        Ok(Self {
            operations,
            validator,
            documents: Documents::default(),
            manifest,
            only_manifest: settings.persisted_documents_only,
            budgets: Budgets::new(settings.budget),
            groups: Arc::default(),
            clock,
            limits: socket::Limits::default(),
            sockets,
            upload_limit: 0,
            origins: CorsOrigins::Any,
        })
    }
}

/// `/graphql`, for everything.
pub(crate) fn routes(endpoint: Endpoint) -> Router {
    Router::new()
        .route("/graphql", get(ws::get).post(http::post))
        .route("/graphql/stream", get(sse::get).post(sse::post))
        .with_state(Arc::new(endpoint))
}
