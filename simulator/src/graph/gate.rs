//! What every Graph call goes through: it is recorded, its version and token are checked, its answer may be delayed
//! or lost, and a refusal is written out.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{GraphError, MAX_UPLOAD};
use crate::requests::{Outcome, RecordedRequest};
use crate::server::Connection;
use crate::state::Core;
use crate::tokens::TokenKind;

/// Query parameters that are not remembered.
const SECRETS: [&str; 7] =
    ["access_token", "input_token", "client_secret", "fb_exchange_token", "code", "hash", "appsecret_proof"];

pub(crate) async fn gate(
    State(core): State<Arc<Core>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_UPLOAD).await else {
        return refuse(&core, &GraphError::parameter("The request is larger than 100 MB").status(413));
    };
    let query = query(&parts);
    let number = core.requests.lock().arrived(record(&core, &parts, &query, &body));
    let checked = check_version(parts.uri.path()).and_then(|()| check_token(&core, &parts, &query));
    let mut response = match checked {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(error) => error.into_response(),
    };
    if let Some(error) = response.extensions_mut().remove::<GraphError>() {
        response = refuse(&core, &error);
    }
    let outcome = response.extensions_mut().remove::<Outcome>().unwrap_or_default();
    let delay = core.faults.lock().answer_delay_ms;
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    if outcome.dropped {
        connection.sever();
    }
    core.requests.lock().ended(number, response.status().as_u16(), outcome);
    response
}

fn refuse(core: &Core, error: &GraphError) -> Response {
    let fbtrace_id = core.state.lock().ids.trace();
    (error.status, Json(error.body(&fbtrace_id))).into_response()
}

/// The query, decoded.
fn query(parts: &Parts) -> Vec<(String, String)> {
    axum::extract::Query::try_from_uri(&parts.uri).map(|query| query.0).unwrap_or_default()
}

fn record(core: &Core, parts: &Parts, query: &[(String, String)], body: &[u8]) -> RecordedRequest {
    let json =
        parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let masked = query.iter().map(|(name, value)| {
        let secret = SECRETS.contains(&name.as_str());
        (name.clone(), if secret { "…".to_owned() } else { value.clone() })
    });
    RecordedRequest {
        at_ms: core.clock.now_ms(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: masked.collect(),
        body: if json { serde_json::from_slice(body).unwrap_or_default() } else { Value::Null },
        status: None,
        message_id: None,
        dropped: false,
    }
}

/// Any `vNN.N` will do, but there must be one (downloads have none).
fn check_version(path: &str) -> Result<(), GraphError> {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let versioned = first.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    if first == "whatsapp_business" || versioned.is_some_and(|(major, minor)| digits(major) && digits(minor))
    {
        return Ok(());
    }
    Err(GraphError::new(2500).message(format!("Unknown path components: /{first}")))
}

/// Every call needs a good token, but for the two that hand them out.
fn check_token(core: &Core, parts: &Parts, query: &[(String, String)]) -> Result<(), GraphError> {
    let path = parts.uri.path();
    if path.ends_with("/oauth/access_token") || path.ends_with("/dialog/oauth") {
        return Ok(());
    }
    if core.faults.lock().unavailable {
        return Err(GraphError::new(2).status(503).message("Service temporarily unavailable"));
    }
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| value.strip_prefix("Bearer ").or(value.strip_prefix("OAuth ")));
    let in_query = query.iter().find(|(name, _)| name == "access_token").map(|(_, value)| value.as_str());
    let Some(token) = bearer.or(in_query) else {
        return Err(GraphError::new(190).message("An access token is required to request this resource."));
    };
    let state = core.state.lock();
    let Some(known) = state.tokens.get(token) else {
        return Err(GraphError::new(190).message("Invalid OAuth access token - Cannot parse access token"));
    };
    if known.kind != TokenKind::App && core.faults.lock().expired_token {
        return Err(expired());
    }
    state.tokens.valid(token, core.clock.now()).map(|_| ()).ok_or_else(expired)
}

fn expired() -> GraphError {
    GraphError::new(190).subcode(463).message("Error validating access token: Session has expired")
}
