//! What a customer wants to receive, and whom the business has in its phone's address book.

use super::change::update;
use super::people::{People, is_nobody};
use super::problem::Problem;
use super::{flex, whole};
use crate::inbound::{AddressBookEntry, Item, Party, Preference};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct PreferenceWire {
    #[serde(default, deserialize_with = "flex::id")]
    wa_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    parent_user_id: Option<String>,
    category: String,
    value: String,
    #[serde(default, deserialize_with = "flex::seconds")]
    timestamp: Option<i64>,
}

pub(super) fn preference(wire: PreferenceWire, people: &People) -> Result<Item, Problem> {
    let PreferenceWire { wa_id, user_id, parent_user_id, category, value, timestamp } = wire;
    let party = people.complete(Party { wa_id, user_id, parent_user_id, ..Party::default() });
    if is_nobody(&party) {
        return Err(Problem::new("no field names the customer"));
    }
    let timestamp = timestamp.ok_or_else(|| Problem::new("missing field `timestamp`"))?;
    Ok(Item::Preference(Preference { party, category, value, timestamp }))
}

#[derive(Deserialize)]
pub(super) struct StateSync {
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    kind: Option<String>,
    #[serde(default)]
    contact: Option<Person>,
    #[serde(default, deserialize_with = "flex::id")]
    action: Option<String>,
    #[serde(default, deserialize_with = "flex::lenient")]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Person {
    #[serde(default, deserialize_with = "flex::id")]
    full_name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    phone_number: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    username: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default, deserialize_with = "flex::seconds")]
    timestamp: Option<i64>,
}

/// State of another kind than `contact` is kept whole.
pub(super) fn address_book(wire: StateSync, raw: &RawValue) -> Result<Item, Problem> {
    let (Some("contact"), Some(person)) = (wire.kind.as_deref(), wire.contact) else {
        return Ok(update(whole(raw)));
    };
    let party = Party {
        wa_id: person.phone_number.map(|phone| phone.chars().filter(char::is_ascii_digit).collect()),
        user_id: person.user_id,
        parent_user_id: person.parent_user_id,
        profile_name: None,
        username: person.username,
    };
    if is_nobody(&party) {
        return Err(Problem::new("no field names the person"));
    }
    Ok(Item::AddressBook(AddressBookEntry {
        party,
        full_name: person.full_name.or(person.first_name),
        action: wire.action.ok_or_else(|| Problem::new("missing field `action`"))?,
        timestamp: wire.metadata.and_then(|metadata| metadata.timestamp),
    }))
}
