//! The people who work the inbox, and the guest who owns what nobody owns.

use crate::{RoleId, Timestamp, UserId, UserKind};
use sea_orm::entity::prelude::*;

/// A row of `user`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// A person, or the one built-in guest.
    pub kind: UserKind,
    /// Lower case and unique; the guest has none.
    pub email: Option<String>,
    /// As shown to colleagues.
    pub name: String,
    /// Argon2id in PHC form; without one there is no login.
    pub password_hash: Option<String>,
    /// What the user may do.
    pub role_id: RoleId,
    /// BCP 47; waiting messages are written in it, and errors explained.
    pub language: Option<String>,
    /// E.164, with its plus.
    pub phone: Option<String>,
    /// The form in which national variants meet; what owner assignment compares.
    pub phone_match_key: Option<String>,
    /// When the user was made.
    pub created_at: Timestamp,
    /// When the user could first log in; none as long as an invitation waits.
    pub joined_at: Option<Timestamp>,
    /// To the minute.
    pub last_seen_at: Option<Timestamp>,
    /// From then on the user can neither log in nor own anything new.
    pub deactivated_at: Option<Timestamp>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
