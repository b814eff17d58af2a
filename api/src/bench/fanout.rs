//! `recado bench fanout`.

use super::database::{Fresh, Store};
use super::report::{Row, print};
use super::server::Server;
use super::socket::{Subscriber, login};
use super::{Common, load, webhook};
use anyhow::{Context, Result};
use clap::Args;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// One event to many subscribers.
#[derive(Debug, Args)]
pub(crate) struct Fanout {
    #[command(flatten)]
    common: Common,
    /// Sockets that subscribe, each with one subscription.
    #[arg(long, default_value_t = 10_000)]
    subscribers: usize,
    /// Events, one after the other.
    #[arg(long, default_value_t = 20)]
    events: usize,
}

/// One source address has some 28,000 ports; so many sockets from each keep clear of that.
const SOCKETS_AN_ADDRESS: usize = 4_000;

impl Fanout {
    pub(super) async fn run(self) -> Result<()> {
        let mut rows = Vec::new();
        for store in self.common.store.each() {
            rows.push(self.measure(*store).await?);
        }
        Ok(print(&rows, self.common.json)?)
    }

    async fn measure(&self, store: Store) -> Result<Row> {
        let database = Fresh::make(store, &self.common.postgres_url).await?;
        let server = Server::start(&database).await?;
        let token = login(&server).await?;
        let idle = server.memory().unwrap_or(0);
        let query = "subscription { messageAdded { id content { __typename ... on TextContent { body } } conversation { id unreadCount } } }";
        let (arrived, mut arrivals) = mpsc::unbounded_channel::<Instant>();
        for number in 0..self.subscribers {
            let from = Ipv4Addr::new(127, 0, 0, 1 + u8::try_from(number / SOCKETS_AN_ADDRESS)?);
            let mut subscriber = Subscriber::connect(&server, Some(from), &token, query)
                .await
                .with_context(|| format!("subscriber {number}"))?;
            let arrived = arrived.clone();
            tokio::spawn(async move {
                while subscriber.next().await.is_ok() {
                    let _ = arrived.send(Instant::now());
                }
            });
        }
        // The last subscriptions are being registered.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let memory = server.memory().unwrap_or(0);

        let host = server.address.to_string();
        let mut lasts = load::histogram();
        let mut total = Duration::ZERO;
        for number in 0..self.events {
            let request = vec![webhook::request(&host, number, 1)];
            let sent = Instant::now();
            load::run(server.address, Arc::new(request), 1, None).await?;
            let mut last = sent;
            for received in 0..self.subscribers {
                let wait = tokio::time::timeout(Duration::from_secs(30), arrivals.recv()).await;
                let at = wait.with_context(|| {
                    format!("event {number}: {received} of {} subscribers got it", self.subscribers)
                })?;
                last = last.max(at.context("the subscribers are gone")?);
            }
            let took = last.duration_since(sent);
            lasts.saturating_record(u64::try_from(took.as_micros())?);
            total += took;
        }
        drop(server);
        database.remove().await?;
        let mut figures = vec![
            ("last_has_it_p50_ms", lasts.value_at_quantile(0.5) as f64 / 1000.0),
            ("last_has_it_max_ms", lasts.max() as f64 / 1000.0),
            ("events_per_second", self.events as f64 / total.as_secs_f64()),
        ];
        figures.push(("kib_a_socket", memory.saturating_sub(idle) as f64 / 1024.0 / self.subscribers as f64));
        Ok(Row { what: format!("one event to {} sockets", self.subscribers), store: store.name(), figures })
    }
}
