//! A webhook body's row without the body, which may have 3 MiB: for lists.

use crate::{ChannelId, ReceiptState, Timestamp, WebhookReceiptId};
use sea_orm::entity::prelude::*;

/// A row of `webhook_receipt`; see [`crate::webhook_receipt`].
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_receipt")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookReceiptId,
    /// When its signature was found right.
    pub received_at: Timestamp,
    /// The channel named in the path.
    pub channel_id: Option<ChannelId>,
    /// What became of it.
    pub state: ReceiptState,
    /// Times that it was tried.
    pub attempts: i32,
    /// What it changed, by kind: a JSON object.
    pub report: Option<String>,
    /// The webhook fields inside, comma-separated.
    pub fields: Option<String>,
    /// Why it (or a part of it) could not be applied.
    pub error: Option<String>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
