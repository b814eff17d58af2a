//! What one side thinks of a message.

use crate::{Direction, MessageId, ReactionId, ReactionState, Timestamp};
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
    /// Provider's time; of the business's own, when it was queued.
    pub reacted_at: Timestamp,
    /// How far one that was sent over this service got.
    pub state: Option<ReactionState>,
    /// Why the provider refused it, as JSON (`providers::inbound::ProviderError`).
    pub error: Option<String>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
