//! One subscriber's way through the log.

use super::{Feed, LoggedEvent, PORTION, load};
use crate::Result;
use crate::store::{Db, events};
use futures_util::Stream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

/// How long nothing happens before a heartbeat says so.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After a failed read of the log.
const PAUSE: Duration = Duration::from_millis(250);

/// The events behind a place, in order, each once: from the log while it is behind, from the tailer once it is level.
#[derive(Debug)]
pub struct Subscription {
    db: Db,
    live: broadcast::Receiver<Arc<Vec<Arc<LoggedEvent>>>>,
    head: watch::Receiver<i64>,
    /// The last place delivered, or queued in `ready`.
    position: i64,
    ready: VecDeque<Feed>,
    behind: bool,
    /// Whether the log still holds what comes behind `position` has not been checked yet.
    unchecked: bool,
}

impl Subscription {
    pub(super) fn new(
        db: Db,
        live: broadcast::Receiver<Arc<Vec<Arc<LoggedEvent>>>>,
        head: watch::Receiver<i64>,
        position: i64,
        resume: bool,
    ) -> Self {
        Self { db, live, head, position, ready: VecDeque::new(), behind: resume, unchecked: resume }
    }

    /// The next item; `None` when the service stops.
    pub async fn next(&mut self) -> Option<Feed> {
        loop {
            if let Some(feed) = self.ready.pop_front() {
                return Some(feed);
            }
            if self.behind {
                if let Err(error) = self.catch_up().await {
                    tracing::warn!(%error, "a subscriber could not read the change log and tries again");
                    tokio::time::sleep(PAUSE).await;
                }
                continue;
            }
            match tokio::time::timeout(HEARTBEAT, self.live.recv()).await {
                Ok(Ok(portion)) => self.take(&portion),
                Ok(Err(RecvError::Lagged(_))) => {
                    metrics::counter!("recado_subscriptions_lagged_total").increment(1);
                    self.behind = true;
                }
                Ok(Err(RecvError::Closed)) => return None,
                Err(_) => return Some(Feed::Heartbeat { head: self.position }),
            }
        }
    }

    /// As a stream.
    pub fn into_stream(self) -> impl Stream<Item = Feed> + Send {
        futures_util::stream::unfold(self, |mut subscription| async move {
            let feed = subscription.next().await?;
            Some((feed, subscription))
        })
    }

    /// A portion from the tailer: what is new in it, if it joins on; otherwise the log has what is missing.
    fn take(&mut self, portion: &[Arc<LoggedEvent>]) {
        let Some(first) = portion.first() else { return };
        if first.seq > self.position + 1 {
            self.behind = true;
            return;
        }
        for event in portion.iter().filter(|event| event.seq > self.position) {
            self.ready.push_back(Feed::Event(Arc::clone(event)));
        }
        self.position = portion.last().map_or(self.position, |event| event.seq.max(self.position));
    }

    async fn catch_up(&mut self) -> Result<()> {
        let rows = events::after(self.db.read(), self.position, PORTION).await?;
        if let Some(first) = rows.first()
            && first.seq > self.position + 1
        {
            return self.resync().await;
        }
        if self.unchecked {
            self.unchecked = false;
            // A place that the log never reached is from another database.
            if rows.is_empty() && self.position > events::head(self.db.read()).await? {
                return self.resync().await;
            }
        }
        let Some(last) = rows.last() else {
            self.behind = *self.head.borrow() > self.position;
            return Ok(());
        };
        let reached = last.seq;
        let complete = rows.len() < usize::try_from(PORTION).unwrap_or(usize::MAX);
        let portion = load::load(self.db.read(), rows).await?;
        self.ready.extend(portion.into_iter().map(Feed::Event));
        self.position = reached;
        self.behind = !complete;
        Ok(())
    }

    async fn resync(&mut self) -> Result<()> {
        let head = events::head(self.db.read()).await?;
        self.position = head;
        self.behind = false;
        self.ready.push_back(Feed::Resync { head });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Priority;
    use crate::store::db::NewEvent;
    use crate::testing::for_each_store;
    use entities::EventKind;

    #[tokio::test]
    async fn a_portion_that_does_not_join_on_sends_the_subscriber_to_the_log() {
        for_each_store(async |app| {
            for _ in 0..3 {
                let write = app.db.write(Priority::Interactive, |tx| {
                    Box::pin(async move {
                        tx.emit(NewEvent::new(EventKind::ContactUpdated));
                        Ok(())
                    })
                });
                write.await.unwrap();
            }
            let last =
                load::load(app.db.read(), events::after(app.db.read(), 2, 1).await.unwrap()).await.unwrap();
            let (live, receiver) = broadcast::channel(4);
            let head = watch::Sender::new(3);
            let mut subscription = Subscription::new(app.db.clone(), receiver, head.subscribe(), 0, false);
            live.send(Arc::new(last)).unwrap();
            for expected in 1..=3 {
                let feed = subscription.next().await;
                assert!(
                    matches!(&feed, Some(Feed::Event(event)) if event.seq == expected),
                    "{expected}: {feed:?}"
                );
            }
        })
        .await;
    }
}
