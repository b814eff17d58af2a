//! Notes of WhatsApp about a customer. A changed number or user id re-keys the contact.

use super::flex;
use super::message::Wire;
use crate::content::{Content, SystemNote};
use crate::inbound::{InboundBody, Party};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Note {
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    body: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    wa_id: Option<String>,
    /// What `wa_id` was called before version 12.
    #[serde(default, deserialize_with = "flex::id")]
    new_wa_id: Option<String>,
    /// The number until now, in the old `customer_changed_number`.
    #[serde(default, deserialize_with = "flex::id")]
    customer: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    previous_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    previous_parent_user_id: Option<String>,
}

/// What a note does. One that gives no new id is only shown.
pub(super) fn body(note: Note, message: &Wire<'_>) -> InboundBody {
    let event = note.kind.unwrap_or_else(|| "unknown".to_owned());
    let rekeys =
        matches!(event.as_str(), "user_changed_number" | "customer_changed_number" | "user_changed_user_id");
    let shown = Content::System(SystemNote { event, body: note.body });
    let current = Party {
        wa_id: note.wa_id.or(note.new_wa_id),
        user_id: note.user_id,
        parent_user_id: note.parent_user_id,
        ..Party::default()
    };
    if !rekeys || (current.wa_id.is_none() && current.user_id.is_none()) {
        return InboundBody::Content(shown);
    }
    // The message is from the ids until now; one that equals the new id tells nothing about the old.
    let other = |old: Option<String>, new: &Option<String>| old.filter(|old| Some(old) != new.as_ref());
    let previous = Party {
        wa_id: note.customer.or_else(|| other(message.from.clone(), &current.wa_id)),
        user_id: note.previous_user_id.or_else(|| other(message.from_user_id.clone(), &current.user_id)),
        parent_user_id: note
            .previous_parent_user_id
            .or_else(|| other(message.from_parent_user_id.clone(), &current.parent_user_id)),
        ..Party::default()
    };
    InboundBody::Rekey { note: shown, previous, current }
}
