//! Wake-ups: hints that there is something to read. The tables are the truth, so a bus may lose anything; whoever
//! listens also looks by itself now and then.

mod nats;
mod postgres;
#[cfg(test)]
mod tests;

use crate::error::Result;
use std::sync::Arc;
use tokio::sync::watch;

/// What there may be to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The change log grew.
    Events,
    /// A webhook was stored.
    Receipts,
    /// A send was queued, or may be tried again.
    Outbox,
    /// A call that is no message was asked for.
    ProviderTasks,
    /// A user, a role, a token or a session changed.
    Access,
    /// A file is to be fetched.
    Media,
    /// An erasure was asked for.
    Contacts,
    /// A customer wrote in automatic mode.
    Turns,
    /// Somebody started a job.
    Jobs,
    /// A setting changed.
    Settings,
}

impl Topic {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::Events,
        Self::Receipts,
        Self::Outbox,
        Self::ProviderTasks,
        Self::Access,
        Self::Media,
        Self::Contacts,
        Self::Turns,
        Self::Jobs,
        Self::Settings,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Receipts => "receipts",
            Self::Outbox => "outbox",
            Self::ProviderTasks => "provider_tasks",
            Self::Access => "access",
            Self::Media => "media",
            Self::Contacts => "contacts",
            Self::Turns => "turns",
            Self::Jobs => "jobs",
            Self::Settings => "settings",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// How nodes wake each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusConfig {
    /// One node: within the process.
    Local,
    /// `LISTEN`/`NOTIFY` on this database.
    Postgres(String),
    /// Core NATS at this address.
    Nats(String),
}

/// Wakes those who wait on a topic, on this node at once and on others through the configured carrier.
#[derive(Clone, Debug)]
pub struct Bus {
    topics: Arc<Topics>,
    others: Option<Arc<Topics>>,
}

/// How often each topic was woken.
type Topics = [watch::Sender<u64>; Topic::ALL.len()];

impl Bus {
    /// Connects the carrier, if there is one. It reconnects by itself.
    ///
    /// # Errors
    /// If the carrier cannot be reached now.
    pub async fn start(config: &BusConfig) -> Result<Self> {
        let topics: Arc<Topics> = Arc::new(std::array::from_fn(|_| watch::Sender::new(0)));
        let local = Self { topics, others: None };
        match config {
            BusConfig::Local => Ok(local),
            BusConfig::Postgres(url) => postgres::connect(local, url).await,
            BusConfig::Nats(url) => nats::connect(local, url).await,
        }
    }

    /// Wakes the listeners of a topic, here and on the other nodes.
    pub fn wake(&self, topic: Topic) {
        self.wake_local(topic);
        self.wake_others(topic);
    }

    /// Wakes the listeners of a topic on the other nodes; those here may be woken by the carrier's echo.
    pub fn wake_others(&self, topic: Topic) {
        if let Some(others) = &self.others {
            others[topic as usize].send_modify(|count| *count += 1);
        }
    }

    /// A listener; register it before looking at the table, so that no wake-up is lost between.
    #[must_use]
    pub fn listen(&self, topic: Topic) -> watch::Receiver<u64> {
        self.topics[topic as usize].subscribe()
    }

    fn wake_local(&self, topic: Topic) {
        self.topics[topic as usize].send_modify(|count| *count += 1);
    }

    /// Wakes everybody: after a carrier was away nobody knows what was missed.
    fn wake_all_local(&self) {
        for topic in Topic::ALL {
            self.wake_local(topic);
        }
    }

    /// Forwards wake-ups to the other nodes, as many at once as there are: a topic woken a hundred times while one
    /// message is on its way is sent once more.
    fn forward<F, Fut>(mut self, send: F) -> Self
    where
        F: Fn(Topic) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = ()> + Send,
    {
        let outgoing: Arc<Topics> = Arc::new(std::array::from_fn(|_| watch::Sender::new(0)));
        for topic in Topic::ALL {
            let mut changes = outgoing[topic as usize].subscribe();
            let send = send.clone();
            tokio::spawn(async move {
                while changes.changed().await.is_ok() {
                    send(topic).await;
                }
            });
        }
        self.others = Some(outgoing);
        self
    }
}
