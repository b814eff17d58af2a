//! The upgrade to a WebSocket.

use super::message::{Close, PROTOCOL};
use super::negotiate::MediaType;
use super::response::Code;
use super::{Endpoint, http, socket};
use crate::config::CorsOrigins;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The library's 128 KiB would be the most of a socket's memory.
const READ_BUFFER: usize = 4096;
/// Small messages that are written together go in one packet.
const WRITE_BUFFER: usize = 2048;
/// The largest message of a client: a document with its variables.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// `GET /graphql`: a WebSocket if one is asked for, else a query.
pub(super) async fn get(
    State(endpoint): State<Arc<Endpoint>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    headers: HeaderMap,
    query: RawQuery,
) -> Response {
    match upgrade {
        Ok(_) if !origin_may_connect(&endpoint.origins, &headers) => {
            let message = "pages of this origin may not connect; the operator allows origins by the setting cors_origins";
            http::refuse(MediaType::Json, StatusCode::FORBIDDEN, message, Code::Forbidden)
        }
        Ok(upgrade) => open(endpoint, upgrade, &headers),
        Err(rejection) if headers.contains_key(header::SEC_WEBSOCKET_VERSION) => rejection.into_response(),
        Err(_) => http::get(&endpoint, &headers, query).await,
    }
}

/// CORS does not hold for WebSockets: a browser connects wherever a page says, and tells only whose page it is. Other clients
/// send no origin.
fn origin_may_connect(origins: &CorsOrigins, headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let allowed = match origins {
        CorsOrigins::Any => true,
        CorsOrigins::List(list) => list.contains(origin),
    };
    allowed || is_own(origin, headers.get(header::HOST))
}

/// A page of this very server.
fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else { return false };
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

fn open(endpoint: Arc<Endpoint>, upgrade: WebSocketUpgrade, headers: &HeaderMap) -> Response {
    let authorization =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).map(Box::from);
    // Taken here, so that a stop waits also for a socket that is only just opening.
    let token = endpoint.sockets.tracker.token();
    upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_message_size(MESSAGE_LIMIT)
        .max_frame_size(MESSAGE_LIMIT)
        .on_upgrade(async move |mut stream| {
            let _token = token;
            if stream.protocol().is_some() {
                socket::run(stream, endpoint, authorization).await;
            } else {
                socket::close(&mut stream, &Close::SUBPROTOCOL, endpoint.limits.close).await;
            }
        })
}
