//! A send that waits, runs, or ended unclear.

use crate::{ChannelId, ConversationId, MessageId, NodeId, OutboxId, OutboxState, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `outbox`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// Key; the order of sending.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutboxId,
    /// What is sent.
    pub message_id: MessageId,
    /// Sends of one conversation go one after the other.
    pub conversation_id: ConversationId,
    /// Whose lease sends it.
    pub channel_id: ChannelId,
    /// Where it stands.
    pub state: OutboxState,
    /// Calls made so far.
    pub attempts: i32,
    /// Wait until then.
    pub not_before: Timestamp,
    /// The node that makes the call.
    pub claimed_by: Option<NodeId>,
    /// Since when.
    pub claimed_at: Option<Timestamp>,
    /// Why the last try failed, as JSON.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
