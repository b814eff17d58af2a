//! One message, inbound or outbound.

use crate::{
    ActorKind, AssistantRunId, ChannelId, ConversationId, Direction, MessageId, MessageStatus, Origin,
    Timestamp,
};
use sea_orm::entity::prelude::*;

/// A row of `message`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// Key; with `sent_at` the order in the conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// Where it stands.
    pub conversation_id: ConversationId,
    /// The conversation's channel; with `wamid` the key of effects.
    pub channel_id: ChannelId,
    /// Who wrote.
    pub direction: Direction,
    /// How it came to be.
    pub origin: Origin,
    /// What kind of actor sent it (outbound).
    pub actor_kind: Option<ActorKind>,
    /// Which user, token or assistant.
    pub actor_id: Option<Uuid>,
    /// The content's kind.
    pub kind: String,
    /// The content as JSON (`providers::content::Content`).
    pub content: String,
    /// Forwarding marks, ad referral and product as JSON, where given.
    pub context: Option<String>,
    /// The provider's id, once there is one.
    pub wamid: Option<String>,
    /// The message that it quotes or answers.
    pub reply_to_wamid: Option<String>,
    /// Shown state of an outbound message; never moves backwards.
    pub status: Option<MessageStatus>,
    /// Provider's time; for a queued message the time it was queued.
    pub sent_at: Timestamp,
    /// When we learnt of it.
    pub received_at: Timestamp,
    /// The provider took it.
    pub accepted_at: Option<Timestamp>,
    /// One tick.
    pub status_sent_at: Option<Timestamp>,
    /// Two ticks.
    pub delivered_at: Option<Timestamp>,
    /// Blue ticks.
    pub read_at: Option<Timestamp>,
    /// The voice note was played.
    pub played_at: Option<Timestamp>,
    /// The provider gave up.
    pub failed_at: Option<Timestamp>,
    /// Why it failed, as JSON (`providers::inbound::ProviderError`).
    pub error: Option<String>,
    /// How the provider holds it back although it took it, in its own word (`held_for_quality_assessment`, `paused`).
    pub hold: Option<String>,
    /// The provider's pricing object, as JSON.
    pub pricing: Option<String>,
    /// The customer's last edit.
    pub edited_at: Option<Timestamp>,
    /// The customer deleted it for everyone.
    pub revoked_at: Option<Timestamp>,
    /// The run of an assistant that wrote it.
    pub run_id: Option<AssistantRunId>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
