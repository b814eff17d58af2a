//! Many rows in few statements, the same for every table.

use crate::error::Result;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable,
    PrimaryKeyToColumn,
};

/// Parameters in one statement: below SQLite's limit of 32,766 (PostgreSQL's is 65,535).
const PARAMETERS: usize = 30_000;

/// Inserts the rows.
///
/// # Errors
/// If the database refuses one; then none is inserted.
pub async fn insert_all<E, C>(connection: &C, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
    C: ConnectionTrait,
{
    for chunk in chunks::<E>(rows) {
        E::insert_many(chunk).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Writes the rows over those with the same key. They must exist and be locked: it is an upsert only because that is
/// one statement for many rows on both stores.
///
/// # Errors
/// If the database refuses one; then none is written.
pub async fn save_all<E, C>(connection: &C, rows: Vec<E::Model>) -> Result<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + ActiveModelBehavior + Send,
    C: ConnectionTrait,
{
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let is_key = |column: &E::Column| keys.iter().any(|key| format!("{key:?}") == format!("{column:?}"));
    let others: Vec<E::Column> = E::Column::iter().filter(|column| !is_key(column)).collect();
    for chunk in chunks::<E>(rows) {
        let write_over =
            OnConflict::columns(keys.iter().copied()).update_columns(others.iter().copied()).to_owned();
        E::insert_many(chunk).on_conflict(write_over).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn chunks<E>(rows: Vec<E::Model>) -> impl Iterator<Item = Vec<E::ActiveModel>>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E>,
{
    let size = PARAMETERS / E::Column::iter().count().max(1);
    let mut rows = rows.into_iter().map(|row| row.into_active_model().reset_all()).peekable();
    std::iter::from_fn(move || rows.peek().is_some().then(|| rows.by_ref().take(size).collect()))
}
