//! Something that a business wants to know of its contacts.

use crate::{AttributeKind, ContactAttributeId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `contact_attribute`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_attribute")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactAttributeId,
    /// Unique; the name in files and programs.
    pub key: String,
    /// The name for people.
    pub label: String,
    /// What its values are.
    pub kind: AttributeKind,
    /// The values to choose from, as a JSON list; empty for other kinds.
    pub choices: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
