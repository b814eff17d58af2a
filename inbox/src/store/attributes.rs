//! What a business wants to know of its contacts, and what it knows.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::{Tx, reach};
use entities::{ContactAttributeId, ContactId, contact_attribute, contact_attribute_value};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

/// All attributes, by their keys. There are few.
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(db: &C, reach: Reach) -> Result<Vec<contact_attribute::Model>> {
    Ok(contact_attribute::Entity::find()
        .filter(reach::shared(reach))
        .order_by_asc(contact_attribute::Column::Key)
        .all(db)
        .await?)
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = ContactAttributeId>,
) -> Result<Vec<contact_attribute::Model>> {
    Ok(contact_attribute::Entity::find()
        .filter(reach::shared(reach))
        .filter(contact_attribute::Column::Id.is_in(ids))
        .all(db)
        .await?)
}

/// An attribute, locked until commit.
///
/// # Errors
/// If the database refuses.
pub async fn lock(tx: &Tx, id: ContactAttributeId) -> Result<Option<contact_attribute::Model>> {
    let query = contact_attribute::Entity::find_by_id(id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C) -> Result<u64> {
    Ok(contact_attribute::Entity::find().count(db).await?)
}

/// Whether an attribute has this key.
///
/// # Errors
/// If the database refuses.
pub async fn has_key<C: ConnectionTrait>(db: &C, key: &str) -> Result<bool> {
    let found = contact_attribute::Entity::find().filter(contact_attribute::Column::Key.eq(key));
    Ok(found.one(db).await?.is_some())
}

/// A new attribute.
///
/// # Errors
/// If the database refuses: the key may be taken.
pub async fn insert<C: ConnectionTrait>(db: &C, row: contact_attribute::Model) -> Result<()> {
    contact_attribute::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes an attribute over.
///
/// # Errors
/// If the database refuses.
pub async fn save<C: ConnectionTrait>(db: &C, row: contact_attribute::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Removes an attribute with all that is known by it. Returns of how many contacts.
///
/// # Errors
/// If the database refuses.
pub async fn delete<C: ConnectionTrait>(db: &C, id: ContactAttributeId) -> Result<u64> {
    let of_this = contact_attribute_value::Column::AttributeId.eq(id);
    let values = contact_attribute_value::Entity::delete_many().filter(of_this).exec(db).await?;
    contact_attribute::Entity::delete_by_id(id).exec(db).await?;
    Ok(values.rows_affected)
}

/// Whether a contact has one of these values.
///
/// # Errors
/// If the database refuses.
pub async fn in_use<C: ConnectionTrait>(db: &C, id: ContactAttributeId, values: &[String]) -> Result<bool> {
    let found = contact_attribute_value::Entity::find()
        .filter(contact_attribute_value::Column::AttributeId.eq(id))
        .filter(contact_attribute_value::Column::Value.is_in(values))
        .one(db)
        .await?;
    Ok(found.is_some())
}

/// What is known of these contacts.
///
/// # Errors
/// If the database refuses.
pub async fn values<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<contact_attribute_value::Model>> {
    Ok(contact_attribute_value::Entity::find()
        .filter(reach::of_contact(reach, contact_attribute_value::Column::ContactId))
        .filter(contact_attribute_value::Column::ContactId.is_in(contacts))
        .all(db)
        .await?)
}

/// Writes down what is known of a contact, or that it is not known any more.
///
/// # Errors
/// If the database refuses.
pub async fn set_value<C: ConnectionTrait>(
    db: &C,
    contact: ContactId,
    attribute: ContactAttributeId,
    value: Option<String>,
) -> Result<()> {
    use contact_attribute_value::{ActiveModel, Column, Entity, Model};
    let Some(value) = value else {
        Entity::delete_by_id((contact, attribute)).exec(db).await?;
        return Ok(());
    };
    let row: ActiveModel = Model { contact_id: contact, attribute_id: attribute, value }.into_active_model();
    let write_over =
        OnConflict::columns([Column::ContactId, Column::AttributeId]).update_column(Column::Value).to_owned();
    Entity::insert(row.reset_all()).on_conflict(write_over).exec_without_returning(db).await?;
    Ok(())
}
