//! What customers read while they wait, where it was changed here.

use crate::error::Result;
use entities::{WaitingMessageVariant, waiting_message};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

/// All texts that were changed.
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<waiting_message::Model>> {
    Ok(waiting_message::Entity::find()
        .order_by_asc(waiting_message::Column::Language)
        .order_by_asc(waiting_message::Column::Variant)
        .all(db)
        .await?)
}

/// Those of these languages.
///
/// # Errors
/// If the database refuses.
pub async fn of<C: ConnectionTrait>(
    db: &C,
    languages: &[String],
    variant: WaitingMessageVariant,
) -> Result<Vec<waiting_message::Model>> {
    Ok(waiting_message::Entity::find()
        .filter(waiting_message::Column::Language.is_in(languages.iter().map(String::as_str)))
        .filter(waiting_message::Column::Variant.eq(variant))
        .all(db)
        .await?)
}

/// Writes a text over.
///
/// # Errors
/// If the database refuses.
pub async fn save<C: ConnectionTrait>(db: &C, row: waiting_message::Model) -> Result<()> {
    use waiting_message::Column;
    let again = OnConflict::columns([Column::Language, Column::Variant])
        .update_columns([Column::Body, Column::UpdatedAt, Column::UpdatedBy])
        .to_owned();
    waiting_message::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Lets the shipped text count again.
///
/// # Errors
/// If the database refuses.
pub async fn remove<C: ConnectionTrait>(
    db: &C,
    language: &str,
    variant: WaitingMessageVariant,
) -> Result<()> {
    waiting_message::Entity::delete_by_id((language.to_owned(), variant)).exec(db).await?;
    Ok(())
}
