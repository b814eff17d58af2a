//! The world around the customers: the business, the webhook address, faults, the clock, what was asked.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State as Shared;
use axum::extract::rejection::JsonRejection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use crate::faults::Faults;
use crate::graph::messages;
use crate::state::Core;
use crate::webhooks;

/// The furthest that one call may move the clock: ten years.
const MAX_ADVANCE_SECONDS: u64 = 10 * 365 * 86_400;

/// The ids, secrets and tokens to configure a service with. They are made up, and the same everywhere.
pub(super) async fn business(Shared(core): Shared<Arc<Core>>) -> Json<Value> {
    let mut business = json!(core.config.business);
    business["graph_url"] = json!(core.url);
    Json(business)
}

pub(super) async fn webhook(Shared(core): Shared<Arc<Core>>) -> Json<Value> {
    Json(json!({ "url": core.webhooks.url(), "pending": core.webhooks.pending() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookAddress {
    url: String,
}

/// Sets the address, and tells whether it passes the handshake; webhooks go there either way.
pub(super) async fn set_webhook(
    Shared(core): Shared<Arc<Core>>,
    address: Result<Json<WebhookAddress>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let url = address?.0.url;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Refusal::bad_request("the webhook address must start with http:// or https://"));
    }
    core.webhooks.set_url(&url);
    let verified = webhooks::verify(&core, &url, &core.config.business.verify_token).await;
    let problem = verified.as_ref().err().map(ToString::to_string);
    Ok(Json(json!({ "url": url, "verified": verified.is_ok(), "problem": problem })))
}

pub(super) async fn faults(Shared(core): Shared<Arc<Core>>) -> Json<Faults> {
    Json(core.faults.lock().clone())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    /// Whether the messages go out, or fail.
    delivered: bool,
}

/// Ends what the fault `hold_templates` began.
pub(super) async fn release_held(
    Shared(core): Shared<Arc<Core>>,
    release: Result<Json<Release>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "released": messages::release_held(&core, release?.0.delivered) })))
}

/// Replaces all faults; `{}` ends them.
pub(super) async fn set_faults(
    Shared(core): Shared<Arc<Core>>,
    faults: Result<Json<Faults>, JsonRejection>,
) -> Result<Json<Faults>, Refusal> {
    let Json(faults) = faults?;
    if !(0.0..=1.0).contains(&faults.duplicate_webhooks) {
        return Err(Refusal::bad_request("duplicate_webhooks is a probability, from 0 to 1"));
    }
    if faults.fail_sends.as_ref().is_some_and(|fail| !(400..=599).contains(&fail.status)) {
        return Err(Refusal::bad_request("fail_sends.status is an HTTP status from 400 to 599"));
    }
    if faults.fail_uploads.as_ref().is_some_and(|fail| !(400..=599).contains(&fail.status)) {
        return Err(Refusal::bad_request("fail_uploads.status is an HTTP status from 400 to 599"));
    }
    *core.faults.lock() = faults.clone();
    Ok(Json(faults))
}

pub(super) async fn requests(Shared(core): Shared<Arc<Core>>) -> Json<Value> {
    let requests = core.requests.lock().all();
    Json(json!({ "requests": requests }))
}

pub(super) async fn clock(Shared(core): Shared<Arc<Core>>) -> Json<Value> {
    Json(json!({ "now": core.clock.now() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    advance_seconds: u64,
}

/// Moves the clock forward.
pub(super) async fn advance_clock(
    Shared(core): Shared<Arc<Core>>,
    advance: Result<Json<Advance>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let seconds = advance?.0.advance_seconds;
    if seconds > MAX_ADVANCE_SECONDS {
        return Err(Refusal::bad_request("advance_seconds is at most ten years"));
    }
    core.clock.advance(Duration::from_secs(seconds));
    Ok(Json(json!({ "now": core.clock.now() })))
}
