//! `/{phone_number_id}/whatsapp_business_profile`: what customers see of the business.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::params::Params;
use super::{GraphError, nodes};
use crate::state::Core;

/// The texts of a profile and the most characters of each.
const TEXTS: [(&str, usize); 5] =
    [("about", 139), ("address", 256), ("description", 512), ("email", 128), ("vertical", 32)];

/// The profile before anybody has changed it.
pub(crate) fn initial() -> Map<String, Value> {
    let texts = [
        ("about", json!("We answer here.")),
        ("description", json!("A business that exists inside a simulator.")),
        ("email", json!("hello@example.com")),
        ("websites", json!(["https://example.com/"])),
        ("vertical", json!("RETAIL")),
    ];
    texts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The fields asked for, or all; what is unset is missing.
pub(crate) async fn get(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.phone_number_id, "get")?;
    let mut profile = core.state.lock().profile.clone();
    if let Some(fields) = query.get("fields") {
        profile.retain(|key, _| fields.split(',').any(|field| field.trim() == key));
    }
    profile.insert("messaging_product".into(), json!("whatsapp"));
    Ok(Json(json!({ "data": [profile] })))
}

/// Changes the fields that are given.
pub(crate) async fn update(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.phone_number_id, "post")?;
    let body: Value = serde_json::from_slice(&body).map_err(|_| GraphError::not_json())?;
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::required("messaging_product"));
    }
    let given = Params::item(&body, "profile")?;
    given.only(&[
        "messaging_product",
        "about",
        "address",
        "description",
        "email",
        "vertical",
        "websites",
        "profile_picture_handle",
    ])?;
    let mut changes = Map::new();
    for (key, max) in TEXTS {
        if let Some(text) = given.optional_text(key, max)? {
            changes.insert(key.to_owned(), json!(text));
        }
    }
    if changes.get("about").is_some_and(|about| about == "") {
        return Err(GraphError::parameter("Param about must be a non-empty string."));
    }
    if given.get("websites").is_some() {
        let websites = given.list("websites", 0, 2)?;
        let good = |site: &Value| {
            site.as_str().is_some_and(|site| {
                site.len() <= 256 && (site.starts_with("https://") || site.starts_with("http://"))
            })
        };
        if !websites.iter().all(good) {
            return Err(GraphError::parameter(
                "Param websites must be web addresses of at most 256 characters.",
            ));
        }
        changes.insert("websites".into(), json!(websites));
    }
    core.state.lock().profile.extend(changes);
    Ok(Json(json!({ "success": true })))
}
