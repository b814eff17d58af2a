//! What lets a person choose a password, once.

use crate::{InvitationId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `invitation`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    /// Who is invited. A user has one invitation at most: a new one takes the place of the old.
    #[sea_orm(unique)]
    pub user_id: UserId,
    /// SHA-256 of the token, hex. The token itself is shown once and not kept.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
