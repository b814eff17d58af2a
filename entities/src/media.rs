//! A file of a message.

use crate::{ChannelId, MediaId, MediaState, MessageId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `media`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// Whose file.
    pub message_id: MessageId,
    /// Where the provider keeps it.
    pub channel_id: ChannelId,
    /// Whether we have it.
    pub state: MediaState,
    /// The provider's id; inbound ids die after 7 days.
    pub provider_id: Option<String>,
    /// As announced.
    pub mime_type: Option<String>,
    /// As announced, lower-case hex.
    pub sha256: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
    /// A document's name.
    pub file_name: Option<String>,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
