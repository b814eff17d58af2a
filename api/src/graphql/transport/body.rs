//! From the body of a POST to a request.

use super::request::{Malformed, Params};
use super::response::Code;
use super::session::Session;
use super::{negotiate, upload};
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::time::Duration;

/// The largest request body. Files go another way.
const LIMIT: usize = 1024 * 1024;
/// For a whole request without files, and for each piece of a file. Who sends more slowly only holds a connection.
const PATIENCE: Duration = Duration::from_secs(30);
/// A mebibyte.
const MIB: u64 = 1024 * 1024;

/// A body that is not a request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// Not of a media type that we read.
    #[error(
        "the body must be sent as Content-Type: application/json, in UTF-8, or with files as multipart/form-data"
    )]
    MediaType,
    /// Longer than [`LIMIT`].
    #[error("the request is larger than 1 MiB")]
    TooLarge,
    /// The files are longer than this in all (bytes).
    #[error("the files of one request may have {} MiB in all", .0 / MIB)]
    FilesTooLarge(u64),
    /// Files without a caller.
    #[error("sending files needs an access token or an API token: send `Authorization: Bearer …`")]
    Nobody,
    /// Files cannot be kept now.
    #[error("the service cannot take files now; try again in a moment")]
    Storage(std::io::Error),
    /// Nothing came for too long.
    #[error("the body did not arrive within {} seconds", PATIENCE.as_secs())]
    TooSlow,
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
            Self::TooLarge | Self::FilesTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Nobody => StatusCode::UNAUTHORIZED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Storage(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken | Self::Malformed(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// What our errors call it.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Nobody => Code::Unauthenticated,
            Self::Storage(_) => Code::Internal,
            _ => Code::BadUserInput,
        }
    }
}

/// Reads a request. Only a known caller's files are taken, `upload_limit` bytes in all at most; that also keeps foreign pages
/// from sending any, because a browser sends no `Authorization` by itself.
///
/// # Errors
/// If the body is not one.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    session: &Session,
    upload_limit: u64,
) -> Result<Params, Refused> {
    if let Some(content_type) = negotiate::multipart(headers) {
        if session.viewer.is_none() {
            return Err(Refused::Nobody);
        }
        return upload::read(content_type, body, LIMIT as u64, upload_limit).await;
    }
    if !negotiate::is_json(headers) {
        return Err(Refused::MediaType);
    }
    let body = timely(Limited::new(body, LIMIT).collect())
        .await?
        .map_err(|error| if error.is::<LengthLimitError>() { Refused::TooLarge } else { Refused::Broken })?;
    Ok(Params::from_json(&body.to_bytes())?)
}

/// Waits for a part of a body, but not for ever.
pub(super) async fn timely<T>(part: impl Future<Output = T>) -> Result<T, Refused> {
    tokio::time::timeout(PATIENCE, part).await.map_err(|_| Refused::TooSlow)
}
