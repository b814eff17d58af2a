//! A whole service in this process, with Meta played by a simulator.

use crate::client::Client;
use crate::records;
use crate::store::Database;
use crate::wait::{PATIENCE, until_true};
use crate::webhook;
use api::{Config, Running};
use inbox::App;
use inbox::auth::{Permission, Viewer};
use inbox::clock::Clock;
use inbox::services::access::{self, RoleRef, TokenCreate, UserCreate};
use inbox::store::settings;
use serde_json::Value;
use simulator::Simulator;
use std::time::Duration;

/// The administrator of every test's service.
pub const ADMIN_EMAIL: &str = "admin@example.com";
/// The administrator's password.
pub const ADMIN_PASSWORD: &str = "correct-horse-battery";
/// 32 bytes, base64.
pub const SECRET_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Connections of each kind: many tests share one PostgreSQL server.
const CONNECTIONS: u32 = 4;

/// A node of a service. It must be [finished](Self::finish), or dropped by a test that fails.
#[derive(Debug)]
pub struct TestApp {
    running: Option<Running>,
    simulator: Simulator,
    clock: Clock,
    http: reqwest::Client,
    config: Config,
    /// Receipts that may be in state `FAILED` at the end.
    expected_failures: usize,
}

impl TestApp {
    /// A service on this database, connected with a simulator of its own; the handshake is done.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start(database: &Database) -> Self {
        Self::start_with(database, simulator::Config::default()).await
    }

    /// As [`start`](Self::start), with a simulator that is set up in a certain way.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start_with(database: &Database, simulator: simulator::Config) -> Self {
        Self::start_as(database, simulator, &[]).await
    }

    /// As [`start`](Self::start), with some settings by their names.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start_set(database: &Database, settings: &[(&str, &str)]) -> Self {
        Self::start_as(database, simulator::Config::default(), settings).await
    }

    /// A service that nobody has told yet how to reach its simulator, which knows nothing of the service either.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start_unconnected(database: &Database) -> Self {
        let simulator = Simulator::start(simulator::Config::default()).await.expect("the simulator starts");
        let unset = [
            "app_id",
            "app_secret",
            "access_token",
            "business_account_id",
            "phone_number_id",
            "verify_token",
        ];
        let names = unset.map(|name| format!("whatsapp_{name}"));
        let settings: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        Self::node(config(database, &simulator, &settings), simulator, Clock::default()).await
    }

    async fn start_as(database: &Database, simulator: simulator::Config, settings: &[(&str, &str)]) -> Self {
        let simulator = Simulator::start(simulator).await.expect("the simulator starts");
        let app = Self::node(config(database, &simulator, settings), simulator, Clock::default()).await;
        app.receive_webhooks().await;
        app
    }

    /// One more node on the same database, with the same clock and the same simulator, whose webhooks go on to the first.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn another_node(&self) -> Self {
        Self::node(self.config.clone(), self.simulator.clone(), self.clock.clone()).await
    }

    async fn node(config: Config, simulator: Simulator, clock: Clock) -> Self {
        let running = api::start(config.clone(), clock.clone()).await.expect("the service starts");
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build();
        let http = http.expect("an HTTP client can be built");
        let app = Self { running: Some(running), simulator, clock, http, config, expected_failures: 0 };
        if !app.config.app.whatsapp.access_token.is_empty() {
            // What Meta says of the settings is an event: it must not come into what a test watches.
            let db = app.inbox().db.read();
            let asked = async || settings::integration(db).await.is_ok_and(|row| row.is_some());
            until_true("Meta was asked about the settings", asked).await;
        }
        app
    }

    /// Lets the simulator post its webhooks to this node, after the handshake.
    ///
    /// # Panics
    /// If the handshake is refused.
    pub async fn receive_webhooks(&self) {
        self.simulator.set_webhook_url(&format!("{}{}", self.url(), webhook::PATH));
        self.simulator.verify_webhook().await.expect("the service accepts the handshake");
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("a node runs until it is finished")
    }

    /// `http://` and the node's address.
    #[must_use]
    pub fn url(&self) -> String {
        self.running().url()
    }

    /// The inbox behind it.
    #[must_use]
    pub fn inbox(&self) -> &App {
        self.running().app()
    }

    /// Meta and the customers.
    #[must_use]
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// For requests that are not GraphQL.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Now, in Unix seconds, by the service's clock.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now().millis() / 1000
    }

    /// Moves the time of service and simulator forward. Sessions end as they would.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.simulator.advance_clock(by);
    }

    /// A caller without a token.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client::new(self.http.clone(), &self.url(), None)
    }

    /// The administrator, logged in now.
    ///
    /// # Panics
    /// If the login is refused.
    pub async fn admin(&self) -> Client {
        Client::login(self.http.clone(), &self.url(), ADMIN_EMAIL, ADMIN_PASSWORD).await
    }

    /// A new person with the built-in role that has this name, logged in now; with the person's id.
    ///
    /// # Panics
    /// If there is no such role, or a person with this address.
    pub async fn person(&self, email: &str, role: &str) -> (entities::UserId, Client) {
        let password = Some(inbox::Secret::new(ADMIN_PASSWORD));
        let role = RoleRef::Name(role.to_owned());
        let input =
            UserCreate { email: email.to_owned(), name: None, role, phone: None, language: None, password };
        let created = access::user_create(self.inbox(), &Viewer::system(), input).await;
        let id = created.expect("the user can be made").user.id;
        (id, Client::login(self.http.clone(), &self.url(), email, ADMIN_PASSWORD).await)
    }

    /// An integration with a token of its own that does not expire.
    ///
    /// # Panics
    /// If the token cannot be made.
    pub async fn integration(&self, permissions: &[Permission], acts_for_people: bool) -> Client {
        let name = "integration".to_owned();
        let input =
            TokenCreate { name, permissions: permissions.to_vec(), acts_for_people, expires_at: None };
        let created = access::token_create(self.inbox(), &Viewer::system(), input).await;
        let secret = created.expect("the token can be made").secret;
        // Exposed to be shown to the service, as an integration does.
        Client::new(self.http.clone(), &self.url(), Some(secret.expose().to_owned()))
    }

    /// Posts a body as a webhook, with this signature header if any; the status of the answer.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn post_webhook(&self, body: impl Into<reqwest::Body>, signature: Option<&str>) -> u16 {
        let mut post = self.http.post(format!("{}{}", self.url(), webhook::PATH)).body(body);
        if let Some(signature) = signature {
            post = post.header("X-Hub-Signature-256", signature);
        }
        post.send().await.expect("a webhook is answered").status().as_u16()
    }

    /// Signs a body and posts it; the status of the answer.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn deliver_bytes(&self, body: Vec<u8>) -> u16 {
        let signature = webhook::signature(&body);
        self.post_webhook(body, Some(&signature)).await
    }

    /// Signs a body, escapes it as Meta does, and posts it.
    ///
    /// # Panics
    /// If it is not answered 200.
    pub async fn deliver(&self, body: &Value) {
        assert_eq!(self.deliver_bytes(simulator::escape(body)).await, 200, "{body}");
    }

    /// Waits until the simulator has delivered everything and the service has applied it.
    ///
    /// # Panics
    /// If that does not happen.
    pub async fn settled(&self) {
        assert!(self.simulator.drained(PATIENCE).await, "webhooks are not answered 200");
        let db = self.inbox().db.read();
        until_true("all webhooks are applied", async || records::receipts_waiting(db).await == 0).await;
    }

    /// Waits until this many subscriptions listen on this node.
    ///
    /// # Panics
    /// If there are fewer for long.
    pub async fn subscribed(&self, count: usize) {
        let listening = async || self.inbox().events.subscribers() >= count;
        until_true("the subscriptions listen", listening).await;
    }

    /// At the end so many receipts are to be in state `FAILED`, because the test made them fail.
    pub fn expect_failed_receipts(&mut self, count: usize) {
        self.expected_failures = count;
    }

    /// Waits until everything is applied, stops the node in order, and checks what every test must leave behind: no
    /// receipt that failed without being meant to.
    ///
    /// # Panics
    /// If one did.
    pub async fn finish(mut self) {
        self.settled().await;
        let failed = records::failed_receipts(self.inbox().db.read()).await;
        assert_eq!(failed.len(), self.expected_failures, "receipts that failed: {failed:?}");
        self.stop().await;
    }

    /// Stops the node in order, as SIGTERM does.
    ///
    /// # Panics
    /// If it cannot be stopped.
    pub async fn stop(&mut self) {
        let running = self.running.take().expect("a node runs until it is finished");
        running.stop().await.expect("the service stops in order");
    }

    /// Drops the node where it stands, as a power cut would.
    pub fn crash(mut self) {
        if let Some(running) = self.running.take() {
            running.crash();
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        assert!(
            self.running.is_none() || std::thread::panicking(),
            "finish the TestApp: nothing was checked"
        );
    }
}

fn config(database: &Database, simulator: &Simulator, settings: &[(&str, &str)]) -> Config {
    let business = simulator.business();
    let media_url = format!("file://{}", database.media().display());
    let fixed = [
        ("listen", "127.0.0.1:0"),
        ("database_url", database.url.as_str()),
        ("media_url", media_url.as_str()),
        ("media_private_hosts", "127.0.0.1"),
        ("secret_key", SECRET_KEY),
        // Timed jobs are begun by the tests that are about them: a new minute must not change what others see.
        ("roles", "api,worker"),
        // So are waiting messages: each new customer would get one.
        ("waiting_messages", "false"),
        ("admin_email", ADMIN_EMAIL),
        ("admin_password", ADMIN_PASSWORD),
        ("graph_url", &simulator.url()),
        ("whatsapp_app_id", &business.app_id),
        ("whatsapp_app_secret", &business.app_secret),
        ("whatsapp_access_token", &business.access_token),
        ("whatsapp_business_account_id", &business.business_account_id),
        ("whatsapp_phone_number_id", &business.phone_number_id),
        ("whatsapp_verify_token", &business.verify_token),
    ];
    let mut config =
        Config::with(fixed.into_iter().chain(settings.iter().copied())).expect("the configuration is right");
    config.app.database.read_connections = CONNECTIONS;
    config.app.database.write_connections = CONNECTIONS;
    config
}
