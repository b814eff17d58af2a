//! Files over HTTP: `GET` and `HEAD` with ranges, for who shows a token or a signed link, and `POST` to take one.

mod range;

use crate::graphql::transport::bearer;
use crate::graphql::{media_id_of, shown_media_id};
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use entities::{MediaId, blob};
use inbox::App;
use inbox::auth::{Reach, Viewer};
use inbox::domain::file_types::{self, LARGEST};
use inbox::media::{Spool, SpoolError};
use inbox::services::access;
use inbox::services::media::{MediaError, MediaRefusalCode, NewFile, media_upload};
use inbox::store::media::{self, File};
use multer::{Constraints, Multipart, SizeLimit};
use range::{Asked, asked};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

/// For each piece of a file that is sent to us.
const PATIENCE: Duration = Duration::from_secs(30);
/// What surrounds a file in a form.
const FORM: u64 = 64 * 1024;
/// Scripts in a file must not run as ours, whatever the browser makes of it.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// The address under which the world reaches files.
#[derive(Clone, Debug)]
pub(crate) struct FileAddress(Url);

impl FileAddress {
    /// Below the service's own address.
    pub(crate) fn new(public_url: Url) -> Self {
        Self(public_url)
    }

    /// A link that whoever has it can open, for so many seconds.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub(crate) fn signed(&self, app: &App, id: MediaId, seconds: i32) -> inbox::Result<String> {
        let expires = app.clock.now().millis() / 1000 + i64::from(seconds);
        let signature = app.links.sign(id, expires)?;
        let base = self.0.as_str().trim_end_matches('/');
        Ok(format!("{base}/media/{}?expires={expires}&signature={signature}", shown_media_id(id)))
    }
}

pub(super) fn routes(app: App) -> Router {
    Router::new().route("/media", post(take)).route("/media/{id}", get(give)).with_state(app)
}

#[derive(Deserialize)]
struct Link {
    expires: Option<i64>,
    signature: Option<String>,
    inline: Option<String>,
}

/// A refusal: a status and a sentence.
pub(super) struct Refused(pub(super) StatusCode, pub(super) &'static str, pub(super) String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": { "code": self.1, "message": self.2 } }));
        let mut response = (self.0, body).into_response();
        if self.0 == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl From<inbox::Error> for Refused {
    fn from(error: inbox::Error) -> Self {
        use inbox::Error as E;
        let (status, code) = match &error {
            E::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"),
            E::Forbidden(_) => (StatusCode::FORBIDDEN, "FORBIDDEN"),
            E::NotFound(_) => (StatusCode::NOT_FOUND, "NOT_FOUND"),
            _ => {
                tracing::error!(%error, "a request for files could not be answered");
                let message = "the service cannot do this now; try again in a moment".to_owned();
                return Self(StatusCode::SERVICE_UNAVAILABLE, "INTERNAL", message);
            }
        };
        Self(status, code, error.to_string())
    }
}

/// `GET` and `HEAD /media/{id}`.
async fn give(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(link): Query<Link>,
    request: Request,
) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let missing = || inbox::Error::NotFound("file");
    let id = media_id_of(&id).ok_or_else(missing)?;
    let reach = reach(&app, id, &link, &parts).await?;
    let file = media::get(app.db.read(), reach, app.config.revoked_messages, id).await?;
    let file = file.ok_or_else(missing)?;
    let Some(blob) = &file.blob else {
        let message = "the file is not in our storage; its state says whether it will be".to_owned();
        return Err(Refused(StatusCode::NOT_FOUND, "NOT_STORED", message));
    };
    let inline = link.inline.is_some_and(|inline| inline == "1");
    let mut headers = describe(&file, blob, inline);
    let size = u64::try_from(blob.size).unwrap_or_default();
    let etag = etag(blob);
    let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH)
        .is_some_and(|tags| tags == "*" || tags.split(',').any(|tag| same(tag, &etag)))
    {
        headers.remove(header::CONTENT_TYPE);
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let unchanged = text(header::IF_RANGE).is_none_or(|tag| tag.trim() == etag);
    let wanted = text(header::RANGE).filter(|_| unchanged && parts.method == Method::GET);
    let (status, range) = match asked(wanted, size) {
        Asked::All => (StatusCode::OK, None),
        Asked::Part(range) => {
            let is = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            headers.insert(header::CONTENT_RANGE, value(&is));
            (StatusCode::PARTIAL_CONTENT, Some(range))
        }
        Asked::Outside => {
            let headers = [(header::CONTENT_RANGE, value(&format!("bytes */{size}")))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let body = if parts.method == Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(app.media.read(&blob.object_key, range).await?)
    };
    Ok((status, headers, body).into_response())
}

/// What exists for who asks: everything for a signed link, which is for this one file.
async fn reach(app: &App, id: MediaId, link: &Link, parts: &Parts) -> Result<Reach, Refused> {
    if let (Some(expires), Some(signature)) = (link.expires, &link.signature) {
        if app.links.verify(id, expires, signature, app.clock.now()) {
            return Ok(Reach::All);
        }
        let message = "the link has ended, or is not one of ours; ask for a new one".to_owned();
        return Err(Refused(StatusCode::FORBIDDEN, "LINK_ENDED", message));
    }
    Ok(caller(app, &parts.headers).await?.reach())
}

async fn caller(app: &App, headers: &HeaderMap) -> inbox::Result<Viewer> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| bearer(value.to_str().ok()?));
    let token = token.ok_or(inbox::Error::Unauthenticated(
        "this needs an access token or an API token (`Authorization: Bearer …`), or a signed link",
    ))?;
    Ok(access::authenticate(app, token).await?.viewer)
}

fn etag(blob: &blob::Model) -> String {
    format!("\"{}\"", blob.sha256)
}

/// A weak comparison.
fn same(tag: &str, etag: &str) -> bool {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag) == etag
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn describe(file: &File, blob: &blob::Model, inline: bool) -> HeaderMap {
    let shown = inline && file_types::may_be_shown(&blob.mime_type);
    // What the content is, and never what somebody says that it is.
    let mime_type = if blob.mime_type == "text/html" { "text/plain" } else { &blob.mime_type };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, value(mime_type));
    headers.insert(header::ETAG, value(&etag(blob)));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    let name = file.row.file_name.clone().unwrap_or_else(|| {
        let extension = file_types::extension(&blob.mime_type).unwrap_or("bin");
        format!("{}.{extension}", &blob.sha256[..12])
    });
    headers.insert(header::CONTENT_DISPOSITION, disposition(shown, &name));
    headers
}

/// With the name twice, as RFC 6266 says: plainly for old readers, and whole.
fn disposition(inline: bool, name: &str) -> HeaderValue {
    let kind = if inline { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\%".contains(c) || c == ' ' { c } else { '_' })
        .collect();
    let mut whole = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    value(&format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{whole}"))
}

/// `POST /media`: a form with one part `file`.
async fn take(State(app): State<App>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let viewer = caller(&app, &parts.headers).await?;
    viewer.require(inbox::auth::Permission::Send)?;
    let file = read_form(&parts.headers, body).await?;
    match media_upload(&app, &viewer, file).await {
        Ok(file) => Ok((StatusCode::CREATED, Json(shown(&file))).into_response()),
        Err(MediaError::Refused(refusal)) => {
            Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, code_of(refusal.code), refusal.message))
        }
        Err(MediaError::Error(error)) => Err(error.into()),
    }
}

/// As the mutation names it.
fn code_of(code: MediaRefusalCode) -> &'static str {
    match code {
        MediaRefusalCode::FileEmpty => "FILE_EMPTY",
        MediaRefusalCode::FileTypeNotAllowed => "FILE_TYPE_NOT_ALLOWED",
        MediaRefusalCode::FileTooLarge => "FILE_TOO_LARGE",
        MediaRefusalCode::NotFailed => "NOT_FAILED",
    }
}

fn shown(file: &File) -> Value {
    json!({
        "id": shown_media_id(file.row.id),
        "mimeType": file.row.mime_type,
        "size": file.row.size,
        "sha256": file.row.sha256,
        "fileName": file.row.file_name,
    })
}

async fn read_form(headers: &HeaderMap, body: Body) -> Result<NewFile, Refused> {
    let bad = || {
        let message = "send the file as multipart/form-data, in a part named \"file\"".to_owned();
        Refused(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    };
    let too_large = || {
        let message = format!("WhatsApp takes files of {LARGEST} bytes at most");
        Refused(StatusCode::PAYLOAD_TOO_LARGE, "FILE_TOO_LARGE", message)
    };
    let refused = |error: multer::Error| match error {
        multer::Error::StreamSizeExceeded { .. } => too_large(),
        _ => bad(),
    };
    let storage = |error: SpoolError| match error {
        SpoolError::TooLarge(_) => too_large(),
        SpoolError::Io(error) => {
            inbox::Error::Unavailable(format!("an uploaded file cannot be kept: {error}")).into()
        }
    };
    let slow = |_| {
        let message = format!("no more came for {} seconds", PATIENCE.as_secs());
        Refused(StatusCode::REQUEST_TIMEOUT, "BAD_USER_INPUT", message)
    };
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(bad)?;
    let boundary = multer::parse_boundary(content_type).map_err(|_| bad())?;
    let sizes = SizeLimit::new().whole_stream(LARGEST + FORM);
    let mut form =
        Multipart::with_constraints(body.into_data_stream(), boundary, Constraints::new().size_limit(sizes));
    loop {
        let part = tokio::time::timeout(PATIENCE, form.next_field()).await.map_err(slow)?.map_err(refused)?;
        let mut part = part.ok_or_else(bad)?;
        if part.name() != Some("file") {
            continue;
        }
        let file_name = part.file_name().map(str::to_owned);
        let mime_type = part.content_type().map(ToString::to_string);
        let mut spool = Spool::new(LARGEST).await.map_err(storage)?;
        while let Some(piece) =
            tokio::time::timeout(PATIENCE, part.chunk()).await.map_err(slow)?.map_err(refused)?
        {
            spool.write(&piece).await.map_err(storage)?;
        }
        let content = spool.finish().await.map_err(storage)?;
        return Ok(NewFile { content, file_name, mime_type, kind: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_in_headers() {
        let table = [
            (false, "offer.pdf", "attachment; filename=\"offer.pdf\"; filename*=UTF-8''offer.pdf"),
            (true, "a \"b\".png", "inline; filename=\"a _b_.png\"; filename*=UTF-8''a%20%22b%22.png"),
            (false, "é%.txt", "attachment; filename=\"__.txt\"; filename*=UTF-8''%C3%A9%25.txt"),
        ];
        for (inline, name, expected) in table {
            assert_eq!(disposition(inline, name), expected);
        }
    }

    proptest! {
        #[test]
        fn no_name_breaks_out_of_its_header(name in "\\PC*|[\r\n\"\\\\;]{1,9}") {
            let header = disposition(false, &name);
            let text = header.to_str().unwrap();
            prop_assert_eq!(text.matches('"').count(), 2, "{}", text);
        }
    }
}
