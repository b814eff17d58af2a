//! Saved messages. They exist for whoever sees any conversation.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::contacts::begins_with;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{SavedMessageId, saved_message};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select,
};

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = SavedMessageId>,
) -> Result<Vec<saved_message::Model>> {
    if reach == Reach::Nothing {
        return Ok(Vec::new());
    }
    let select = saved_message::Entity::find().filter(saved_message::Column::Id.is_in(ids));
    Ok(select.all(connection).await?)
}

/// A saved message's place in the list.
#[must_use]
pub fn position(row: &saved_message::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of the saved messages, ordered by when they were written. `search` is the beginning of a name.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    reach: Reach,
    search: Option<&str>,
    request: &PageRequest,
) -> Result<Page<saved_message::Model>> {
    if reach == Reach::Nothing {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: saved_message::Column::CreatedAt, id: saved_message::Column::Id };
    keyset.page(connection, find(search), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(connection: &C, reach: Reach, search: Option<&str>) -> Result<u64> {
    if reach == Reach::Nothing {
        return Ok(0);
    }
    page::count(connection, find(search), saved_message::Column::Id).await
}

fn find(search: Option<&str>) -> Select<saved_message::Entity> {
    let select = saved_message::Entity::find();
    match search.map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) => select.filter(begins_with(saved_message::Column::Name, search)),
        None => select,
    }
}

/// The one of this name.
///
/// # Errors
/// If the database refuses.
pub async fn by_name<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<saved_message::Model>> {
    Ok(saved_message::Entity::find().filter(saved_message::Column::Name.eq(name)).one(connection).await?)
}

/// A new one.
///
/// # Errors
/// If the database refuses: there may be one of this name.
pub async fn insert<C: ConnectionTrait>(connection: &C, row: saved_message::Model) -> Result<()> {
    saved_message::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Changes one.
///
/// # Errors
/// If the database refuses: there may be one of this name.
pub async fn update<C: ConnectionTrait>(
    connection: &C,
    row: saved_message::ActiveModel,
) -> Result<saved_message::Model> {
    Ok(row.update(connection).await?)
}

/// Deletes one; false if there was none.
///
/// # Errors
/// If the database refuses.
pub async fn delete<C: ConnectionTrait>(connection: &C, id: SavedMessageId) -> Result<bool> {
    Ok(saved_message::Entity::delete_by_id(id).exec(connection).await?.rows_affected > 0)
}
