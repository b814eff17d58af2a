//! A long-lived credential of an integration.

use crate::{ApiTokenId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `api_token`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the whole token, hex. The token itself is shown once and not kept.
    pub token_hash: String,
    /// The token's last four characters, to tell tokens apart.
    pub last_four: String,
    /// JSON list of permission names.
    pub permissions: String,
    /// Its sends count as a person's and switch a conversation to manual mode.
    pub acts_for_people: bool,
    /// The user who made it, and without whom it does nothing; none for one made on the command line.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is refused.
    pub expires_at: Option<Timestamp>,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
    /// From then on it is refused.
    pub revoked_at: Option<Timestamp>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
