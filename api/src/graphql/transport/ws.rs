//! The upgrade to a WebSocket.

use super::message::{Close, PROTOCOL};
use super::{Endpoint, http, socket};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
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
        Ok(upgrade) => open(endpoint, upgrade, &headers),
        Err(rejection) if headers.contains_key(header::SEC_WEBSOCKET_VERSION) => rejection.into_response(),
        Err(_) => http::get(&endpoint, &headers, query).await,
    }
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
