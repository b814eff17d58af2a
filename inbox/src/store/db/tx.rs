//! What a write sees.

use crate::bus::Topic;
use crate::error::Result;
use crate::store::events;
use entities::{ChannelId, ContactId, ConversationId, EventKind, MessageId, Timestamp};
use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use uuid::Uuid;

/// An event without its place in the log: that is given at commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// What changed.
    pub kind: EventKind,
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
}

impl NewEvent {
    /// An event of this kind about nothing in particular yet.
    #[must_use]
    pub fn new(kind: EventKind) -> Self {
        Self {
            kind,
            conversation_id: None,
            channel_id: None,
            contact_id: None,
            message_id: None,
            subject_id: None,
        }
    }
}

/// One write in progress: its statements, its events, its wake-ups.
#[derive(Debug)]
pub struct Tx {
    connection: DatabaseTransaction,
    now: Timestamp,
    events: Mutex<Vec<NewEvent>>,
    wakes: Mutex<Wakes>,
}

impl Tx {
    pub(super) fn new(connection: DatabaseTransaction, now: Timestamp) -> Self {
        Self { connection, now, events: Mutex::default(), wakes: Mutex::default() }
    }

    /// What statements run on.
    #[must_use]
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.connection
    }

    /// When this write began, by our clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether rows must be locked before they are changed. SQLite has one writer, so nobody else can.
    #[must_use]
    pub fn has_row_locks(&self) -> bool {
        self.connection.get_database_backend() == DbBackend::Postgres
    }

    /// Puts a change into the log. It gets its place at commit, and its readers are woken.
    pub fn emit(&self, event: NewEvent) {
        self.events.lock().push(event);
        self.wake(Topic::Events);
    }

    /// Wakes a topic's listeners once this is committed.
    pub fn wake(&self, topic: Topic) {
        self.wakes.lock().add(topic);
    }

    pub(super) fn into_parts(self) -> (DatabaseTransaction, Vec<NewEvent>, Wakes) {
        (self.connection, self.events.into_inner(), self.wakes.into_inner())
    }

    /// Numbers the events as the last thing before commit: the row of the log's head stays locked until then, so that
    /// places are in the order of commit and without holes.
    pub(super) async fn commit(self) -> Result<Wakes> {
        let now = self.now;
        let (connection, new, wakes) = self.into_parts();
        events::append(&connection, now, &new).await?;
        connection.commit().await?;
        Ok(wakes)
    }
}

/// A set of topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wakes(u16);

impl Wakes {
    fn add(&mut self, topic: Topic) {
        self.0 |= 1 << topic as u8;
    }

    pub(super) fn contains(self, topic: Topic) -> bool {
        self.0 & (1 << topic as u8) != 0
    }
}
