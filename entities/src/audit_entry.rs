//! Who changed what about users, roles and tokens.

use crate::{ActorKind, AuditAction, AuditEntryId, AuditSubjectKind, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `audit_entry`. Rows are written with what they tell of, and never changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// When.
    pub occurred_at: Timestamp,
    /// What kind of actor it was.
    pub actor_kind: ActorKind,
    /// Which user or token; none for the system.
    pub actor_id: Option<Uuid>,
    /// What was done.
    pub action: AuditAction,
    /// To what kind of thing.
    pub subject_kind: AuditSubjectKind,
    /// To which thing.
    pub subject_id: Uuid,
    /// JSON list of `{field, before, after}`; the values only of fields that are nobody's personal data and no secret.
    pub changes: String,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
