//! Speaks HTTP and decides nothing.

mod export;
mod health;
mod index;
pub(crate) mod media;
mod observe;
pub(crate) mod server;
mod webhooks;

use crate::Config;
use crate::graphql::transport::{self, Endpoint, Service, Sockets};
use crate::telemetry::Metrics;
use anyhow::Context;
use axum::Router;
use axum::http::{Method, header};
use axum::middleware::from_fn_with_state;
use inbox::App;
use media::FileAddress;
use std::net::SocketAddr;
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
    address: SocketAddr,
    app: &App,
    metrics: Metrics,
    stop: &CancellationToken,
    sockets: &Sockets,
) -> anyhow::Result<Router> {
    let mut routes = health::routes(app.clone(), metrics, stop.clone());
    if config.roles.api {
        let service = Arc::new(Service::new(app.clone(), files(config, address)?));
        let endpoint = Endpoint::new(service, app.clock.clone(), sockets.clone(), &config.graphql)?
            .upload_limit(config.upload_limit)
            .origins(config.cors_origins.clone());
        let graphql = transport::routes(endpoint).layer(cors(config));
        let files = media::routes(app.clone()).layer(cors(config));
        let exports = export::routes(app.clone()).layer(cors(config));
        routes = routes.merge(graphql).merge(files).merge(exports).merge(index::routes(config.graphiql));
    }
    routes = routes.layer(from_fn_with_state(app.clone(), observe::observe));
    if config.roles.api {
        routes = routes.merge(webhooks::routes(app.clone()));
    }
    Ok(routes.fallback(index::not_found))
}

/// Where the world finds files: below the configured address, else where this process listens.
fn files(config: &Config, address: SocketAddr) -> anyhow::Result<FileAddress> {
    let here = || format!("http://{address}").parse().context("the listening address makes no web address");
    Ok(FileAddress::new(config.app.public_url.clone().map_or_else(here, Ok)?))
}

fn cors(config: &Config) -> CorsLayer {
    let origins = match &config.cors_origins {
        crate::config::CorsOrigins::Any => AllowOrigin::any(),
        crate::config::CorsOrigins::List(list) => AllowOrigin::list(list.iter().cloned()),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            transport::LAST_EVENT_ID,
            observe::REQUEST_ID,
            header::RANGE,
        ])
        .expose_headers([
            header::RETRY_AFTER,
            observe::REQUEST_ID,
            header::ACCEPT_RANGES,
            header::CONTENT_DISPOSITION,
            header::CONTENT_RANGE,
            header::ETAG,
        ])
}
