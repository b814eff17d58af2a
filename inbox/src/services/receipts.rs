//! Stores webhook bodies before anything is done with them: many in one statement, one commit for all that wait.

use crate::bus::Topic;
use crate::clock::{Clock, Ids};
use crate::error::{Error, Result};
use crate::store::{Db, Priority, receipts};
use entities::{ChannelId, ReceiptState, webhook_receipt};
use providers::meta::verify::Verified;
use sea_orm::ActiveValue::Set;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Bodies that may wait for a gatherer; beyond it senders wait to hand theirs over.
const QUEUE: usize = 4096;
/// Bodies in one statement.
const PORTION: usize = 256;
/// Bytes of bodies in one statement, so that a few bodies of 3 MiB do not make one of a gigabyte.
const PORTION_BYTES: usize = 8 << 20;

struct Waiting {
    row: webhook_receipt::ActiveModel,
    bytes: usize,
    done: oneshot::Sender<Result<(), Arc<Error>>>,
}

/// Takes webhook bodies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReceiptQueue {
    sender: mpsc::Sender<Waiting>,
    clock: Clock,
    ids: Ids,
}

impl ReceiptQueue {
    /// Starts the gatherers: while one waits for its commit the next collects.
    #[must_use]
    pub fn start(db: &Db, clock: Clock, ids: Ids, gatherers: usize) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..gatherers {
            tokio::spawn(gather(db.clone(), Arc::clone(&receiver)));
        }
        Self { sender, clock, ids }
    }

    /// Stores one body. When this returns `Ok` it is durable.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store cannot commit; the sender must keep the body and try again.
    pub async fn store(&self, body: Verified, channel_id: Option<ChannelId>) -> Result<()> {
        let body = Vec::from(body.into_bytes());
        let bytes = body.len();
        let row = webhook_receipt::ActiveModel {
            id: Set(self.ids.next()),
            received_at: Set(self.clock.now()),
            channel_id: Set(channel_id),
            state: Set(ReceiptState::Received),
            attempts: Set(0),
            effects: Set(0),
            report: Set(None),
            fields: Set(None),
            error: Set(None),
            body: Set(body),
        };
        let (done, stored) = oneshot::channel();
        let stopping = || Error::Unavailable("the service is stopping and takes no more webhooks".to_owned());
        self.sender.send(Waiting { row, bytes, done }).await.map_err(|_| stopping())?;
        stored.await.map_err(|_| stopping())?.map_err(|error| {
            Error::Unavailable(format!("the webhook could not be stored, so it must be sent again: {error}"))
        })
    }
}

async fn gather(db: Db, receiver: Arc<Mutex<mpsc::Receiver<Waiting>>>) {
    loop {
        let Some(portion) = next_portion(&receiver).await else { return };
        let (rows, waiting): (Vec<_>, Vec<_>) = portion.into_iter().map(|one| (one.row, one.done)).unzip();
        metrics::counter!("recado_webhooks_stored_total").increment(rows.len() as u64);
        let rows = Arc::new(rows);
        let outcome = db
            .write(Priority::Interactive, move |tx| {
                let rows = Arc::clone(&rows);
                Box::pin(async move {
                    tx.wake(Topic::Receipts);
                    receipts::insert(tx.conn(), rows.iter().cloned()).await
                })
            })
            .await
            .map_err(Arc::new);
        if let Err(error) = &outcome {
            tracing::error!(%error, webhooks = waiting.len(), "webhooks could not be stored");
        }
        for done in waiting {
            let _ = done.send(outcome.clone());
        }
    }
}

async fn next_portion(receiver: &Mutex<mpsc::Receiver<Waiting>>) -> Option<Vec<Waiting>> {
    let mut receiver = receiver.lock().await;
    let first = receiver.recv().await?;
    let mut bytes = first.bytes;
    let mut portion = vec![first];
    while portion.len() < PORTION && bytes < PORTION_BYTES {
        let Ok(next) = receiver.try_recv() else { break };
        bytes += next.bytes;
        portion.push(next);
    }
    Some(portion)
}
