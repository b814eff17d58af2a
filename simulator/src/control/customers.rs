//! Acting as a customer.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State as Shared};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, phone};
use crate::customer::Customer;
use crate::customers::{PhoneMessage, Record};
use crate::inbound;
use crate::state::Core;

/// Everybody, with the last message of each.
pub(super) async fn list(Shared(core): Shared<Arc<Core>>) -> Json<Value> {
    let now = core.clock.now();
    let state = core.state.lock();
    let customers: Vec<Value> = state.customers.all().map(|record| summary(record, now)).collect();
    Json(json!({ "customers": customers }))
}

pub(super) async fn show(
    Shared(core): Shared<Arc<Core>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let number = phone(&number)?;
    let now = core.clock.now();
    Ok(Json(summary(core.state.lock().customers.at(&number), now)))
}

fn summary(record: &Record, now: u64) -> Value {
    json!({
        "phone": record.identity.wa_id,
        "user_id": record.identity.user_id,
        "name": record.identity.name,
        "username": record.identity.username,
        "phone_hidden": record.identity.phone_hidden,
        "on_whatsapp": record.on_whatsapp,
        "accepts_marketing": record.accepts_marketing,
        "business_is_typing": record.typing_until > now,
        "message_count": record.messages.len(),
        "last_message": record.messages.back(),
    })
}

/// What can be changed about a customer; what is left out stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    name: Option<String>,
    /// An empty one gives the user name up.
    username: Option<String>,
    phone_hidden: Option<bool>,
    on_whatsapp: Option<bool>,
    accepts_marketing: Option<bool>,
}

pub(super) async fn change(
    Shared(core): Shared<Arc<Core>>,
    Path(number): Path<String>,
    change: Result<Json<Change>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let customer = Customer::new(core.clone(), &phone(&number)?);
    let Json(change) = change?;
    if let Some(name) = change.name {
        customer.set_name(&name);
    }
    if let Some(username) = change.username {
        customer.set_username((!username.is_empty()).then_some(username.as_str()));
    }
    if let Some(hidden) = change.phone_hidden {
        customer.hide_phone(hidden);
    }
    if let Some(on_whatsapp) = change.on_whatsapp {
        customer.set_on_whatsapp(on_whatsapp);
    }
    if let Some(accepts) = change.accepts_marketing {
        customer.set_accepts_marketing(accepts);
    }
    let now = core.clock.now();
    Ok(Json(summary(core.state.lock().customers.at(customer.phone()), now)))
}

/// What the phone shows, oldest first.
pub(super) async fn messages(
    Shared(core): Shared<Arc<Core>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let number = phone(&number)?;
    let mut state = core.state.lock();
    let messages: Vec<&PhoneMessage> = state.customers.at(&number).messages.iter().collect();
    Ok(Json(json!({ "messages": messages })))
}

/// The customer writes.
pub(super) async fn write(
    Shared(core): Shared<Arc<Core>>,
    Path(number): Path<String>,
    message: Result<Json<Value>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let number = phone(&number)?;
    let message = inbound::normalize(message?.0).map_err(Refusal::bad_request)?;
    let id = inbound::write(&core, &number, Value::Object(message));
    Ok(Json(json!({ "id": id })))
}

/// The customer looks at the phone.
pub(super) async fn read(
    Shared(core): Shared<Arc<Core>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let read = inbound::read(&core, &phone(&number)?);
    Ok(Json(json!({ "read": read })))
}
