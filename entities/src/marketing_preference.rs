//! That a contact wanted marketing messages, or wanted no more of them. Never changed: the newest counts.

use crate::{
    ActorKind, ContactId, MarketingPreferenceId, MessageId, PreferenceSource, PreferenceValue, Timestamp,
};
use sea_orm::entity::prelude::*;

/// A row of `marketing_preference`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "marketing_preference")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MarketingPreferenceId,
    /// Whose.
    pub contact_id: ContactId,
    /// No more of them, or again.
    pub value: PreferenceValue,
    /// How we know.
    pub source: PreferenceSource,
    /// When it was said: the provider's time where it said so.
    pub occurred_at: Timestamp,
    /// What kind of actor wrote it down; none if the contact said it.
    pub actor_kind: Option<ActorKind>,
    /// Which one.
    pub actor_id: Option<Uuid>,
    /// The message that said so, or that was refused.
    pub message_id: Option<MessageId>,
    /// When we learnt of it.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
