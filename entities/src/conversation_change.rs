//! A line of a conversation's timeline: a change of who may answer, or of where the conversation stands.

use crate::{
    ActorKind, AssistantId, ChangeCause, ConversationChangeId, ConversationChangeKind, ConversationId,
    MessageId, Mode, Timestamp, UserId,
};
use sea_orm::entity::prelude::*;

/// A row of `conversation_change`. It has the whole state after the change, so that the state at any moment is that of the
/// last row before it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation_change")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationChangeId,
    /// Whose.
    pub conversation_id: ConversationId,
    /// What changed.
    pub kind: ConversationChangeKind,
    /// Why.
    pub cause: ChangeCause,
    /// When, by our clock.
    pub occurred_at: Timestamp,
    /// Who did it; none for the customer and for the business's phone.
    pub actor_kind: Option<ActorKind>,
    /// Which user, token or assistant.
    pub actor_id: Option<Uuid>,
    /// The message that was the cause.
    pub message_id: Option<MessageId>,
    /// The owner after it.
    pub owner_id: UserId,
    /// The mode after it.
    pub mode: Mode,
    /// The assistant after it.
    pub assistant_id: Option<AssistantId>,
    /// Whether the assistant was active after it.
    pub assistant_active: bool,
    /// Whether it was archived after it.
    pub archived: bool,
    /// The epoch after it.
    pub control_epoch: i64,
    /// Why an assistant handed off.
    pub reason: Option<String>,
    /// What the assistant tells its colleagues.
    pub summary: Option<String>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
