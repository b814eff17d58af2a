//! The updates that wait to be posted. Nothing leaves the queue but to be delivered.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::pin::pin;
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::Update;
use crate::faults::Faults;

/// The most updates that Meta puts into one body.
pub(crate) const MAX_BATCH: usize = 1_000;

/// The most bytes that Meta puts into one body (3 MB), less the envelope.
const MAX_BYTES: usize = 3_000_000 - 4_096;

/// How long the reorder fault may hold an update back.
const REORDER_SPREAD: Duration = Duration::from_millis(100);

/// Waiting updates, earliest first.
#[derive(Debug)]
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    wake: Notify,
    /// Updates waiting or on their way.
    pending: watch::Sender<usize>,
}

#[derive(Debug)]
struct Inner {
    url: Option<String>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    next_seq: u64,
    rng: StdRng,
}

#[derive(Debug)]
struct Waiting {
    due: Instant,
    seq: u64,
    update: Update,
    size: usize,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.seq == other.seq
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.seq).cmp(&(other.due, other.seq))
    }
}

impl Queue {
    pub(crate) fn new(url: Option<String>, seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        let inner = Inner { url, waiting: BinaryHeap::new(), next_seq: 0, rng };
        Self { inner: Mutex::new(inner), wake: Notify::new(), pending: watch::Sender::new(0) }
    }

    pub(crate) fn url(&self) -> Option<String> {
        self.inner.lock().url.clone()
    }

    pub(crate) fn set_url(&self, url: &str) {
        self.inner.lock().url = Some(url.to_owned());
        self.wake.notify_waiters();
    }

    /// Adds an update, to go out `after` that time or later if a fault holds it back.
    pub(crate) fn push(&self, update: Update, after: Duration, faults: &Faults) {
        let size = update.size();
        let mut inner = self.inner.lock();
        let mut hold = after + Duration::from_millis(faults.late_webhooks_ms);
        if faults.reorder_webhooks {
            hold += REORDER_SPREAD.mul_f64(inner.rng.random());
        }
        let seq = inner.next_seq;
        inner.next_seq += 1;
        inner.waiting.push(Reverse(Waiting { due: Instant::now() + hold, seq, update, size }));
        self.pending.send_modify(|pending| *pending += 1);
        drop(inner);
        self.wake.notify_one();
    }

    /// The updates that are due, at most one body full. Waits until there is one and an address to send it to.
    pub(crate) async fn next_batch(&self) -> Vec<Update> {
        loop {
            let mut woken = pin!(self.wake.notified());
            woken.as_mut().enable();
            let due = match self.inner.lock().take() {
                Take::Batch { updates, more } => {
                    if more {
                        self.wake.notify_one();
                    }
                    return updates;
                }
                Take::WaitUntil(due) => Some(due),
                Take::Wait => None,
            };
            match due {
                Some(due) => tokio::select! {
                    () = woken => {}
                    () = tokio::time::sleep_until(due) => {}
                },
                None => woken.await,
            }
        }
    }

    /// Whether the next body is to be sent twice.
    pub(crate) fn roll(&self, probability: f64) -> bool {
        probability > 0.0 && self.inner.lock().rng.random::<f64>() < probability
    }

    /// Marks updates as delivered.
    pub(crate) fn delivered(&self, count: usize) {
        self.pending.send_modify(|pending| *pending -= count);
    }

    pub(crate) fn pending(&self) -> usize {
        *self.pending.borrow()
    }

    /// Waits until nothing is pending; false if that took too long.
    pub(crate) async fn drained(&self, timeout: Duration) -> bool {
        let mut pending = self.pending.subscribe();
        tokio::time::timeout(timeout, pending.wait_for(|pending| *pending == 0))
            .await
            .is_ok_and(|seen| seen.is_ok())
    }
}

enum Take {
    Batch { updates: Vec<Update>, more: bool },
    WaitUntil(Instant),
    Wait,
}

impl Inner {
    fn take(&mut self) -> Take {
        if self.url.is_none() {
            return Take::Wait;
        }
        let now = Instant::now();
        let (mut updates, mut bytes) = (Vec::new(), 0);
        while let Some(Reverse(next)) = self.waiting.peek() {
            let full = updates.len() == MAX_BATCH || (!updates.is_empty() && bytes + next.size > MAX_BYTES);
            if full || next.due > now {
                break;
            }
            bytes += next.size;
            updates.extend(self.waiting.pop().map(|Reverse(waiting)| waiting.update));
        }
        match (updates.is_empty(), self.waiting.peek()) {
            (false, next) => Take::Batch { updates, more: next.is_some() },
            (true, Some(Reverse(next))) => Take::WaitUntil(next.due),
            (true, None) => Take::Wait,
        }
    }
}
