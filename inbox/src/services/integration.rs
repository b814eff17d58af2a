//! Whether the connection with WhatsApp works: Meta is asked whether each setting is what it is said to be.

use crate::app::{App, WhatsAppConfig};
use crate::bus::Topic;
use crate::domain::settings::SettingName;
use crate::error::{Error, Result};
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, settings as store};
use entities::{EventKind, IntegrationProblemCode as Code, IntegrationState, Timestamp, integration};
use providers::inbound::ProviderError;
use providers::meta::{GraphClient, NodeKind, TokenInfo};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::time::Duration;

/// What a token must be allowed: to send, and to read and subscribe the account.
pub const SCOPES: [&str; 2] = ["whatsapp_business_messaging", "whatsapp_business_management"];

/// Where Meta did not answer.
const ASK_AGAIN: Duration = Duration::from_secs(60);
/// Where it did.
const ASK_ANEW: Duration = Duration::from_secs(6 * 60 * 60);

/// Error codes of Meta's: no access.
const ACCESS_TOKEN: i64 = 190;
/// The app's secret is wrong.
const CLIENT_SECRET: i64 = 1;
/// There is no such app.
const APPLICATION: i64 = 101;
/// No such object, or not for this token.
const INVALID_PARAMETER: i64 = 100;

/// Something that is wrong with a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The setting, by its name in the schema; none if it is about no one of them.
    pub setting: Option<String>,
    /// What is wrong.
    pub code: Code,
    /// The same in words, with what to do. No secret is in it.
    pub message: String,
}

impl Problem {
    fn new(setting: SettingName, code: Code, message: impl Into<String>) -> Self {
        Self { setting: Some(setting.as_str().to_owned()), code, message: message.into() }
    }
}

/// What the access token is good for, as Meta said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFacts {
    /// `SYSTEM_USER`, `USER` or another.
    pub kind: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it ends; none if it does not.
    pub expires_at: Option<Timestamp>,
}

/// What Meta says of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What the access token is good for, if Meta could be asked.
    pub token: Option<TokenFacts>,
}

/// Whether the connection works, as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// In a word.
    pub state: IntegrationState,
    /// The settings without which it cannot work.
    pub missing: Vec<SettingName>,
    /// What Meta said is wrong.
    pub problems: Vec<Problem>,
    /// What the access token is good for.
    pub token: Option<TokenFacts>,
    /// When Meta was last asked about these settings.
    pub checked_at: Option<Timestamp>,
}

/// The required settings that are not set.
#[must_use]
pub fn missing(whatsapp: &WhatsAppConfig) -> Vec<SettingName> {
    let is_set = |name: SettingName| match name {
        SettingName::AppId => !whatsapp.app_id.is_empty(),
        SettingName::AppSecret => !whatsapp.app_secret.is_empty(),
        SettingName::BusinessAccountId => !whatsapp.business_account_id.is_empty(),
        SettingName::PhoneNumberId => !whatsapp.phone_number_id.is_empty(),
        SettingName::AccessToken => !whatsapp.access_token.is_empty(),
        SettingName::VerifyToken => !whatsapp.verify_token.is_empty(),
        SettingName::DefaultAnswerUser | SettingName::DefaultAssistant | SettingName::VerifySignature => true,
    };
    SettingName::REQUIRED.into_iter().filter(|name| !is_set(*name)).collect()
}

/// What is known of the connection, without asking Meta.
///
/// # Errors
/// If the database refuses.
pub async fn integration(app: &App) -> Result<Integration> {
    let whatsapp = app.whatsapp();
    let missing = missing(&whatsapp);
    let known = store::integration(app.db.read()).await?;
    let known = known.filter(|row| row.fingerprint == fingerprint(&whatsapp));
    let Some(row) = known else {
        let state =
            if missing.is_empty() { IntegrationState::Unverified } else { IntegrationState::Incomplete };
        return Ok(Integration { state, missing, problems: Vec::new(), token: None, checked_at: None });
    };
    Ok(Integration {
        state: row.state,
        missing,
        problems: serde_json::from_str(&row.problems).map_err(Error::internal)?,
        token: row.token.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?,
        checked_at: Some(row.checked_at),
    })
}

/// What Meta said last, of whatever settings.
///
/// # Errors
/// If the database refuses.
pub async fn noted_state(app: &App) -> Result<IntegrationState> {
    let known = store::integration(app.db.read()).await?;
    Ok(known.map_or(IntegrationState::Incomplete, |row| row.state))
}

/// Whether it is time to ask Meta: about other settings than the last time, again where it did not answer, and now and then
/// because what was right may have become wrong.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn is_due(app: &App) -> Result<bool> {
    let whatsapp = app.whatsapp();
    if whatsapp.access_token.is_empty() {
        return Ok(false);
    }
    let known = store::integration(app.db.read()).await?;
    let Some(row) = known.filter(|row| row.fingerprint == fingerprint(&whatsapp)) else { return Ok(true) };
    let again = if row.state == IntegrationState::Unverified { ASK_AGAIN } else { ASK_ANEW };
    Ok(app.clock.now().since(row.checked_at) >= again)
}

/// Asks Meta about the settings that hold now, and notes what it says. Whoever watches hears of it if that is news.
///
/// # Errors
/// If the database refuses. That Meta cannot be asked is no error, but a finding.
pub async fn verify(app: &App) -> Result<Integration> {
    let whatsapp = app.whatsapp();
    let findings = look(app, &whatsapp).await;
    let row = row(&whatsapp, &findings, app.clock.now())?;
    let write = app.db.write(Priority::Interactive, move |tx| {
        let row = row.clone();
        Box::pin(async move { note(tx, row).await })
    });
    write.await?;
    integration(app).await
}

/// Notes what came out, in the transaction that may have changed the settings.
pub(crate) async fn note(tx: &Tx, row: integration::Model) -> Result<()> {
    let before = store::integration(tx.conn()).await?;
    let same = before.is_some_and(|before| before.state == row.state && before.problems == row.problems);
    store::put_integration(tx, row).await?;
    if !same {
        tx.emit(NewEvent::new(EventKind::IntegrationUpdated));
        // What waits for a connection that works.
        tx.wake(Topic::Outbox);
    }
    Ok(())
}

/// The row that says what came out.
pub(crate) fn row(
    whatsapp: &WhatsAppConfig,
    findings: &Findings,
    now: Timestamp,
) -> Result<integration::Model> {
    let unanswered = findings.problems.iter().any(|problem| problem.code == Code::MetaUnavailable);
    let wrong = findings.problems.iter().any(|problem| problem.code != Code::MetaUnavailable);
    let state = match () {
        () if wrong => IntegrationState::Failed,
        () if !missing(whatsapp).is_empty() => IntegrationState::Incomplete,
        () if unanswered => IntegrationState::Unverified,
        () => IntegrationState::Active,
    };
    Ok(integration::Model {
        id: 1,
        fingerprint: fingerprint(whatsapp),
        state,
        problems: serde_json::to_string(&findings.problems).map_err(Error::internal)?,
        token: findings.token.as_ref().map(serde_json::to_string).transpose().map_err(Error::internal)?,
        checked_at: now,
    })
}

/// What the settings are known by: what was found about others says nothing of them.
pub(crate) fn fingerprint(whatsapp: &WhatsAppConfig) -> String {
    let mut hash = Sha256::new();
    // Exposed to be hashed.
    for part in [
        whatsapp.graph_url.as_str(),
        &whatsapp.app_id,
        whatsapp.app_secret.expose(),
        &whatsapp.business_account_id,
        &whatsapp.phone_number_id,
        whatsapp.access_token.expose(),
        whatsapp.verify_token.expose(),
    ] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Asks Meta whether each setting that is set is what it is said to be.
pub(crate) async fn look(app: &App, whatsapp: &WhatsAppConfig) -> Findings {
    let graph = app.graph();
    let mut findings = Findings::default();
    if whatsapp.access_token.is_empty() {
        return findings;
    }
    let has_app = !whatsapp.app_id.is_empty() && !whatsapp.app_secret.is_empty();
    if has_app {
        // Exposed to be shown to Meta.
        let (secret, token) = (whatsapp.app_secret.expose(), whatsapp.access_token.expose());
        match graph.debug_token(&whatsapp.app_id, secret, token).await {
            Ok(info) => judge_token(whatsapp, info, &mut findings),
            Err(error) => findings.problems.push(of_app(&error)),
        }
    }
    let refused =
        |problem: &Problem| problem.code == Code::TokenInvalid || problem.code == Code::MetaUnavailable;
    if !findings.problems.iter().any(refused) {
        judge_ids(&graph, whatsapp, &mut findings).await;
    }
    findings
}

fn judge_token(whatsapp: &WhatsAppConfig, info: TokenInfo, findings: &mut Findings) {
    use SettingName::AccessToken;
    if !info.is_valid {
        let why = info.error.unwrap_or_else(|| "it gave no reason".to_owned());
        let message = format!("Meta does not accept this access token: {why}. Make a new one and set it.");
        findings.problems.push(Problem::new(AccessToken, Code::TokenInvalid, message));
        return;
    }
    if let Some(other) = info.app_id.filter(|id| *id != whatsapp.app_id) {
        let message = format!(
            "This access token was made for the app {other}, not for {}. Make one in this app, or set appId and appSecret \
             to those of the other.",
            whatsapp.app_id
        );
        findings.problems.push(Problem::new(AccessToken, Code::TokenOfOtherApp, message));
    }
    let lacking: Vec<&str> =
        SCOPES.into_iter().filter(|scope| !info.scopes.iter().any(|has| has == scope)).collect();
    if !lacking.is_empty() {
        let message = format!(
            "This access token lacks the permission {}. Make one with {}.",
            lacking.join(" and "),
            SCOPES.join(" and ")
        );
        findings.problems.push(Problem::new(AccessToken, Code::ScopeMissing, message));
    }
    findings.token = Some(TokenFacts {
        kind: info.kind,
        scopes: info.scopes,
        expires_at: info.expires_at.map(Timestamp::from_seconds),
    });
}

/// What an error says that a call in the app's name got.
fn of_app(error: &ProviderError) -> Problem {
    match error.code {
        Some(CLIENT_SECRET) => secret_wrong(),
        Some(ACCESS_TOKEN | APPLICATION | INVALID_PARAMETER) => {
            let message =
                "Meta knows no app with this id and secret. Copy both from the app's basic settings.";
            Problem::new(SettingName::AppId, Code::AppCredentialsWrong, message)
        }
        _ => unavailable(error),
    }
}

fn unavailable(error: &ProviderError) -> Problem {
    let why = error.details.as_ref().or(error.message.as_ref()).or(error.title.as_ref());
    let message = format!(
        "Meta could not say whether this is right: {}. It is asked again by itself.",
        why.map_or("it did not answer", |why| why.trim_end_matches('.'))
    );
    Problem { setting: None, code: Code::MetaUnavailable, message }
}

async fn judge_ids(graph: &GraphClient, whatsapp: &WhatsAppConfig, findings: &mut Findings) {
    use SettingName::{AppId, BusinessAccountId, PhoneNumberId};
    // Exposed to be shown to Meta.
    let token = whatsapp.access_token.expose();
    let judged = |name: SettingName, id: String, expected: NodeKind| async move {
        if id.is_empty() {
            return None;
        }
        match graph.node_kind(token, &id).await {
            Ok(Some(kind)) if kind == expected => None,
            Ok(kind) => Some(Problem::new(name, Code::WrongKind, of_kind(name, kind))),
            Err(error) if error.code == Some(INVALID_PARAMETER) => {
                let message = format!(
                    "Meta shows nothing with the id {id}: it does not exist, or the access token's user was not given \
                     it. Copy the id anew, or assign it to the system user."
                );
                Some(Problem::new(name, Code::NotFound, message))
            }
            Err(error) if error.code == Some(ACCESS_TOKEN) => {
                let message = "Meta does not accept this access token. Make a new one and set it.";
                Some(Problem::new(SettingName::AccessToken, Code::TokenInvalid, message))
            }
            Err(error) => Some(unavailable(&error)),
        }
    };
    let (app, account, number) = tokio::join!(
        judged(AppId, whatsapp.app_id.clone(), NodeKind::App),
        judged(BusinessAccountId, whatsapp.business_account_id.clone(), NodeKind::BusinessAccount),
        judged(PhoneNumberId, whatsapp.phone_number_id.clone(), NodeKind::PhoneNumber),
    );
    let right = account.is_none() && number.is_none();
    let app = judge_app(app, &mut findings.problems);
    for problem in [app, account, number].into_iter().flatten() {
        if !findings.problems.contains(&problem) {
            findings.problems.push(problem);
        }
    }
    if right && !whatsapp.business_account_id.is_empty() && !whatsapp.phone_number_id.is_empty() {
        findings.problems.extend(not_in_account(graph, token, whatsapp).await);
    }
}

/// Meta says only that it does not know an id and a secret together. What the id is of tells which of them is wrong.
fn judge_app(app: Option<Problem>, problems: &mut Vec<Problem>) -> Option<Problem> {
    let together = problems.iter_mut().find(|problem| problem.code == Code::AppCredentialsWrong);
    match (app, together) {
        (None, Some(together)) => {
            *together = secret_wrong();
            None
        }
        (Some(app), Some(_)) if app.code == Code::WrongKind => {
            problems.retain(|problem| problem.code != Code::AppCredentialsWrong);
            Some(app)
        }
        // A token need not see its app: where Meta knows id and secret together, they are right.
        (Some(app), _) if app.code == Code::NotFound => None,
        (app, _) => app,
    }
}

fn secret_wrong() -> Problem {
    let message = "This is not the secret of the app. Copy it from the app's basic settings.";
    Problem::new(SettingName::AppSecret, Code::AppCredentialsWrong, message)
}

fn of_kind(name: SettingName, kind: Option<NodeKind>) -> String {
    let (what, belongs) = match kind {
        Some(NodeKind::PhoneNumber) => ("a phone number", Some(SettingName::PhoneNumberId)),
        Some(NodeKind::BusinessAccount) => {
            ("a WhatsApp Business Account", Some(SettingName::BusinessAccountId))
        }
        Some(NodeKind::App) => ("an app", Some(SettingName::AppId)),
        Some(NodeKind::Business) => ("a business portfolio", None),
        Some(NodeKind::User) => ("a user", None),
        None => ("something else", None),
    };
    match belongs {
        Some(belongs) => format!("This is the id of {what}: it belongs into {belongs}, not into {name}."),
        None => format!("This is the id of {what}; {name} is another id."),
    }
}

async fn not_in_account(graph: &GraphClient, token: &str, whatsapp: &WhatsAppConfig) -> Option<Problem> {
    let numbers = match graph.phone_numbers(token, &whatsapp.business_account_id).await {
        Ok(numbers) => numbers,
        Err(error) => return Some(unavailable(&error)),
    };
    if numbers.iter().any(|number| number.id == whatsapp.phone_number_id) {
        return None;
    }
    let message = format!(
        "The number {} does not belong to the WhatsApp Business Account {}. That one has: {}.",
        whatsapp.phone_number_id,
        whatsapp.business_account_id,
        numbers.iter().map(|number| number.id.as_str()).collect::<Vec<_>>().join(", ")
    );
    Some(Problem::new(SettingName::PhoneNumberId, Code::NotInAccount, message))
}
