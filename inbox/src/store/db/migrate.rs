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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::store::{Db, DbConfig};
    use crate::testing::for_each_store;
    use entities::{RoleId, UserId, UserKind, role, user};
    use sea_orm::{ActiveValue::Set, ConnectOptions, Database, EntityTrait, QuerySelect};

    /// A database as the first version left it, with a person in it: a file of its own on SQLite, the test's database
    /// made anew on PostgreSQL.
    async fn old_database(app: &App, directory: &Path) -> (DbConfig, DatabaseConnection) {
        let mut config = app.config.database.clone();
        if app.db.backend() == DbBackend::Sqlite {
            config.url = format!("sqlite://{}", directory.join("old.db").display());
        }
        let address = config.url.replace("old.db", "old.db?mode=rwc");
        let mut options = ConnectOptions::new(address);
        options.max_connections(1).sqlx_logging(false);
        let old = Database::connect(options).await.unwrap();
        if app.db.backend() == DbBackend::Postgres {
            old.execute_unprepared("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.unwrap();
        }
        Migrator::up(&old, Some(1)).await.unwrap();
        let role = role::ActiveModel {
            id: Set(app.ids.next::<RoleId>()),
            name: Set("Agent".to_owned()),
            permissions: Set("[]".to_owned()),
            built_in: Set(true),
            created_at: Set(Timestamp(1)),
            ..Default::default()
        };
        let user = user::ActiveModel {
            id: Set(app.ids.next::<UserId>()),
            kind: Set(UserKind::Person),
            name: Set("Ana".to_owned()),
            role_id: role.id.clone(),
            created_at: Set(Timestamp(7)),
            ..Default::default()
        };
        role::Entity::insert(role).exec_without_returning(&old).await.unwrap();
        user::Entity::insert(user).exec_without_returning(&old).await.unwrap();
        (config, old)
    }

    fn copies(directory: &Path) -> Vec<String> {
        let files = std::fs::read_dir(directory).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("old.db.before-")).collect()
    }

    #[tokio::test]
    async fn an_old_database_keeps_its_rows_and_on_sqlite_a_copy_of_itself() {
        for_each_store(async |app| {
            let directory = tempfile::tempdir().unwrap();
            let (config, old) = old_database(&app, directory.path()).await;
            old.close().await.unwrap();

            let db = Db::open(&config, app.bus.clone(), app.clock.clone()).await.unwrap();
            assert_eq!(db.pending_migrations().await.unwrap(), 0);
            let users = user::Entity::find().all(db.read()).await.unwrap();
            let [user] = &users[..] else { panic!("the row is kept: {users:?}") };
            assert_eq!(
                (user.name.as_str(), user.joined_at),
                ("Ana", Some(Timestamp(7))),
                "who was here has joined"
            );
            assert_eq!(role::Entity::find().one(db.read()).await.unwrap().unwrap().description, None);
            db.close().await.unwrap();

            let found = copies(directory.path());
            if app.db.backend() == DbBackend::Postgres {
                assert!(found.is_empty(), "PostgreSQL's copies are the operator's");
                return;
            }
            let [copy] = &found[..] else { panic!("one copy: {found:?}") };
            assert!(copy.starts_with("old.db.before-m20261122_000002_access."), "{copy}");
            let copy = format!("sqlite://{}", directory.path().join(copy).display());
            let copy = Database::connect(copy).await.unwrap();
            assert_eq!(
                Migrator::get_pending_migrations(&copy).await.unwrap().len(),
                Migrator::migrations().len() - 1
            );
            let names = user::Entity::find().select_only().column(user::Column::Name).into_tuple::<String>();
            assert_eq!(names.all(&copy).await.unwrap(), ["Ana"], "the copy is whole, and as old as it was");
            copy.close().await.unwrap();

            // Nothing is pending any more, so nothing is copied again.
            let db = Db::open(&config, app.bus.clone(), app.clock.clone()).await.unwrap();
            db.close().await.unwrap();
            assert_eq!(copies(directory.path()).len(), 1);
        })
        .await;
    }
}
