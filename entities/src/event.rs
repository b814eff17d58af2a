//! One change, with its place in the one ordered change log.

use crate::{ChannelId, ContactId, ConversationId, EventKind, MessageId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `event`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// The place: without holes, in the order of commit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// What changed.
    pub kind: EventKind,
    /// When, by our clock.
    pub occurred_at: Timestamp,
    /// In which conversation.
    pub conversation_id: Option<ConversationId>,
    /// On which channel.
    pub channel_id: Option<ChannelId>,
    /// Whose.
    pub contact_id: Option<ContactId>,
    /// Which message.
    pub message_id: Option<MessageId>,
    /// Anything else.
    pub subject_id: Option<Uuid>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
