//! A word that people put on a conversation.

use crate::ConversationId;
use sea_orm::entity::prelude::*;

/// A row of `conversation_tag`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation_tag")]
pub struct Model {
    /// On what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// In its normal form.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tag: String,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
