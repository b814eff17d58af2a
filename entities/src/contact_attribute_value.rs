//! What is known of one contact.

use crate::{ContactAttributeId, ContactId};
use sea_orm::entity::prelude::*;

/// A row of `contact_attribute_value`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_attribute_value")]
pub struct Model {
    /// Of whom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub contact_id: ContactId,
    /// What.
    #[sea_orm(primary_key, auto_increment = false)]
    pub attribute_id: ContactAttributeId,
    /// In the normal form of its kind.
    pub value: String,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
