//! `recado bench query`.
//!
//! The same page three times: over HTTP; through the transport in this process, without a line; and by the executor alone,
//! with a document that is parsed already. The last two run on one processor, and the second less the third is what
//! authentication, limits, validation, cost and headers take.

use super::database::{Fresh, Store};
use super::ingest::wait_until_applied;
use super::report::{Row, percentiles, print};
use super::server::{SECRET_KEY, Server, processor_time};
use super::socket::login;
use super::{Common, load, webhook};
use crate::graphql::transport::{self, Endpoint, Service, Sockets};
use crate::http::media::FileAddress;
use crate::{Config, graphql, running};
use anyhow::{Context, Result, ensure};
use async_graphql::Request;
use axum::body::Body;
use axum::http::{self, StatusCode, header};
use clap::Args;
use hdrhistogram::Histogram;
use http_body_util::BodyExt;
use inbox::App;
use inbox::auth::Viewer;
use inbox::clock::Clock;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What a screen shows first: 25 conversations by last activity with contact, last message and unread count.
const PAGE: &str = "query Inbox { conversations(first: 25) { nodes { id unreadCount archived mode lastActivityAt \
                    contact { id name phone } lastMessage { id direction sentAt status content { __typename \
                    ... on TextContent { body } } } } pageInfo { hasNextPage endCursor } } }";
/// Measurements in this process take turns, so that a neighbour disturbs both alike.
const ROUNDS: usize = 10;

/// A page of the inbox.
#[derive(Debug, Args)]
pub(crate) struct Query {
    #[command(flatten)]
    common: Common,
    /// Connections, each with one request at a time.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Requests of each measurement.
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// Conversations in the database, each with five messages.
    #[arg(long, default_value_t = 2_000)]
    conversations: usize,
}

/// What one measurement took, all rounds together.
struct Measured {
    elapsed: Duration,
    processor: Duration,
    latency: Histogram<u64>,
}

impl Query {
    pub(super) async fn run(self) -> Result<()> {
        let mut rows = Vec::new();
        for store in self.common.store.each() {
            self.measure(*store, &mut rows).await?;
        }
        Ok(print(&rows, self.common.json)?)
    }

    async fn measure(&self, store: Store, rows: &mut Vec<Row>) -> Result<()> {
        let database = Fresh::make(store, &self.common.postgres_url).await?;
        let server = Server::start(&database).await?;
        self.fill(&database, &server).await?;
        let token = login(&server).await?;

        let over_http = self.over_http(&server, &token).await?;
        drop(server);
        let app = open(&database).await?;
        let (transport, execution) = self.in_process(&app, &token).await?;
        app.db.close().await?;
        database.remove().await?;

        let count = self.requests as f64;
        let micros = |measured: &Measured| measured.processor.as_micros() as f64 / count;
        for (what, measured) in [
            (format!("inbox page over HTTP, {} connections", self.connections), &over_http),
            ("… through the transport in process".to_owned(), &transport),
            ("… plain execution in process".to_owned(), &execution),
        ] {
            let mut figures = vec![("per_second", count / measured.elapsed.as_secs_f64())];
            figures.extend(percentiles(&measured.latency));
            figures.push(("cpu_us_each", micros(measured)));
            rows.push(Row { what, store: store.name(), figures });
        }
        let share = (micros(&transport) / micros(&execution) - 1.0) * 100.0;
        rows.push(Row {
            what: "… the transport's share over plain execution".to_owned(),
            store: store.name(),
            figures: vec![("percent", share)],
        });
        Ok(())
    }

    /// Conversations with five messages each, by webhook.
    async fn fill(&self, database: &Fresh, server: &Server) -> Result<()> {
        let host = server.address.to_string();
        let webhooks: Vec<_> = (0..self.conversations * 5)
            .map(|number| webhook::request(&host, number, self.conversations))
            .collect();
        load::run(server.address, Arc::new(webhooks), self.connections, None).await?;
        let connection = database.open().await?;
        wait_until_applied(&connection, Instant::now()).await?;
        Ok(connection.close().await?)
    }

    async fn over_http(&self, server: &Server, token: &str) -> Result<Measured> {
        let body = body();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            server.address,
            body.len()
        );
        let warm_up = vec![request.clone().into_bytes(); self.connections * 50];
        load::run(server.address, Arc::new(warm_up), self.connections, None).await?;
        let requests = vec![request.into_bytes(); self.requests];
        let before = server.processor_time().unwrap_or_default();
        let outcome = load::run(server.address, Arc::new(requests), self.connections, None).await?;
        let processor = server.processor_time().unwrap_or_default().saturating_sub(before);
        Ok(Measured { elapsed: outcome.elapsed, processor, latency: outcome.latency })
    }

    /// Through the transport, and by the executor alone.
    async fn in_process(&self, app: &App, token: &str) -> Result<(Measured, Measured)> {
        let sockets = Sockets::new(CancellationToken::new());
        let config = Config::with([("graphql_budget", "1000000000000")])?;
        let files = FileAddress::new("http://127.0.0.1".parse()?);
        let service = Arc::new(Service::new(app.clone(), files.clone()));
        let endpoint = Endpoint::new(service, app.clock.clone(), sockets, &config.graphql)?;
        let router = transport::routes(endpoint);
        let through_transport = async || {
            let request = http::Request::post("/graphql")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .body(Body::from(body()))?;
            let response = router.clone().oneshot(request).await?;
            ensure!(response.status() == StatusCode::OK, "the transport answered {}", response.status());
            Ok(response.into_body().collect().await?.to_bytes().len())
        };

        let schema = graphql::schema(app.clone(), files);
        let parsed = async_graphql::parser::parse_query(PAGE)?;
        let viewer: Viewer = inbox::services::access::authenticate(app, token).await?.viewer;
        let by_executor = async || {
            let mut request = Request::new(String::new());
            request.set_parsed_query(parsed.clone());
            let response = schema.execute(graphql::prepare_single(request, app, Some(viewer.clone()))).await;
            ensure!(response.errors.is_empty(), "the executor answered {:?}", response.errors);
            Ok(serde_json::to_vec(&response)?.len())
        };

        let (mut transport, mut execution) = (Measured::new(), Measured::new());
        for _ in 0..ROUNDS {
            transport.round(self.connections, self.requests / ROUNDS, &through_transport).await?;
            execution.round(self.connections, self.requests / ROUNDS, &by_executor).await?;
        }
        Ok((transport, execution))
    }
}

impl Measured {
    fn new() -> Self {
        Self { elapsed: Duration::ZERO, processor: Duration::ZERO, latency: load::histogram() }
    }

    /// So many runs, so many at a time.
    async fn round(
        &mut self,
        parallel: usize,
        runs: usize,
        run: &impl AsyncFn() -> Result<usize>,
    ) -> Result<()> {
        let own = || processor_time(std::process::id()).unwrap_or_default();
        let (begin, before) = (Instant::now(), own());
        let one = async |runs: usize| {
            let mut latency = load::histogram();
            for _ in 0..runs {
                let begin = Instant::now();
                ensure!(run().await? > 1000, "an answer without a page");
                latency.saturating_record(u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX));
            }
            anyhow::Ok(latency)
        };
        let workers =
            (0..parallel).map(|worker| one(runs / parallel + usize::from(worker < runs % parallel)));
        for latency in futures_util::future::try_join_all(workers).await? {
            self.latency.add(latency)?;
        }
        self.elapsed += begin.elapsed();
        self.processor += own().saturating_sub(before);
        Ok(())
    }
}

fn body() -> String {
    serde_json::json!({ "query": PAGE }).to_string()
}

/// The inbox behind the server that has just stopped, in this process.
async fn open(database: &Fresh) -> Result<App> {
    let config = Config::with([("database_url", database.url.as_str()), ("secret_key", SECRET_KEY)])?;
    running::open(&config, Clock::default()).await.context("the inbox cannot be opened in this process")
}
