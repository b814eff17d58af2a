//! How WhatsApp is reached, as it stands now: what the environment says, else what is stored; for each channel its own, else
//! the deployment's.

use crate::app::{Secret, WhatsAppConfig};
use crate::auth::Reach;
use crate::bus::{Bus, Topic};
use crate::domain::settings::SettingName;
use crate::error::Result;
use crate::store::{Db, channels, settings};
use crate::vault::Vault;
use entities::{ChannelId, channel};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// A hint that a setting changed may be lost: then the change holds after so long.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The connections of all channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Connections {
    deployment: Arc<WhatsAppConfig>,
    channels: HashMap<ChannelId, Arc<WhatsAppConfig>>,
    accounts: HashMap<String, ChannelId>,
    /// Places of stored secrets that no configured key opens.
    unreadable: Vec<String>,
}

impl Connections {
    /// The deployment's own.
    #[must_use]
    pub fn deployment(&self) -> &Arc<WhatsAppConfig> {
        &self.deployment
    }

    /// A channel's; the deployment's for one that is not known yet.
    #[must_use]
    pub fn of_channel(&self, channel: ChannelId) -> &Arc<WhatsAppConfig> {
        self.channels.get(&channel).unwrap_or(&self.deployment)
    }

    /// That of a WhatsApp Business Account: of its channel that was connected first.
    #[must_use]
    pub fn of_account(&self, business_account_id: &str) -> &Arc<WhatsAppConfig> {
        self.accounts.get(business_account_id).map_or(&self.deployment, |channel| self.of_channel(*channel))
    }

    /// Whether nothing can be sent for want of any access token.
    #[must_use]
    pub fn lacks_tokens(&self) -> bool {
        self.deployment.access_token.is_empty()
            && self.channels.values().all(|one| one.access_token.is_empty())
    }

    /// Places of stored secrets that no configured key opens.
    #[must_use]
    pub fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    async fn read(db: &Db, vault: &Vault, environment: &WhatsAppConfig) -> Result<Self> {
        let (values, sealed) = tokio::try_join!(settings::all(db.read()), settings::secrets(db.read()))?;
        let rows = channels::all(db.read(), Reach::All).await?;
        let mut values: HashMap<String, String> =
            values.iter().filter_map(|row| Some((row.name.clone(), settings::value_of(row)?))).collect();
        let (mut secrets, mut unreadable) = (HashMap::new(), Vec::new());
        for row in sealed {
            match vault.open(&row.place, &row.sealed) {
                Ok(secret) => _ = secrets.insert(row.place, secret),
                Err(_) => unreadable.push(row.place),
            }
        }
        unreadable.sort();
        let deployment = Arc::new(deployment(environment, &mut values, &secrets));
        let mut accounts = HashMap::new();
        for row in &rows {
            if let Some(account) = &row.business_account_id {
                accounts.entry(account.clone()).or_insert(row.id);
            }
        }
        let channels =
            rows.iter().map(|row| (row.id, Arc::new(of_channel(&deployment, row, &secrets)))).collect();
        Ok(Self { deployment, channels, accounts, unreadable })
    }
}

/// The deployment's connection: the environment wins over what is stored.
fn deployment(
    environment: &WhatsAppConfig,
    values: &mut HashMap<String, String>,
    secrets: &HashMap<String, Secret>,
) -> WhatsAppConfig {
    let mut value = |name: SettingName, given: &str| {
        let stored = values.remove(name.as_str()).unwrap_or_default();
        if given.is_empty() { stored } else { given.to_owned() }
    };
    let secret = |name: SettingName, given: &Secret| {
        let stored = secrets.get(&settings::place(name)).filter(|_| given.is_empty());
        stored.unwrap_or(given).clone()
    };
    let stored = value(SettingName::VerifySignature, "");
    WhatsAppConfig {
        graph_url: environment.graph_url.clone(),
        graph_version: environment.graph_version.clone(),
        access_token: secret(SettingName::AccessToken, &environment.access_token),
        app_id: value(SettingName::AppId, &environment.app_id),
        app_secret: secret(SettingName::AppSecret, &environment.app_secret),
        business_account_id: value(SettingName::BusinessAccountId, &environment.business_account_id),
        phone_number_id: value(SettingName::PhoneNumberId, &environment.phone_number_id),
        verify_token: secret(SettingName::VerifyToken, &environment.verify_token),
        verify_signature: environment.verify_signature.or(Some(stored != "false")),
    }
}

/// A channel's connection. Of an app of its own nothing is filled up from the deployment's app.
fn of_channel(
    deployment: &WhatsAppConfig,
    row: &channel::Model,
    secrets: &HashMap<String, Secret>,
) -> WhatsAppConfig {
    let own_app = row.app_id.as_ref().is_some_and(|app| *app != deployment.app_id);
    let own = |name: SettingName| secrets.get(&settings::place_of_channel(name, row.id)).cloned();
    let of_app = |name, shared: &Secret| {
        own(name).unwrap_or_else(|| if own_app { Secret::default() } else { shared.clone() })
    };
    WhatsAppConfig {
        access_token: own(SettingName::AccessToken).unwrap_or_else(|| deployment.access_token.clone()),
        app_id: row.app_id.clone().unwrap_or_else(|| deployment.app_id.clone()),
        app_secret: of_app(SettingName::AppSecret, &deployment.app_secret),
        verify_token: own(SettingName::VerifyToken).unwrap_or_else(|| deployment.verify_token.clone()),
        business_account_id: row.business_account_id.clone().unwrap_or_default(),
        phone_number_id: row.phone_number_id.clone().unwrap_or_default(),
        ..deployment.clone()
    }
}

/// Keeps the connections at hand, and reads them again when something changed, on this node or another.
#[derive(Debug)]
pub(crate) struct ConnectionCache {
    source: Arc<Source>,
    follower: AbortHandle,
}

struct Source {
    db: Db,
    vault: Vault,
    environment: WhatsAppConfig,
    current: watch::Sender<Arc<Connections>>,
    /// Of two reads the later one holds.
    reading: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}

impl ConnectionCache {
    /// Reads them once, and from then on after each hint.
    pub(crate) async fn start(db: Db, vault: Vault, environment: WhatsAppConfig, bus: &Bus) -> Result<Self> {
        let mut hints = bus.listen(Topic::Settings);
        let first = Connections::read(&db, &vault, &environment).await?;
        for place in first.unreadable() {
            tracing::error!(%place, "a stored secret cannot be opened with the configured secret key");
        }
        let source = Arc::new(Source {
            db,
            vault,
            environment,
            current: watch::Sender::new(Arc::new(first)),
            reading: tokio::sync::Mutex::default(),
        });
        let task = tokio::spawn({
            let source = Arc::clone(&source);
            async move {
                loop {
                    let hint = tokio::time::timeout(LOOK_EVERY, hints.changed()).await;
                    if let Ok(Err(_)) = hint {
                        return;
                    }
                    if let Err(error) = source.read_again().await {
                        tracing::warn!(%error, "the settings could not be read again");
                    }
                }
            }
        });
        Ok(Self { source, follower: task.abort_handle() })
    }

    pub(crate) fn now(&self) -> Arc<Connections> {
        Arc::clone(&self.source.current.borrow())
    }

    pub(crate) fn listen(&self) -> watch::Receiver<Arc<Connections>> {
        self.source.current.subscribe()
    }

    pub(crate) async fn read_again(&self) -> Result<()> {
        self.source.read_again().await
    }

    pub(crate) fn stop(&self) {
        self.follower.abort();
    }
}

impl Source {
    async fn read_again(&self) -> Result<()> {
        let _reading = self.reading.lock().await;
        let read = Connections::read(&self.db, &self.vault, &self.environment).await?;
        self.current.send_if_modified(|current| {
            let changed = **current != read;
            if changed {
                *current = Arc::new(read);
            }
            changed
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
