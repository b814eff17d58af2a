//! What every request but a webhook gets: an id in its answer and in every log line, a count, a time, and headers that
//! keep browsers from guessing.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use inbox::App;
use std::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

/// In: the caller's id of the request. Out: the id that stands in our logs.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Ids of callers that are longer are replaced by one of ours.
const REQUEST_ID_LIMIT: usize = 128;

/// Wraps a request. See the module.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let since = Instant::now();
    let id = request_id(&app, request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("other", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        route
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let seconds = since.elapsed().as_secs_f64();
    metrics::counter!("recado_http_requests_total", "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    metrics::histogram!("recado_http_request_seconds", "route" => route).record(seconds);
    span.in_scope(|| tracing::debug!(status, seconds, "answered"));
    set_headers(response.headers_mut(), id);
    response
}

/// The caller's id if it is one that can stand in a log, else a new one.
fn request_id(app: &App, headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID).filter(|value| {
        let bytes = value.as_bytes();
        !bytes.is_empty() && bytes.len() <= REQUEST_ID_LIMIT && bytes.iter().all(u8::is_ascii_graphic)
    });
    given.cloned().unwrap_or_else(|| {
        let id = app.ids.next::<Uuid>().to_string();
        HeaderValue::from_maybe_shared(bytes::Bytes::from(id))
            .unwrap_or_else(|_| HeaderValue::from_static("unknown"))
    })
}

fn set_headers(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // A page sets its own; anything else is data and needs nothing.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("default-src 'none'"));
}
