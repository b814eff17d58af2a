//! The sender of one channel.

use super::call::call;
use super::files;
use super::plan::{Step, step};
use crate::app::App;
use crate::bus::Topic;
use crate::error::Result;
use crate::limits::{PairLimit, Throughput};
use crate::services::settle;
use crate::store::{Priority, Tx, leases, outbox, send};
use entities::{ChannelId, ChannelState, NodeId, OutboxId, Timestamp, channel, outbox as outbox_row};
use providers::meta::{GraphClient, OutboundMessage};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// How long a lease lasts.
const LEASE: Duration = Duration::from_secs(10);
/// How often it is renewed, or tried for.
const RENEWAL: Duration = Duration::from_secs(3);
/// Calls of one channel at the same time.
const IN_FLIGHT: usize = 64;
/// How long to wait after a failure of the store.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long calls under way may take when the node stops.
const DRAIN: Duration = Duration::from_secs(20);

/// Sends for one channel while it holds the lease.
pub(super) struct ChannelSender {
    app: App,
    channel: ChannelId,
    lease: String,
    client: GraphClient,
    held: bool,
    throughput: Throughput,
    pairs: PairLimit,
    /// Each call returns until when the channel should wait.
    calls: JoinSet<Option<Timestamp>>,
    in_flight: HashMap<Id, OutboxId>,
}

/// A row with its step.
type Planned = (outbox_row::Model, Step);
/// A claimed row and what is sent for it.
type Claimed = (outbox_row::Model, OutboundMessage);

impl ChannelSender {
    pub(super) fn new(app: App, channel: ChannelId) -> Self {
        Self {
            lease: format!("sender:{channel}"),
            client: app.graph(),
            app,
            channel,
            held: false,
            throughput: Throughput::new(1),
            pairs: PairLimit::default(),
            calls: JoinSet::new(),
            in_flight: HashMap::new(),
        }
    }

    /// Sends until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut wake = self.app.bus.listen(Topic::Outbox);
        let mut renewal = tokio::time::interval(RENEWAL);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pause = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = renewal.tick() => self.renew().await,
                Some(ended) = self.calls.join_next_with_id() => self.ended(ended),
                Ok(()) = wake.changed(), if self.held => {}
                () = tokio::time::sleep(pause.unwrap_or_default()), if self.held && pause.is_some() => {}
            }
            while let Some(ended) = self.calls.try_join_next_with_id() {
                self.ended(ended);
            }
            pause = if self.held { self.send_ready().await } else { None };
        }
        self.drain().await;
    }

    /// Takes or renews the lease, and clears away what an earlier holder left unfinished.
    async fn renew(&mut self) {
        self.pairs.prune(self.app.clock.now());
        match self.try_renew().await {
            Ok(held) => self.held = held,
            Err(error) => {
                self.held = false;
                tracing::warn!(channel = %self.channel, %error, "the sender's lease could not be renewed");
            }
        }
        if self.held
            && let Err(error) = self.report_backlog().await
        {
            tracing::warn!(channel = %self.channel, %error, "the queue's length could not be read");
        }
    }

    async fn try_renew(&self) -> Result<bool> {
        let (app, channel) = (&self.app, self.channel);
        let (node, name) = (app.node, self.lease.clone());
        if !self.held && leases::is_taken(app.db.read(), &name, node, app.clock.now()).await? {
            return Ok(false);
        }
        let in_flight: Arc<[OutboxId]> = self.in_flight.values().copied().collect();
        let abandoned = app
            .db
            .write(Priority::Interactive, move |tx| {
                let (name, in_flight) = (name.clone(), Arc::clone(&in_flight));
                Box::pin(async move {
                    if !leases::acquire(tx.conn(), &name, node, tx.now(), LEASE).await? {
                        return Ok(None);
                    }
                    Ok(Some(settle::abandon(tx, channel, &in_flight).await?))
                })
            })
            .await?;
        if let Some(messages @ 1..) = abandoned {
            tracing::warn!(%channel, messages, "sends that were cut off are UNKNOWN: they may have gone out");
        }
        Ok(abandoned.is_some())
    }

    async fn report_backlog(&self) -> Result<()> {
        let (waiting, oldest) = outbox::backlog(self.app.db.read(), self.channel).await?;
        let age = oldest.map(|oldest| self.app.clock.now().since(oldest)).unwrap_or_default();
        let channel = self.channel.to_string();
        metrics::gauge!("recado_outbox_queued", "channel" => channel.clone()).set(waiting as f64);
        metrics::gauge!("recado_outbox_oldest_seconds", "channel" => channel).set(age.as_secs_f64());
        Ok(())
    }

    fn ended(&mut self, ended: std::result::Result<(Id, Option<Timestamp>), JoinError>) {
        let id = match ended {
            Ok((id, hold)) => {
                if let Some(until) = hold {
                    self.throughput.hold(until);
                }
                id
            }
            Err(error) => {
                tracing::error!(channel = %self.channel, %error, "a call broke off");
                error.id()
            }
        };
        self.in_flight.remove(&id);
    }

    /// Starts the calls of one portion. Returns how long to wait before the next, if the time decides: not at all after
    /// a portion, because there may be more.
    async fn send_ready(&mut self) -> Option<Duration> {
        match self.try_send_ready().await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(channel = %self.channel, %error, "the queue could not be worked on; trying again");
                Some(AFTER_FAILURE)
            }
        }
    }

    async fn try_send_ready(&mut self) -> Result<Option<Duration>> {
        let now = self.app.clock.now();
        let channel = send::channel(self.app.db.read(), self.channel).await?;
        let Some(channel) = channel.filter(|channel| channel.state == ChannelState::Active) else {
            return Ok(None);
        };
        let Some(phone_number_id) = channel.phone_number_id.clone() else { return Ok(None) };
        if self.app.whatsapp_of(self.channel).access_token.is_empty() {
            // A token that is set wakes the queue.
            return Ok(None);
        }
        self.throughput.set_rate(usize::try_from(channel.messages_per_second).unwrap_or_default());

        let places = IN_FLIGHT.saturating_sub(self.in_flight.len());
        let room = places.min(self.throughput.available(now));
        if room == 0 {
            // A call that ends makes place by itself.
            let full = places == 0;
            return Ok((!full).then(|| self.throughput.ready_at(now).since(now)));
        }
        let rows = outbox::ready(self.app.db.read(), self.channel, now, room as u64).await?;
        if rows.is_empty() {
            let due = outbox::next_due(self.app.db.read(), self.channel, now).await?;
            return Ok(due.map(|due| due.since(now)));
        }
        let planned = self.plan(rows, &channel, now).await?;
        match self.claim(planned).await? {
            Some(claimed) => {
                self.start(claimed, &phone_number_id);
                Ok(Some(Duration::ZERO))
            }
            None => {
                self.held = false;
                Ok(None)
            }
        }
    }

    async fn plan(
        &self,
        rows: Vec<outbox_row::Model>,
        channel: &channel::Model,
        now: Timestamp,
    ) -> Result<Vec<Planned>> {
        let messages = rows.iter().map(|row| row.message_id).collect();
        let conversations = rows.iter().map(|row| row.conversation_id).collect();
        let outgoing = send::outgoing(self.app.db.read(), messages, conversations).await?;
        let planned = rows.into_iter().map(|row| {
            let step = step(&row, &outgoing, channel, &self.pairs, now);
            (row, step)
        });
        Ok(planned.collect())
    }

    /// Commits the steps under the lease. None if another node holds it.
    async fn claim(&self, planned: Vec<Planned>) -> Result<Option<Vec<Claimed>>> {
        let (node, name) = (self.app.node, self.lease.clone());
        let planned = Arc::new(planned);
        let shared = Arc::clone(&planned);
        let claimed = self
            .app
            .db
            .write(Priority::Interactive, move |tx| {
                let (name, planned) = (name.clone(), Arc::clone(&shared));
                Box::pin(async move {
                    if !leases::acquire(tx.conn(), &name, node, tx.now(), LEASE).await? {
                        return Ok(None);
                    }
                    commit_steps(tx, node, &planned).await.map(Some)
                })
            })
            .await?;
        let Some(claimed) = claimed else { return Ok(None) };
        let mut messages: HashMap<OutboxId, OutboundMessage> = planned
            .iter()
            .filter_map(|(row, step)| match step {
                Step::Send(message) => Some((row.id, OutboundMessage::clone(message))),
                Step::Fail(_) | Step::Wait(_) => None,
            })
            .collect();
        let claimed =
            claimed.into_iter().filter_map(|row| messages.remove(&row.id).map(|message| (row, message)));
        Ok(Some(claimed.collect()))
    }

    fn start(&mut self, claimed: Vec<Claimed>, phone_number_id: &str) {
        for (row, message) in claimed {
            let now = self.app.clock.now();
            self.throughput.take(now);
            self.pairs.take(row.conversation_id, now);
            let id = row.id;
            let call = call(self.app.clone(), self.client.clone(), phone_number_id.to_owned(), row, message);
            let task = self.calls.spawn(call);
            self.in_flight.insert(task.id(), id);
        }
    }

    /// One turn, for tests: the lease, then the calls that may start now.
    #[cfg(test)]
    pub(super) async fn begin(&mut self) {
        self.renew().await;
        while self.held && self.send_ready().await == Some(Duration::ZERO) {}
    }

    /// Works until nothing can be done without time going by.
    #[cfg(test)]
    pub(super) async fn work(&mut self) {
        self.begin().await;
        while let Some(ended) = self.calls.join_next_with_id().await {
            self.ended(ended);
            self.begin().await;
        }
    }

    /// Lets the calls under way end, and gives the lease back. What does not end in time is unclear to the next holder.
    async fn drain(mut self) {
        let ended = tokio::time::timeout(DRAIN, async {
            while let Some(ended) = self.calls.join_next_with_id().await {
                if let Err(error) = ended {
                    tracing::error!(%error, "a call broke off");
                }
            }
        });
        if ended.await.is_err() {
            tracing::warn!(channel = %self.channel, "calls were cut off: messages that were being sent become UNKNOWN, the others wait");
            return;
        }
        if !self.held {
            return;
        }
        let (node, name) = (self.app.node, self.lease.clone());
        let released = self.app.db.write(Priority::Interactive, move |tx| {
            let name = name.clone();
            Box::pin(async move { leases::release(tx.conn(), &name, node).await })
        });
        if let Err(error) = released.await {
            tracing::warn!(channel = %self.channel, %error, "the lease was not given back; it expires by itself");
        }
    }
}

/// Writes the steps down. Returns the claims.
async fn commit_steps(tx: &Tx, node: NodeId, planned: &[Planned]) -> Result<Vec<outbox_row::Model>> {
    let mut to_send = Vec::new();
    for (row, step) in planned {
        match step {
            Step::Send(message) => to_send.push((row, files::has_files(message))),
            Step::Fail(error) => settle::fail(tx, row, error).await?,
            Step::Wait(until) => outbox::postpone(tx.conn(), row.id, *until).await?,
        }
    }
    settle::claim(tx, node, &to_send).await
}
