//! What a customer wrote in automatic mode and nobody has answered yet: at most one for each conversation.

use crate::{ConversationId, MessageId, NodeId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `turn`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "turn")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// The newest message of the customer.
    pub last_message_id: MessageId,
    /// When the first message that waits came.
    pub begun_at: Timestamp,
    /// Not before then: the customer may still be writing.
    pub due_at: Timestamp,
    /// How often it was begun and broke off.
    pub attempts: i32,
    /// How often an answer was thrown away because the customer wrote again.
    pub superseded: i32,
    /// The node that works on it.
    pub claimed_by: Option<NodeId>,
    /// Until when that counts.
    pub claimed_until: Option<Timestamp>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
