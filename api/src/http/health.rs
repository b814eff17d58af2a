//! For those who watch over the process.

use crate::telemetry::Metrics;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use inbox::App;
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A database that takes longer to answer is not able to serve.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Watched {
    app: App,
    metrics: Metrics,
    stop: CancellationToken,
}

pub(super) fn routes(app: App, metrics: Metrics, stop: CancellationToken) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(rendered))
        .with_state(Watched { app, metrics, stop })
}

/// Whether requests should be sent here. A lost bus is no reason not to: it carries hints, and readers also look by
/// themselves.
async fn ready(State(watched): State<Watched>) -> Response {
    let database = tokio::time::timeout(DATABASE_TIMEOUT, watched.app.db.pending_migrations()).await;
    let (database, migrations) = match database {
        Ok(Ok(0)) => ("ok", "ok"),
        Ok(Ok(_)) => ("ok", "pending"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            ("failing", "unknown")
        }
        Err(_) => ("slow", "unknown"),
    };
    let process = if watched.stop.is_cancelled() { "stopping" } else { "ok" };
    let ready = [database, migrations, process].iter().all(|state| *state == "ok");
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = json!({ "ready": ready, "database": database, "migrations": migrations, "process": process });
    (status, Json(body)).into_response()
}

async fn rendered(State(watched): State<Watched>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, watched.metrics.render()).into_response()
}
