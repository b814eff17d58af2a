//! Applies pending migrations; a SQLite file is copied first.

use crate::error::{Error, Result};
use entities::Timestamp;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use std::path::Path;

/// Nodes that start together migrate one after the other. The number is arbitrary; it only must not change.
const ADVISORY_LOCK: i64 = 0x7265_6361_646f;

pub(super) async fn sqlite(db: &DatabaseConnection, url: &str, now: Timestamp) -> Result<()> {
    let pending = Migrator::get_pending_migrations(db).await?;
    if pending.is_empty() {
        return Ok(());
    }
    if !Migrator::get_applied_migrations(db).await?.is_empty()
        && let Some(path) = super::sqlite::path(url)
    {
        let copy = format!("{path}.before-{}.{}", pending[0].name(), now.millis());
        if !Path::new(&copy).exists() {
            let vacuum =
                Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [copy.clone().into()]);
            db.execute_raw(vacuum).await.map_err(|error| {
                Error::Unavailable(format!(
                    "the database could not be copied to {copy} before migrating: {error}"
                ))
            })?;
            tracing::info!(copy, "the database was copied before migrating");
        }
    }
    Migrator::up(db, None).await?;
    Ok(())
}

/// Writes nothing, so that it runs on a connection that only reads.
pub(super) async fn pending(db: &DatabaseConnection) -> Result<usize> {
    Ok(Migrator::get_pending_migrations_read_only(db).await?.len())
}

pub(super) async fn postgres(db: &DatabaseConnection) -> Result<()> {
    let guard = db.begin().await?;
    let lock = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT pg_advisory_xact_lock($1)",
        [ADVISORY_LOCK.into()],
    );
    guard.execute_raw(lock).await?;
    Migrator::up(db, None).await?;
    guard.commit().await?;
    Ok(())
}
