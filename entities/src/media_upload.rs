//! A content that the provider was given, to be sent without giving it again.

use crate::{ChannelId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `media_upload`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media_upload")]
pub struct Model {
    /// Which content; with the channel the key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub blob_sha256: String,
    /// The number that may send it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel_id: ChannelId,
    /// The provider's id.
    pub provider_id: String,
    /// When it was given.
    pub uploaded_at: Timestamp,
    /// When the id dies.
    pub expires_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
