//! One name under which a provider knows a contact.

use crate::{ContactId, ContactIdentityId, IdentityKind, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `contact_identity`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact_identity")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactIdentityId,
    /// Whose.
    pub contact_id: ContactId,
    /// Phone or business-scoped user id.
    pub kind: IdentityKind,
    /// The business portfolio of a BSUID; empty where there is only one, and for phones.
    pub scope: String,
    /// Exactly as the provider gave it: the address to reply to.
    pub value: String,
    /// What look-ups compare: for phones the form in which national variants meet.
    pub match_key: String,
    /// When it was learnt.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
