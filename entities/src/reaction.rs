//! What one side thinks of a message.

use crate::{Direction, MessageId, ReactionId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `reaction`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reaction")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReactionId,
    /// The message.
    pub message_id: MessageId,
    /// Whose reaction: the customer's (inbound) or the business's (outbound).
    pub sender: Direction,
    /// None once it was taken back.
    pub emoji: Option<String>,
    /// Provider's time.
    pub reacted_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
