//! Webhook bodies in Meta's shape, for the number of the simulated business.

use serde_json::{Value, json};
use simulator::Business;

/// The path that webhooks are posted to.
pub const PATH: &str = "/api/WhatsApp/Webhook";

/// A body with one change of a field, about the business's number.
#[must_use]
pub fn change(field: &str, mut value: Value) -> Value {
    let business = Business::default();
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({
        "display_phone_number": business.display_phone_number,
        "phone_number_id": business.phone_number_id,
    });
    json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": business.business_account_id, "changes": [{ "field": field, "value": value }] }]
    })
}

/// A message object: sender, id and time (Unix seconds) added to the members of `rest`.
#[must_use]
pub fn message(phone: &str, wamid: &str, at: i64, rest: &Value) -> Value {
    let mut message = json!({ "from": phone, "id": wamid, "timestamp": at.to_string() });
    for (key, value) in rest.as_object().into_iter().flatten() {
        message[key] = value.clone();
    }
    message
}

/// A text message object.
#[must_use]
pub fn text_message(phone: &str, wamid: &str, at: i64, body: &str) -> Value {
    message(phone, wamid, at, &json!({ "type": "text", "text": { "body": body } }))
}

/// A body with these messages of one customer.
#[must_use]
pub fn messages(phone: &str, messages: &[Value]) -> Value {
    let contact = json!({ "profile": { "name": format!("Customer {phone}") }, "wa_id": phone });
    change("messages", json!({ "contacts": [contact], "messages": messages }))
}

/// A body with one text message.
#[must_use]
pub fn text(phone: &str, wamid: &str, at: i64, body: &str) -> Value {
    messages(phone, &[text_message(phone, wamid, at, body)])
}

/// A body with one status of a message to this customer.
#[must_use]
pub fn status(phone: &str, wamid: &str, status: &str, at: i64) -> Value {
    let status = json!({ "id": wamid, "status": status, "timestamp": at.to_string(), "recipient_id": phone });
    change("messages", json!({ "statuses": [status] }))
}

/// The header that proves where a body comes from, under the secret of the simulated business.
#[must_use]
pub fn signature(body: &[u8]) -> String {
    simulator::sign(&Business::default().app_secret, body)
}
