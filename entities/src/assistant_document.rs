//! A text that an assistant may look things up in. It is kept in passages.

use crate::{AssistantDocumentId, AssistantId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `assistant_document`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assistant_document")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssistantDocumentId,
    /// Whose.
    pub assistant_id: AssistantId,
    /// For people and the model.
    pub title: String,
    /// Where it comes from, for customers.
    pub source_url: Option<String>,
    /// SHA-256 of the text, in hex.
    pub text_hash: String,
    /// Length of the text, in bytes.
    pub text_bytes: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
