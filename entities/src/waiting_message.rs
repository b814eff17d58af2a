//! What customers read while they wait for a person, where it was changed here.

use crate::{Timestamp, UserId, WaitingMessageVariant};
use sea_orm::entity::prelude::*;

/// A row of `waiting_message`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waiting_message")]
pub struct Model {
    /// BCP 47.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// When it is sent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant: WaitingMessageVariant,
    /// What it says.
    pub body: String,
    /// Last change.
    pub updated_at: Timestamp,
    /// Which user changed it; none for integrations.
    pub updated_by: Option<UserId>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
