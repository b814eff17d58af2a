//! What somebody of the crowd sends next: a message of any kind, or a tap on what the business offers.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use super::people::{PEOPLE, Person};
use crate::customers::PhoneMessage;

/// How long a customer can edit a message, in seconds.
const EDIT_SECONDS: u64 = 15 * 60;

/// Something new: mostly the line as a text, now and then another kind. `chat` is what the phone shows.
pub(super) fn something(
    person: &Person,
    line: &str,
    chat: &[PhoneMessage],
    now: u64,
    rng: &mut StdRng,
) -> Value {
    let (name, latitude, longitude) = person.place;
    let text = json!({ "text": line });
    match rng.random_range(0..100) {
        0..6 => json!({ "image": { "caption": line } }),
        6..9 => json!({ "video": { "caption": line } }),
        9..13 => json!({ "audio": {} }),
        13..16 => json!({ "document": { "caption": line } }),
        16..19 => json!({ "sticker": {} }),
        19..23 => json!({ "location": { "latitude": latitude, "longitude": longitude, "name": name } }),
        23..25 => contact(rng),
        25..27 => order(line, rng),
        27..28 => unsupported("poll"),
        28..31 => edit(chat, now).unwrap_or(text),
        31..41 => reaction(chat).unwrap_or(text),
        _ => text,
    }
}

/// The card of somebody else.
fn contact(rng: &mut StdRng) -> Value {
    let friend = &PEOPLE[rng.random_range(0..PEOPLE.len())];
    let (first, last) = friend.name.split_once(' ').unwrap_or((friend.name, ""));
    let number = format!("{}000", friend.phone_prefix);
    json!({ "contacts": [{
        "name": { "formatted_name": friend.name, "first_name": first, "last_name": last },
        "phones": [{ "phone": format!("+{number}"), "wa_id": number, "type": "CELL" }],
    }] })
}

fn order(line: &str, rng: &mut StdRng) -> Value {
    let item = |product: &str, quantity: u32, price: f64| json!({ "product_retailer_id": product, "quantity": quantity, "item_price": price, "currency": "EUR" });
    let items = [item("vase-12", rng.random_range(1..4), 30.5), item("pot-7", 1, 9.9)];
    json!({ "order": { "catalog_id": "445566778899001", "text": line, "product_items": items } })
}

/// What Meta tells of a kind that it does not pass on.
fn unsupported(kind: &str) -> Value {
    let error = json!({ "code": 131051, "title": "Message type unknown", "message": "Message type unknown",
        "error_data": { "details": "Message type is currently not supported." } });
    json!({ "type": "unsupported", "unsupported": { "type": kind }, "errors": [error] })
}

/// A better wording of the last text of one's own, while that can be changed.
fn edit(chat: &[PhoneMessage], now: u64) -> Option<Value> {
    let own = chat.iter().rev().find(|message| message.from_customer && message.kind == "text")?;
    let message = json!({ "type": "text", "text": { "body": format!("{} 🙏", own.text) } });
    let edit = json!({ "original_message_id": own.id, "message": message });
    (now < own.timestamp + EDIT_SECONDS).then(|| json!({ "edit": edit }))
}

/// A thumb for what the business wrote last, if nothing was written since.
fn reaction(chat: &[PhoneMessage]) -> Option<Value> {
    let last = chat.last().filter(|last| !last.from_customer && last.kind != "reaction")?;
    Some(json!({ "reaction": { "message_id": last.id, "emoji": "👍" } }))
}

/// A tap on one of the things that a message offers: buttons, rows, quick replies of a template, sending the place.
pub(super) fn tap(message: &PhoneMessage, person: &Person, rng: &mut StdRng) -> Option<Value> {
    let context = json!({ "id": message.id });
    if let Some(button) = quick_replies(&message.template).choose(rng) {
        // Meta gives the text where the business gave no payload.
        let payload = button.get("payload").unwrap_or(&button["text"]);
        let button = json!({ "payload": payload, "text": button["text"] });
        return Some(json!({ "type": "button", "context": context, "button": button }));
    }
    let action = message.content.get("action")?;
    if action["name"] == "send_location" {
        let (name, latitude, longitude) = person.place;
        let place = json!({ "latitude": latitude, "longitude": longitude, "name": name });
        return Some(json!({ "type": "location", "context": context, "location": place }));
    }
    if let Some(buttons) = action["buttons"].as_array() {
        let reply = buttons.choose(rng)?.get("reply")?;
        let interactive = json!({ "type": "button_reply", "button_reply": reply });
        return Some(json!({ "type": "interactive", "context": context, "interactive": interactive }));
    }
    let rows: Vec<&Value> = action["sections"]
        .as_array()?
        .iter()
        .filter_map(|section| section["rows"].as_array())
        .flatten()
        .collect();
    let interactive = json!({ "type": "list_reply", "list_reply": rows.choose(rng)? });
    Some(json!({ "type": "interactive", "context": context, "interactive": interactive }))
}

/// The quick replies of a template, those of its cards among them.
fn quick_replies(components: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for component in components.as_array().into_iter().flatten() {
        let buttons = component["buttons"].as_array().into_iter().flatten();
        found.extend(buttons.filter(|button| button["type"] == "QUICK_REPLY"));
        let cards = component["cards"].as_array().into_iter().flatten();
        found.extend(cards.flat_map(|card| quick_replies(&card["components"])));
    }
    found
}
