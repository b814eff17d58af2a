//! The contacts and statuses inside a webhook, with the fields that Meta shows or hides.

use serde_json::{Map, Value, json};

use crate::customers::Identity;

/// Where a message of the business has got to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Phase {
    Sent {
        /// The template's category in lower case, or `service` for free-form messages.
        category: String,
    },
    Delivered,
    Read,
    Failed {
        code: i64,
        details: &'static str,
    },
}

/// What a status is about.
pub(crate) struct StatusOf<'a> {
    pub(crate) message_id: &'a str,
    /// Whether the message was addressed by phone number rather than by user id.
    pub(crate) sent_to_phone: bool,
    pub(crate) biz_opaque_callback_data: Option<&'a str>,
}

/// The contact block for a customer. A hidden phone number is left out, and a user name is shown only where the
/// customer has one and `username` asks for it.
pub(crate) fn contact(customer: &Identity, username: bool) -> Value {
    let mut profile = json!({ "name": customer.name });
    if let Some(name) = customer.username.as_ref().filter(|_| username) {
        profile["username"] = json!(name);
    }
    let mut contact = json!({ "profile": profile });
    if !customer.phone_hidden {
        contact["wa_id"] = json!(customer.wa_id);
    }
    contact["user_id"] = json!(customer.user_id);
    contact
}

/// A status and the contact beside it (failures have none).
pub(crate) fn status(
    customer: &Identity,
    about: &StatusOf<'_>,
    phase: &Phase,
    timestamp: u64,
) -> (Option<Value>, Value) {
    let mut status = Map::new();
    status.insert("id".into(), json!(about.message_id));
    status.insert("status".into(), json!(name(phase)));
    status.insert("timestamp".into(), json!(timestamp.to_string()));
    if about.sent_to_phone || !customer.phone_hidden {
        status.insert("recipient_id".into(), json!(customer.wa_id));
    }
    let failed = matches!(phase, Phase::Failed { .. });
    if !failed || !about.sent_to_phone {
        status.insert("recipient_user_id".into(), json!(customer.user_id));
    }
    if let Some(data) = about.biz_opaque_callback_data {
        status.insert("biz_opaque_callback_data".into(), json!(data));
    }
    match phase {
        Phase::Sent { category } => {
            status.insert("pricing".into(), pricing(category));
        }
        Phase::Failed { code, details } => {
            status.insert("errors".into(), json!([crate::catalog::webhook_error(*code, details)]));
        }
        Phase::Delivered | Phase::Read => {}
    }
    let username = matches!(phase, Phase::Delivered | Phase::Read);
    ((!failed).then(|| contact(customer, username)), Value::Object(status))
}

fn name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Sent { .. } => "sent",
        Phase::Delivered => "delivered",
        Phase::Read => "read",
        Phase::Failed { .. } => "failed",
    }
}

/// Free-form messages are shown as free, templates as billed.
fn pricing(category: &str) -> Value {
    let free = category == "service";
    let kind = if free { "free_customer_service" } else { "regular" };
    json!({ "billable": !free, "pricing_model": "PMP", "type": kind, "category": category })
}
