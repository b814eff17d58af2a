//! The value of one change: which lists it holds and who reads them.

use super::people::People;
use super::{Raw, account, each, flex, history, message, status, unreadable, whole};
use crate::inbound::{Item, ProviderError, Update};
use crate::meta::error::Wire as ErrorWire;
use serde::Deserialize;
use serde_json::Value;

/// Every list that we read, of whatever field. Lists stay raw: each item is read by itself.
#[derive(Deserialize, Default)]
pub(super) struct Lists<'a> {
    #[serde(default, deserialize_with = "flex::lenient")]
    metadata: Option<Number>,
    /// Of `messaging_handovers`, which has no `metadata`.
    #[serde(default, deserialize_with = "flex::lenient")]
    recipient: Option<Number>,
    #[serde(default, borrow)]
    pub(super) contacts: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) messages: Raw<'a>,
    #[serde(default, borrow)]
    statuses: Raw<'a>,
    #[serde(default, borrow)]
    errors: Raw<'a>,
    #[serde(default, borrow)]
    user_actions: Raw<'a>,
    #[serde(default, borrow)]
    message_echoes: Raw<'a>,
    #[serde(default, borrow)]
    pub(super) history: Raw<'a>,
    #[serde(default, borrow)]
    state_sync: Raw<'a>,
    #[serde(default, borrow)]
    user_preferences: Raw<'a>,
}

/// The business's number.
#[derive(Deserialize, Default)]
struct Number {
    #[serde(default, deserialize_with = "flex::id")]
    phone_number_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    display_phone_number: Option<String>,
}

impl Lists<'_> {
    fn phone_number_id(&self) -> Option<String> {
        [&self.metadata, &self.recipient]
            .into_iter()
            .flatten()
            .find_map(|number| number.phone_number_id.clone())
    }

    /// The business's number as digits, where given.
    pub(super) fn business_phone(&self) -> Option<&str> {
        self.metadata.as_ref()?.display_phone_number.as_deref()
    }
}

/// The number that the change is for, and what happened.
pub(super) fn read(field: &str, value: Raw<'_>) -> (Option<String>, Vec<Item>) {
    let Some(value) = value else { return (None, vec![update(Value::Null)]) };
    let lists: Lists<'_> = match serde_json::from_str(value.get()) {
        Ok(lists) => lists,
        Err(error) if is_read(field) => return (None, vec![unreadable("value", &error.into(), value)]),
        Err(_) => return (None, vec![update(whole(value))]),
    };
    let mut items = Vec::new();
    if is_read(field) {
        read_lists(field, &lists, &mut items);
    }
    if items.is_empty() || lists.user_actions.is_some() {
        items.push(update(whole(value)));
    }
    (lists.phone_number_id(), items)
}

/// The fields whose lists we read. Others are kept whole: `calls`, for one, has `statuses` of another meaning, and
/// `standby` copies what another application answers.
fn is_read(field: &str) -> bool {
    matches!(
        field,
        "messages"
            | "smb_message_echoes"
            | "message_echoes"
            | "history"
            | "smb_app_state_sync"
            | "user_preferences"
    )
}

fn read_lists(field: &str, lists: &Lists<'_>, items: &mut Vec<Item>) {
    let people = People::read(lists.contacts, items);
    if field == "history" {
        history::read(lists, &people, items);
    } else if lists.messages.is_some() {
        let outside = errors(lists.errors);
        each("messages", lists.messages, items, |wire, raw| {
            message::inbound(wire, raw, &people, &outside).map(Some)
        });
    }
    each("statuses", lists.statuses, items, |wire, raw| Ok(Some(status::read(wire, raw, &people)?)));
    each("message_echoes", lists.message_echoes, items, |wire, raw| {
        message::echo(wire, raw, &people).map(Some)
    });
    each("state_sync", lists.state_sync, items, |wire, raw| Ok(Some(account::address_book(wire, raw)?)));
    each("user_preferences", lists.user_preferences, items, |wire, _| {
        account::preference(wire, &people).map(Some)
    });
    each("errors", lists.errors, items, |wire: ErrorWire, _| Ok(Some(Item::Error(wire.into()))));
}

fn errors(list: Raw<'_>) -> Vec<ProviderError> {
    let wires: Option<Vec<ErrorWire>> = list.and_then(|list| serde_json::from_str(list.get()).ok());
    wires.unwrap_or_default().into_iter().map(ProviderError::from).collect()
}

pub(super) fn update(value: Value) -> Item {
    Item::Update(Update { value })
}
