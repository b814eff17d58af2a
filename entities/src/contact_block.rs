//! What the provider made of a block of a contact, or of its end.

use crate::{BlockState, ChannelId, ContactId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `contact_block`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_block")]
pub struct Model {
    /// Who is blocked.
    #[sea_orm(primary_key, auto_increment = false)]
    pub contact_id: ContactId,
    /// On which channel.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel_id: ChannelId,
    /// Blocked, or let through again.
    pub blocked: bool,
    /// What became of it.
    pub state: BlockState,
    /// Why the provider refused, as JSON (`providers::inbound::ProviderError`).
    pub error: Option<String>,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
