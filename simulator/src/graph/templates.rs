//! The templates of the account: listing, creating, editing, deleting.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use bytes::Bytes;
use serde_json::{Value, json};

use super::params::Params;
use super::{GraphError, nodes, uploads};
use crate::state::{Core, State};
use crate::webhooks::Update;

type Parameters = Query<HashMap<String, String>>;

/// The filters of the listing: a parameter and the field that it must equal.
const FILTERS: [&str; 4] = ["name", "language", "status", "category"];

const DEFAULTS: [&str; 7] =
    ["name", "parameter_format", "components", "language", "status", "category", "id"];

/// How many templates a page has unless `limit` says otherwise.
const PAGE: usize = 25;

/// `GET /{waba_id}/message_templates`. Cursors are positions.
pub(crate) async fn list(
    Shared(core): Shared<Arc<Core>>,
    Path((version, id)): Path<(String, String)>,
    Query(query): Parameters,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.business_account_id, "get")?;
    let number = |name: &str, default| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (start, limit): (usize, usize) = (number("after", 0), number("limit", PAGE).clamp(1, 100));
    let fits = |template: &&Value| {
        FILTERS.iter().all(|name| query.get(*name).is_none_or(|wanted| template[*name] == wanted.as_str()))
    };
    let state = core.state.lock();
    let fitting: Vec<&Value> = state.templates.all().iter().filter(fits).collect();
    let end = fitting.len().min(start.saturating_add(limit));
    let page = fitting.iter().skip(start).take(limit);
    let fields = query.get("fields").map(String::as_str);
    let data: Vec<Value> = page
        .map(|template| nodes::select(nodes::TEMPLATE, template, fields, &DEFAULTS))
        .collect::<Result<_, _>>()?;
    let mut paging = json!({ "cursors": { "before": start.to_string(), "after": end.to_string() } });
    if end < fitting.len() {
        let next = format!("{}/{version}/{id}/message_templates?limit={limit}&after={end}", core.url);
        paging["next"] = json!(next);
    }
    Ok(Json(json!({ "data": data, "paging": paging })))
}

/// `POST /{waba_id}/message_templates`. The review takes no time: a template is approved at once, and the webhook
/// says so.
pub(crate) async fn create(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.business_account_id, "post")?;
    let body: Value = serde_json::from_slice(&body).map_err(|_| GraphError::not_json())?;
    let mut components = body["components"].clone();
    let params = Params::item(&body, "template")?;
    let (name, language) = (params.text("name", 512)?, params.text("language", 16)?);
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Err(GraphError::parameter(
            "Message template names have lower-case letters, digits and _ only.",
        ));
    }
    let category = params.text("category", 32)?;
    if !["MARKETING", "UTILITY", "AUTHENTICATION"].contains(&category) {
        return Err(GraphError::parameter(
            "Param category must be one of {MARKETING, UTILITY, AUTHENTICATION}.",
        ));
    }
    params.list("components", 1, 10)?;
    let state = &mut *core.state.lock();
    if state.templates.find(name, language).is_some() {
        let details = format!("There is already {language} content for the template {name}.");
        return Err(GraphError::new(100).subcode(2388024).details(details));
    }
    uploads::take_handles(&core, state, &mut components)?;
    let id = state.ids.number();
    let format = params.get("parameter_format").cloned().unwrap_or_else(|| json!("POSITIONAL"));
    state.templates.insert(json!({
        "name": name, "parameter_format": format, "components": components, "language": language,
        "status": "APPROVED", "category": category, "id": id,
    }));
    let template = state.templates.find(name, language).cloned().unwrap_or_default();
    tell_status(&core, state, &template, "APPROVED", Some("NONE"));
    Ok(Json(json!({ "id": id, "status": "PENDING", "category": category })))
}

/// `DELETE /{waba_id}/message_templates?name=…`, in all languages unless `hsm_id` names one.
pub(crate) async fn delete(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Parameters,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.business_account_id, "delete")?;
    let name = query.get("name").ok_or_else(|| GraphError::required("name"))?;
    let hsm_id = query.get("hsm_id").map(String::as_str);
    let state = &mut *core.state.lock();
    let removed = state.templates.remove(name, hsm_id);
    if removed.is_empty() {
        return Err(GraphError::parameter(format!("There is no message template {name}.")).status(404));
    }
    for template in &removed {
        tell_status(&core, state, template, "PENDING_DELETION", None);
    }
    Ok(Json(json!({ "success": true })))
}

/// `POST /{template_id}`: replaces components or category. The review takes no time.
pub(crate) async fn edit(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, GraphError> {
    let mut body: Value = serde_json::from_slice(&body).map_err(|_| GraphError::not_json())?;
    let state = &mut *core.state.lock();
    if let Some(components) = body.get_mut("components") {
        uploads::take_handles(&core, state, components)?;
    }
    let template = state.templates.by_id_mut(&id).ok_or_else(|| GraphError::no_object("post", &id))?;
    if !["APPROVED", "REJECTED", "PAUSED"].contains(&template["status"].as_str().unwrap_or_default()) {
        return Err(GraphError::new(100).subcode(2388039).details("Message template cannot be edited now."));
    }
    if body["category"].is_string()
        && body["category"] != template["category"]
        && template["status"] == "APPROVED"
    {
        return Err(GraphError::parameter("The category of an approved template cannot be changed."));
    }
    for key in ["category", "components"] {
        if let Some(value) = body.get(key) {
            template[key] = value.clone();
        }
    }
    template["status"] = json!("APPROVED");
    let template = template.clone();
    tell_status(&core, state, &template, "APPROVED", Some("NONE"));
    Ok(Json(json!({ "success": true })))
}

/// Tells what became of a template. Ids are numbers in these webhooks.
pub(crate) fn tell_status(core: &Core, state: &State, template: &Value, event: &str, reason: Option<&str>) {
    let mut value = about(template);
    value["event"] = json!(event);
    value["reason"] = json!(reason);
    value["message_template_category"] = template["category"].clone();
    core.tell(state, Update::Other { field: "message_template_status_update", value });
}

/// How template webhooks name a template.
pub(crate) fn about(template: &Value) -> Value {
    let id = template["id"].as_str().and_then(|id| id.parse::<u64>().ok()).unwrap_or_default();
    json!({
        "message_template_id": id, "message_template_name": template["name"],
        "message_template_language": template["language"],
    })
}
