//! `/{phone_number_id}/block_users`: customers that the business does not want to hear from.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State as Shared};
use bytes::Bytes;
use serde_json::{Value, json};

use super::messages::{WINDOW_SECONDS, window_error};
use super::{GraphError, nodes};
use crate::customers::digits;
use crate::state::{Core, State};

type Answer = Result<Json<Value>, GraphError>;

/// Everybody who is blocked.
pub(crate) async fn list(Shared(core): Shared<Arc<Core>>, Path((_, id)): Path<(String, String)>) -> Answer {
    nodes::require(&id, &core.config.business.phone_number_id, "get")?;
    let state = core.state.lock();
    let blocked = state.customers.all().filter(|record| record.blocked);
    let data: Vec<Value> = blocked
        .map(|record| json!({ "messaging_product": "whatsapp", "wa_id": record.identity.wa_id }))
        .collect();
    Ok(Json(json!({ "data": data })))
}

/// Blocks customers. Only those who wrote in the last 24 hours can be; the others come back as failed.
pub(crate) async fn block(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    nodes::require(&id, &core.config.business.phone_number_id, "post")?;
    let now = core.clock.now();
    let (mut added, mut failed) = (Vec::new(), Vec::new());
    let state = &mut *core.state.lock();
    for (input, wa_id) in users(state, &body)? {
        let customer = state.customers.at(&wa_id);
        if customer.last_inbound.is_some_and(|last| now < last + WINDOW_SECONDS) {
            customer.blocked = true;
            added.push(json!({ "input": input, "wa_id": wa_id }));
        } else {
            failed.push(json!({ "input": input, "wa_id": wa_id, "errors": [window_error()] }));
        }
    }
    let mut users = json!({ "added_users": added });
    if !failed.is_empty() {
        users["failed_users"] = json!(failed);
    }
    Ok(Json(json!({ "messaging_product": "whatsapp", "block_users": users })))
}

/// Unblocks customers.
pub(crate) async fn unblock(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    nodes::require(&id, &core.config.business.phone_number_id, "delete")?;
    let mut removed = Vec::new();
    let state = &mut *core.state.lock();
    for (input, wa_id) in users(state, &body)? {
        state.customers.at(&wa_id).blocked = false;
        removed.push(json!({ "input": input, "wa_id": wa_id }));
    }
    Ok(Json(json!({ "messaging_product": "whatsapp", "block_users": { "removed_users": removed } })))
}

/// The customers that a request names, by number or by user id: as written, and as known.
fn users(state: &mut State, body: &[u8]) -> Result<Vec<(String, String)>, GraphError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| GraphError::not_json())?;
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::required("messaging_product"));
    }
    let users = body["block_users"].as_array().filter(|users| !users.is_empty());
    let users = users.ok_or_else(|| GraphError::required("block_users"))?.iter().map(|user| {
        if let Some(phone) = user["user"].as_str().filter(|phone| !digits(phone).is_empty()) {
            return Ok((phone.to_owned(), state.customers.at(phone).identity.wa_id.clone()));
        }
        let user_id = user["user_id"].as_str().unwrap_or_default();
        let wa_id = state.customers.number_of(user_id);
        let wa_id = wa_id
            .ok_or_else(|| GraphError::parameter("Param block_users names nobody this business knows."))?;
        Ok((user_id.to_owned(), wa_id))
    });
    users.collect()
}
