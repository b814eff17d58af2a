//! What was written once to be sent many times.

use crate::{SavedMessageId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `saved_message`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_message")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SavedMessageId,
    /// Unique, shown to people.
    pub name: String,
    /// In which language it is written, BCP 47.
    pub language: Option<String>,
    /// The kind of the content that it becomes.
    pub kind: String,
    /// What to send, as JSON (`inbox::services::send::Draft`).
    pub draft: String,
    /// Which user wrote it; none for integrations.
    pub created_by: Option<UserId>,
    /// Which user changed it last; none for integrations.
    pub updated_by: Option<UserId>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
