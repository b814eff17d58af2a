//! `recado bench ingest`.

use super::database::{Fresh, Store};
use super::report::{Row, percentiles, print};
use super::server::Server;
use super::socket::{Subscriber, login};
use super::{Common, load, webhook};
use anyhow::{Context, Result, ensure};
use clap::Args;
use entities::{ReceiptState, contact, event, message, webhook_receipt};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Webhooks in.
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    #[command(flatten)]
    common: Common,
    /// Connections that send at the same time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Webhooks in the run at full speed.
    #[arg(long, default_value_t = 100_000)]
    webhooks: usize,
    /// Different customers who write them.
    #[arg(long, default_value_t = 5_000)]
    customers: usize,
    /// Webhooks a second in the run that measures the way to a subscriber; 3,300 is what Meta asks of a number that
    /// sends 1,000 messages a second.
    #[arg(long, default_value_t = 3_300.0)]
    rate: f64,
    /// Seconds of that run that count.
    #[arg(long, default_value_t = 10)]
    seconds: usize,
    /// Seconds of that run before them: a server that has just started knows no customer and has no plan ready.
    #[arg(long, default_value_t = 3)]
    warm_up: usize,
}

impl Ingest {
    pub(super) async fn run(self) -> Result<()> {
        let mut rows = Vec::new();
        for store in self.common.store.each() {
            self.full_speed(*store, &mut rows).await?;
            self.paced(*store, &mut rows).await?;
        }
        Ok(print(&rows, self.common.json)?)
    }

    /// As fast as the server acknowledges, then until everything is applied.
    async fn full_speed(&self, store: Store, rows: &mut Vec<Row>) -> Result<()> {
        let database = Fresh::make(store, &self.common.postgres_url).await?;
        // The first start migrates and makes the administrator; the second is the one to time.
        drop(Server::start(&database).await?);
        let server = Server::start(&database).await?;
        let idle = server.memory().unwrap_or(0);
        let host = server.address.to_string();
        let requests: Vec<_> =
            (0..self.webhooks).map(|number| webhook::request(&host, number, self.customers)).collect();
        let cpu_before = server.processor_time().unwrap_or_default();
        let begin = Instant::now();
        let acks = load::run(server.address, Arc::new(requests), self.connections, None).await?;
        let connection = database.open().await?;
        let backlog = waiting(&connection).await?;
        let applied = wait_until_applied(&connection, begin).await?;
        let cpu = server.processor_time().unwrap_or_default().saturating_sub(cpu_before);
        check(&connection, self.webhooks, self.customers).await?;

        let count = self.webhooks as f64;
        let mut figures = vec![("per_second", count / acks.elapsed.as_secs_f64())];
        figures.extend(percentiles(&acks.latency));
        rows.push(Row {
            what: format!("durable acks, {} connections", self.connections),
            store: store.name(),
            figures,
        });
        rows.push(Row {
            what: "applied, start to last effect".to_owned(),
            store: store.name(),
            figures: vec![
                ("per_second", count / applied.as_secs_f64()),
                ("backlog_at_last_ack", backlog as f64),
                ("server_cpu_us_each", cpu.as_micros() as f64 / count),
                ("memory_mib", server.memory().unwrap_or(0) as f64 / 1_048_576.0),
            ],
        });
        rows.push(Row {
            what: "start, migrated before".to_owned(),
            store: store.name(),
            figures: vec![
                ("first_answer_ms", server.ready_after.as_secs_f64() * 1000.0),
                ("idle_mib", idle as f64 / 1_048_576.0),
            ],
        });
        drop(server);
        connection.close().await?;
        database.remove().await
    }

    /// At a steady rate, with a subscriber who notes when each message reaches its socket.
    async fn paced(&self, store: Store, rows: &mut Vec<Row>) -> Result<()> {
        let database = Fresh::make(store, &self.common.postgres_url).await?;
        let server = Server::start(&database).await?;
        let token = login(&server).await?;
        let query = "subscription { messageAdded { id direction kind content { __typename ... on TextContent { body } } conversation { id unreadCount contact { id name } } } }";
        let mut subscriber = Subscriber::connect(&server, None, &token, query).await?;
        // The subscription is running once an event has come through.
        let host = server.address.to_string();
        let warm_up = (self.rate * self.warm_up as f64) as usize;
        let count = warm_up + (self.rate * self.seconds as f64) as usize;
        let requests: Vec<_> =
            (0..count).map(|number| webhook::request(&host, number, self.customers)).collect();

        let begin = Instant::now() + Duration::from_millis(200);
        tokio::time::sleep_until(begin.into()).await;
        let arrivals = tokio::spawn(async move {
            let mut arrivals = HashMap::with_capacity(count);
            while arrivals.len() < count {
                let event = subscriber.next().await?;
                arrivals.insert(message_number(&event)?, Instant::now());
            }
            anyhow::Ok(arrivals)
        });
        let begin = Instant::now();
        let acks = load::run(server.address, Arc::new(requests), self.connections, Some(self.rate)).await?;
        let connection = database.open().await?;
        let backlog = waiting(&connection).await?;
        let arrivals = tokio::time::timeout(Duration::from_secs(60), arrivals)
            .await
            .context("the subscriber did not get every message within a minute")???;
        let mut delay = load::histogram();
        for (number, arrived) in arrivals.iter().filter(|(number, _)| **number >= warm_up) {
            let due = begin + Duration::from_secs_f64(*number as f64 / self.rate);
            let micros = arrived.saturating_duration_since(due).as_micros();
            delay.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
        }
        wait_until_applied(&connection, begin).await?;
        check(&connection, count, self.customers).await?;

        let mut figures = vec![("per_second", count as f64 / acks.elapsed.as_secs_f64())];
        figures.extend(percentiles(&delay));
        figures.push(("backlog_at_end", backlog as f64));
        rows.push(Row {
            what: format!("due to subscriber's socket at {}/s", self.rate),
            store: store.name(),
            figures,
        });
        drop(server);
        connection.close().await?;
        database.remove().await
    }
}

/// The texts begin with the number of the webhook.
fn message_number(event: &str) -> Result<usize> {
    let text = event
        .split(r#""body":""#)
        .nth(1)
        .with_context(|| format!("an event without a text: {event:.400}"))?;
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().with_context(|| format!("an event without a number: {event:.400}"))
}

async fn waiting(connection: &DatabaseConnection) -> Result<u64> {
    Ok(webhook_receipt::Entity::find()
        .filter(webhook_receipt::Column::State.eq(ReceiptState::Received))
        .count(connection)
        .await?)
}

pub(super) async fn wait_until_applied(connection: &DatabaseConnection, begin: Instant) -> Result<Duration> {
    while waiting(connection).await? > 0 {
        ensure!(
            begin.elapsed() < Duration::from_secs(300),
            "the webhooks were not applied within five minutes"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(begin.elapsed())
}

/// What was acknowledged is there, once.
async fn check(connection: &DatabaseConnection, webhooks: usize, customers: usize) -> Result<()> {
    let expected = webhooks as u64;
    let people = expected.min(customers as u64);
    let counted = [
        ("receipts", webhook_receipt::Entity::find().count(connection).await?, expected),
        ("messages", message::Entity::find().count(connection).await?, expected),
        ("contacts", contact::Entity::find().count(connection).await?, people),
        ("events", event::Entity::find().count(connection).await?, expected + people),
    ];
    for (what, found, expected) in counted {
        ensure!(
            found == expected,
            "the database holds {found} {what}, not {expected}: the figures count for nothing"
        );
    }
    Ok(())
}
