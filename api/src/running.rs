//! A node from start to stop. The program, its demo and the integration tests all run this.

#[cfg(test)]
mod tests;

use crate::graphql::transport::Sockets;
use crate::http::server::{self, Server};
use crate::telemetry::Metrics;
use crate::{Config, http, telemetry};
use anyhow::Context;
use inbox::App;
use inbox::clock::Clock;
use inbox::services::access::{self, FirstAdmin};
use reqwest::redirect::{Action, Attempt, Policy};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Calls to Meta that take longer are given up; theirs usually take a second.
const OUTGOING_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_REDIRECTS: usize = 5;

/// A node that serves.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    app: App,
    first_admin: Option<FirstAdmin>,
    server: Server,
    sockets: Sockets,
    jobs: JoinSet<()>,
    stop: CancellationToken,
}

/// Opens database and bus, applies pending migrations, starts the parts that the configuration names, and serves.
///
/// # Errors
/// If the database or the bus cannot be reached, a migration fails, the persisted documents cannot be used, or the
/// address cannot be listened on.
pub async fn start(mut config: Config, clock: Clock) -> anyhow::Result<Running> {
    let metrics = Metrics::install()?;
    telemetry::describe();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    config.ensure_secret_key()?;
    let app = open(&config, clock).await?;
    let first_admin = set_up(&config, &app).await?;
    let stop = CancellationToken::new();
    tokio::spawn(metrics.clone().upkeep(stop.clone()));

    let listener = server::bind(config.listen).await?;
    let address = listener.local_addr().context("the listening socket has no address")?;
    let sockets = Sockets::new(stop.clone());
    let router = http::router(&config, address, &app, metrics, &stop, &sockets)?;
    let server = Server::start(listener, router, stop.clone());
    let mut jobs = if config.roles.worker { inbox::jobs::start(&app, &stop) } else { JoinSet::new() };
    if config.roles.scheduler {
        inbox::jobs::start_scheduler(&app, &stop, &mut jobs);
    }
    tracing::info!(%address, roles = ?config.roles, "serving");
    Ok(Running { address, app, first_admin, server, sockets, jobs, stop })
}

/// The inbox as this configuration describes it, with no work started.
///
/// # Errors
/// If the database or the bus cannot be reached, or a migration fails.
pub(crate) async fn open(config: &Config, clock: Clock) -> anyhow::Result<App> {
    let http = reqwest::Client::builder()
        .timeout(OUTGOING_TIMEOUT)
        .redirect(Policy::custom(redirect))
        .user_agent(concat!("recado/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the HTTP client cannot be made")?;
    App::open(config.app.clone(), clock, http)
        .await
        .with_context(|| "the service cannot be opened".to_owned())
}

fn redirect(attempt: Attempt<'_>) -> Action {
    if may_follow(attempt.previous(), attempt.url()) { attempt.follow() } else { attempt.stop() }
}

/// A few, and none that leaves HTTPS: what was asked for over a safe line is not taken from an open one.
fn may_follow(previous: &[Url], next: &Url) -> bool {
    let was_safe = previous.iter().any(|url| url.scheme() == "https");
    previous.len() <= MAX_REDIRECTS && (next.scheme() == "https" || !was_safe)
}

/// What a first start makes: roles, guest, administrator, and the channel of the configured number.
pub(crate) async fn set_up(config: &Config, app: &App) -> anyhow::Result<Option<FirstAdmin>> {
    let password = Some(config.admin_password.clone()).filter(|password| !password.is_empty());
    let made = access::bootstrap(app, Some(config.admin_email.clone()), password)
        .await
        .context("the first administrator cannot be made")?;
    inbox::services::connect::configured_number(app)
        .await
        .context("the configured number cannot be connected")?;
    Ok(made.admin)
}

impl Running {
    /// Where it serves: `http://` and the address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The inbox behind it.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// How to log in, if this start made the first administrator: to be shown now, because the password is not kept.
    #[must_use]
    pub fn first_admin(&self) -> Option<&FirstAdmin> {
        self.first_admin.as_ref()
    }

    /// Stops in order: takes no more connections, finishes requests, closes sockets, then the jobs and the database.
    ///
    /// # Errors
    /// If the database cannot be closed in order.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        tracing::info!("stopping");
        self.stop.cancel();
        self.server.finish().await;
        self.sockets.finish().await;
        while let Some(ended) = self.jobs.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a worker ended early");
            }
        }
        self.app.close().await.context("the database was not closed in order")?;
        tracing::info!("stopped");
        Ok(())
    }

    /// Drops everything where it stands, as a power cut would: for tests.
    pub fn crash(mut self) {
        self.jobs.abort_all();
        self.sockets.crash();
        self.server.abort();
    }
}
