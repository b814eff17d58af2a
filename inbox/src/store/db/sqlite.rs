//! SQLite: a read-only pool, and one writer that commits what waits together.

use super::tx::Wakes;
use super::{DbConfig, Priority, Tx, TxFuture, count_statements};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::store::events;
use parking_lot::Mutex;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait for the writer, per priority; beyond it callers wait to hand theirs over.
const QUEUE: usize = 4096;
/// Interactive writes in one transaction at most; keeps the last caller's wait short.
const GROUP: usize = 512;

/// The file behind a `sqlite:` address, if there is one.
pub(super) fn path(url: &str) -> Option<String> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| path.to_owned())
}

pub(super) async fn connect(
    config: &DbConfig,
    statements: &Arc<AtomicU64>,
) -> Result<(DatabaseConnection, DatabaseConnection)> {
    let path = path(&config.url).ok_or_else(|| {
        Error::invalid(
            "databaseUrl",
            "SQLite needs a file: several connections cannot share a database in memory",
        )
    })?;
    let address = format!("sqlite://{path}");
    let mut write = ConnectOptions::new(&address);
    write.max_connections(1).min_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(256)
            // A checkpoint every 32 MiB instead of every 4: fewer writes of the same pages.
            .pragma("wal_autocheckpoint", "8192")
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "MEMORY")
            // What was erased must not be left in the file.
            .pragma("secure_delete", "ON")
    });
    let mut write = Database::connect(write).await?;

    let mut read = ConnectOptions::new(&address);
    read.max_connections(config.read_connections)
        .min_connections(0)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .read_only(true)
                .busy_timeout(Duration::from_secs(5))
                .statement_cache_capacity(256)
                .pragma("mmap_size", "268435456")
        });
    let mut read = Database::connect(read).await?;
    count_statements(&mut read, statements);
    count_statements(&mut write, statements);
    Ok((read, write))
}

type Run = Box<dyn for<'a> Fn(&'a Tx) -> TxFuture<'a, ()> + Send + Sync>;

/// A write that waits.
struct Job {
    run: Run,
    done: oneshot::Sender<Result<Wakes>>,
}

enum Order {
    Write(Job),
    Close(oneshot::Sender<()>),
}

/// The handle to the writer's task.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    interactive: mpsc::Sender<Order>,
    background: mpsc::Sender<Order>,
}

impl Writer {
    pub(super) fn start(db: DatabaseConnection, clock: Clock) -> Self {
        let (interactive, urgent) = mpsc::channel(QUEUE);
        let (background, patient) = mpsc::channel(QUEUE);
        tokio::spawn(run(db, clock, urgent, patient));
        Self { interactive, background }
    }

    pub(super) async fn write<T, F>(&self, priority: Priority, work: F) -> Result<(T, Wakes)>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Tx) -> TxFuture<'a, T> + Send + Sync + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let result = Arc::clone(&slot);
        let work = Arc::new(work);
        let run: Run = Box::new(move |tx| run_into(Arc::clone(&work), Arc::clone(&slot), tx));
        let (done, outcome) = oneshot::channel();
        let queue = match priority {
            Priority::Interactive => &self.interactive,
            Priority::Background => &self.background,
        };
        let stopped = || Error::Unavailable("the service is stopping and takes no more writes".to_owned());
        queue.send(Order::Write(Job { run, done })).await.map_err(|_| stopped())?;
        let wakes = outcome.await.map_err(|_| stopped())??;
        let value = result.lock().take();
        Ok((value.ok_or_else(|| Error::internal("a committed write left no result"))?, wakes))
    }

    pub(super) async fn close(&self) -> Result<()> {
        let (closed, wait) = oneshot::channel();
        // Through the queue of the patient, so that all writes that wait are done first.
        if self.background.send(Order::Close(closed)).await.is_ok() {
            let _ = wait.await;
        }
        Ok(())
    }
}

fn run_into<'a, T, F>(work: Arc<F>, slot: Arc<Mutex<Option<T>>>, tx: &'a Tx) -> TxFuture<'a, ()>
where
    T: Send + 'static,
    F: for<'b> Fn(&'b Tx) -> TxFuture<'b, T> + Send + Sync + 'static,
{
    Box::pin(async move {
        let value = work(tx).await?;
        *slot.lock() = Some(value);
        Ok(())
    })
}

async fn run(
    db: DatabaseConnection,
    clock: Clock,
    mut urgent: mpsc::Receiver<Order>,
    mut patient: mpsc::Receiver<Order>,
) {
    let mut closing = Vec::new();
    loop {
        let mut group = Vec::new();
        tokio::select! {
            biased;
            Some(order) = urgent.recv() => take(order, &mut group, &mut closing),
            Some(order) = patient.recv() => take(order, &mut group, &mut closing),
            else => break,
        }
        while group.len() < GROUP {
            let Ok(order) = urgent.try_recv() else { break };
            take(order, &mut group, &mut closing);
        }
        commit_group(&db, &clock, group).await;

        // One portion of patient work between the groups: neither side starves the other.
        if let Ok(order) = patient.try_recv() {
            let mut portion = Vec::new();
            take(order, &mut portion, &mut closing);
            commit_group(&db, &clock, portion).await;
        }
        if !closing.is_empty() && urgent.is_empty() && patient.is_empty() {
            break;
        }
    }
    if let Err(error) = db.close().await {
        tracing::warn!(%error, "the database was not closed in order");
    }
    for closed in closing {
        let _ = closed.send(());
    }
}

fn take(order: Order, group: &mut Vec<Job>, closing: &mut Vec<oneshot::Sender<()>>) {
    match order {
        Order::Write(job) => group.push(job),
        Order::Close(closed) => closing.push(closed),
    }
}

async fn commit_group(db: &DatabaseConnection, clock: &Clock, group: Vec<Job>) {
    if group.is_empty() {
        return;
    }
    metrics::histogram!("recado_sqlite_group_size").record(group.len() as f64);
    let (kept, outcome) = write_group(db, clock, group).await;
    match outcome {
        Ok(()) => {
            for (done, wakes) in kept {
                let _ = done.send(Ok(wakes));
            }
        }
        Err(error) => {
            tracing::error!(%error, writes = kept.len(), "a group of writes could not be committed");
            let text = format!("the store could not commit: {error}");
            for (done, _) in kept {
                let _ = done.send(Err(Error::Unavailable(text.clone())));
            }
        }
    }
}

type Kept = Vec<(oneshot::Sender<Result<Wakes>>, Wakes)>;

/// Runs the group in one transaction. Writes that fail are answered at once and leave nothing; the rest is returned
/// with the outcome of the commit.
async fn write_group(db: &DatabaseConnection, clock: &Clock, group: Vec<Job>) -> (Kept, Result<()>) {
    let mut kept = Kept::with_capacity(group.len());
    let immediate = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let now = clock.now();
    let transaction = match db.begin_with_options(immediate).await {
        Ok(transaction) => transaction,
        Err(error) => {
            kept.extend(group.into_iter().map(|job| (job.done, Wakes::default())));
            return (kept, Err(error.into()));
        }
    };
    let mut emitted = Vec::new();
    for job in group {
        match savepoint(&transaction, now, &job, &mut emitted).await {
            Ok(wakes) => kept.push((job.done, wakes)),
            Err(error) => {
                let _ = job.done.send(Err(error));
            }
        }
    }
    let outcome = async {
        events::append(&transaction, now, &emitted).await?;
        transaction.commit().await?;
        Ok(())
    };
    (kept, outcome.await)
}

async fn savepoint(
    transaction: &DatabaseTransaction,
    now: entities::Timestamp,
    job: &Job,
    emitted: &mut Vec<super::NewEvent>,
) -> Result<Wakes> {
    let tx = Tx::new(transaction.begin().await?, now);
    let outcome = (job.run)(&tx).await;
    let (savepoint, mut new, wakes) = tx.into_parts();
    match outcome {
        Ok(()) => {
            savepoint.commit().await?;
            emitted.append(&mut new);
            Ok(wakes)
        }
        Err(error) => {
            savepoint.rollback().await?;
            Err(error)
        }
    }
}
