//! A file of a message, or one that waits to be sent.

use crate::{ChannelId, MediaFailure, MediaId, MediaState, MessageId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `media`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MediaId,
    /// Whose file; none as long as no message has it.
    pub message_id: Option<MessageId>,
    /// Which of the message's files, from 0.
    pub slot: i32,
    /// Where the provider keeps it.
    pub channel_id: Option<ChannelId>,
    /// Whether we have it.
    pub state: MediaState,
    /// The provider's id; inbound ids die after 7 days.
    pub provider_id: Option<String>,
    /// As announced; corrected by the content where that is something else.
    pub mime_type: Option<String>,
    /// As announced, lower-case hex.
    pub sha256: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
    /// A document's name.
    pub file_name: Option<String>,
    /// The content, once stored.
    pub blob_sha256: Option<String>,
    /// Tries to fetch it so far. Whoever tries raises it, so that it names the try.
    pub attempts: i32,
    /// When it may be fetched next; during a try, until when it is nobody else's.
    pub not_before: Timestamp,
    /// What went wrong with the last try.
    pub failure: Option<MediaFailure>,
    /// The user or the API token that sent it to us; none for the provider's.
    pub uploaded_by: Option<Uuid>,
    /// Whether it stays although no message has it.
    pub kept: bool,
    /// When it was announced, or sent to us.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
