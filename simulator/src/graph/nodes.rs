//! Reading the business: its number, its account, a template, a file.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{Method, Uri};
use serde_json::{Map, Value, json};

use super::{GraphError, media, uploads};
use crate::config::Business;
use crate::state::Core;

type Fields = Query<HashMap<String, String>>;

/// `GET /{id}`: whatever the id belongs to, with the fields asked for.
pub(crate) async fn get(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    uri: Uri,
    Query(query): Fields,
) -> Result<Json<Value>, GraphError> {
    let business = &core.config.business;
    if uploads::is_upload(&id) {
        return uploads::progress(&core, &uri);
    }
    if let Some(file) = media::node(&core, &id, query.get("phone_number_id").map(String::as_str))? {
        return Ok(Json(file));
    }
    let template =
        core.state.lock().templates.all().iter().find(|template| template["id"] == id.as_str()).cloned();
    let fields = query.get("fields").map(String::as_str);
    let selected = if id == business.phone_number_id {
        select(PHONE_NUMBER, &phone_number(&core), fields, &PHONE_NUMBER_DEFAULTS)
    } else if id == business.business_account_id {
        let defaults = ["id", "name", "timezone_id", "message_template_namespace"];
        select("WhatsAppBusinessAccount", &account(business), fields, &defaults)
    } else if id == business.app_id {
        let app = json!({ "id": id, "name": APP_NAME, "link": app_link(&id) });
        select("Application", &app, fields, &["id", "name", "link"])
    } else if let Some(template) = template {
        let defaults = ["id", "name", "language", "status", "category", "components", "parameter_format"];
        select(TEMPLATE, &template, fields, &defaults)
    } else {
        Err(GraphError::no_object("get", &id))
    };
    selected.map(Json)
}

/// `GET /{waba_id}/phone_numbers`
pub(crate) async fn phone_numbers(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Fields,
) -> Result<Json<Value>, GraphError> {
    let business = &core.config.business;
    require(&id, &business.business_account_id, "get")?;
    let fields = query.get("fields").map(String::as_str);
    let number = select(PHONE_NUMBER, &phone_number(&core), fields, &PHONE_NUMBER_DEFAULTS)?;
    let cursors = json!({ "before": "MAZDZD", "after": "MAZDZD" });
    Ok(Json(json!({ "data": [number], "paging": { "cursors": cursors } })))
}

/// Everything that has no route.
pub(crate) async fn unknown_path(method: Method, uri: Uri) -> GraphError {
    let id = uri.path().trim_matches('/').split('/').nth(1).unwrap_or_default().to_owned();
    GraphError::no_object(&method.as_str().to_lowercase(), &id)
}

/// Refuses an id that is not the one that belongs here.
pub(crate) fn require(id: &str, expected: &str, method: &str) -> Result<(), GraphError> {
    if id == expected { Ok(()) } else { Err(GraphError::no_object(method, id)) }
}

pub(crate) const APP_NAME: &str = "Simulated app";

pub(crate) fn app_link(app_id: &str) -> String {
    format!("https://www.facebook.com/games/?app_id={app_id}")
}

/// Meta's names of the types, as its errors write them.
const PHONE_NUMBER: &str = "WhatsAppBusinessPhoneNumber";
pub(crate) const TEMPLATE: &str = "WhatsAppMessageTemplate";

const PHONE_NUMBER_DEFAULTS: [&str; 4] = ["id", "display_phone_number", "verified_name", "quality_rating"];

fn phone_number(core: &Core) -> Value {
    let business = &core.config.business;
    json!({
        "id": business.phone_number_id,
        "display_phone_number": formatted(&business.display_phone_number),
        "verified_name": "Simulated Business",
        "name_status": "APPROVED",
        "quality_rating": "GREEN",
        "quality_score": { "score": "GREEN" },
        "code_verification_status": "VERIFIED",
        "status": "CONNECTED",
        "platform_type": "CLOUD_API",
        "account_mode": "LIVE",
        "is_official_business_account": false,
        "is_pin_enabled": true,
        "is_on_biz_app": false,
        "country_dial_code": "1",
        "throughput": { "level": "STANDARD" },
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "health_status": health(business),
        "webhook_configuration": core.webhooks.url().map_or(json!({}), |url| json!({ "application": url })),
    })
}

fn account(business: &Business) -> Value {
    json!({
        "id": business.business_account_id,
        "name": "Simulated Business",
        "timezone_id": "1",
        "currency": "USD",
        "country": "US",
        "message_template_namespace": "ba30dd89_2ebd_41e4_b805_f2c05ae04cc9",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "ownership_type": "SELF",
        "status": "ACTIVE",
        "health_status": health(business),
    })
}

fn health(business: &Business) -> Value {
    let entity = |kind, id: &str| json!({ "entity_type": kind, "id": id, "can_send_message": "AVAILABLE" });
    json!({ "can_send_message": "AVAILABLE", "entities": [
        entity("PHONE_NUMBER", &business.phone_number_id),
        entity("WABA", &business.business_account_id),
        entity("APP", &business.app_id),
    ] })
}

/// The number as nodes write it: `+1 555-078-3881`. Numbers of other countries get a plus only.
fn formatted(digits: &str) -> String {
    match (digits.strip_prefix('1'), digits.len()) {
        (Some(rest), 11) => format!("+1 {}-{}-{}", &rest[..3], &rest[3..6], &rest[6..]),
        _ => format!("+{digits}"),
    }
}

/// The fields asked for (`id` always), or the default ones. A field that does not exist is refused as Meta does it.
pub(crate) fn select(
    node_type: &str,
    node: &Value,
    fields: Option<&str>,
    defaults: &[&str],
) -> Result<Value, GraphError> {
    let asked: Vec<&str> = match fields {
        Some(fields) => fields.split(',').map(str::trim).filter(|field| !field.is_empty()).collect(),
        None => defaults.to_vec(),
    };
    let mut selected = Map::new();
    for field in asked {
        let name = field.split(['{', '.', '(']).next().unwrap_or_default();
        match node.get(name) {
            Some(value) => _ = selected.insert(name.to_owned(), value.clone()),
            // A field that Meta knows but that has no value is left out.
            None if OPTIONAL_FIELDS.contains(&name) => {}
            None => {
                let message =
                    format!("(#100) Tried accessing nonexisting field ({name}) on node type ({node_type})");
                return Err(GraphError::new(100).message(message));
            }
        }
    }
    selected.insert("id".into(), node["id"].clone());
    Ok(Value::Object(selected))
}

/// Fields that exist at Meta and are unset here.
const OPTIONAL_FIELDS: [&str; 15] = [
    "previous_category",
    "correct_category",
    "quality_score",
    "rejected_reason",
    "certificate",
    "new_name_status",
    "messaging_limit_tier",
    "last_onboarded_time",
    "search_visibility",
    "conversational_automation",
    "quality_score",
    "rejected_reason",
    "previous_category",
    "correct_category",
    "message_send_ttl_seconds",
];
