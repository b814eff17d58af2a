//! From the body of a POST to a request.

use super::negotiate;
use super::request::{Malformed, Params};
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// The largest request body. Files go another way.
const LIMIT: usize = 1024 * 1024;

/// A body that is not a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// Not of a media type that we read.
    #[error("the body must be sent as Content-Type: application/json, in UTF-8")]
    MediaType,
    /// Longer than [`LIMIT`].
    #[error("the request is larger than 1 MiB")]
    TooLarge,
    /// The line broke.
    #[error("the body ended before its announced length")]
    Broken,
    /// Not a GraphQL request.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl Refused {
    /// What HTTP calls it.
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken | Self::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a request.
///
/// # Errors
/// If the body is not one.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Params, Refused> {
    if !negotiate::is_json(headers) {
        return Err(Refused::MediaType);
    }
    let body = Limited::new(body, LIMIT)
        .collect()
        .await
        .map_err(|error| if error.is::<LengthLimitError>() { Refused::TooLarge } else { Refused::Broken })?;
    Ok(Params::from_json(&body.to_bytes())?)
}
