//! The web phone: one page without anything from outside, and the files that its chats show.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};

use crate::state::Core;

/// Nothing from elsewhere, and no frame around the page. All text is set with `textContent`.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      connect-src 'self'; img-src 'self' data:; media-src 'self'; form-action 'none'; base-uri 'none'; \
                      frame-ancestors 'none'";

pub(super) async fn phone() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(include_str!("phone.html")))
}

/// A file, without a token: whoever sees the phone sees its pictures.
pub(super) async fn media(Shared(core): Shared<Arc<Core>>, Path(id): Path<String>) -> Response {
    let now = core.clock.now();
    let state = core.state.lock();
    let Some(media) = state.media.get(&id, now) else { return StatusCode::NOT_FOUND.into_response() };
    // A sandbox, so that a file that is a page in disguise can do nothing.
    let headers = [
        (CONTENT_TYPE, media.mime_type.as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "sandbox"),
    ];
    (headers, media.bytes.clone()).into_response()
}
