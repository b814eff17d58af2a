//! PostgreSQL: every write a transaction of its own, run again when the server asks for it.

use super::tx::Wakes;
use super::{DbConfig, Tx, TxFuture, count_statements};
use crate::clock::Clock;
use crate::error::{Error, Result};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, TransactionTrait};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// A deadlock or a lost race is tried this often; they are rare because rows are locked in one order.
const ATTEMPTS: u32 = 8;

pub(super) async fn connect(
    config: &DbConfig,
    statements: &Arc<AtomicU64>,
) -> Result<(DatabaseConnection, DatabaseConnection)> {
    let mut pools = Vec::with_capacity(2);
    // A plan that was cached while the tables were small scans them whole when they are not; writes are planned with
    // the sizes and values of the moment, reads keep the cheap cached plan.
    let plans = [("plan_cache_mode", "auto"), ("plan_cache_mode", "force_custom_plan")];
    for (connections, plan) in [config.read_connections, config.write_connections].into_iter().zip(plans) {
        let mut options = ConnectOptions::new(&config.url);
        options
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(move |options| options.options([plan]).statement_cache_capacity(256));
        let mut pool = Database::connect(options).await?;
        count_statements(&mut pool, statements);
        pools.push(pool);
    }
    let write = pools.pop().ok_or_else(|| Error::internal("no pool"))?;
    let read = pools.pop().ok_or_else(|| Error::internal("no pool"))?;
    Ok((read, write))
}

pub(super) async fn write<T, F>(pool: &DatabaseConnection, clock: &Clock, work: F) -> Result<(T, Wakes)>
where
    F: for<'a> Fn(&'a Tx) -> TxFuture<'a, T>,
{
    let mut attempt = 0;
    loop {
        attempt += 1;
        match try_write(pool, clock, &work).await {
            Err(error) if error.is_retryable() && attempt < ATTEMPTS => {
                metrics::counter!("recado_database_retries_total").increment(1);
                // Jitter without a source of randomness: tasks that collided meet at different phases of the clock.
                let jitter = u64::try_from(clock.now().millis() % 7).unwrap_or(0);
                tokio::time::sleep(Duration::from_millis(u64::from(attempt) * 2 + jitter)).await;
            }
            outcome => return outcome,
        }
    }
}

async fn try_write<T, F>(pool: &DatabaseConnection, clock: &Clock, work: &F) -> Result<(T, Wakes)>
where
    F: for<'a> Fn(&'a Tx) -> TxFuture<'a, T>,
{
    let tx = Tx::new(pool.begin().await?, clock.now());
    let value = work(&tx).await?;
    let wakes = tx.commit().await?;
    Ok((value, wakes))
}
