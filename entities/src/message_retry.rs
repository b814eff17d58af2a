//! A message that was sent again as another one.

use crate::MessageId;
use sea_orm::entity::prelude::*;

/// A row of `message_retry`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_retry")]
pub struct Model {
    /// The message that failed, or whose outcome was not known.
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    /// The message that was sent in its place.
    pub retry_id: MessageId,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
