//! What contacts want of marketing: a ledger to which rows are only added.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::reach;
use entities::{ContactId, PreferenceValue, contact, marketing_preference};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder,
};

/// Adds a row, unless it is there, and lets the contact follow it if none is newer. Returns whether the contact follows
/// it now.
///
/// # Errors
/// If the database refuses.
pub async fn record<C: ConnectionTrait>(db: &C, row: marketing_preference::Model) -> Result<bool> {
    use marketing_preference::Column;
    let (contact, at) = (row.contact_id, row.occurred_at);
    let opted_out_at = (row.value == PreferenceValue::Stop).then_some(at);
    let same = [Column::ContactId, Column::OccurredAt, Column::Source, Column::Value];
    marketing_preference::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::columns(same).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    let older = Condition::any()
        .add(contact::Column::MarketingPreferenceAt.is_null())
        .add(contact::Column::MarketingPreferenceAt.lte(at));
    let followed = contact::Entity::update_many()
        .set(contact::ActiveModel {
            marketing_opted_out_at: Set(opted_out_at),
            marketing_preference_at: Set(Some(at)),
            ..Default::default()
        })
        .filter(contact::Column::Id.eq(contact))
        .filter(older)
        .exec(db)
        .await?;
    Ok(followed.rows_affected == 1)
}

/// What these contacts said, each contact's newest first.
///
/// # Errors
/// If the database refuses.
pub async fn of_contacts<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<marketing_preference::Model>> {
    Ok(marketing_preference::Entity::find()
        .filter(reach::of_contact(reach, marketing_preference::Column::ContactId))
        .filter(marketing_preference::Column::ContactId.is_in(contacts))
        .order_by_desc(marketing_preference::Column::OccurredAt)
        .order_by_desc(marketing_preference::Column::Id)
        .all(db)
        .await?)
}
