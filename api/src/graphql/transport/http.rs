//! GraphQL over HTTP, as the GraphQL Foundation's audits of the draft want it.

use super::Endpoint;
use super::admission::Refusal;
use super::body::{self, Refused};
use super::execute::execute;
use super::negotiate::{self, MediaType};
use super::operations::Operations;
use super::request::Params;
use super::response::{self, Code};
use super::session::Session;
use async_graphql::Response as GraphqlResponse;
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// `POST /graphql`.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Body) -> Response {
    let Some(media) = negotiate::accepted(&headers) else { return not_acceptable() };
    let session = match caller(&*endpoint.operations, &headers).await {
        Ok(session) => session,
        Err(error) => return unauthenticated(media, &error),
    };
    match body::read(&headers, body, &session, endpoint.upload_limit).await {
        Ok(params) => answer(&endpoint, media, session, params, Method::Post).await,
        Err(error) => not_readable(media, &error),
    }
}

/// `GET /graphql` that does not ask for a WebSocket.
pub(super) async fn get(endpoint: &Endpoint, headers: &HeaderMap, RawQuery(query): RawQuery) -> Response {
    let Some(media) = negotiate::accepted(headers) else { return not_acceptable() };
    let session = match caller(&*endpoint.operations, headers).await {
        Ok(session) => session,
        Err(error) => return unauthenticated(media, &error),
    };
    match Params::from_address(query.as_deref().unwrap_or_default()) {
        Ok(params) => answer(endpoint, media, session, params, Method::Get).await,
        Err(error) => not_readable(media, &error.into()),
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
    session: Session,
    mut params: Params,
    method: Method,
) -> Response {
    let document = match endpoint.document(&params) {
        Ok(document) => document,
        Err(refusal) => return not_admitted(media, refusal),
    };
    match document.kind(params.operation_name.as_deref()) {
        Some(OperationType::Mutation | OperationType::Subscription) if method == Method::Get => {
            not_by_get(media)
        }
        Some(OperationType::Subscription) => {
            let message = "a subscription needs a stream: connect a WebSocket to this address with the sub-protocol \
                           graphql-transport-ws, or post to /graphql/stream";
            not_admitted(media, response::error(message, Code::BadUserInput).into())
        }
        _ => {
            let charge = match endpoint.admit(&document, &mut params, session.viewer.as_ref()) {
                Ok(charge) => charge,
                Err(refusal) => return not_admitted(media, refusal),
            };
            let request = params.into_request(&document);
            let mut response = execute(&*endpoint.operations, request, session.viewer).await;
            charge.tell(&mut response);
            write(media, &response)
        }
    }
}

/// Who calls. A request without the header is nobody's; one with a header that cannot be read is refused, so that a
/// caller who mistyped it learns of it.
pub(super) async fn caller(operations: &dyn Operations, headers: &HeaderMap) -> inbox::Result<Session> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Session::default()) };
    let token = value.to_str().ok().and_then(bearer);
    let token =
        token.ok_or(inbox::Error::Unauthenticated("the header Authorization must be: Bearer and a token"))?;
    Session::of(operations, token).await
}

/// The token after `Bearer`.
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

pub(super) fn unauthenticated(media: MediaType, error: &inbox::Error) -> Response {
    if let inbox::Error::Unauthenticated(message) = error {
        let mut response = refuse(media, StatusCode::UNAUTHORIZED, *message, Code::Unauthenticated);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    tracing::error!(%error, "a caller could not be authenticated");
    let message = "the service cannot look up who is calling; try again shortly";
    refuse(media, StatusCode::SERVICE_UNAVAILABLE, message, Code::Internal)
}

/// The body or the address is not a request.
pub(super) fn not_readable(media: MediaType, error: &Refused) -> Response {
    if let Refused::Storage(error) = error {
        tracing::error!(%error, "an uploaded file could not be kept");
    }
    refuse(media, error.status(), error.to_string(), error.code())
}

/// The operation is none that GET may carry.
pub(super) fn not_by_get(media: MediaType) -> Response {
    let message = "GET is for queries; send a mutation by POST, and a subscription over a WebSocket or to /graphql/stream";
    let mut response = refuse(media, StatusCode::METHOD_NOT_ALLOWED, message, Code::BadUserInput);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// 429 with `Retry-After` if it would be admitted later, whatever the media type: only a client that waits helps itself.
fn not_admitted(media: MediaType, refusal: Refusal) -> Response {
    let Some(seconds) = refusal.retry_after else { return write(media, &refusal.into_response()) };
    let mut response = with_status(media, StatusCode::TOO_MANY_REQUESTS, &refusal.into_response());
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The status by media type: the newer one tells a request that GraphQL refused by 400; clients of the older one take
/// anything but 200 for a broken connection.
fn write(media: MediaType, response: &GraphqlResponse) -> Response {
    let refused = media == MediaType::GraphqlResponse && response::is_request_error(response);
    let status = if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    with_status(media, status, response)
}

pub(super) fn refuse(
    media: MediaType,
    status: StatusCode,
    message: impl Into<String>,
    code: Code,
) -> Response {
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
