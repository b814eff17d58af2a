//! A fresh [`App`] on each of the two stores, for tests here and in the crates above.
//!
//! The PostgreSQL server is at `RECADO_TEST_POSTGRES_URL`, or else at `postgres://postgres@127.0.0.1:5432`. Every test
//! gets a database of its own there, so the user must be allowed to make databases.

#[cfg(test)]
pub(crate) mod identity;
mod shop;
#[cfg(test)]
pub(crate) mod tool_server;

pub use shop::{Customer, Shop};

use crate::app::{App, AppConfig, AutomaticConfig, ContactsConfig, Secret, SecretKey, WhatsAppConfig};
use crate::bus::BusConfig;
use crate::clock::Clock;
use crate::domain::retention::Retention;
use crate::domain::revocation::RevokedMessages;
use crate::media::{MediaConfig, STALLED_AFTER};
use crate::store::DbConfig;
use futures_util::FutureExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use url::Url;
use uuid::Uuid;

const SERVER: &str = "RECADO_TEST_POSTGRES_URL";
const DEFAULT_SERVER: &str = "postgres://postgres@127.0.0.1:5432";

/// Runs a test on SQLite, then on PostgreSQL, each time with an [`App`] on a new, migrated and empty database that is
/// removed afterwards, also when the test panics.
///
/// Without a PostgreSQL server that half is left out with a line on stderr; when the variable `CI` is set it fails.
///
/// ```text
/// #[tokio::test]
/// async fn a_new_database_has_no_person() {
///     for_each_store(async |app| assert!(!users::any_person(app.db.read()).await.unwrap())).await;
/// }
/// ```
///
/// # Panics
/// If the test does, or a database cannot be made or removed.
pub async fn for_each_store(test: impl AsyncFn(App)) {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let url = format!("sqlite://{}/recado.db", directory.path().display());
    run("SQLite", &url, directory.path(), &test).await;

    let server = std::env::var(SERVER).unwrap_or_else(|_| DEFAULT_SERVER.to_owned());
    let mut url: Url = server.parse().expect("the PostgreSQL server's address is a URL");
    let mut admin = match PgConnection::connect(&server).await {
        Ok(admin) => admin,
        Err(error) => return leave_out(&url, &error),
    };
    let name = format!("recado_test_{}", Uuid::new_v4().simple());
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    admin.execute(create).await.expect("a database can be made");
    url.set_path(&name);
    let outcome =
        AssertUnwindSafe(run("PostgreSQL", url.as_str(), directory.path(), &test)).catch_unwind().await;
    let drop = AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"));
    admin.execute(drop).await.expect("the database can be dropped");
    admin.close().await.expect("the connection can be closed");
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

/// One more node on the same database with the same clock: what it keeps in memory is its own.
///
/// # Panics
/// If it cannot be opened.
pub async fn another_node(app: &App) -> App {
    App::open(app.config.clone(), app.clock.clone(), app.http.clone())
        .await
        .expect("another node can be opened")
}

#[expect(clippy::print_stderr, reason = "whoever reads a failed test must know on which store it ran")]
async fn run(store: &str, url: &str, directory: &Path, test: &impl AsyncFn(App)) {
    let http = reqwest::Client::builder().build().expect("an HTTP client can be built");
    let app = App::open(config(url, &directory.join(store)), Clock::default(), http)
        .await
        .expect("the app can be opened");
    let outcome = AssertUnwindSafe(test(app.clone())).catch_unwind().await;
    app.close().await.expect("the database can be closed");
    outcome.unwrap_or_else(|panic| {
        eprintln!("the test failed on {store}");
        resume_unwind(panic)
    });
}

/// Few connections: many tests share one server.
fn config(url: &str, media: &Path) -> AppConfig {
    AppConfig {
        database: DbConfig { url: url.to_owned(), read_connections: 3, write_connections: 4 },
        bus: BusConfig::Local,
        public_url: None,
        identity: None,
        secret_keys: vec![SecretKey([7; 32])],
        media: MediaConfig {
            url: Url::from_file_path(media).expect("the path is absolute"),
            private_hosts: vec!["127.0.0.1".to_owned()],
            stalled_after: STALLED_AFTER,
        },
        revoked_messages: RevokedMessages::Hide,
        whatsapp: WhatsAppConfig {
            graph_url: "http://127.0.0.1:9".parse().expect("a constant URL"),
            graph_version: "v24.0".to_owned(),
            access_token: Secret::new("test-access-token"),
            app_id: "100000000000001".to_owned(),
            app_secret: Secret::new("test-app-secret"),
            business_account_id: "100000000000002".to_owned(),
            phone_number_id: "100000000000003".to_owned(),
            verify_token: Secret::new("test-verify-token"),
            verify_signature: None,
        },
        contacts: ContactsConfig::default(),
        automatic: AutomaticConfig::default(),
        retention: Retention::default(),
    }
}

#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
fn leave_out(server: &Url, error: &sqlx::Error) {
    let place = format!("{}:{}", server.host_str().unwrap_or_default(), server.port().unwrap_or(5432));
    let text = format!("PostgreSQL at {place} cannot be used ({error}); start it there or set {SERVER}");
    assert!(std::env::var_os("CI").is_none(), "{text}");
    eprintln!("left out: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::events;

    #[tokio::test]
    async fn every_store_starts_empty_and_is_shared_by_its_nodes() {
        for_each_store(async |app| {
            assert_eq!(events::head(app.db.read()).await.expect("a head"), 0);
            let other = another_node(&app).await;
            assert_ne!(app.node, other.node);
            assert_eq!(app.config.database.url, other.config.database.url);
        })
        .await;
    }

    #[tokio::test]
    #[should_panic(expected = "as asked")]
    async fn a_failing_test_fails() {
        for_each_store(async |_| panic!("as asked")).await;
    }
}
