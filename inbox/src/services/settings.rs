//! The settings of the deployment, changed while it runs.

use crate::app::{App, Secret, WhatsAppConfig};
use crate::auth::{Permission, Viewer};
use crate::bus::Topic;
use crate::domain::settings::{SettingKind, SettingName};
use crate::error::Result;
use crate::services::access::{AuditChange, Subject, record};
use crate::services::integration::{self, Integration, Problem};
use crate::services::{connect, integration::Findings};
use crate::store::{Priority, Tx, assistants, settings as store, users};
use entities::{AssistantId, AuditAction, IntegrationProblemCode, Timestamp, UserId, UserKind, secret};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A secret that is shorter is not known by its end: that would be half of it.
const SHORTEST_WITH_END: usize = 12;

/// What to change: absent keeps, none clears. Values as people write them.
pub type SettingsChange = BTreeMap<SettingName, Option<Secret>>;

/// The settings as they hold.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who owns new contacts.
    pub default_answer_user: Option<UserId>,
    /// Which assistant answers new contacts.
    pub default_assistant: Option<AssistantId>,
    /// The connection with WhatsApp.
    pub whatsapp: std::sync::Arc<WhatsAppConfig>,
    /// Those that the environment sets: they cannot be changed here.
    pub from_environment: BTreeSet<SettingName>,
    /// What is known of each secret.
    pub secrets: BTreeMap<SettingName, SecretFacts>,
    /// Whether the connection works.
    pub integration: Integration,
}

/// What is shown of a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// Whether there is one.
    pub is_set: bool,
    /// Its end; none for a short one.
    pub last_four: Option<String>,
    /// When it ends by itself, as far as known.
    pub expires_at: Option<Timestamp>,
    /// When it was set here; none for one of the environment.
    pub updated_at: Option<Timestamp>,
}

/// Why a setting was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsRefusalCode {
    /// The value cannot be one of this setting.
    Invalid,
    /// The environment sets it.
    FromEnvironment,
    /// There is no such user or assistant.
    NotFound,
    /// Meta says that it is wrong.
    RefusedByMeta(IntegrationProblemCode),
}

/// A setting that was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsRefusal {
    /// Which.
    pub setting: SettingName,
    /// Why.
    pub code: SettingsRefusalCode,
    /// The same in words, with what to do.
    pub message: String,
}

/// What came of a change.
#[derive(Clone, Debug)]
pub enum Changed {
    /// All of it holds, everywhere.
    Settings(Box<Settings>),
    /// Nothing changed.
    Refused(Vec<SettingsRefusal>),
}

/// The settings as they hold.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden) without [`Permission::Administer`].
pub async fn settings(app: &App, viewer: &Viewer) -> Result<Settings> {
    viewer.require(Permission::Administer)?;
    let db = app.db.read();
    let (values, rows) = tokio::try_join!(store::all(db), store::secrets(db))?;
    let integration = integration::integration(app).await?;
    let whatsapp = app.whatsapp();
    let id = |name: SettingName| {
        let row = values.iter().find(|row| row.name == name.as_str())?;
        Uuid::parse_str(&store::value_of(row)?).ok()
    };
    let from_environment = from_environment(&app.config.whatsapp);
    let facts = |name: SettingName| {
        let value = secret_of(&whatsapp, name);
        let row = rows
            .iter()
            .find(|row| row.place == store::place(name))
            .filter(|_| !from_environment.contains(&name));
        let token = integration.token.as_ref().filter(|_| name == SettingName::AccessToken);
        let facts = SecretFacts {
            is_set: !value.is_empty(),
            last_four: end_of(value),
            expires_at: token.and_then(|token| token.expires_at),
            updated_at: row.map(|row| row.updated_at),
        };
        (name, facts)
    };
    let secrets = SettingName::ALL.into_iter().filter(|name| name.is_secret()).map(facts).collect();
    Ok(Settings {
        default_answer_user: id(SettingName::DefaultAnswerUser).map(UserId),
        default_assistant: id(SettingName::DefaultAssistant).map(AssistantId),
        whatsapp,
        from_environment,
        secrets,
        integration,
    })
}

/// Changes settings, all of them or none. Meta is asked first whether ids, app and access token are what they are said to be;
/// that it does not answer keeps nobody from changing them.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden) without [`Permission::Administer`]; if the store cannot do it now.
pub async fn settings_update(app: &App, viewer: &Viewer, change: SettingsChange) -> Result<Changed> {
    viewer.require(Permission::Administer)?;
    let given = from_environment(&app.config.whatsapp);
    let (mut values, mut refusals) = (BTreeMap::new(), Vec::new());
    for (name, value) in change {
        let checked = match &value {
            _ if given.contains(&name) => Err((
                SettingsRefusalCode::FromEnvironment,
                "the environment of the service sets this; change it there, or take it out".to_owned(),
            )),
            None => Ok(None),
            // Exposed to be checked and stored.
            Some(value) => name
                .checked(value.expose())
                .map(|value| Some(Secret::new(value)))
                .map_err(|instead| (SettingsRefusalCode::Invalid, instead.to_owned())),
        };
        match checked {
            Ok(value) => _ = values.insert(name, value),
            Err((code, message)) => refusals.push(SettingsRefusal { setting: name, code, message }),
        }
    }
    refusals.extend(not_there(app, &values).await?);
    if !refusals.is_empty() {
        return Ok(Changed::Refused(refusals));
    }
    let before = app.whatsapp();
    let after = with(&before, &values);
    let asked = integration::fingerprint(&before) != integration::fingerprint(&after);
    let findings = if asked { Some(integration::look(app, &after).await) } else { None };
    if let Some(findings) = &findings {
        refusals = of_meta(findings, &values);
        if !refusals.is_empty() {
            return Ok(Changed::Refused(refusals));
        }
    }
    save(app, viewer, &values, &after, findings).await?;
    app.settings_changed().await?;
    connect::configured_number(app).await?;
    app.settings_changed().await?;
    Ok(Changed::Settings(Box::new(settings(app, viewer).await?)))
}

/// Takes over values from another system. Where it names a user by e-mail address, or an assistant by its name, the one of
/// that name here is meant.
///
/// # Errors
/// As [`settings_update`].
pub async fn settings_import(
    app: &App,
    viewer: &Viewer,
    values: BTreeMap<SettingName, String>,
) -> Result<Changed> {
    let mut change = SettingsChange::new();
    for (name, value) in values {
        let known = match name {
            SettingName::DefaultAnswerUser => {
                users::by_email(app.db.read(), &value).await?.map(|user| user.id.to_string())
            }
            SettingName::DefaultAssistant => {
                assistants::by_name(app.db.read(), &value).await?.map(|assistant| assistant.id.to_string())
            }
            _ => None,
        };
        change.insert(name, Some(Secret::new(known.unwrap_or(value))));
    }
    settings_update(app, viewer, change).await
}

async fn save(
    app: &App,
    viewer: &Viewer,
    values: &BTreeMap<SettingName, Option<Secret>>,
    after: &WhatsAppConfig,
    findings: Option<Findings>,
) -> Result<()> {
    let now = app.clock.now();
    let by = viewer.user_id();
    let mut rows = Vec::new();
    for (name, value) in values.iter().filter(|(name, _)| name.is_secret()) {
        let row = value.as_ref().map(|value| sealed(app, store::place(*name), value, now, by)).transpose()?;
        rows.push((*name, row));
    }
    let plain: Vec<(SettingName, Option<String>)> = values
        .iter()
        .filter(|(name, _)| !name.is_secret())
        // Exposed because it is no secret.
        .map(|(name, value)| (*name, value.as_ref().map(|value| value.expose().to_owned())))
        .collect();
    let row = findings.map(|findings| integration::row(after, &findings, now)).transpose()?;
    let (ids, actor) = (app.ids.clone(), viewer.actor());
    let write = app.db.write(Priority::Interactive, move |tx| {
        let (rows, plain, row, ids) = (rows.clone(), plain.clone(), row.clone(), ids.clone());
        Box::pin(async move {
            let before = store::all(tx.conn()).await?;
            let mut fields = Vec::new();
            for (name, secret) in rows {
                match secret {
                    Some(row) => store::put_secret(tx.conn(), row).await?,
                    None => store::remove_secret(tx.conn(), &store::place(name)).await?,
                }
                fields.push(AuditChange::hidden(name.as_str()));
            }
            for (name, value) in plain {
                let known = before.iter().find(|row| row.name == name.as_str()).and_then(store::value_of);
                if known != value {
                    store::put(tx, name, value.as_deref(), by).await?;
                    fields.push(AuditChange::shown(name.as_str(), known, value));
                }
            }
            if !fields.is_empty() {
                record(&ids, tx, actor, AuditAction::SettingsUpdated, Subject::Settings, fields).await?;
            }
            if let Some(row) = row {
                integration::note(tx, row).await?;
            }
            wake(tx);
            Ok(())
        })
    });
    write.await
}

/// Whoever works with the connection.
fn wake(tx: &Tx) {
    for topic in [Topic::Settings, Topic::Outbox, Topic::ProviderTasks, Topic::Media] {
        tx.wake(topic);
    }
}

/// A secret as it is stored.
pub(crate) fn sealed(
    app: &App,
    place: String,
    value: &Secret,
    now: Timestamp,
    by: Option<UserId>,
) -> Result<secret::Model> {
    Ok(secret::Model {
        sealed: app.vault.seal(&place, value)?,
        place,
        last_four: end_of(value).unwrap_or_default(),
        updated_at: now,
        updated_by: by,
    })
}

/// The last four letters of a secret that is long enough to be known by them.
fn end_of(value: &Secret) -> Option<String> {
    // Exposed to be known by its end.
    let text = value.expose();
    let letters: Vec<char> = text.chars().collect();
    (letters.len() >= SHORTEST_WITH_END).then(|| letters.iter().skip(letters.len() - 4).collect())
}

fn secret_of(whatsapp: &WhatsAppConfig, name: SettingName) -> &Secret {
    match name {
        SettingName::AppSecret => &whatsapp.app_secret,
        SettingName::VerifyToken => &whatsapp.verify_token,
        _ => &whatsapp.access_token,
    }
}

/// The settings that the environment sets.
fn from_environment(environment: &WhatsAppConfig) -> BTreeSet<SettingName> {
    let set = [
        (SettingName::AccessToken, !environment.access_token.is_empty()),
        (SettingName::AppId, !environment.app_id.is_empty()),
        (SettingName::AppSecret, !environment.app_secret.is_empty()),
        (SettingName::BusinessAccountId, !environment.business_account_id.is_empty()),
        (SettingName::PhoneNumberId, !environment.phone_number_id.is_empty()),
        (SettingName::VerifyToken, !environment.verify_token.is_empty()),
        (SettingName::VerifySignature, environment.verify_signature.is_some()),
    ];
    set.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect()
}

/// The connection as it would be with these values.
fn with(before: &WhatsAppConfig, values: &BTreeMap<SettingName, Option<Secret>>) -> WhatsAppConfig {
    let mut after = before.clone();
    for (name, value) in values {
        let value = value.clone().unwrap_or_default();
        // Exposed because it is no secret.
        let text = || value.expose().to_owned();
        match name {
            SettingName::AccessToken => after.access_token = value,
            SettingName::AppId => after.app_id = text(),
            SettingName::AppSecret => after.app_secret = value,
            SettingName::BusinessAccountId => after.business_account_id = text(),
            SettingName::PhoneNumberId => after.phone_number_id = text(),
            SettingName::VerifyToken => after.verify_token = value,
            SettingName::VerifySignature => after.verify_signature = Some(text() != "false"),
            SettingName::DefaultAnswerUser | SettingName::DefaultAssistant => {}
        }
    }
    after
}

/// The users and assistants that are named and do not exist.
async fn not_there(
    app: &App,
    values: &BTreeMap<SettingName, Option<Secret>>,
) -> Result<Vec<SettingsRefusal>> {
    let mut refusals = Vec::new();
    for (name, value) in values.iter().filter(|(name, _)| name.kind() == SettingKind::OwnId) {
        // Exposed because it is no secret.
        let Some(id) = value.as_ref().and_then(|value| Uuid::parse_str(value.expose()).ok()) else {
            continue;
        };
        let (there, message) = if *name == SettingName::DefaultAnswerUser {
            let user = users::get(app.db.read(), UserId(id)).await?;
            let works =
                user.is_some_and(|user| user.kind == UserKind::Person && user.deactivated_at.is_none());
            (works, "there is no such user, or the user has no access any more")
        } else {
            (assistants::get(app.db.read(), AssistantId(id)).await?.is_some(), "there is no such assistant")
        };
        if !there {
            let (code, message) = (SettingsRefusalCode::NotFound, message.to_owned());
            refusals.push(SettingsRefusal { setting: *name, code, message });
        }
    }
    Ok(refusals)
}

/// What Meta found wrong, of which at least one thing is in what is to be changed: then it is said before it is stored. That
/// what stays is wrong is no reason to refuse a change which may be the first of two.
fn of_meta(findings: &Findings, values: &BTreeMap<SettingName, Option<Secret>>) -> Vec<SettingsRefusal> {
    let refusal = |problem: &Problem| {
        let setting = SettingName::parse(problem.setting.as_deref()?)?;
        let refused = values.get(&setting).is_some_and(Option::is_some);
        let code = SettingsRefusalCode::RefusedByMeta(problem.code);
        refused.then(|| SettingsRefusal { setting, code, message: problem.message.clone() })
    };
    findings.problems.iter().filter_map(refusal).collect()
}
