//! One raw webhook body as received.

use crate::{ChannelId, ReceiptState, Timestamp, WebhookReceiptId};
use sea_orm::entity::prelude::*;

/// A row of `webhook_receipt`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_receipt")]
pub struct Model {
    /// Key; receipts are applied in its order.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookReceiptId,
    /// When its signature was found right.
    pub received_at: Timestamp,
    /// The channel named in the path, for deployments with several apps.
    pub channel_id: Option<ChannelId>,
    /// What became of it.
    pub state: ReceiptState,
    /// Times that it was tried.
    pub attempts: i32,
    /// Changes that it made; a repeated body makes none.
    pub effects: i32,
    /// The same by kind: a JSON object. None before it was tried.
    pub report: Option<String>,
    /// The webhook fields inside, comma-separated.
    pub fields: Option<String>,
    /// Why it (or a part of it) could not be applied, without the customer's text.
    pub error: Option<String>,
    /// The bytes that were signed.
    pub body: Vec<u8>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
