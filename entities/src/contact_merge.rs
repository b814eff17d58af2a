//! That two contacts became one.

use crate::{ActorKind, ContactId, ContactMergeId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `contact_merge`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_merge")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactMergeId,
    /// Who stayed.
    pub contact_id: ContactId,
    /// Who went: the id that it had.
    pub source_id: ContactId,
    /// What it was, as JSON.
    pub source: String,
    /// When.
    pub merged_at: Timestamp,
    /// What kind of actor did it.
    pub actor_kind: ActorKind,
    /// Which one.
    pub actor_id: Option<Uuid>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
