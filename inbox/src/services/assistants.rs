//! Assistants: made, changed and deleted, and what people think of their answers.

mod differences;
pub mod documents;
#[cfg(test)]
mod tests;

use crate::app::{App, Secret};
use crate::auth::{self, Permission, Viewer};
use crate::domain::people::{self, MAX_NAME};
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::services::tool_servers;
use crate::services::turns::{key_place, run_updated};
use crate::store::{Priority, Tx, assistants as store, roles};
pub(super) use differences::amount;
use differences::differences;
use entities::{
    AssistantId, AssistantProvider, AssistantRunId, AuditAction, Rating, RunState, UserId, assistant,
    assistant_run,
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use std::sync::Arc;
use url::Url;

/// Longest instructions, in characters.
pub const INSTRUCTIONS: usize = 20_000;
/// Longest disclosure and hand-off message, in characters.
pub const WORDS: usize = 1_000;
/// Most addresses that may be sent.
pub const ADDRESSES: usize = 50;
/// Longest note on a rating, in characters.
pub const NOTE: usize = 1_000;

/// What to set; what is `None` stays as it is, or gets its default where the assistant is new.
#[derive(Clone, Debug, Default)]
pub struct AssistantInput {
    /// Unique.
    pub name: Option<String>,
    /// Whether it answers.
    pub enabled: Option<bool>,
    /// Whether it answers new contacts whose owner's role has no other; only one does.
    pub is_default: Option<bool>,
    /// How its model is spoken to.
    pub provider: Option<AssistantProvider>,
    /// Where the model is; the provider's own address without one.
    pub base_url: Option<Option<String>>,
    /// The model's name at its provider.
    pub model: Option<String>,
    /// Opens the provider's door; write-only.
    pub api_key: Option<Option<Secret>>,
    /// What the business wants of it.
    pub instructions: Option<String>,
    /// The beginnings of web addresses that it may send.
    pub allowed_urls: Option<Vec<String>>,
    /// Stands before its first answer in a conversation.
    pub disclosure: Option<Option<String>>,
    /// What the customer reads when it gives the conversation to people.
    pub hand_off_message: Option<Option<String>>,
    /// Where an answer of the model is cut, in tokens.
    pub max_output_tokens: Option<i32>,
    /// Answers in one conversation within 24 hours.
    pub max_answers_per_day: Option<i32>,
    /// Tokens for one conversation within 24 hours.
    pub max_tokens_per_day: Option<i32>,
    /// What it may cost in a calendar month, in millionths.
    pub monthly_budget_micros: Option<Option<i64>>,
    /// Price of a million input tokens, in millionths.
    pub input_price_micros: Option<Option<i64>>,
    /// Price of a million output tokens, in millionths.
    pub output_price_micros: Option<Option<i64>>,
}

/// Makes an assistant.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`] about its name; [`Error::Invalid`] at the
/// field that is wrong.
pub async fn assistant_create(app: &App, viewer: &Viewer, input: AssistantInput) -> Result<assistant::Model> {
    viewer.require(Permission::Administer)?;
    let now = app.clock.now();
    let blank = assistant::Model {
        id: app.ids.next(),
        name: String::new(),
        enabled: true,
        provider: AssistantProvider::Scripted,
        base_url: None,
        model: String::new(),
        api_key: None,
        api_key_last_four: None,
        instructions: String::new(),
        allowed_urls: "[]".to_owned(),
        disclosure: None,
        hand_off_message: None,
        max_output_tokens: 1_024,
        max_answers_per_day: 20,
        max_tokens_per_day: 200_000,
        monthly_budget_micros: None,
        input_price_micros: None,
        output_price_micros: None,
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let (is_default, user, actor) = (input.is_default, viewer.user_id(), viewer.actor());
    let row = changed(app, blank.clone(), input)?;
    let held = Arc::new((app.ids.clone(), blank, row));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, blank, row) = &*held;
                refuse_taken_name(tx, &row.name).await?;
                store::insert(tx.conn(), row.clone()).await?;
                let mut fields = differences(blank, row);
                fields.extend(set_default(tx, row.id, is_default, user).await?);
                let (action, subject) = (AuditAction::AssistantCreated, Subject::Assistant(row.id));
                record(ids, tx, actor, action, subject, fields).await?;
                Ok(row.clone())
            })
        })
        .await
}

/// Changes an assistant. What it is answering just now it answers as it was.
///
/// # Errors
/// As [`assistant_create`], and [`Error::NotFound`].
pub async fn assistant_update(
    app: &App,
    viewer: &Viewer,
    id: AssistantId,
    input: AssistantInput,
) -> Result<assistant::Model> {
    viewer.require(Permission::Administer)?;
    let (user, actor) = (viewer.user_id(), viewer.actor());
    let held = Arc::new((app.clone(), input));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (app, input) = &*held;
                let before = store::lock(tx, id).await?.ok_or(Error::NotFound("assistant"))?;
                let mut after = changed(app, before.clone(), input.clone())?;
                if after.name != before.name {
                    refuse_taken_name(tx, &after.name).await?;
                }
                after.version += 1;
                after.updated_at = tx.now();
                store::save(tx.conn(), after.clone()).await?;
                let mut fields = differences(&before, &after);
                fields.extend(set_default(tx, id, input.is_default, user).await?);
                if !fields.is_empty() {
                    let (action, subject) = (AuditAction::AssistantUpdated, Subject::Assistant(id));
                    record(&app.ids, tx, actor, action, subject, fields).await?;
                }
                Ok(after)
            })
        })
        .await
}

/// Deletes an assistant, with its key, its documents and its tool servers. Conversations that it answered are told to wait for people; what it
/// did stays in the ledger.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`].
pub async fn assistant_delete(app: &App, viewer: &Viewer, id: AssistantId) -> Result<()> {
    viewer.require(Permission::Administer)?;
    let (ids, actor) = (app.ids.clone(), viewer.actor());
    app.db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let row = store::lock(tx, id).await?.ok_or(Error::NotFound("assistant"))?;
                let (api_key, api_key_last_four, deleted_at) = (None, None, Some(tx.now()));
                let name = row.name.clone();
                let gone = assistant::Model { api_key, api_key_last_four, deleted_at, enabled: false, ..row };
                store::save(tx.conn(), gone).await?;
                roles::forget_assistant(tx.conn(), id).await?;
                store::documents::remove_all(tx.conn(), id).await?;
                tool_servers::remove_all(tx, id).await?;
                set_default(tx, id, Some(false), None).await?;
                let fields = vec![AuditChange::shown("name", Some(name), None)];
                let (action, subject) = (AuditAction::AssistantDeleted, Subject::Assistant(id));
                record(&ids, tx, actor, action, subject, fields).await
            })
        })
        .await
}

/// Says what a person thinks of an answer; without a rating it is taken back.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Edit`]; [`Error::NotFound`]; [`Error::Invalid`] at `note` if it is too long,
/// and at `id` for a run that answered nothing.
pub async fn run_rate(
    app: &App,
    viewer: &Viewer,
    id: AssistantRunId,
    rating: Option<Rating>,
    note: Option<String>,
) -> Result<assistant_run::Model> {
    viewer.require(Permission::Edit)?;
    if note.as_ref().is_some_and(|note| note.chars().count() > NOTE) {
        return Err(Error::invalid("note", format!("write at most {NOTE} characters")));
    }
    let (reach, user) = (viewer.reach(), viewer.user_id());
    app.db
        .write(Priority::Interactive, move |tx| {
            let note = note.clone();
            Box::pin(async move {
                let row = store::runs_by_ids(tx.conn(), reach, [id]).await?.pop();
                let row = row.ok_or(Error::NotFound("run"))?;
                if row.state == RunState::Running {
                    return Err(Error::invalid(
                        "id",
                        "the assistant is still answering; rate it when it is done",
                    ));
                }
                let rated = assistant_run::Model {
                    rating,
                    rating_note: note.filter(|_| rating.is_some()),
                    rated_by: user.filter(|_| rating.is_some()),
                    ..row
                };
                rated.clone().into_active_model().reset_all().update(tx.conn()).await?;
                tx.emit(run_updated(&rated));
                Ok(rated)
            })
        })
        .await
}

/// Makes it the one that answers new contacts, or nobody if it was. Returns what the audit says of it.
async fn set_default(
    tx: &Tx,
    id: AssistantId,
    wanted: Option<bool>,
    user: Option<UserId>,
) -> Result<Option<AuditChange>> {
    let is = store::default(tx.conn()).await? == Some(id);
    let Some(wanted) = wanted.filter(|wanted| *wanted != is) else { return Ok(None) };
    store::set_default(tx, wanted.then_some(id), user).await?;
    Ok(Some(AuditChange::shown("isDefault", Some(is.to_string()), Some(wanted.to_string()))))
}

async fn refuse_taken_name(tx: &Tx, name: &str) -> Result<()> {
    if store::by_name(tx.conn(), name).await?.is_none() {
        return Ok(());
    }
    let message = "there is already an assistant of this name; choose another name";
    Err(auth::Refusal::of(auth::RefusalCode::NameTaken, "name", message).into())
}

/// The row with what is set, checked.
fn changed(app: &App, mut row: assistant::Model, input: AssistantInput) -> Result<assistant::Model> {
    if let Some(name) = &input.name {
        row.name = people::name(name).ok_or_else(|| {
            let message = format!("a name is one line of 1 to {MAX_NAME} characters");
            Error::from(auth::Refusal::of(auth::RefusalCode::NameInvalid, "name", message))
        })?;
    }
    if let Some(url) = input.base_url {
        row.base_url = url.map(|url| base_url(app, &url)).transpose()?;
    }
    if let Some(key) = input.api_key {
        let key = key.filter(|key| !key.is_empty());
        // Exposed to be known by its end.
        let end =
            |key: &Secret| key.expose().chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
        row.api_key_last_four = key.as_ref().map(end);
        row.api_key = key.map(|key| app.vault.seal(&key_place(&row), &key)).transpose()?;
    }
    if let Some(urls) = input.allowed_urls {
        row.allowed_urls = allowed_urls(&urls)?;
    }
    let limited = |field: &'static str, text: String, longest: usize| {
        if text.chars().count() > longest {
            return Err(Error::invalid(field, format!("write at most {longest} characters")));
        }
        Ok(text.trim().to_owned())
    };
    if let Some(text) = input.instructions {
        row.instructions = limited("instructions", text, INSTRUCTIONS)?;
    }
    if let Some(text) = input.model {
        row.model = limited("model", text, 200)?;
    }
    let words = |field, text: Option<String>| -> Result<Option<String>> {
        let text = text.map(|text| limited(field, text, WORDS)).transpose()?;
        Ok(text.filter(|text| !text.is_empty()))
    };
    if let Some(text) = input.disclosure {
        row.disclosure = words("disclosure", text)?;
    }
    if let Some(text) = input.hand_off_message {
        row.hand_off_message = words("handOffMessage", text)?;
    }
    row.provider = input.provider.unwrap_or(row.provider);
    row.enabled = input.enabled.unwrap_or(row.enabled);
    row.max_output_tokens =
        within("maxOutputTokens", input.max_output_tokens, row.max_output_tokens, 16..=32_768)?;
    row.max_answers_per_day =
        within("maxAnswersPerDay", input.max_answers_per_day, row.max_answers_per_day, 1..=10_000)?;
    row.max_tokens_per_day =
        within("maxTokensPerDay", input.max_tokens_per_day, row.max_tokens_per_day, 1_000..=i32::MAX)?;
    for (field, given, column) in [
        ("monthlyBudgetMicros", input.monthly_budget_micros, &mut row.monthly_budget_micros),
        ("inputPriceMicros", input.input_price_micros, &mut row.input_price_micros),
        ("outputPriceMicros", input.output_price_micros, &mut row.output_price_micros),
    ] {
        if let Some(value) = given {
            if value.is_some_and(|value| value < 0) {
                return Err(Error::invalid(field, "this is 0 or more"));
            }
            *column = value;
        }
    }
    if row.model.is_empty() && row.provider != AssistantProvider::Scripted {
        return Err(Error::invalid("model", "name the model as its provider does"));
    }
    Ok(row)
}

fn within(
    field: &'static str,
    given: Option<i32>,
    known: i32,
    range: std::ops::RangeInclusive<i32>,
) -> Result<i32> {
    let value = given.unwrap_or(known);
    if range.contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid(field, format!("this is {} to {}", range.start(), range.end())))
}

fn base_url(app: &App, text: &str) -> Result<String> {
    let url = Url::parse(text.trim()).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let url = url.ok_or_else(|| {
        Error::invalid("baseUrl", "write a web address, for example https://models.example/v1")
    })?;
    if !app.models.may_call(&url) {
        let message = "the address is on a private network or holds a user name; allow its host in the setting \
                       assistant_private_hosts";
        return Err(Error::invalid("baseUrl", message));
    }
    Ok(url.to_string())
}

fn allowed_urls(urls: &[String]) -> Result<String> {
    if urls.len() > ADDRESSES {
        return Err(Error::invalid("allowedUrls", format!("name at most {ADDRESSES} addresses")));
    }
    let is_address =
        |url: &&String| Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
    if let Some(wrong) = urls.iter().find(|url| !is_address(url)) {
        let message =
            format!("{wrong:.200} is no web address; write for example https://shop.example/catalogue");
        return Err(Error::invalid("allowedUrls", message));
    }
    serde_json::to_string(urls).map_err(Error::internal)
}
