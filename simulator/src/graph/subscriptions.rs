//! Who is told: the app's subscription to fields, and the account's to the app.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{GraphError, nodes};
use crate::state::Core;
use crate::webhooks;

/// The fields that the app is subscribed to.
const FIELDS: [&str; 8] = [
    "messages",
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "phone_number_quality_update",
    "phone_number_name_update",
    "account_update",
    "user_preferences",
];

/// `GET /{waba_id}/subscribed_apps`
pub(crate) async fn list(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    let business = &core.config.business;
    nodes::require(&id, &business.business_account_id, "get")?;
    let app =
        json!({ "link": nodes::app_link(&business.app_id), "name": nodes::APP_NAME, "id": business.app_id });
    let subscription = json!({ "whatsapp_business_api_data": app });
    let data = if core.state.lock().subscribed { vec![subscription] } else { Vec::new() };
    Ok(Json(json!({ "data": data })))
}

/// `POST /{waba_id}/subscribed_apps`, with a callback of its own if the body names one.
pub(crate) async fn subscribe(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.business_account_id, "post")?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(callback) = body["override_callback_uri"].as_str().filter(|callback| !callback.is_empty()) {
        let token = body["verify_token"].as_str().ok_or_else(|| GraphError::required("verify_token"))?;
        set_callback(&core, callback, token).await?;
    }
    core.state.lock().subscribed = true;
    Ok(Json(json!({ "success": true })))
}

/// `DELETE /{waba_id}/subscribed_apps`: from now on nothing is told, and nothing says so.
pub(crate) async fn unsubscribe(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.business_account_id, "delete")?;
    core.state.lock().subscribed = false;
    Ok(Json(json!({ "success": true })))
}

/// `GET /{app_id}/subscriptions`
pub(crate) async fn app_list(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.app_id, "get")?;
    let fields: Vec<Value> = FIELDS.iter().map(|name| json!({ "name": name, "version": "v24.0" })).collect();
    let subscription = core.webhooks.url().map(|url| {
        json!({ "object": "whatsapp_business_account", "callback_url": url, "active": true, "fields": fields })
    });
    Ok(Json(json!({ "data": subscription.into_iter().collect::<Vec<_>>() })))
}

/// `POST /{app_id}/subscriptions`, with its parameters in the query or as JSON.
pub(crate) async fn app_subscribe(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    body: Bytes,
) -> Result<Json<Value>, GraphError> {
    nodes::require(&id, &core.config.business.app_id, "post")?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let given = |name: &str| query.get(name).cloned().or_else(|| body[name].as_str().map(str::to_owned));
    let callback = given("callback_url").ok_or_else(|| GraphError::required("callback_url"))?;
    let token = given("verify_token").ok_or_else(|| GraphError::required("verify_token"))?;
    set_callback(&core, &callback, &token).await?;
    Ok(Json(json!({ "success": true })))
}

/// A callback is taken only if it answers the handshake.
async fn set_callback(core: &Core, callback: &str, verify_token: &str) -> Result<(), GraphError> {
    let verified = webhooks::verify(core, callback, verify_token).await;
    verified.map_err(|error| {
        GraphError::new(2200)
            .message(format!("(#2200) Callback verification failed with the following errors: {error}"))
    })?;
    core.webhooks.set_url(callback);
    Ok(())
}
