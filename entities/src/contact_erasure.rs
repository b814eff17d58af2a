//! That a person is being erased, or was.

use crate::{ActorKind, ContactId, ErasureId, ErasureState, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `contact_erasure`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_erasure")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ErasureId,
    /// The id that the contact had.
    pub contact_id: ContactId,
    /// How far it got.
    pub state: ErasureState,
    /// Where to go on and what to look for, as JSON; none once it is done.
    pub progress: Option<String>,
    /// How many things of each kind were removed, as JSON.
    pub removed: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// What kind of actor asked.
    pub actor_kind: ActorKind,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
