//! A fresh database for each test, on each of the two stores.
//!
//! The PostgreSQL server is at `RECADO_TEST_POSTGRES_URL`, or else at `postgres://postgres@127.0.0.1:5432`; its user must
//! be allowed to make databases. Without one that half of a test is left out with a line on stderr; when the variable
//! `CI` is set it fails.

use futures_util::FutureExt;
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;

const SERVER: &str = "RECADO_TEST_POSTGRES_URL";
const DEFAULT_SERVER: &str = "postgres://postgres@127.0.0.1:5432";
/// As the program's own threads: GraphQL recurses over the nesting of a document.
const THREAD_STACK: usize = 8 << 20;
const THREADS: usize = 2;

/// An empty database that nobody else uses, and a directory that is removed with it.
#[derive(Debug)]
pub struct Database {
    /// As `RECADO_DATABASE_URL` takes it.
    pub url: String,
    directory: TempDir,
}

impl Database {
    /// On SQLite.
    ///
    /// # Panics
    /// If there is no room for it.
    #[must_use]
    pub fn sqlite() -> Self {
        let directory = directory();
        Self { url: format!("sqlite://{}/recado.db", directory.path().display()), directory }
    }

    /// Whether it is on a PostgreSQL server.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// A directory of the test's own; the SQLite file is in it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The directory of files.
    #[must_use]
    pub fn media(&self) -> PathBuf {
        self.directory.path().join("media")
    }

    /// The SQLite file.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("recado.db")
    }

    /// A connection of its own, for what the service does not show.
    ///
    /// # Panics
    /// If there is no connection to be had.
    pub async fn connect(&self) -> DatabaseConnection {
        connect(&self.url).await.expect("the database can be connected to")
    }
}

/// Runs a test on SQLite, then on PostgreSQL, each time on an empty database that is removed afterwards, also when the
/// test panics.
///
/// # Panics
/// If the test does, or a database cannot be made or removed.
pub fn on_each_store(test: impl AsyncFn(&Database)) {
    block_on(async {
        on_sqlite_here(&test).await;
        on_postgres_here(&test).await;
    });
}

/// The SQLite half of [`on_each_store`], for what PostgreSQL does not have.
///
/// # Panics
/// As [`on_each_store`].
pub fn on_sqlite(test: impl AsyncFn(&Database)) {
    block_on(on_sqlite_here(&test));
}

/// The PostgreSQL half of [`on_each_store`], for what needs several nodes.
///
/// # Panics
/// As [`on_each_store`].
pub fn on_postgres(test: impl AsyncFn(&Database)) {
    block_on(on_postgres_here(&test));
}

fn block_on(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(THREADS).thread_stack_size(THREAD_STACK).enable_all();
    runtime.build().expect("a runtime can be made").block_on(test);
}

async fn on_sqlite_here(test: &impl AsyncFn(&Database)) {
    run("SQLite", &Database::sqlite(), test).await.unwrap_or_else(|panic| resume_unwind(panic));
}

async fn on_postgres_here(test: &impl AsyncFn(&Database)) {
    let server = std::env::var(SERVER).unwrap_or_else(|_| DEFAULT_SERVER.to_owned());
    let mut url: Url = server.parse().expect("the PostgreSQL server's address is a URL");
    let admin = match connect(&server).await {
        Ok(admin) => admin,
        Err(error) => return leave_out(&url, &error),
    };
    let name = format!("recado_it_{}", Uuid::new_v4().simple());
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database can be made");
    url.set_path(&name);
    let database = Database { url: url.into(), directory: directory() };
    let outcome = run("PostgreSQL", &database, test).await;
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    admin.execute_unprepared(&drop).await.expect("the database can be dropped");
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

#[expect(clippy::print_stderr, reason = "whoever reads a failed test must know on which store it ran")]
async fn run(store: &str, database: &Database, test: &impl AsyncFn(&Database)) -> std::thread::Result<()> {
    let outcome = AssertUnwindSafe(test(database)).catch_unwind().await;
    if outcome.is_err() {
        eprintln!("the test failed on {store}");
    }
    outcome
}

fn directory() -> TempDir {
    TempDir::with_prefix("recado-it-").expect("a temporary directory can be made")
}

async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(2).sqlx_logging(false);
    sea_orm::Database::connect(options).await
}

#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
fn leave_out(server: &Url, error: &DbErr) {
    let place = format!("{}:{}", server.host_str().unwrap_or_default(), server.port().unwrap_or(5432));
    let text = format!("PostgreSQL at {place} cannot be used ({error}); start it there or set {SERVER}");
    assert!(std::env::var_os("CI").is_none(), "{text}");
    eprintln!("LEFT OUT: {text}");
}
