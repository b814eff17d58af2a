//! A fresh database for a run, gone afterwards.

use anyhow::{Context, Result};
use clap::ValueEnum;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;
use url::Url;

/// Which stores to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// The embedded default.
    Sqlite,
    /// A server.
    Postgres,
    /// One after the other.
    Both,
}

impl Store {
    pub(super) fn each(self) -> &'static [Self] {
        match self {
            Self::Sqlite => &[Self::Sqlite],
            Self::Postgres => &[Self::Postgres],
            Self::Both => &[Self::Sqlite, Self::Postgres],
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Both => "both",
        }
    }
}

pub(super) struct Fresh {
    pub(super) url: String,
    /// Holds the SQLite file.
    directory: TempDir,
    server: Option<(DatabaseConnection, String)>,
}

impl Fresh {
    pub(super) async fn make(store: Store, postgres: &Url) -> Result<Self> {
        // In the working directory: the system's temporary directory may be in memory, where fsync costs nothing.
        let directory = TempDir::with_prefix_in(".recado-bench-", ".").context("no directory for the run")?;
        if store == Store::Sqlite {
            let url = format!("sqlite://{}", directory.path().join("recado.db").display());
            return Ok(Self { url, directory, server: None });
        }
        let server = connect(postgres.as_str()).await.context("no PostgreSQL server to measure on")?;
        let name = format!("recado_bench_{:x}", rand::random::<u64>());
        server.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
        let mut url = postgres.clone();
        url.set_path(&name);
        Ok(Self { url: url.into(), directory, server: Some((server, name)) })
    }

    pub(super) fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    pub(super) async fn open(&self) -> Result<DatabaseConnection> {
        connect(&self.url).await
    }

    pub(super) async fn remove(self) -> Result<()> {
        if let Some((server, name)) = self.server {
            server.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        }
        Ok(())
    }
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}
