//! Until when a channel or a contact gets no marketing, because the provider refused some.

use crate::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `marketing_hold`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "marketing_hold")]
pub struct Model {
    /// The channel's or the contact's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// The provider's code.
    pub code: i32,
    /// No marketing before then.
    pub until: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
