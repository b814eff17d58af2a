//! A message that waits for its time.

use crate::{ChannelId, MessageId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `scheduled_message`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scheduled_message")]
pub struct Model {
    /// The message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    /// Over which number.
    pub channel_id: ChannelId,
    /// When to send it.
    pub send_at: Timestamp,
    /// What to send instead if only templates are allowed then: content as JSON (`providers::content::Content`).
    pub fallback: Option<String>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
