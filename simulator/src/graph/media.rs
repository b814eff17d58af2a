//! Files: upload, look-up, download, deletion.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Multipart, Path, Query, State as Shared};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::{GraphError, nodes};
use crate::faults::MediaFault;
use crate::media::{Media, UPLOAD_SECONDS, download_url, url_hash};
use crate::state::Core;

/// The types that Meta takes, with the most bytes of each.
const TYPES: [(&str, usize); 18] = [
    ("audio/aac", 16 << 20),
    ("audio/amr", 16 << 20),
    ("audio/mpeg", 16 << 20),
    ("audio/mp4", 16 << 20),
    ("audio/ogg", 16 << 20),
    ("image/jpeg", 5 << 20),
    ("image/png", 5 << 20),
    ("image/webp", 500 << 10),
    ("video/mp4", 16 << 20),
    ("video/3gpp", 16 << 20),
    ("text/plain", 100 << 20),
    ("application/pdf", 100 << 20),
    ("application/msword", 100 << 20),
    ("application/vnd.ms-excel", 100 << 20),
    ("application/vnd.ms-powerpoint", 100 << 20),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", 100 << 20),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 100 << 20),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", 100 << 20),
];

/// What an upload form holds.
#[derive(Default)]
struct Form {
    product: Option<String>,
    mime_type: Option<String>,
    file: Option<Bytes>,
    file_type: Option<String>,
}

/// `POST /{phone_number_id}/media`
pub(crate) async fn upload(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.phone_number_id, "post")?;
    if let Some((status, code)) = core.faults.lock().on_upload() {
        return Err(GraphError::new(code).status(status));
    }
    let form = form.map_err(|_| GraphError::parameter("An upload must be multipart/form-data."))?;
    let form = read(form).await?;
    if form.product.as_deref() != Some("whatsapp") {
        return Err(GraphError::required("messaging_product"));
    }
    let file = form.file.ok_or_else(|| GraphError::required("file"))?;
    let mime_type = form.file_type.or(form.mime_type).ok_or_else(|| GraphError::required("type"))?;
    let essence = mime_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let known = TYPES.into_iter().find(|(known, _)| *known == essence);
    let (_, max) = known.ok_or_else(|| {
        GraphError::parameter(format!(
            "Param file must be a file with one of the supported types, not {essence}."
        ))
    })?;
    if file.is_empty() || file.len() > max {
        return Err(GraphError::parameter(format!(
            "Param file must have 1 to {max} bytes, not {}.",
            file.len()
        )));
    }
    let media = Media::new(file, &mime_type, core.clock.now() + UPLOAD_SECONDS);
    let state = &mut *core.state.lock();
    let id = state.ids.number();
    state.media.insert(id.clone(), media);
    Ok(Json(json!({ "id": id })))
}

async fn read(mut multipart: Multipart) -> Result<Form, GraphError> {
    let broken = |_| GraphError::parameter("The form could not be read.");
    let mut form = Form::default();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        match field.name() {
            Some("messaging_product") => form.product = Some(field.text().await.map_err(broken)?),
            Some("type") => form.mime_type = Some(field.text().await.map_err(broken)?),
            Some("file") => {
                form.file_type = field.content_type().map(str::to_owned);
                form.file = Some(field.bytes().await.map_err(broken)?);
            }
            _ => {}
        }
    }
    Ok(form)
}

/// What `GET /{media_id}` tells; none if the id is not a file's.
pub(crate) fn node(
    core: &Core,
    id: &str,
    phone_number_id: Option<&str>,
) -> Result<Option<Value>, GraphError> {
    let now = core.clock.now();
    let state = core.state.lock();
    let Some(media) = state.media.get(id, now) else { return Ok(None) };
    if phone_number_id.is_some_and(|given| given != core.config.business.phone_number_id) {
        return Err(GraphError::no_object("get", id));
    }
    Ok(Some(json!({
        "messaging_product": "whatsapp",
        "url": download_url(&core.url, &core.config.business.app_secret, id, now),
        "mime_type": media.mime_type,
        "sha256": media.sha256_hex(),
        "file_size": media.bytes.len().to_string(),
        "id": id,
    })))
}

/// The address that the node gives. It wants the token as well, and stops working after five minutes.
pub(crate) async fn download(
    Shared(core): Shared<Arc<Core>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let text = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let (id, expires) = (text("mid"), text("ext").parse().unwrap_or(0));
    let now = core.clock.now();
    let genuine = text("hash") == url_hash(&core.config.business.app_secret, id, expires);
    let media = core.state.lock().media.get(id, now).filter(|_| genuine && expires > now).cloned();
    let Some(media) = media else { return StatusCode::NOT_FOUND.into_response() };
    let fault = core.faults.lock().on_media();
    let kind = [(CONTENT_TYPE, media.mime_type.clone())];
    match fault {
        None => (kind, media.bytes).into_response(),
        Some(MediaFault::Unavailable) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(MediaFault::Corrupt) => {
            let mut bytes = media.bytes.to_vec();
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
            }
            (kind, bytes).into_response()
        }
        Some(MediaFault::Html) => {
            let page = "<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>";
            ([(CONTENT_TYPE, "text/html")], page).into_response()
        }
        Some(MediaFault::Stalled) => {
            let first = media.bytes.slice(..media.bytes.len().min(1));
            (kind, Body::from_stream(stream::iter([Ok(first)]).chain(stream::pending::<Piece>())))
                .into_response()
        }
        Some(MediaFault::Huge) => (kind, with_nothing(media.bytes)).into_response(),
        Some(MediaFault::Large) => {
            let length = media.bytes.len() + NOTHING;
            ([(CONTENT_LENGTH, length.to_string())], kind, with_nothing(media.bytes)).into_response()
        }
        Some(MediaFault::Trickle) => {
            let size = media.bytes.len().div_ceil(20).max(1);
            let pieces: Vec<Bytes> = media.bytes.chunks(size).map(Bytes::copy_from_slice).collect();
            let slowly = stream::iter(pieces).then(|piece| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Piece::Ok(piece)
            });
            (kind, Body::from_stream(slowly)).into_response()
        }
    }
}

/// How much nothing follows a content that is too large.
const NOTHING: usize = 200 << 20;

fn with_nothing(content: Bytes) -> Body {
    let nothing = Bytes::from_static(&[0; 1 << 20]);
    let pieces = std::iter::once(content).chain(std::iter::repeat_n(nothing, NOTHING >> 20));
    Body::from_stream(stream::iter(pieces.map(Piece::Ok)))
}

/// A piece of a content.
type Piece = Result<Bytes, std::convert::Infallible>;

/// `DELETE /{media_id}`
pub(crate) async fn delete(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    let removed = core.state.lock().media.remove(&id);
    if removed { Ok(Json(json!({ "success": true }))) } else { Err(GraphError::no_object("delete", &id)) }
}
