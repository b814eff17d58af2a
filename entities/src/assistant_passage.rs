//! A piece of a document that is found as a whole. One behind the other they are its text.

use crate::{AssistantDocumentId, AssistantPassageId};
use sea_orm::entity::prelude::*;

/// A row of `assistant_passage`. Its words are in `assistant_passage_words`, which each store keeps in its own way.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assistant_passage")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssistantPassageId,
    /// Of which document.
    pub document_id: AssistantDocumentId,
    /// From 1.
    pub number: i32,
    /// As it stands in the document, with the white space behind it.
    pub text: String,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
