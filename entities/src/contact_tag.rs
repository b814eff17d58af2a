//! A word that people put on a contact.

use crate::ContactId;
use sea_orm::entity::prelude::*;

/// A row of `contact_tag`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_tag")]
pub struct Model {
    /// On whom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub contact_id: ContactId,
    /// In its normal form.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tag: String,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
