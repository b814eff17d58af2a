//! A call to the provider that is no message and may be repeated: a read receipt, a reaction, a block.

use crate::{ChannelId, ProviderTaskId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `provider_task`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_task")]
pub struct Model {
    /// Key: changes when a newer task takes the place of this one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProviderTaskId,
    /// Over which number.
    pub channel_id: ChannelId,
    /// What it is about; of one subject on a channel only the newest task counts.
    pub subject: String,
    /// What to do, as JSON.
    pub payload: String,
    /// Calls so far.
    pub attempts: i32,
    /// Not earlier than this.
    pub not_before: Timestamp,
    /// Why the last call did not do it, as JSON (`providers::inbound::ProviderError`).
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
