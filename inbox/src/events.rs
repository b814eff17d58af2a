//! The change log as a feed: one tailer a node reads the log and hands each portion to all its subscribers.
//!
//! The log's places have no holes and are in the order of commit, so a subscriber knows by arithmetic whether it missed
//! something. Whoever did (because it asks for the past, or was too slow) reads the log itself until it is level again:
//! memory is bounded by the portions in flight, and nothing is skipped.

mod load;
mod subscription;
mod tailer;

pub use subscription::Subscription;

use crate::bus::Bus;
use crate::clock::Clock;
use crate::store::Db;
use entities::{
    ChannelId, ContactId, ConversationId, EventKind, MessageId, Timestamp, UserId, contact, conversation,
    inbox_notification, message,
};
use std::sync::Arc;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

/// Portions kept for slow subscribers; who falls further behind reads the log.
const PORTIONS: usize = 64;
/// Events in one portion, and in one read of the log.
const PORTION: u64 = 500;

/// One change with its place in the log, and the rows that it speaks of as they were when it was read (which may be
/// newer than the change).
#[derive(Debug)]
pub struct LoggedEvent {
    /// The place: a cursor. No holes, in the order of commit.
    pub seq: i64,
    /// What changed.
    pub kind: EventKind,
    /// When, by our clock.
    pub occurred_at: Timestamp,
    /// In which conversation.
    pub conversation_id: Option<ConversationId>,
    /// On which channel.
    pub channel_id: Option<ChannelId>,
    /// Whose.
    pub contact_id: Option<ContactId>,
    /// Which message.
    pub message_id: Option<MessageId>,
    /// Anything else: what a provider announced, or the owner whom a conversation was taken from.
    pub subject_id: Option<Uuid>,
    /// The message.
    pub message: Option<Arc<message::Model>>,
    /// The conversation.
    pub conversation: Option<Arc<conversation::Model>>,
    /// The contact.
    pub contact: Option<Arc<contact::Model>>,
    /// What somebody was told: nobody else's business.
    pub notification: Option<Arc<inbox_notification::Model>>,
}

impl LoggedEvent {
    /// The owner whom the change took its conversation from.
    #[must_use]
    pub fn former_owner(&self) -> Option<UserId> {
        self.subject_id.filter(|_| self.kind == EventKind::ConversationUpdated).map(UserId)
    }
}

/// What a subscriber receives.
#[derive(Clone, Debug)]
pub enum Feed {
    /// A change.
    Event(Arc<LoggedEvent>),
    /// The cursor is older than the log: read the state anew, then go on from `head`.
    Resync {
        /// The newest place.
        head: i64,
    },
    /// Nothing happened for a while; everything up to `head` has been delivered.
    Heartbeat {
        /// The newest place.
        head: i64,
    },
}

/// Hands the change log to subscribers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventHub {
    db: Db,
    clock: Clock,
    live: broadcast::Sender<Arc<Vec<Arc<LoggedEvent>>>>,
    /// The place up to which the tailer has read.
    position: watch::Sender<i64>,
    /// None for the tailer itself.
    tailer: Option<AbortHandle>,
}

impl EventHub {
    /// Starts the tailer.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub async fn start(db: Db, bus: &Bus, clock: Clock) -> crate::Result<Self> {
        let (live, _) = broadcast::channel(PORTIONS);
        let wake = bus.listen(crate::bus::Topic::Events);
        let head = crate::store::events::head(db.read()).await?;
        let hub = Self { db, clock, live, position: watch::Sender::new(head), tailer: None };
        let tailer = tokio::spawn(tailer::run(hub.clone(), wake));
        Ok(Self { tailer: Some(tailer.abort_handle()), ..hub })
    }

    /// Reads the log no more: the database is about to be closed.
    pub(crate) fn stop(&self) {
        if let Some(tailer) = &self.tailer {
            tailer.abort();
        }
    }

    /// Everything behind `after`, then what comes; without `after` only what comes.
    #[must_use]
    pub fn subscribe(&self, after: Option<i64>) -> Subscription {
        // Registered before the position is read, so that nothing falls between.
        let live = self.live.subscribe();
        let position = after.unwrap_or_else(|| *self.position.borrow());
        Subscription::new(self.db.clone(), live, self.position.subscribe(), position, after.is_some())
    }

    /// How many subscriptions listen on this node.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.live.receiver_count()
    }
}
