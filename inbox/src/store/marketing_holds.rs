//! Until when contacts and channels get no marketing, because the provider refused some.

use crate::domain::marketing::Wishes;
use crate::error::Result;
use entities::{ChannelId, ContactId, Timestamp, contact, marketing_hold};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use std::collections::HashMap;
use uuid::Uuid;

/// Until when each of these contacts and channels is held.
#[derive(Clone, Debug, Default)]
pub struct Holds(HashMap<Uuid, Timestamp>);

impl Holds {
    /// Until when a contact is.
    #[must_use]
    pub fn of_contact(&self, id: ContactId) -> Option<Timestamp> {
        self.0.get(&id.0).copied()
    }

    /// Until when a channel is.
    #[must_use]
    pub fn of_channel(&self, id: ChannelId) -> Option<Timestamp> {
        self.0.get(&id.0).copied()
    }

    /// What the rules look at.
    #[must_use]
    pub fn wishes(&self, contact: &contact::Model, channel: ChannelId) -> Wishes {
        Wishes {
            opted_out: contact.marketing_opted_out_at.is_some(),
            contact_held_until: self.of_contact(contact.id),
            channel_held_until: self.of_channel(channel),
        }
    }
}

/// The holds on these contacts and channels.
///
/// # Errors
/// If the database refuses.
pub async fn of<C: ConnectionTrait>(
    db: &C,
    contacts: impl IntoIterator<Item = ContactId>,
    channels: impl IntoIterator<Item = ChannelId>,
) -> Result<Holds> {
    let subjects = contacts.into_iter().map(|id| id.0).chain(channels.into_iter().map(|id| id.0));
    let rows = marketing_hold::Entity::find()
        .filter(marketing_hold::Column::SubjectId.is_in(subjects))
        .all(db)
        .await?;
    Ok(Holds(rows.into_iter().map(|row| (row.subject_id, row.until)).collect()))
}

/// Holds a contact or a channel, unless it is held for longer. Returns whether it is held for longer now than before.
///
/// # Errors
/// If the database refuses.
pub async fn hold<C: ConnectionTrait>(db: &C, row: marketing_hold::Model) -> Result<bool> {
    let until = row.until;
    let shorter = Expr::col((marketing_hold::Entity, marketing_hold::Column::Until)).lt(until.0);
    let mut longer = OnConflict::column(marketing_hold::Column::SubjectId);
    longer.update_columns([marketing_hold::Column::Until, marketing_hold::Column::Code]);
    longer.action_and_where(shorter);
    let written = marketing_hold::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(longer)
        .exec_without_returning(db)
        .await?;
    Ok(written > 0)
}

/// Ends the hold on a contact.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, contact: ContactId) -> Result<()> {
    marketing_hold::Entity::delete_by_id(contact.0).exec(db).await?;
    Ok(())
}

/// Lets a contact have the hold on another, who becomes a part of it.
pub(crate) async fn hand_over<C: ConnectionTrait>(db: &C, from: ContactId, to: ContactId) -> Result<()> {
    if let Some(row) = marketing_hold::Entity::find_by_id(from.0).one(db).await? {
        hold(db, marketing_hold::Model { subject_id: to.0, ..row }).await?;
        remove(db, from).await?;
    }
    Ok(())
}
