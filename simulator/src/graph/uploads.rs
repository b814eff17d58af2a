//! The resumable upload: files that are no part of a message, such as the samples of templates.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::{Value, json};

use super::{GraphError, nodes, templates};
use crate::media::{Media, UPLOAD_SECONDS};
use crate::requests::Outcome;
use crate::state::{Core, State};

/// The types that Meta takes here.
const TYPES: [&str; 5] = ["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];

/// The largest file.
const MAX: usize = 100 << 20;

/// How the name of an upload begins.
const UPLOAD: &str = "upload:";

/// A file that is coming.
#[derive(Debug)]
struct Upload {
    mime_type: String,
    length: usize,
    bytes: Vec<u8>,
}

/// The files that are coming, and the handles of those that are here.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    /// By name, the signature included.
    coming: HashMap<String, Upload>,
    /// By handle: the id of the file.
    handles: HashMap<String, String>,
}

/// `POST /{app_id}/uploads`
pub(crate) async fn begin(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.app_id, "post")?;
    let mime_type = query.get("file_type").ok_or_else(|| GraphError::required("file_type"))?;
    if !TYPES.contains(&mime_type.as_str()) {
        return Err(GraphError::parameter(format!("Param file_type must be one of {TYPES:?}.")));
    }
    let length = query.get("file_length").and_then(|length| length.parse().ok());
    let length = length.filter(|length| (1..=MAX).contains(length));
    let length = length.ok_or_else(|| {
        GraphError::parameter(format!("Param file_length must be a number from 1 to {MAX}."))
    })?;
    let state = &mut *core.state.lock();
    let name = BASE64.encode(format!("attachment:{}", state.ids.hex(32))).replace(['/', '='], "");
    let name = format!("{UPLOAD}{name}?sig={}", state.ids.hex(24));
    let upload = Upload { mime_type: mime_type.clone(), length, bytes: Vec::new() };
    state.uploads.coming.insert(name.clone(), upload);
    Ok(Json(json!({ "id": name })))
}

/// Whether a node is an upload rather than anything else.
pub(crate) fn is_upload(id: &str) -> bool {
    id.starts_with(UPLOAD)
}

/// `GET /{upload}`: how much of it is here.
pub(crate) fn progress(core: &Core, uri: &Uri) -> Result<Json<Value>, GraphError> {
    let name = name(uri);
    let state = core.state.lock();
    let upload = state.uploads.coming.get(&name).ok_or_else(|| GraphError::no_object("get", &name))?;
    Ok(Json(json!({ "id": name, "file_offset": upload.bytes.len() })))
}

/// `POST /{id}`: goes on with an upload, or edits a template.
pub(crate) async fn post(
    Shared(core): Shared<Arc<Core>>,
    Path((version, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, GraphError> {
    if !is_upload(&id) {
        let edited = templates::edit(Shared(core), Path((version, id)), body).await;
        return edited.map(IntoResponse::into_response);
    }
    let name = name(&uri);
    let offset = headers.get("file_offset").and_then(|offset| offset.to_str().ok()?.parse().ok());
    let offset: usize = offset.ok_or_else(|| GraphError::required("file_offset"))?;
    let cut = core.faults.lock().on_sample();
    let state = &mut *core.state.lock();
    let upload = state.uploads.coming.get_mut(&name).ok_or_else(|| GraphError::no_object("post", &name))?;
    if offset != upload.bytes.len() || offset + body.len() > upload.length {
        let here = upload.bytes.len();
        return Err(GraphError::parameter(format!(
            "Param file_offset must be {here}, and no more may follow than announced."
        )));
    }
    if cut {
        upload.bytes.extend_from_slice(&body[..body.len() / 2]);
        let mut response = Json(Value::Null).into_response();
        response.extensions_mut().insert(Outcome { message_id: None, dropped: true });
        return Ok(response);
    }
    upload.bytes.extend_from_slice(&body);
    if upload.bytes.len() < upload.length {
        return Ok(Json(json!({ "id": name, "file_offset": upload.bytes.len() })).into_response());
    }
    let handle = finish(&core, state, &name);
    Ok(Json(json!({ "h": handle })).into_response())
}

/// Keeps the file, and names it as Meta does.
fn finish(core: &Core, state: &mut State, name: &str) -> Option<String> {
    let upload = state.uploads.coming.remove(name)?;
    let id = state.ids.number();
    let handle =
        format!("4::{}:AR{}:e:{}", BASE64.encode(&upload.mime_type), state.ids.hex(40), core.clock.now());
    let media = Media::new(upload.bytes.into(), &upload.mime_type, core.clock.now() + UPLOAD_SECONDS);
    state.media.insert(id.clone(), media);
    state.uploads.handles.insert(handle.clone(), id);
    Some(handle)
}

/// The name of an upload holds a query.
fn name(uri: &Uri) -> String {
    let path = uri.path_and_query().map_or("", |whole| whole.as_str());
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Puts addresses in the place of the handles, which is what a listing shows.
///
/// # Errors
/// If a handle was never given, or a file on top has no sample.
pub(crate) fn take_handles(core: &Core, state: &State, components: &mut Value) -> Result<(), GraphError> {
    for component in components.as_array_mut().into_iter().flatten() {
        for card in component["cards"].as_array_mut().into_iter().flatten() {
            take_handles(core, state, &mut card["components"])?;
        }
        let format = component["format"].as_str().unwrap_or_default().to_uppercase();
        if !["IMAGE", "VIDEO", "DOCUMENT"].contains(&format.as_str()) {
            continue;
        }
        let refused = |details: &str| GraphError::new(100).subcode(2388273).details(details.to_owned());
        let slot = component.pointer_mut("/example/header_handle/0");
        let slot = slot.ok_or_else(|| refused("The header needs a sample."))?;
        let id = slot.as_str().and_then(|handle| state.uploads.handles.get(handle));
        let id = id.ok_or_else(|| refused("The sample's handle is not valid."))?;
        *slot = json!(format!("{}/simulator/media/{id}", core.url));
    }
    Ok(())
}
