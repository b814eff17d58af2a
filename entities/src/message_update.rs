//! Something that happened to a message: status, edit, revoke, reaction. Unique for good, and parked until the message is known.

use crate::{ChannelId, MessageId, MessageUpdateId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `message_update`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_update")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageUpdateId,
    /// On which channel.
    pub channel_id: ChannelId,
    /// The message it happened to.
    pub wamid: String,
    /// What makes it unique: `status:read:<participant>`, or the id of the edit, revoke or reaction.
    pub effect: String,
    /// What to apply, as JSON.
    pub payload: String,
    /// Provider's time.
    pub occurred_at: Timestamp,
    /// The message it was applied to; none while it is parked.
    pub message_id: Option<MessageId>,
    /// When we learnt of it.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
