//! The name under which an outside identity provider knows a user.

use crate::{Timestamp, UserId, UserIdentityId};
use sea_orm::entity::prelude::*;

/// A row of `user_identity`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_identity")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserIdentityId,
    /// Who.
    pub user_id: UserId,
    /// The provider, as its tokens name it (`iss`). Unique together with the subject.
    pub issuer: String,
    /// Its name of the user (`sub`).
    pub subject: String,
    /// When the two were linked.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
