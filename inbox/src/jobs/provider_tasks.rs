//! Makes the calls that are no messages: read receipts, reactions, looking at templates. One node at a time does it, several calls at once;
//! a call that was cut off is made again, which changes nothing.

use crate::app::App;
use crate::bus::Topic;
use crate::domain::recipient::recipient;
use crate::domain::retry;
use crate::error::Result;
use crate::services::provider_tasks::{reaction_callback, settle};
use crate::services::templates;
use crate::store::provider_tasks::{self as store, ProviderTask};
use crate::store::{Priority, leases, send};
use entities::{ProviderTaskId, provider_task};
use providers::inbound::ProviderError;
use providers::meta::{GraphClient, TaskOutcome};
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

const LEASE: &str = "provider_tasks";
const LEASE_TTL: Duration = Duration::from_secs(10);
/// How often the lease is renewed, or tried for.
const RENEWAL: Duration = Duration::from_secs(3);
/// Calls at the same time.
const AT_ONCE: usize = 8;

/// Works until `stop`, then lets the calls under way end.
pub async fn run(app: App, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => return,
        () = app.has_access_token() => {}
    }
    let mut wake = app.bus.listen(Topic::ProviderTasks);
    let mut renewal = tokio::time::interval(RENEWAL);
    renewal.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut worker = Worker::new(app);
    let mut pause = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = renewal.tick() => worker.renew().await,
            Some(ended) = worker.calls.join_next_with_id() => worker.ended(ended),
            Ok(()) = wake.changed(), if worker.held => {}
            () = tokio::time::sleep(pause.unwrap_or_default()), if worker.held && pause.is_some() => {}
        }
        pause = worker.turn().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "calls that are no messages could not be looked for; trying again");
            Some(RENEWAL)
        });
    }
    while let Some(ended) = worker.calls.join_next_with_id().await {
        worker.ended(ended);
    }
    worker.release().await;
}

struct Worker {
    app: App,
    client: GraphClient,
    held: bool,
    calls: JoinSet<()>,
    in_flight: HashMap<Id, ProviderTaskId>,
}

impl Worker {
    fn new(app: App) -> Self {
        let client = app.graph();
        Self { app, client, held: false, calls: JoinSet::new(), in_flight: HashMap::new() }
    }

    async fn renew(&mut self) {
        let node = self.app.node;
        let held = self.app.db.write(Priority::Background, move |tx| {
            Box::pin(async move { leases::acquire(tx.conn(), LEASE, node, tx.now(), LEASE_TTL).await })
        });
        self.held = held.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the lease on calls that are no messages could not be renewed");
            false
        });
    }

    async fn release(&self) {
        let node = self.app.node;
        let released = self.app.db.write(Priority::Interactive, move |tx| {
            Box::pin(async move { leases::release(tx.conn(), LEASE, node).await })
        });
        if let Err(error) = released.await {
            tracing::warn!(%error, "the lease on calls that are no messages was not given back; it expires by itself");
        }
    }

    fn ended(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a call that is no message broke off");
                error.id()
            }
        };
        self.in_flight.remove(&id);
    }

    /// Starts what is due. Returns how long to wait for what is not.
    async fn turn(&mut self) -> Result<Option<Duration>> {
        let room = AT_ONCE.saturating_sub(self.in_flight.len());
        if !self.held || room == 0 {
            return Ok(None);
        }
        let (db, now) = (self.app.db.read(), self.app.clock.now());
        let being_done: Vec<_> = self.in_flight.values().copied().collect();
        let due = store::due(db, now, &being_done, room as u64).await?;
        for row in due {
            let id = row.id;
            let task = self.calls.spawn(work(self.app.clone(), self.client.clone(), row));
            self.in_flight.insert(task.id(), id);
        }
        // A call that ends makes place and looks again.
        if self.in_flight.len() >= AT_ONCE {
            return Ok(None);
        }
        Ok(store::next_due(db, now).await?.map(|due| due.since(now)))
    }

    /// Works until nothing can be done without time going by.
    #[cfg(test)]
    async fn work(&mut self) {
        self.renew().await;
        loop {
            self.turn().await.unwrap();
            let Some(ended) = self.calls.join_next_with_id().await else { return };
            self.ended(ended);
        }
    }
}

async fn work(app: App, client: GraphClient, row: provider_task::Model) {
    let task = serde_json::from_str::<ProviderTask>(&row.payload).ok();
    let outcome = match &task {
        Some(task) => call(&app, &client, &row, task).await.unwrap_or_else(|error| {
            tracing::warn!(task = %row.id, %error, "what a call needs could not be read; trying again");
            TaskOutcome::Retry { error: ours("what the call needs could not be read"), after: None }
        }),
        None => TaskOutcome::Rejected(ours("this version of the service cannot read what was asked for")),
    };
    let delay = match &outcome {
        TaskOutcome::Retry { error, after } => {
            let attempts = u32::try_from(row.attempts).unwrap_or_default().saturating_add(1);
            retry::delay(error.code, attempts, *after, rand::random())
        }
        TaskOutcome::Rejected(error) => {
            tracing::info!(task = %row.id, code = error.code, "a call that is no message was refused");
            Duration::ZERO
        }
        TaskOutcome::Done => Duration::ZERO,
    };
    if let Err(error) = settle(&app, &row, task.as_ref(), &outcome, delay).await {
        tracing::warn!(task = %row.id, %error, "the outcome of a call was not written; it is made again");
    }
}

/// Makes the call, if what it is about is still there.
async fn call(
    app: &App,
    client: &GraphClient,
    row: &provider_task::Model,
    task: &ProviderTask,
) -> Result<TaskOutcome> {
    if let ProviderTask::Templates { account } = task {
        return templates::look(app, account).await;
    }
    let channel = send::channel(app.db.read(), row.channel_id).await?;
    let Some(number) = channel.and_then(|channel| channel.phone_number_id) else {
        return Ok(TaskOutcome::Rejected(ours("the channel has no number at the provider any more")));
    };
    let whatsapp = app.whatsapp_of(row.channel_id);
    let token = whatsapp.access_token.expose();
    Ok(match task {
        ProviderTask::ReadReceipt { wamid, .. } => client.mark_read(token, &number, wamid).await,
        ProviderTask::Block { contact, blocked } => {
            let whom = recipient(&send::identities(app.db.read(), *contact).await?);
            client.block(token, &number, &whom, *blocked).await
        }
        ProviderTask::Reaction { contact, message, wamid, emoji } => {
            let to = recipient(&send::identities(app.db.read(), *contact).await?);
            let callback_data = reaction_callback(*message);
            client.react(token, &number, &to, wamid, emoji.as_deref(), &callback_data).await
        }
        ProviderTask::Templates { .. } => TaskOutcome::Done,
    })
}

fn ours(why: &str) -> ProviderError {
    ProviderError { details: Some(why.to_owned()), ..ProviderError::default() }
}

#[cfg(test)]
mod tests;
