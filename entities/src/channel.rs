//! One sender: a WhatsApp number on one provider.

use crate::{ChannelId, ChannelState, Provider, ReadReceipts, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `channel`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChannelId,
    /// As shown to people.
    pub name: String,
    /// Who carries its messages.
    pub provider: Provider,
    /// Whether it sends.
    pub state: ChannelState,
    /// Sends that name no channel use it. At most one is.
    pub is_default: bool,
    /// Meta's id of the number; what routes webhooks here.
    pub phone_number_id: Option<String>,
    /// Meta's id of the WhatsApp Business Account.
    pub business_account_id: Option<String>,
    /// Meta's id of the app that it is connected through; none for the deployment's.
    pub app_id: Option<String>,
    /// The number as people read it.
    pub display_phone_number: Option<String>,
    /// Meta's throughput: 80, or 20 for numbers shared with the phone app.
    pub messages_per_second: i32,
    /// When customers see that their messages were read.
    pub read_receipts: ReadReceipts,
    /// When it was connected.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
