//! The keys under which callers repeat a send.

use crate::error::Result;
use entities::idempotency_key;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

/// What a caller's key stands for, if it was used.
///
/// # Errors
/// If the database refuses.
pub async fn find<C: ConnectionTrait>(
    connection: &C,
    scope: &str,
    key: &str,
) -> Result<Option<idempotency_key::Model>> {
    let id = (scope.to_owned(), key.to_owned());
    Ok(idempotency_key::Entity::find_by_id(id).one(connection).await?)
}

/// What those of a caller's keys stand for that were used, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn find_all<C: ConnectionTrait>(
    connection: &C,
    scope: &str,
    keys: impl IntoIterator<Item = String>,
) -> Result<Vec<idempotency_key::Model>> {
    let query = idempotency_key::Entity::find().filter(idempotency_key::Column::Scope.eq(scope));
    Ok(query.filter(idempotency_key::Column::Key.is_in(keys)).all(connection).await?)
}

/// Remembers a key. A key that another transaction took meanwhile is a unique violation, which is tried again.
///
/// # Errors
/// If the database refuses.
pub async fn insert<C: ConnectionTrait>(
    connection: &C,
    row: impl Into<idempotency_key::ActiveModel>,
) -> Result<()> {
    idempotency_key::Entity::insert(row.into()).exec_without_returning(connection).await?;
    Ok(())
}
