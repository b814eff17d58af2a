//! Everything that a use case needs, made once at start.

use crate::auth::{
    AccessChange, AccessChanges, IdentityConfig, IdentityProvider, LoginGate, SessionKeys, ViewerCache,
};
use crate::bus::{Bus, BusConfig, Topic};
use crate::clock::{Clock, Ids};
use crate::connection::{ConnectionCache, Connections};
use crate::domain::business_hours::BusinessHours;
use crate::domain::dialling::Country;
use crate::domain::keywords::Keywords;
use crate::domain::retention::Retention;
use crate::domain::revocation::RevokedMessages;
use crate::domain::waiting;
use crate::error::{Error, Result};
use crate::events::EventHub;
use crate::limits::TypingLimit;
use crate::media::{Fetcher, MediaConfig, MediaLinks, MediaStore};
use crate::model_client::ModelClient;
use crate::services::receipts::ReceiptQueue;
use crate::store::{Db, DbConfig, Priority, leases};
use crate::vault::Vault;
use entities::{ChannelId, NodeId};
use models::LanguageModel;
use providers::meta::GraphClient;
use sea_orm::DbBackend;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, watch};

/// Tasks that store webhook bodies: while one waits for its commit the other collects. More of them would make smaller
/// portions and more commits.
const GATHERERS: usize = 2;

/// How this node is set up. `api` fills it from file and environment.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// The database.
    pub database: DbConfig,
    /// How nodes wake each other.
    pub bus: BusConfig,
    /// The address under which the world reaches the service, if it knows it.
    pub public_url: Option<url::Url>,
    /// The deployment's secret keys, newest first.
    pub secret_keys: Vec<SecretKey>,
    /// Who else vouches for people, if anybody does.
    pub identity: Option<IdentityConfig>,
    /// What the environment says of the connection with WhatsApp. What holds is in [`App::whatsapp`].
    pub whatsapp: WhatsAppConfig,
    /// Where files are kept, and where they may come from.
    pub media: MediaConfig,
    /// How contacts are understood.
    pub contacts: ContactsConfig,
    /// Whether people see what was deleted for everyone.
    pub revoked_messages: RevokedMessages,
    /// What is answered without people.
    pub automatic: AutomaticConfig,
    /// How long things are kept.
    pub retention: Retention,
}

/// What is answered without people.
#[derive(Clone, Debug)]
pub struct AutomaticConfig {
    /// When somebody is there.
    pub business_hours: BusinessHours,
    /// Whether customers whom no assistant answers are told to wait.
    pub waiting_messages: bool,
    /// How long a customer who was told to wait is not told again.
    pub waiting_quiet: Duration,
    /// Whether assistants answer at all.
    pub assistants: bool,
    /// Hosts of models and tools that may be on a private network.
    pub private_hosts: Vec<String>,
    /// Answers for every assistant in place of its own model: for the demo, and for tests.
    pub model: Option<Arc<dyn LanguageModel>>,
}

impl Default for AutomaticConfig {
    fn default() -> Self {
        Self {
            business_hours: BusinessHours::default(),
            waiting_messages: true,
            waiting_quiet: waiting::QUIET,
            assistants: true,
            private_hosts: Vec::new(),
            model: None,
        }
    }
}

/// How contacts are understood.
#[derive(Clone, Debug, Default)]
pub struct ContactsConfig {
    /// Where phone numbers without a country code are dialled; where the default channel's number is, if not set.
    pub default_country: Option<Country>,
    /// Texts by which a customer stops marketing messages.
    pub opt_out_keywords: Keywords,
    /// Texts by which a customer wants them again.
    pub opt_in_keywords: Keywords,
}

/// 32 bytes that sign sessions and seal secrets.
#[derive(Clone)]
pub struct SecretKey(pub [u8; 32]);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// A text that must not be shown: it has no `Display`, and its `Debug` is mute.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; say at the call why it is needed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is any text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "Secret(unset)" } else { "Secret(set)" })
    }
}

/// What connects the deployment, or a channel of its own app, with Meta. An empty text is one that is not set.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatsAppConfig {
    /// `https://graph.facebook.com`, or a simulator.
    pub graph_url: url::Url,
    /// `v24.0`.
    pub graph_version: String,
    /// Authorises calls.
    pub access_token: Secret,
    /// The app's id.
    pub app_id: String,
    /// Signs the webhooks.
    pub app_secret: Secret,
    /// The WhatsApp Business Account.
    pub business_account_id: String,
    /// The number's id.
    pub phone_number_id: String,
    /// What Meta must show at the handshake.
    pub verify_token: Secret,
    /// Whether webhooks must be signed; false only for tests. Not set: they must.
    pub verify_signature: Option<bool>,
}

impl WhatsAppConfig {
    /// Whether webhooks must be signed.
    #[must_use]
    pub fn verifies_signatures(&self) -> bool {
        self.verify_signature != Some(false)
    }
}

/// The state of this node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<State>);

/// See [`App`].
#[derive(Debug)]
pub struct State {
    /// This process among the nodes.
    pub node: NodeId,
    /// How it is set up.
    pub config: AppConfig,
    /// The time.
    pub clock: Clock,
    /// New ids.
    pub ids: Ids,
    /// The database.
    pub db: Db,
    /// Wake-ups.
    pub bus: Bus,
    /// The change log as a feed.
    pub events: EventHub,
    /// Takes webhook bodies.
    pub receipts: ReceiptQueue,
    /// What signs sessions.
    pub sessions: SessionKeys,
    /// Who else vouches for people, if anybody does.
    pub identity: Option<IdentityProvider>,
    /// Callers seen lately.
    pub viewers: Arc<ViewerCache>,
    /// Tells that rights have changed.
    access: AccessChanges,
    /// How WhatsApp is reached.
    connections: ConnectionCache,
    /// What slows down the guessing of passwords.
    pub logins: LoginGate,
    /// What keeps "typing…" from being shown all the time.
    pub typing: TypingLimit,
    /// For calls to the outside.
    pub http: reqwest::Client,
    /// The contents of files.
    pub media: MediaStore,
    /// Opens what is sealed.
    pub vault: Vault,
    /// For calls of models and tools: public addresses only, and those of the configuration.
    pub models: ModelClient,
    /// What signs links to files.
    pub links: MediaLinks,
    /// Fetches files from addresses that callers name.
    pub fetcher: Fetcher,
    /// For the provider's files: patient with long ones, and it follows no redirect, which could lead the token astray.
    pub files: reqwest::Client,
}

impl App {
    /// Connects to bus and database, and applies pending migrations. Starts no work.
    ///
    /// # Errors
    /// If one of them cannot be reached, or a migration fails.
    pub async fn open(config: AppConfig, clock: Clock, http: reqwest::Client) -> Result<Self> {
        let bus = Bus::start(&config.bus).await?;
        let db = Db::open(&config.database, bus.clone(), clock.clone()).await?;
        if db.backend() == DbBackend::Sqlite {
            db.write(Priority::Interactive, |tx| Box::pin(leases::clear(tx.conn()))).await?;
        }
        let events = EventHub::start(db.clone(), &bus, clock.clone()).await?;
        let keys: Vec<[u8; 32]> = config.secret_keys.iter().map(|key| key.0).collect();
        let sessions = SessionKeys::new(&keys)?;
        let media = MediaStore::open(&config.media.url)?;
        let fetcher = Fetcher::new(config.media.private_hosts.clone()).map_err(Error::internal)?;
        let vault = Vault::new(&config.secret_keys)?;
        let connections =
            ConnectionCache::start(db.clone(), vault.clone(), config.whatsapp.clone(), &bus).await?;
        let models = ModelClient::new(&config.automatic.private_hosts).map_err(Error::internal)?;
        let files = files_client(config.media.stalled_after).map_err(Error::internal)?;
        let ids = Ids::new(clock.clone());
        let receipts = ReceiptQueue::start(&db, clock.clone(), ids.clone(), GATHERERS);
        let identity = config.identity.clone().map(|identity| IdentityProvider::new(identity, http.clone()));
        let viewers = Arc::new(ViewerCache::default());
        let access = AccessChanges::new(Arc::clone(&viewers));
        access.follow(bus.listen(Topic::Access));
        Ok(Self(Arc::new(State {
            node: ids.next(),
            config,
            clock,
            ids,
            db,
            bus,
            events,
            receipts,
            sessions,
            identity,
            viewers,
            access,
            connections,
            logins: LoginGate::default(),
            typing: TypingLimit::default(),
            http,
            media,
            vault,
            models,
            links: MediaLinks::new(&keys),
            fetcher,
            files,
        })))
    }

    /// Ends in order what reads and writes by itself, then closes the database: the last thing to be done.
    ///
    /// # Errors
    /// If the database cannot be closed in order.
    pub async fn close(&self) -> Result<()> {
        self.events.stop();
        self.connections.stop();
        self.db.close().await
    }

    /// A client of the Graph API that is configured.
    #[must_use]
    pub fn graph(&self) -> GraphClient {
        let whatsapp = &self.config.whatsapp;
        GraphClient::new(self.http.clone(), whatsapp.graph_url.clone(), whatsapp.graph_version.clone())
    }

    /// A path below the address under which the world reaches the service; none if it does not know its address.
    #[must_use]
    pub fn public_address(&self, path: &str) -> Option<String> {
        let base = self.config.public_url.as_ref()?.as_str().trim_end_matches('/');
        Some(format!("{base}{path}"))
    }

    /// How WhatsApp is reached, as it stands now.
    #[must_use]
    pub fn connections(&self) -> Arc<Connections> {
        self.connections.now()
    }

    /// The deployment's connection, as it stands now.
    #[must_use]
    pub fn whatsapp(&self) -> Arc<WhatsAppConfig> {
        Arc::clone(self.connections().deployment())
    }

    /// A channel's connection, as it stands now.
    #[must_use]
    pub fn whatsapp_of(&self, channel: ChannelId) -> Arc<WhatsAppConfig> {
        Arc::clone(self.connections().of_channel(channel))
    }

    /// The connection of a WhatsApp Business Account, as it stands now.
    #[must_use]
    pub fn whatsapp_of_account(&self, business_account_id: &str) -> Arc<WhatsAppConfig> {
        Arc::clone(self.connections().of_account(business_account_id))
    }

    /// Changes of the connections, whatever node made them.
    #[must_use]
    pub fn connection_changes(&self) -> watch::Receiver<Arc<Connections>> {
        self.connections.listen()
    }

    /// Returns when there is an access token: without one there is nothing to ask Meta.
    pub async fn has_access_token(&self) {
        // The sender is ours: it cannot be closed.
        let _ = self.connections.listen().wait_for(|now| !now.lacks_tokens()).await;
    }

    /// To be called after each committed change of a setting, a secret or a channel, which woke [`Topic::Settings`]. On this
    /// node the change holds when this returns; on the others at once, or after 10 seconds if their hint was lost.
    ///
    /// # Errors
    /// If the settings cannot be read.
    pub async fn settings_changed(&self) -> Result<()> {
        self.connections.read_again().await
    }

    /// To be called after each committed change of a user, a role, a token or a session. On this node the change then
    /// holds at once, on the others within 10 seconds.
    pub fn access_changed(&self, change: AccessChange) {
        self.access.tell(change);
        if !matches!(change, AccessChange::Session(_)) {
            self.bus.wake_others(Topic::Access);
        }
    }

    /// Changes of access, whatever node made them: whoever keeps a caller for longer than a request authenticates it
    /// again. A hint from another node may be lost, so a timer must look as well.
    #[must_use]
    pub fn access_changes(&self) -> broadcast::Receiver<AccessChange> {
        self.access.listen()
    }
}

fn files_client(stalled_after: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(stalled_after)
        .read_timeout(stalled_after)
        .user_agent(concat!("recado/", env!("CARGO_PKG_VERSION")))
        .build()
}

impl Deref for App {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}
