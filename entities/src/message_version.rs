//! What a message said before an edit.

use crate::{MessageId, MessageVersionId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `message_version`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_version")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageVersionId,
    /// Which message.
    pub message_id: MessageId,
    /// The content as JSON.
    pub content: String,
    /// Provider's time of the edit.
    pub replaced_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
