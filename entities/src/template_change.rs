//! Something that became of a template.

use crate::{TemplateChangeId, TemplateChangeSource, TemplateId, TemplateProperty, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `template_change`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "template_change")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TemplateChangeId,
    /// Of which template.
    pub template_id: TemplateId,
    /// What changed.
    pub property: TemplateProperty,
    /// What it was, in Meta's word. None for contents, and for what was not known.
    pub old_value: Option<String>,
    /// What it is.
    pub new_value: Option<String>,
    /// Why, in Meta's words.
    pub reason: Option<String>,
    /// How we know.
    pub source: TemplateChangeSource,
    /// Provider's time, or ours where it gives none.
    pub occurred_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
