//! A person who writes, or is written to.

use crate::{AssistantId, ContactId, Timestamp, UserId};
use sea_orm::entity::prelude::*;

/// A row of `contact`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "contact")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactId,
    /// The name that the business gave.
    pub name: Option<String>,
    /// The name on the person's WhatsApp profile.
    pub profile_name: Option<String>,
    /// WhatsApp username: a label, never a key.
    pub username: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// Who answers for the contact; new conversations start with this owner.
    pub owner_id: UserId,
    /// The assistant that new conversations start with.
    pub assistant_id: Option<AssistantId>,
    /// The person stopped marketing messages.
    pub marketing_opted_out_at: Option<Timestamp>,
    /// Provider's time of the newest preference, so that late ones change nothing.
    pub marketing_preference_at: Option<Timestamp>,
    /// Blocked by the business.
    pub blocked_at: Option<Timestamp>,
    /// When the contact was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
