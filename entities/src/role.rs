//! What the people and tokens that hold it may do.

use crate::{AssistantId, RoleId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `role`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RoleId,
    /// Unique, shown to administrators.
    pub name: String,
    /// What it is for, in an administrator's words.
    pub description: Option<String>,
    /// JSON list of permission names.
    pub permissions: String,
    /// The assistant of new contacts whose owner holds this role.
    pub default_assistant_id: Option<AssistantId>,
    /// Made by the system: cannot be deleted.
    pub built_in: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
