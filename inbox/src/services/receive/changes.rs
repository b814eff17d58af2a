//! What happens to a message after it was written: statuses, edits, revokes, reactions.

use super::batch::Batch;
use super::keys::sent_along;
use crate::domain::marketing::OPTED_OUT;
use crate::domain::sendability::WINDOW_CLOSED;
use crate::domain::status::StatusTimes;
use crate::services::provider_tasks::reaction_of;
use entities::{
    ChannelId, Direction, MessageId, PreferenceSource, PreferenceValue, Timestamp, WebhookEffectKind,
    message_version, reaction,
};
use providers::content::Content;
use providers::inbound::{ProviderError, Status, StatusKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One change of a message, as stored with it and, while the message is unknown, instead of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(super) enum Change {
    Status {
        status: StatusKind,
        at: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pricing: Option<Value>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<ProviderError>,
    },
    Edit {
        content: Content,
        at: Timestamp,
    },
    Revoke {
        at: Timestamp,
    },
    Reaction {
        sender: Direction,
        emoji: Option<String>,
        at: Timestamp,
    },
}

impl Change {
    /// What it counts as.
    pub(super) fn effect(&self) -> WebhookEffectKind {
        match self {
            Self::Status { .. } => WebhookEffectKind::StatusRecorded,
            Self::Edit { .. } | Self::Revoke { .. } | Self::Reaction { .. } => {
                WebhookEffectKind::MessageChanged
            }
        }
    }
}

impl Batch<'_> {
    pub(super) fn status(&mut self, channel_id: ChannelId, status: &Status) -> i32 {
        // A reaction has a name of its own at the provider, and is no message here.
        if let Some(message) = status.biz_opaque_callback_data.as_deref().and_then(reaction_of) {
            if status.status == StatusKind::Failed {
                self.failed_reactions.push((message, status.errors.first().cloned().unwrap_or_default()));
            }
            return 0;
        }
        let at = Timestamp::from_seconds(status.timestamp);
        self.resolve_unclear_send(channel_id, status, at);
        let change = Change::Status {
            status: status.status,
            at,
            pricing: status.pricing.clone(),
            error: status.errors.first().cloned(),
        };
        let participant = status.participant.as_deref().unwrap_or_default();
        let effect = format!("status:{}:{participant}", status.status.as_str());
        self.happened(channel_id, &status.wamid, effect, at, &change)
    }

    /// The status carries the id that we sent along: the message went out, whatever became of the call.
    fn resolve_unclear_send(&mut self, channel_id: ChannelId, status: &Status, at: Timestamp) {
        if self.by_wamid.contains_key(&(channel_id, status.wamid.clone())) {
            return;
        }
        let Some(id) = sent_along(status.biz_opaque_callback_data.as_deref()) else { return };
        let ours = |row: &&entities::message::Model| {
            row.channel_id == channel_id && row.direction == Direction::Outbound && row.wamid.is_none()
        };
        if self.messages.get(id).filter(ours).is_none() {
            return;
        }
        if let Some(row) = self.messages.change(id) {
            row.wamid = Some(status.wamid.clone());
            row.error = None;
            StatusTimes { accepted: Some(at), ..StatusTimes::from(&*row) }.show_in(row);
        }
        self.settled.push(id);
        self.message_updated(id);
        self.appeared(channel_id, &status.wamid, id);
    }

    pub(super) fn change_message(&mut self, id: MessageId, change: &Change) {
        match change {
            Change::Status { status, at, pricing, error } => {
                self.change_status(id, *status, *at, pricing.as_ref(), error.as_ref());
            }
            Change::Edit { content, at } => self.edit(id, content, *at),
            Change::Revoke { at } => {
                if let Some(row) = self.messages.change(id) {
                    row.revoked_at = Some(row.revoked_at.map_or(*at, |known| known.min(*at)));
                }
            }
            Change::Reaction { sender, emoji, at } => self.reactions.push(reaction::Model {
                id: self.ids.next(),
                message_id: id,
                sender: *sender,
                emoji: emoji.clone(),
                reacted_at: *at,
                state: None,
                error: None,
            }),
        }
        self.message_updated(id);
    }

    fn change_status(
        &mut self,
        id: MessageId,
        status: StatusKind,
        at: Timestamp,
        pricing: Option<&Value>,
        error: Option<&ProviderError>,
    ) {
        let Some(row) = self.messages.change(id) else { return };
        let mut times = StatusTimes::from(&*row);
        times.record(status, at);
        times.show_in(row);
        if let Some(pricing) = pricing {
            row.pricing = Some(pricing.to_string());
        }
        if let Some(error) = error.filter(|_| status == StatusKind::Failed) {
            row.error = serde_json::to_string(error).ok();
            let (conversation_id, sent_at) = (row.conversation_id, row.sent_at);
            self.failed.push((id, error.code, at));
            if error.code == Some(WINDOW_CLOSED) {
                self.close_window(conversation_id, sent_at);
            }
            let contact = self.conversations.get(conversation_id).map(|row| row.contact_id);
            if let Some(contact) = contact.filter(|_| error.code == Some(OPTED_OUT)) {
                let source = PreferenceSource::ProviderError;
                self.prefers(contact, PreferenceValue::Stop, source, at, Some(id));
            }
        }
    }

    /// The provider says that the window was closed when the message was sent; what the customer wrote since then
    /// opened it again.
    fn close_window(&mut self, id: entities::ConversationId, sent_at: Timestamp) {
        let stale = |row: &&entities::conversation::Model| row.last_inbound_at.is_none_or(|at| at <= sent_at);
        if self.conversations.get(id).filter(stale).is_none() {
            return;
        }
        let now = self.tx.now();
        if let Some(row) = self.conversations.change(id) {
            row.window_closed_by_provider = true;
            row.updated_at = now;
        }
        self.window_closed(id);
    }

    fn edit(&mut self, id: MessageId, content: &Content, at: Timestamp) {
        let version_id = self.ids.next();
        let Some(row) = self.messages.change(id) else { return };
        let text = serde_json::to_string(content).unwrap_or_default();
        let version =
            |content| message_version::Model { id: version_id, message_id: id, content, replaced_at: at };
        // An older edit that comes late is a version between, not the newest.
        if row.edited_at.is_some_and(|newest| newest > at) {
            self.late_edits.push(version(text));
            return;
        }
        row.edited_at = Some(at);
        row.kind = content.kind().to_owned();
        self.versions.push(version(std::mem::replace(&mut row.content, text)));
    }
}
