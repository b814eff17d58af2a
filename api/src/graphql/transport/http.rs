//! GraphQL over HTTP, as the GraphQL Foundation's audits of the draft want it.

use super::Endpoint;
use super::execute::execute;
use super::negotiate::{self, MediaType};
use super::request::Params;
use super::response::{self, Code};
use async_graphql::parser::types::OperationType;
use async_graphql::{Response as GraphqlResponse, ServerError};
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use inbox::auth::Viewer;
use std::sync::Arc;

/// The largest request body. Files go another way.
const BODY_LIMIT: usize = 1024 * 1024;

/// `POST /graphql`.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Body) -> Response {
    let Some(media) = negotiate::accepted(&headers) else { return not_acceptable() };
    if !negotiate::is_json(&headers) {
        let message = "the body must be sent as Content-Type: application/json, in UTF-8";
        return refuse(media, StatusCode::UNSUPPORTED_MEDIA_TYPE, message, Code::BadUserInput);
    }
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = "the request is larger than 1 MiB";
            return refuse(media, StatusCode::PAYLOAD_TOO_LARGE, message, Code::BadUserInput);
        }
        Err(_) => {
            let message = "the body ended before its announced length";
            return refuse(media, StatusCode::BAD_REQUEST, message, Code::BadUserInput);
        }
    };
    match Params::from_json(&body) {
        Ok(params) => answer(&endpoint, media, &headers, params, Method::Post).await,
        Err(error) => refuse(media, StatusCode::BAD_REQUEST, error.to_string(), Code::BadUserInput),
    }
}

/// `GET /graphql` that does not ask for a WebSocket.
pub(super) async fn get(endpoint: &Endpoint, headers: &HeaderMap, RawQuery(query): RawQuery) -> Response {
    let Some(media) = negotiate::accepted(headers) else { return not_acceptable() };
    match Params::from_address(query.as_deref().unwrap_or_default()) {
        Ok(params) => answer(endpoint, media, headers, params, Method::Get).await,
        Err(error) => refuse(media, StatusCode::BAD_REQUEST, error.to_string(), Code::BadUserInput),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
}

async fn answer(
    endpoint: &Endpoint,
    media: MediaType,
    headers: &HeaderMap,
    params: Params,
    method: Method,
) -> Response {
    let viewer = match viewer(endpoint, headers).await {
        Ok(viewer) => viewer,
        Err(error) => return unauthenticated(media, &error),
    };
    let document = match endpoint.documents.get(&params.query) {
        Ok(document) => document,
        Err(error) => return write(media, &refused(error)),
    };
    match document.kind(params.operation_name.as_deref()) {
        Some(OperationType::Mutation | OperationType::Subscription) if method == Method::Get => {
            let message =
                "GET is for queries; send this operation by POST, or a subscription over a WebSocket";
            let mut response = refuse(media, StatusCode::METHOD_NOT_ALLOWED, message, Code::BadUserInput);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            response
        }
        Some(OperationType::Subscription) => {
            let message = "a subscription needs a WebSocket: connect to this address with the sub-protocol \
                           graphql-transport-ws";
            write(media, &refused(response::error(message, Code::BadUserInput)))
        }
        _ => {
            let request = params.into_request(&document);
            write(media, &execute(&*endpoint.operations, request, viewer).await)
        }
    }
}

/// Who calls. A request without the header is nobody's; one with a header that cannot be read is refused, so that a
/// caller who mistyped it learns of it.
async fn viewer(endpoint: &Endpoint, headers: &HeaderMap) -> Result<Option<Viewer>, inbox::Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(bearer);
    let token =
        token.ok_or(inbox::Error::Unauthenticated("the header Authorization must be: Bearer and a token"))?;
    Ok(Some(endpoint.operations.authenticate(token).await?.viewer))
}

/// The token after `Bearer`.
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn unauthenticated(media: MediaType, error: &inbox::Error) -> Response {
    if let inbox::Error::Unauthenticated(message) = error {
        let mut response = refuse(media, StatusCode::UNAUTHORIZED, *message, Code::Unauthenticated);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    tracing::error!(%error, "a caller could not be authenticated");
    let message = "the service cannot look up who is calling; try again shortly";
    refuse(media, StatusCode::SERVICE_UNAVAILABLE, message, Code::Internal)
}

fn refused(error: ServerError) -> GraphqlResponse {
    let mut response = GraphqlResponse::from_errors(vec![error]);
    response::finish(&mut response);
    response
}

/// The status by media type: the newer one tells a request that GraphQL refused by 400; clients of the older one take
/// anything but 200 for a broken connection.
fn write(media: MediaType, response: &GraphqlResponse) -> Response {
    let refused = media == MediaType::GraphqlResponse && response::is_request_error(response);
    let status = if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    with_status(media, status, response)
}

fn refuse(media: MediaType, status: StatusCode, message: impl Into<String>, code: Code) -> Response {
    with_status(media, status, &GraphqlResponse::from_errors(vec![response::error(message, code)]))
}

fn with_status(media: MediaType, status: StatusCode, response: &GraphqlResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media.content_type()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, response::to_json(response)).into_response()
}

fn not_acceptable() -> Response {
    let message = "the answer can be application/graphql-response+json or application/json, in UTF-8";
    refuse(MediaType::Json, StatusCode::NOT_ACCEPTABLE, message, Code::BadUserInput)
}
