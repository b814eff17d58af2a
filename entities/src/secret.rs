//! One secret of the deployment or of a channel, sealed (`inbox::vault`).

use crate::{Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `secret`.
#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "secret")]
pub struct Model {
    /// What it is and whose: `setting:accessToken`, `channel.accessToken:{id}`. It is sealed for this place.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: String,
    /// The secret itself.
    pub sealed: Vec<u8>,
    /// Its end, for people to know it by; empty for a short one.
    pub last_four: String,
    /// When it was set.
    pub updated_at: Timestamp,
    /// By whom; none by Recado itself.
    pub updated_by: Option<UserId>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("secret::Model").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
