//! What all parts share: configuration, time, state, and the updates that wait to be told.

use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Map, Value};

use crate::clock::Clock;
use crate::config::Config;
use crate::customers::Customers;
use crate::faults::Faults;
use crate::graph;
use crate::graph::uploads::Uploads;
use crate::ids::Ids;
use crate::limits::Bucket;
use crate::media::MediaStore;
use crate::requests::RequestLog;
use crate::templates::Templates;
use crate::tokens::Tokens;
use crate::webhooks::{Queue, Update};

/// The inside of a simulator. Locks are held for one step and never across an await.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) url: String,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    pub(crate) state: Mutex<State>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) requests: Mutex<RequestLog>,
    pub(crate) webhooks: Queue,
}

/// What changes as business and customers act.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) ids: Ids,
    pub(crate) customers: Customers,
    pub(crate) media: MediaStore,
    pub(crate) templates: Templates,
    /// Files that are no part of a message.
    pub(crate) uploads: Uploads,
    pub(crate) tokens: Tokens,
    /// Messages that were accepted and are held back: their ids and what was asked for.
    pub(crate) held: Vec<(String, Value)>,
    /// The business profile, without what is unset.
    pub(crate) profile: Map<String, Value>,
    /// The limit of the whole number.
    pub(crate) throughput: Bucket,
    /// Whether the app is subscribed to the account. While it is not, nothing is told.
    pub(crate) subscribed: bool,
}

impl Core {
    pub(crate) fn new(config: Config, url: String, http: reqwest::Client) -> Self {
        let seed = config.seed;
        let clock = Clock::default();
        let state = State {
            ids: Ids::new(seed),
            customers: Customers::new(seed),
            media: MediaStore::default(),
            templates: Templates::default(),
            uploads: Uploads::default(),
            tokens: Tokens::new(&config.business, clock.now()),
            held: Vec::new(),
            profile: graph::profile::initial(),
            throughput: Bucket::default(),
            subscribed: true,
        };
        Self {
            webhooks: Queue::new(config.webhook_url.clone(), seed),
            url,
            clock,
            http,
            state: Mutex::new(state),
            faults: Mutex::default(),
            requests: Mutex::default(),
            config,
        }
    }

    /// Tells the business something, unless it is not subscribed.
    pub(crate) fn tell(&self, state: &State, update: Update) {
        self.tell_after(state, update, Duration::ZERO);
    }

    /// The same, some time from now.
    pub(crate) fn tell_after(&self, state: &State, update: Update, after: Duration) {
        if state.subscribed {
            self.webhooks.push(update, after, &self.faults.lock());
        }
    }
}
