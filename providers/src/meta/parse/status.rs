//! The states of outbound messages.

use super::change::update;
use super::people::People;
use super::problem::Problem;
use super::{flex, whole};
use crate::inbound::{Item, Party, ProviderError, Status, StatusKind};
use crate::meta::error::Wire as ErrorWire;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct Wire {
    #[serde(default, deserialize_with = "flex::id")]
    id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    status: Option<String>,
    #[serde(default, deserialize_with = "flex::seconds")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "flex::id")]
    recipient_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    recipient_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    recipient_parent_user_id: Option<String>,
    /// The name of the parent's id before 5 May 2026.
    #[serde(default, deserialize_with = "flex::id")]
    parent_recipient_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    recipient_type: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    recipient_participant_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    recipient_participant_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    recipient_participant_parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::text")]
    biz_opaque_callback_data: Option<String>,
    #[serde(default)]
    pricing: Option<Value>,
    #[serde(default)]
    conversation: Option<Value>,
    #[serde(default, deserialize_with = "flex::list")]
    errors: Vec<ErrorWire>,
}

/// A word that we do not know as a status keeps the whole item as an update.
pub(super) fn read(mut wire: Wire, raw: &RawValue, people: &People) -> Result<Item, Problem> {
    let Some(status) = wire.status.as_deref().and_then(kind) else { return Ok(update(whole(raw))) };
    let recipient = recipient(&mut wire, people);
    Ok(Item::Status(Status {
        wamid: wire.id.ok_or_else(|| Problem::new("missing field `id`"))?,
        status,
        timestamp: wire.timestamp.ok_or_else(|| Problem::new("missing field `timestamp`"))?,
        recipient,
        participant: wire
            .recipient_participant_id
            .or(wire.recipient_participant_user_id)
            .or(wire.recipient_participant_parent_user_id),
        biz_opaque_callback_data: wire.biz_opaque_callback_data,
        pricing: wire.pricing,
        conversation: wire.conversation,
        errors: wire.errors.into_iter().map(ProviderError::from).collect(),
    }))
}

/// Nobody for a group: its `recipient_id` is the group's.
fn recipient(wire: &mut Wire, people: &People) -> Party {
    if wire.recipient_type.as_deref() == Some("group") {
        return Party::default();
    }
    people.complete(Party {
        wa_id: wire.recipient_id.take(),
        user_id: wire.recipient_user_id.take(),
        parent_user_id: wire.recipient_parent_user_id.take().or(wire.parent_recipient_user_id.take()),
        ..Party::default()
    })
}

fn kind(word: &str) -> Option<StatusKind> {
    Some(match word {
        "sent" => StatusKind::Sent,
        "delivered" => StatusKind::Delivered,
        "read" => StatusKind::Read,
        "played" => StatusKind::Played,
        "failed" => StatusKind::Failed,
        _ => return None,
    })
}
