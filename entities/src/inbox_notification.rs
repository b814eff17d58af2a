//! What a person was told about new messages.

use crate::{InboxNotificationId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `inbox_notification`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox_notification")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InboxNotificationId,
    /// Who is told.
    pub user_id: UserId,
    /// Unread messages in all conversations that are theirs to answer.
    pub unread_messages: i64,
    /// In how many conversations.
    pub unread_conversations: i64,
    /// How many of them are new.
    pub new_messages: i64,
    /// The conversations with new ones: JSON list of ids, the first hundred.
    pub conversations: String,
    /// When it was told.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
