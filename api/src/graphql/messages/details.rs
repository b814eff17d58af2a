//! The parts of a message.

use super::MessageDirection;
use super::error::MessageError;
use crate::graphql::content::MessageContent;
use crate::graphql::context::Reader;
use crate::graphql::errors::Result;
use crate::graphql::load::{self, Related};
use crate::graphql::scalars::DateTime;
use crate::graphql::users::{User, UserPlan};
use async_graphql::{Context, Enum, Object, SimpleObject};
use entities::{UserId, message, message_version, reaction};
use serde::Deserialize;

/// What kind of actor did something.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ActorKind")]
pub(in crate::graphql) enum ActorKind {
    /// A person.
    User,
    /// An integration with an API token.
    ApiToken,
    /// An assistant.
    Assistant,
    /// The service itself.
    System,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct MessageActor {
    pub(super) kind: entities::ActorKind,
    pub(super) user_id: Option<UserId>,
    pub(super) user: Related<User>,
}

/// Who sent a message over this service.
#[Object]
impl MessageActor {
    /// What kind of actor it is.
    async fn kind(&self) -> ActorKind {
        self.kind.into()
    }

    /// Which person. Null for other kinds.
    async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            let Some(id) = self.user_id else { return Ok(None) };
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), id).await
        };
        self.user.or_read(read).await
    }
}

/// When an outbound message reached each state. They may be set in any order, and some never are.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct MessageStatusTimes {
    /// WhatsApp took it, by this service's clock.
    accepted_at: Option<DateTime>,
    /// It was on WhatsApp's servers: one tick.
    sent_at: Option<DateTime>,
    /// It was on the customer's device: two ticks.
    delivered_at: Option<DateTime>,
    /// The customer saw it: blue ticks.
    read_at: Option<DateTime>,
    /// The customer played the voice note.
    played_at: Option<DateTime>,
    /// WhatsApp refused it or gave up.
    failed_at: Option<DateTime>,
}

impl MessageStatusTimes {
    pub(super) fn of(row: &message::Model) -> Self {
        Self {
            accepted_at: row.accepted_at.map(DateTime),
            sent_at: row.status_sent_at.map(DateTime),
            delivered_at: row.delivered_at.map(DateTime),
            read_at: row.read_at.map(DateTime),
            played_at: row.played_at.map(DateTime),
            failed_at: row.failed_at.map(DateTime),
        }
    }
}

/// How far a reaction of the business got.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ReactionState")]
pub(in crate::graphql) enum ReactionState {
    /// Not handed to WhatsApp yet.
    Queued,
    /// WhatsApp took it.
    Sent,
    /// WhatsApp refused it; `error` says why.
    Failed,
}

/// What one side thinks of a message.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct Reaction {
    /// One emoji.
    emoji: String,
    /// Whose it is: `INBOUND` is the customer's, `OUTBOUND` the business's.
    sender: MessageDirection,
    /// When, by WhatsApp's time.
    reacted_at: DateTime,
    /// How far one that was sent over this service got. Null for the customer's, and for those from the business's phone.
    state: Option<ReactionState>,
    /// Why it was not delivered. Null unless it failed.
    error: Option<MessageError>,
}

impl Reaction {
    /// None if it was taken back.
    pub(super) fn of(row: reaction::Model) -> Option<Self> {
        Some(Self {
            emoji: row.emoji?,
            sender: row.sender.into(),
            reacted_at: row.reacted_at.into(),
            state: row.state.map(Into::into),
            error: row.error.as_deref().map(MessageError::from_stored),
        })
    }
}

/// What a message said before an edit.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct MessageVersion {
    /// What it said.
    content: MessageContent,
    /// When the edit replaced it, by WhatsApp's time.
    replaced_at: DateTime,
}

impl MessageVersion {
    pub(super) fn of(row: &message_version::Model, hidden: bool) -> Self {
        let content = MessageContent::from_stored(&row.content, hidden);
        Self { content, replaced_at: row.replaced_at.into() }
    }
}

/// What WhatsApp charges for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, SimpleObject)]
#[serde(default)]
pub(super) struct MessagePricing {
    /// Whether it costs anything.
    billable: Option<bool>,
    /// The rate that applies: `marketing`, `utility`, `authentication`, `service`, `referral_conversion` or one that
    /// Meta adds.
    category: Option<String>,
    /// How Meta counts: `PMP` is by message, `CBP` was by conversation.
    pricing_model: Option<String>,
    /// Whether it is charged: `regular`, or why it is free.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    kind: Option<String>,
}

impl MessagePricing {
    /// None if the provider's object has another shape.
    pub(super) fn from_stored(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}
