//! Speaks HTTP and decides nothing.

mod health;
mod index;
mod observe;
pub(crate) mod server;
mod webhooks;

use crate::Config;
use crate::graphql::transport::{self, Endpoint, Service, Sockets};
use crate::telemetry::Metrics;
use axum::Router;
use axum::http::{Method, header};
use axum::middleware::from_fn_with_state;
use inbox::App;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// Everything this process answers. Webhooks stand beside the middleware: they come by the thousand a second, and have
/// counters of their own.
///
/// # Errors
/// If the persisted documents cannot be used.
pub(crate) fn router(
    config: &Config,
    app: &App,
    metrics: Metrics,
    stop: &CancellationToken,
    sockets: &Sockets,
) -> anyhow::Result<Router> {
    let mut routes = health::routes(app.clone(), metrics, stop.clone());
    if config.roles.api {
        let service = Arc::new(Service::new(app.clone()));
        let endpoint = Endpoint::new(service, app.clock.clone(), sockets.clone(), &config.graphql)?
            .upload_limit(config.upload_limit)
            .origins(config.cors_origins.clone());
        let graphql = transport::routes(endpoint).layer(cors(config));
        routes = routes.merge(graphql).merge(index::routes(config.graphiql));
    }
    routes = routes.layer(from_fn_with_state(app.clone(), observe::observe));
    if config.roles.api {
        routes = routes.merge(webhooks::routes(app.clone()));
    }
    Ok(routes.fallback(index::not_found))
}

fn cors(config: &Config) -> CorsLayer {
    let origins = match &config.cors_origins {
        crate::config::CorsOrigins::Any => AllowOrigin::any(),
        crate::config::CorsOrigins::List(list) => AllowOrigin::list(list.iter().cloned()),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            transport::LAST_EVENT_ID,
            observe::REQUEST_ID,
        ])
        .expose_headers([header::RETRY_AFTER, observe::REQUEST_ID])
}
