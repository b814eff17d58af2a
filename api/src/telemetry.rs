//! Logs and metrics of this process. Neither ever carries a body, a secret or a customer's text.

use anyhow::Context;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use parking_lot::Mutex;
use std::io::IsTerminal;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Upper ends of the histograms of durations, in seconds: 250 µs to 10 s.
const SECONDS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Upper ends of the histogram of writes in one SQLite transaction, at most 512.
const GROUP_SIZES: [f64; 8] = [1.0, 4.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];
/// A histogram keeps its samples until they are sorted into buckets.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Starts logging to stderr: for people on a terminal, one JSON object a line elsewhere. A second call has no effect.
pub fn log(filter: &str) {
    // The filter was checked when the settings were read.
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // The library for tool servers logs what they say.
    let filter = match "rmcp=off".parse() {
        Ok(silence) => filter.add_directive(silence),
        Err(_) => filter,
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if std::io::stderr().is_terminal() {
        logs.with_target(false).try_init()
    } else {
        logs.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    };
    if started.is_err() {
        tracing::debug!("logging had been started before");
    }
}

/// The metrics of this process: recorded since the first call, rendered as Prometheus text.
#[derive(Clone, Debug)]
pub struct Metrics {
    recorded: PrometheusHandle,
    since: Instant,
}

impl Metrics {
    /// The recorder of this process, installed on the first call.
    ///
    /// # Errors
    /// If another recorder was installed before.
    pub fn install() -> anyhow::Result<Self> {
        static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);
        let mut installed = INSTALLED.lock();
        if let Some(metrics) = &*installed {
            return Ok(metrics.clone());
        }
        let recorder = builder()?.build_recorder();
        let metrics = Self { recorded: recorder.handle(), since: Instant::now() };
        metrics::set_global_recorder(recorder).context("the metrics of this process go elsewhere already")?;
        *installed = Some(metrics.clone());
        Ok(metrics)
    }

    /// All metrics as Prometheus text, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        metrics::gauge!("recado_uptime_seconds").set(self.since.elapsed().as_secs_f64());
        self.recorded.render()
    }

    /// Sorts samples into buckets now and then, until stopped.
    pub async fn upkeep(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(UPKEEP_EVERY);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            self.recorded.run_upkeep();
        }
    }
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Full("recado_sqlite_group_size".to_owned()), &GROUP_SIZES)
}

/// Says what each metric of this crate means.
pub(crate) fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_gauge!("recado_uptime_seconds", "Seconds since this process started");
    describe_counter!("recado_webhooks_total", "Webhook deliveries by outcome");
    describe_counter!("recado_job_runs_total", "Runs of timed jobs that ended here, by job and state");
    describe_counter!("recado_http_requests_total", "HTTP requests by route and status, webhooks left out");
    describe_histogram!("recado_http_request_seconds", "Time to answer an HTTP request, webhooks left out");
    describe_gauge!("recado_http_connections", "Open TCP connections, WebSockets left out");
    describe_gauge!("recado_websockets", "Open WebSockets");
    describe_gauge!("recado_shared_executions", "Subscriptions that run once for all their subscribers");
    describe_gauge!("recado_shared_subscribers", "Subscribers that are served by a shared execution");
    describe_gauge!("recado_event_streams", "Open streams of server-sent events");
    describe_counter!("recado_websockets_closed_total", "WebSockets that this side closed, by code");
}
