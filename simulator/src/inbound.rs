//! A customer writes: from what a test says to the message as the webhook carries it.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::customers::{PhoneMessage, PhoneStatus, Record};
use crate::ids::Direction;
use crate::media::{INBOUND_SECONDS, Media, download_url, sample_file};
use crate::state::{Core, State};
use crate::webhooks::{Phase, StatusOf, Update, contact, status};

/// What a customer can send.
const KINDS: [&str; 16] = [
    "text",
    "image",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "reaction",
    "order",
    "system",
    "unsupported",
    "edit",
    "revoke",
];

/// A message with its type, from Meta's form or from a shorthand that leaves the type out (`{"text":"Hi"}`,
/// `{"image":{"caption":"Look"}}`). The error says what is wrong with it.
pub(crate) fn normalize(message: Value) -> Result<Map<String, Value>, String> {
    let Value::Object(mut message) = message else {
        return Err("a message must be a JSON object, for example {\"text\":\"Hi\"}".into());
    };
    let kind = match message.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(_) => return Err("the type of a message must be a string".into()),
        None => KINDS
            .iter()
            .find(|kind| message.contains_key(**kind))
            .ok_or_else(|| format!("a message needs a type or one of the keys {}", KINDS.join(", ")))?
            .to_string(),
    };
    if let Some(body @ Value::String(_)) = message.get("text") {
        let text = json!({ "body": body });
        message.insert("text".into(), text);
    }
    message.insert("type".into(), Value::String(kind));
    Ok(message)
}

/// Puts a message on the customer's phone, into the window and into the webhooks. `id` and `timestamp` are kept if
/// the message brings them. What cannot be read as a message arrives as Meta's `unsupported`.
pub(crate) fn write(core: &Core, phone: &str, message: Value) -> String {
    let message = normalize(message).unwrap_or_else(|_| unsupported());
    let state = &mut *core.state.lock();
    let wa_id = state.customers.at(phone).identity.wa_id.clone();
    let mut message = complete(core, state, &wa_id, message);
    let kind = text_at(&message, "type");
    fill_media(core, state, &kind, &mut message);
    let id = text_at(&message, "id");
    let timestamp = text_at(&message, "timestamp").parse().unwrap_or_else(|_| core.clock.now());
    let blocked = state.customers.at(&wa_id).blocked;
    let content = message.get(&kind).cloned().unwrap_or(Value::Null);
    let shown = PhoneMessage {
        id: id.clone(),
        from_customer: true,
        timestamp,
        text: readable(&kind, &content),
        kind: kind.clone(),
        content,
        template: Value::Null,
        reply_to: message.get("context").and_then(|context| context["id"].as_str()).map(str::to_owned),
        status: if blocked { PhoneStatus::Sent } else { PhoneStatus::Delivered },
        biz_opaque_callback_data: None,
        sent_to_phone: true,
    };
    state.customers.show(&wa_id, shown);
    if blocked {
        return id;
    }
    let customer = state.customers.at(&wa_id);
    // A system message is WhatsApp's word, not the customer's: it neither opens the window nor carries a contact.
    let system = kind == "system";
    if !system {
        customer.last_inbound = customer.last_inbound.max(Some(timestamp));
    }
    let contact = (!system).then(|| contact(&customer.identity, true));
    core.tell(state, Update::Message { contact, message: Value::Object(message) });
    id
}

/// The message with the fields that Meta adds, in Meta's order.
fn complete(
    core: &Core,
    state: &mut State,
    wa_id: &str,
    mut given: Map<String, Value>,
) -> Map<String, Value> {
    let identity = state.customers.at(wa_id).identity.clone();
    let mut message = Map::new();
    if let Some(mut context) = given.remove("context") {
        if context.get("id").is_some() && context.get("from").is_none() {
            context["from"] = json!(core.config.business.display_phone_number);
        }
        message.insert("context".into(), context);
    }
    given.remove("from");
    if !identity.phone_hidden {
        message.insert("from".into(), json!(wa_id));
    }
    message.insert("from_user_id".into(), json!(identity.user_id));
    let id = given.remove("id").filter(Value::is_string);
    message.insert("id".into(), id.unwrap_or_else(|| json!(state.ids.message(wa_id, Direction::Inbound))));
    let timestamp = match given.remove("timestamp") {
        Some(Value::String(seconds)) => seconds,
        Some(Value::Number(seconds)) => seconds.to_string(),
        _ => core.clock.now().to_string(),
    };
    message.insert("timestamp".into(), json!(timestamp));
    message.extend(given);
    message
}

/// Gives a medium the fields that Meta adds, from the file that it names or from a sample file.
fn fill_media(core: &Core, state: &mut State, kind: &str, message: &mut Map<String, Value>) {
    let Some((bytes, mime_type)) = sample_file(kind) else { return };
    let now = core.clock.now();
    let Some(Value::Object(medium)) = message.get_mut(kind) else { return };
    let id = match medium.get("id").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => keep(state, Bytes::from_static(bytes), mime_type, now),
    };
    if let Some(media) = state.media.get(&id, now) {
        let url = download_url(&core.url, &core.config.business.app_secret, &id, now);
        medium.entry("mime_type").or_insert_with(|| json!(media.mime_type));
        medium.entry("sha256").or_insert_with(|| json!(media.sha256_base64()));
        medium.entry("url").or_insert_with(|| json!(url));
    }
    medium.insert("id".into(), json!(id));
    match kind {
        "audio" => _ = medium.entry("voice").or_insert(json!(true)),
        "sticker" => _ = medium.entry("animated").or_insert(json!(false)),
        "document" => _ = medium.entry("filename").or_insert(json!("document.pdf")),
        _ => {}
    }
}

/// Keeps a customer's file.
pub(crate) fn add_media(core: &Core, bytes: Bytes, mime_type: &str) -> String {
    keep(&mut core.state.lock(), bytes, mime_type, core.clock.now())
}

fn keep(state: &mut State, bytes: Bytes, mime_type: &str, now: u64) -> String {
    let id = state.ids.number();
    state.media.insert(id.clone(), Media::new(bytes, mime_type, now + INBOUND_SECONDS));
    id
}

/// What Meta sends for a message that it cannot express.
fn unsupported() -> Map<String, Value> {
    let error = json!({ "code": 131051, "title": "Message type unknown", "message": "Message type unknown",
        "error_data": { "details": "Message type is currently not supported." } });
    let mut message = Map::new();
    message.insert("errors".into(), json!([error]));
    message.insert("type".into(), json!("unsupported"));
    message.insert("unsupported".into(), json!({ "type": "unknown" }));
    message
}

fn text_at(message: &Map<String, Value>, key: &str) -> String {
    message.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// What a person can read of a message's content, in either direction.
pub(crate) fn readable(kind: &str, content: &Value) -> String {
    let paths: &[&str] = match kind {
        "text" => &["/body"],
        "button" => &["/text"],
        "reaction" => &["/emoji"],
        "location" => &["/name", "/address"],
        "document" => &["/caption", "/filename"],
        "contacts" => &["/0/name/formatted_name"],
        "interactive" => &["/button_reply/title", "/list_reply/title", "/nfm_reply/body", "/body/text"],
        "system" => &["/body"],
        "edit" => &["/message/text/body", "/message/image/caption"],
        _ => &["/caption", "/text"],
    };
    paths.iter().find_map(|path| content.pointer(path)?.as_str()).unwrap_or_default().to_owned()
}

/// The customer looks at the phone: everything delivered becomes read. Tells how many messages that were.
pub(crate) fn read(core: &Core, phone: &str) -> usize {
    let now = core.clock.now();
    let state = &mut *core.state.lock();
    let customer = state.customers.at(phone);
    let read = mark_read(customer);
    let identity = customer.identity.clone();
    for message in &read {
        let about = StatusOf {
            message_id: &message.id,
            sent_to_phone: message.sent_to_phone,
            biz_opaque_callback_data: message.biz_opaque_callback_data.as_deref(),
        };
        let (contact, status) = status(&identity, &about, &Phase::Read, now);
        core.tell(state, Update::Status { contact, status });
    }
    read.len()
}

/// Turns the ticks blue and gives the messages that this changed.
fn mark_read(customer: &mut Record) -> Vec<PhoneMessage> {
    let unread = customer.messages.iter_mut().filter(|message| {
        // Reactions never get beyond `sent`.
        !message.from_customer && message.status == PhoneStatus::Delivered
    });
    unread
        .map(|message| {
            message.status = PhoneStatus::Read;
            message.clone()
        })
        .collect()
}
