//! The door to the database: a pool that reads and a writer.
//!
//! SQLite has one writer. It gathers the writes that wait into one transaction with a savepoint each, so that durability
//! (WAL, `synchronous=FULL`) costs one fsync a batch. PostgreSQL runs each write in a transaction of its own. What a
//! write does is the same closure on both; it may be run again when the server asks for it, so it must have no effect
//! beside its statements, its events and its wake-ups.

mod migrate;
mod postgres;
mod sqlite;
mod tx;

pub use tx::{NewEvent, Tx};

use crate::bus::{Bus, Topic};
use crate::clock::Clock;
use crate::error::{Error, Result};
use sea_orm::{DatabaseConnection, DbBackend};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a write returns.
pub type TxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Which writes go first on SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for the answer: a webhook's sender, a mutation's caller.
    Interactive,
    /// Work behind the scenes that comes in large portions.
    Background,
}

/// Where the database is, and how it is used.
#[derive(Clone, Debug)]
pub struct DbConfig {
    /// `sqlite://path` or `postgres://…`.
    pub url: String,
    /// Connections that read.
    pub read_connections: u32,
    /// Connections that write (PostgreSQL only; SQLite has one).
    pub write_connections: u32,
}

impl DbConfig {
    /// The usual number of connections.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), read_connections: 8, write_connections: 8 }
    }
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    read: DatabaseConnection,
    writer: Writer,
    bus: Bus,
    clock: Clock,
    statements: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
enum Writer {
    Sqlite(sqlite::Writer),
    Postgres(DatabaseConnection),
}

impl Db {
    /// Connects and applies pending migrations. A SQLite file is copied beside itself before any are applied.
    ///
    /// # Errors
    /// If the database cannot be reached or a migration fails.
    pub async fn open(config: &DbConfig, bus: Bus, clock: Clock) -> Result<Self> {
        let statements = Arc::new(AtomicU64::new(0));
        let (read, writer) = if config.url.starts_with("sqlite:") {
            let (read, write) = sqlite::connect(config, &statements).await?;
            migrate::sqlite(&write, &config.url, clock.now()).await?;
            (read, Writer::Sqlite(sqlite::Writer::start(write, clock.clone())))
        } else if config.url.starts_with("postgres:") || config.url.starts_with("postgresql:") {
            let (read, write) = postgres::connect(config, &statements).await?;
            migrate::postgres(&write).await?;
            (read, Writer::Postgres(write))
        } else {
            return Err(Error::invalid(
                "databaseUrl",
                "the database's address must begin with sqlite:// or postgres://",
            ));
        };
        Ok(Self { read, writer, bus, clock, statements })
    }

    /// The connections that read. On SQLite they are read-only.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Which of the two stores this is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// How many migrations this program knows and the database has not. Reads only.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn pending_migrations(&self) -> Result<usize> {
        migrate::pending(&self.read).await
    }

    /// Statements sent so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Runs a write. When it returns `Ok`, what it wrote is durable, its events have their places in the change log,
    /// and their readers have been woken.
    ///
    /// # Errors
    /// What the closure returned, in which case nothing of it is kept; [`Error::Unavailable`] if the store could not
    /// commit.
    pub async fn write<T, F>(&self, priority: Priority, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Tx) -> TxFuture<'a, T> + Send + Sync + 'static,
    {
        let (value, wakes) = match &self.writer {
            Writer::Sqlite(writer) => writer.write(priority, work).await?,
            Writer::Postgres(pool) => postgres::write(pool, &self.clock, work).await?,
        };
        for topic in Topic::ALL {
            if wakes.contains(topic) {
                self.bus.wake(topic);
            }
        }
        Ok(value)
    }

    /// Finishes the writes that wait, and closes the connections.
    ///
    /// # Errors
    /// If the database cannot be closed in order.
    pub async fn close(&self) -> Result<()> {
        // The reader first: the last connection moves SQLite's log into the file, which one that only reads cannot do.
        self.read.clone().close().await?;
        match &self.writer {
            Writer::Sqlite(writer) => writer.close().await?,
            Writer::Postgres(pool) => pool.clone().close().await?,
        }
        Ok(())
    }
}

fn count_statements(connection: &mut DatabaseConnection, statements: &Arc<AtomicU64>) {
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("recado_database_statements_total").increment(1);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::BusConfig;

    #[tokio::test]
    async fn a_closed_sqlite_database_is_one_file() {
        let directory = tempfile::tempdir().unwrap();
        let config = DbConfig::new(format!("sqlite://{}/recado.db", directory.path().display()));
        let bus = Bus::start(&BusConfig::Local).await.unwrap();
        let db = Db::open(&config, bus, Clock::default()).await.unwrap();
        crate::store::events::head(db.read()).await.unwrap();
        db.close().await.unwrap();
        let files = std::fs::read_dir(directory.path()).unwrap();
        let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["recado.db"], "what a person copies after a stop must be whole");
    }
}
