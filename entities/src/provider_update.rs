//! A change of account, template or anything else that the provider announced and that is kept as it came.

use crate::{ChannelId, ProviderUpdateId, Timestamp, WebhookReceiptId};
use sea_orm::entity::prelude::*;

/// A row of `provider_update`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_update")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProviderUpdateId,
    /// SHA-256 of what was announced, hex: the same announcement twice is one.
    pub content_hash: String,
    /// How it came.
    pub receipt_id: WebhookReceiptId,
    /// Of which channel, where it says.
    pub channel_id: Option<ChannelId>,
    /// The WABA or business portfolio.
    pub entry_id: String,
    /// The webhook field.
    pub field: String,
    /// The payload, as JSON.
    pub value: String,
    /// Provider's time, or ours where it gives none.
    pub occurred_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
