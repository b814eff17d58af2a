//! `POST /{phone_number_id}/messages`: sending, marking as read, typing.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::{GraphError, validate};
use crate::catalog;
use crate::customers::{PhoneMessage, PhoneStatus, digits};
use crate::faults::SendFault;
use crate::ids::Direction;
use crate::inbound::readable;
use crate::requests::Outcome;
use crate::state::{Core, State};
use crate::templates::Rendered;
use crate::webhooks::{Phase, StatusOf, Update, status};

/// How long free-form messages are allowed after the customer wrote, in seconds.
pub(crate) const WINDOW_SECONDS: u64 = 86_400;

const WINDOW_DETAILS: &str = "Message failed to send because more than 24 hours have passed since the customer \
                              last replied to this number.";

/// How long a typing indicator shows, in seconds.
const TYPING_SECONDS: u64 = 25;

/// The most characters of `biz_opaque_callback_data`.
const MAX_CALLBACK_DATA: usize = 512;

/// One send that was checked and can be accepted.
struct Checked<'a> {
    wa_id: String,
    /// Whether it was addressed by phone number.
    to_phone: bool,
    kind: &'a str,
    /// For a template: what it says and what it costs.
    rendered: Option<Rendered>,
}

pub(crate) async fn send(
    Shared(core): Shared<Arc<Core>>,
    Path((_, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, GraphError> {
    if id != core.config.business.phone_number_id {
        return Err(GraphError::no_object("post", &id));
    }
    let body: Value = serde_json::from_slice(&body).map_err(|_| GraphError::not_json())?;
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::required("messaging_product"));
    }
    if body["status"] == "read" {
        return mark_read(&core, &body).map(IntoResponse::into_response);
    }
    let fault = core.faults.lock().on_send();
    match fault {
        SendFault::Fail { status, code } => Err(GraphError::new(code).status(status)),
        SendFault::DropBefore => Ok(dropped(None)),
        SendFault::None => accept(&core, &body),
    }
}

/// The answer that is never heard.
fn dropped(message_id: Option<String>) -> Response {
    let mut response = Json(Value::Null).into_response();
    response.extensions_mut().insert(Outcome { message_id, dropped: true });
    response
}

/// Checks a message, takes it, and puts what follows from it into the webhooks.
fn accept(core: &Core, body: &Value) -> Result<Response, GraphError> {
    let state = &mut *core.state.lock();
    let checked = check(core, state, body)?;
    take_limits(core, state, &checked.wa_id)?;
    let id = state.ids.message(&checked.wa_id, Direction::Outbound);
    let held = if checked.kind == "template" { core.faults.lock().on_template() } else { None };
    let answer = answer(state, body, &checked, &id, held.as_deref());
    match failure(core, state, &checked) {
        _ if held.is_some() => state.held.push((id.clone(), body.clone())),
        Some((code, details)) => tell(core, state, body, &checked, &id, Phase::Failed { code, details }),
        None => deliver(core, state, body, &checked, &id),
    }
    if core.faults.lock().on_answer() {
        return Ok(dropped(Some(id)));
    }
    let mut response = Json(answer).into_response();
    response.extensions_mut().insert(Outcome { message_id: Some(id), dropped: false });
    Ok(response)
}

fn check<'a>(core: &Core, state: &mut State, body: &'a Value) -> Result<Checked<'a>, GraphError> {
    let (wa_id, to_phone) = recipient(core, state, body)?;
    let kind = body.get("type").map_or(Some("text"), Value::as_str).unwrap_or_default();
    validate::content(body, kind, state, core.clock.now())?;
    match body.get("biz_opaque_callback_data") {
        None => {}
        Some(Value::String(data)) if data.chars().count() <= MAX_CALLBACK_DATA => {}
        Some(_) => {
            return Err(GraphError::parameter(format!(
                "Param biz_opaque_callback_data must be a string of at most {MAX_CALLBACK_DATA} characters."
            )));
        }
    }
    if kind == "reaction" && body.get("context").is_some() {
        return Err(GraphError::parameter("A reaction cannot be a reply."));
    }
    if state.customers.at(&wa_id).blocked {
        return Err(GraphError::new(130403).details("The business has blocked this customer."));
    }
    let rendered = match kind {
        "template" => Some(
            state
                .templates
                .render(&body["template"])
                .map_err(|mismatch| GraphError::new(mismatch.code).details(mismatch.details))?,
        ),
        _ => None,
    };
    if !to_phone && rendered.as_ref().is_some_and(|rendered| rendered.category == "authentication") {
        return Err(GraphError::new(131062).details("Authentication templates need a phone number."));
    }
    Ok(Checked { wa_id, to_phone, kind, rendered })
}

/// Whom a message is for: `to`, which wins, or `recipient`, a business-scoped user id.
fn recipient(core: &Core, state: &mut State, body: &Value) -> Result<(String, bool), GraphError> {
    if let Some(to) = body.get("to") {
        let phone = digits(to.as_str().unwrap_or_default());
        if !(7..=15).contains(&phone.len()) {
            return Err(GraphError::parameter("Param to is not a valid phone number."));
        }
        if phone == core.config.business.display_phone_number {
            return Err(GraphError::new(131021).details("Recipient phone number cannot be the sender's."));
        }
        return Ok((state.customers.at(&phone).identity.wa_id.clone(), true));
    }
    let user_id = body.get("recipient").and_then(Value::as_str).ok_or_else(|| GraphError::required("to"))?;
    let wa_id = state.customers.number_of(user_id);
    let wa_id =
        wa_id.ok_or_else(|| GraphError::parameter("Param recipient is not a user id of this business."))?;
    Ok((wa_id, false))
}

/// Takes one from the limit of the number and one from the limit of the pair, if both have it.
fn take_limits(core: &Core, state: &mut State, wa_id: &str) -> Result<(), GraphError> {
    let (now, limits) = (core.clock.now_ms(), core.config.limits);
    let rate = limits.messages_per_second.max(1);
    let interval = Duration::from_secs(1) / rate;
    if !state.throughput.has_room(now, interval, rate) {
        return Err(GraphError::new(130429).details("Cloud API message throughput has been reached."));
    }
    let pair = &mut state.customers.at(wa_id).pair;
    if !pair.has_room(now, limits.pair_interval, limits.pair_burst) {
        let details = "Too many messages sent from this phone number to the same recipient in a short time.";
        return Err(GraphError::new(131056).details(details));
    }
    pair.take(now, limits.pair_interval);
    state.throughput.take(now, interval);
    Ok(())
}

/// The templates that were held back go out, or fail because customers took the first of them badly. Returns how many.
pub(crate) fn release_held(core: &Core, good: bool) -> usize {
    let state = &mut *core.state.lock();
    let held = std::mem::take(&mut state.held);
    for (id, body) in &held {
        // What has become impossible since is lost, as at Meta.
        let Ok(checked) = check(core, state, body) else { continue };
        if good {
            deliver(core, state, body, &checked, id);
        } else {
            let details = "Template is paused due to low quality.";
            tell(core, state, body, &checked, id, Phase::Failed { code: 132015, details });
        }
    }
    held.len()
}

fn answer(state: &mut State, body: &Value, checked: &Checked<'_>, id: &str, held: Option<&str>) -> Value {
    let identity = &state.customers.at(&checked.wa_id).identity;
    let contact = match checked.to_phone {
        true => json!({ "input": body["to"], "wa_id": identity.wa_id }),
        false => json!({ "input": body["recipient"], "user_id": identity.user_id }),
    };
    let mut message = json!({ "id": id });
    if checked.kind == "template" {
        message["message_status"] = json!(held.unwrap_or("accepted"));
    }
    json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [message] })
}

/// Why an accepted message will not arrive, if so.
fn failure(core: &Core, state: &mut State, checked: &Checked<'_>) -> Option<(i64, &'static str)> {
    if let Some(code) = core.faults.lock().on_delivery() {
        return Some((code, "This message was made to fail."));
    }
    let customer = state.customers.at(&checked.wa_id);
    let window = customer.last_inbound.is_some_and(|last| core.clock.now() < last + WINDOW_SECONDS);
    match &checked.rendered {
        _ if !customer.on_whatsapp => Some((131026, "Message undeliverable.")),
        None if !window => Some((131047, WINDOW_DETAILS)),
        Some(template) if template.category == "marketing" && !customer.accepts_marketing => {
            Some((131050, "The user has stopped marketing messages from this business."))
        }
        _ => None,
    }
}

/// 131047 as it stands beside somebody who did not write in time.
pub(crate) fn window_error() -> Value {
    catalog::webhook_error(131047, WINDOW_DETAILS)
}

/// Puts the message on the customer's phone and tells of it.
fn deliver(core: &Core, state: &mut State, body: &Value, checked: &Checked<'_>, id: &str) {
    let reaction = checked.kind == "reaction";
    let content = body.get(checked.kind).cloned().unwrap_or(Value::Null);
    let text = match &checked.rendered {
        Some(rendered) => rendered.text.clone(),
        None => readable(checked.kind, &content),
    };
    let shown = PhoneMessage {
        id: id.to_owned(),
        from_customer: false,
        timestamp: core.clock.now(),
        kind: checked.kind.to_owned(),
        text,
        content,
        template: checked.rendered.as_ref().map_or(Value::Null, |rendered| rendered.components.clone()),
        reply_to: body["context"]["message_id"].as_str().map(str::to_owned),
        status: if reaction { PhoneStatus::Sent } else { PhoneStatus::Delivered },
        biz_opaque_callback_data: body["biz_opaque_callback_data"].as_str().map(str::to_owned),
        sent_to_phone: checked.to_phone,
    };
    state.customers.at(&checked.wa_id).typing_until = 0;
    state.customers.show(&checked.wa_id, shown);
    let category = checked.rendered.as_ref().map_or("service", |rendered| &rendered.category).to_owned();
    tell(core, state, body, checked, id, Phase::Sent { category });
    if !reaction {
        tell(core, state, body, checked, id, Phase::Delivered);
    }
}

fn tell(core: &Core, state: &mut State, body: &Value, checked: &Checked<'_>, id: &str, phase: Phase) {
    let about = StatusOf {
        message_id: id,
        sent_to_phone: checked.to_phone,
        biz_opaque_callback_data: body["biz_opaque_callback_data"].as_str(),
    };
    let after = if phase == Phase::Delivered { core.config.delivered_after } else { Duration::ZERO };
    let identity = state.customers.at(&checked.wa_id).identity.clone();
    let (contact, status) = status(&identity, &about, &phase, core.clock.now());
    core.tell_after(state, Update::Status { contact, status }, after);
}

/// Marks a customer's message and the ones before it as read, and shows that the business is typing if asked.
fn mark_read(core: &Core, body: &Value) -> Result<Json<Value>, GraphError> {
    let id = body["message_id"].as_str().ok_or_else(|| GraphError::required("message_id"))?;
    if body.get("typing_indicator").is_some_and(|indicator| indicator["type"] != "text") {
        return Err(GraphError::parameter("Param typing_indicator['type'] must be \"text\"."));
    }
    let state = &mut *core.state.lock();
    let unknown = || GraphError::value("Param message_id is not the id of a message from a customer.");
    let customer = state.customers.holder(id).ok_or_else(unknown)?;
    let position = customer.messages.iter().position(|message| message.id == id && message.from_customer);
    let position = position.ok_or_else(unknown)?;
    for message in customer.messages.iter_mut().take(position + 1).filter(|message| message.from_customer) {
        message.status = PhoneStatus::Read;
    }
    if body.get("typing_indicator").is_some() {
        customer.typing_until = core.clock.now() + TYPING_SECONDS;
    }
    Ok(Json(json!({ "success": true })))
}
