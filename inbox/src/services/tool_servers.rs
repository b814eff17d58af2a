//! Servers of tools: made, changed, looked at and deleted by administrators.

use crate::app::{App, Secret};
use crate::auth::{Permission, Refusal, RefusalCode, Viewer};
use crate::domain::people::{self, MAX_NAME};
use crate::domain::server_tools::{BoundArgument, MAX_ALLOWED, MAX_ARGUMENT, MAX_BOUND, MAX_SERVERS};
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::store::{Priority, Tx, assistants, tool_servers as store};
use entities::{AssistantId, AuditAction, ToolServerId, tool_server, tool_server_tool};
use models::Key;
use models::tool_server::{ServerTool, ToolServer, ToolServerError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// For a look at a server's tools: somebody waits for it, and is given up on after 10 seconds.
const PATIENCE: Duration = Duration::from_secs(8);
/// Longest name of a tool, in characters: others are left out.
const TOOL_NAME: usize = 128;
/// Longest description of a tool that is kept, in characters.
const DESCRIPTION: usize = 4_000;
/// Longest schema of a tool, in bytes: others are left out.
const SCHEMA: usize = 32 * 1024;

/// What to set; what is `None` stays as it is, or gets its default where the server is new.
#[derive(Clone, Debug, Default)]
pub struct ToolServerInput {
    /// Unique for its assistant.
    pub name: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// Opens the server's door; write-only.
    pub token: Option<Option<Secret>>,
    /// Whether its tools are offered to the model.
    pub enabled: Option<bool>,
    /// Arguments that are filled in here.
    pub bound_arguments: Option<Vec<BoundArgument>>,
    /// What to change about its tools.
    pub tools: Vec<ToolMark>,
}

/// What an administrator decides about a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolMark {
    /// Its name at the server.
    pub name: String,
    /// Allowed as it is under this hash, or not any more.
    pub allowed: Option<Option<String>>,
    /// Whether it changes something; none of the two where the server is believed.
    pub mutating: Option<Option<bool>>,
}

/// The arguments of a server that are filled in.
#[must_use]
pub fn bound_arguments(server: &tool_server::Model) -> Vec<BoundArgument> {
    serde_json::from_str(&server.bound_arguments).unwrap_or_default()
}

/// Where the token of a server is sealed for.
fn token_place(id: ToolServerId) -> String {
    format!("tool_server.token:{id}")
}

/// Gives an assistant a server of tools, and looks what it offers. Nothing of it is allowed yet.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`] for the assistant; [`Error::Refused`].
pub async fn tool_server_create(
    app: &App,
    viewer: &Viewer,
    assistant: AssistantId,
    input: ToolServerInput,
) -> Result<tool_server::Model> {
    viewer.require(Permission::Administer)?;
    let now = app.clock.now();
    let blank = tool_server::Model {
        id: app.ids.next(),
        assistant_id: assistant,
        name: String::new(),
        url: String::new(),
        token: None,
        token_last_four: None,
        enabled: true,
        bound_arguments: "[]".to_owned(),
        looked_at: None,
        failure: None,
        created_at: now,
        updated_at: now,
    };
    let row = changed(app, blank, &input)?;
    let held = Arc::new((app.ids.clone(), viewer.actor(), row.clone()));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, actor, row) = &*held;
                let assistant = assistants::lock(tx, row.assistant_id).await?;
                assistant.ok_or(Error::NotFound("assistant"))?;
                let others = of_assistant(tx, row.assistant_id).await?;
                if others.len() >= MAX_SERVERS {
                    let message =
                        format!("an assistant has at most {MAX_SERVERS} tool servers; delete one first");
                    return Err(Refusal::new(RefusalCode::TooManyToolServers, message).into());
                }
                refuse_taken_name(&others, row)?;
                store::insert(tx.conn(), row.clone()).await?;
                let fields = vec![
                    AuditChange::shown("name", None, Some(row.name.clone())),
                    AuditChange::shown("url", None, Some(row.url.clone())),
                ];
                record(ids, tx, *actor, AuditAction::ToolServerCreated, Subject::ToolServer(row.id), fields)
                    .await
            })
        })
        .await?;
    look(app, row).await
}

/// Changes a server, and allows or forbids its tools. Where its address or its token changed, looks what it offers.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`].
pub async fn tool_server_update(
    app: &App,
    viewer: &Viewer,
    id: ToolServerId,
    input: ToolServerInput,
) -> Result<tool_server::Model> {
    viewer.require(Permission::Administer)?;
    let held = Arc::new((app.clone(), viewer.actor(), input));
    let (row, moved) = app
        .db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (app, actor, input) = &*held;
                let before = store::lock(tx, id).await?.ok_or(Error::NotFound("tool server"))?;
                let mut after = changed(app, before.clone(), input)?;
                if after.name != before.name {
                    refuse_taken_name(&of_assistant(tx, before.assistant_id).await?, &after)?;
                }
                let mut fields = differences(&before, &after);
                fields.extend(mark_tools(tx, id, &input.tools).await?);
                if fields.is_empty() {
                    return Ok((before, false));
                }
                after.updated_at = tx.now();
                store::save(tx.conn(), after.clone()).await?;
                let (action, subject) = (AuditAction::ToolServerUpdated, Subject::ToolServer(id));
                record(&app.ids, tx, *actor, action, subject, fields).await?;
                let moved = before.url != after.url || before.token != after.token;
                Ok((after, moved))
            })
        })
        .await?;
    if moved { look(app, row).await } else { Ok(row) }
}

/// Looks what a server offers now.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`] if it is gone.
pub async fn tool_server_refresh(app: &App, viewer: &Viewer, id: ToolServerId) -> Result<tool_server::Model> {
    viewer.require(Permission::Administer)?;
    let row = store::by_ids(app.db.read(), viewer.sight(), [id]).await?.pop();
    let Some(row) = row else { return Err(not_found().into()) };
    look(app, row).await
}

/// Deletes a server with its token. Its assistant calls it no more.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`] if it is gone already.
pub async fn tool_server_delete(app: &App, viewer: &Viewer, id: ToolServerId) -> Result<()> {
    viewer.require(Permission::Administer)?;
    let held = Arc::new((app.ids.clone(), viewer.actor()));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, actor) = &*held;
                let Some(row) = store::lock(tx, id).await? else { return Err(not_found().into()) };
                store::remove(tx.conn(), &[id]).await?;
                let fields = vec![AuditChange::shown("name", Some(row.name), None)];
                record(ids, tx, *actor, AuditAction::ToolServerDeleted, Subject::ToolServer(id), fields).await
            })
        })
        .await
}

fn not_found() -> Refusal {
    let message = "there is no such tool server; somebody may have deleted it before";
    Refusal::new(RefusalCode::ToolServerNotFound, message)
}

/// Removes all servers of an assistant.
pub(crate) async fn remove_all(tx: &Tx, assistant: AssistantId) -> Result<()> {
    let ids: Vec<ToolServerId> = of_assistant(tx, assistant).await?.into_iter().map(|row| row.id).collect();
    store::remove(tx.conn(), &ids).await
}

/// Opens a session on a server.
///
/// # Errors
/// Why there is none, for the model's and the administrator's eyes.
pub(crate) async fn connect(
    app: &App,
    server: &tool_server::Model,
    deadline: Duration,
) -> Result<std::result::Result<ToolServer, ToolServerError>> {
    let Ok(url) = Url::parse(&server.url) else { return Ok(Err(ToolServerError::Address)) };
    if !may_call(app, &url) {
        return Ok(Err(ToolServerError::Address));
    }
    let token =
        server.token.as_deref().map(|sealed| app.vault.open(&token_place(server.id), sealed)).transpose()?;
    // Exposed to be sent to the server.
    let key = token.map(|token| Key::new(token.expose()));
    Ok(Box::pin(ToolServer::connect(&url, key.as_ref(), app.models.http(), deadline)).await)
}

/// Reads what a server offers, outside any transaction, and writes it down.
async fn look(app: &App, server: tool_server::Model) -> Result<tool_server::Model> {
    let begun = Instant::now();
    let tools = match connect(app, &server, PATIENCE).await? {
        Ok(session) => session.tools(PATIENCE.saturating_sub(begun.elapsed())).await,
        Err(error) => Err(error),
    };
    note(app, server.id, tools).await?.ok_or(Error::NotFound("tool server"))
}

/// Writes down what a server offers, or why that could not be read. What was allowed and is another now stays so, and is
/// not called until it is allowed again. None if the server is gone.
pub(crate) async fn note(
    app: &App,
    id: ToolServerId,
    tools: std::result::Result<Vec<ServerTool>, ToolServerError>,
) -> Result<Option<tool_server::Model>> {
    let held = Arc::new(tools);
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let Some(mut row) = store::lock(tx, id).await? else { return Ok(None) };
                match &*held {
                    Err(error) => row.failure = Some(error.to_string()),
                    Ok(tools) => {
                        let known = store::tools(tx.conn(), [id]).await?;
                        store::replace_tools(tx.conn(), id, merged(id, known, tools)).await?;
                        (row.looked_at, row.failure) = (Some(tx.now()), None);
                    }
                }
                store::save(tx.conn(), row.clone()).await?;
                Ok(Some(row))
            })
        })
        .await
}

/// What is offered now, with what administrators decided about it before; and what was allowed and is gone.
fn merged(
    id: ToolServerId,
    known: Vec<tool_server_tool::Model>,
    offered: &[ServerTool],
) -> Vec<tool_server_tool::Model> {
    let mut known: HashMap<String, tool_server_tool::Model> =
        known.into_iter().map(|row| (row.name.clone(), row)).collect();
    let mut rows: Vec<tool_server_tool::Model> = Vec::new();
    for ServerTool { tool, read_only, hash } in offered {
        let parameters = tool.parameters.to_string();
        let fine = (1..=TOOL_NAME).contains(&tool.name.chars().count())
            && !tool.name.contains(char::is_control)
            && parameters.len() <= SCHEMA
            && rows.iter().all(|row| row.name != tool.name);
        if !fine {
            continue;
        }
        let before = known.remove(&tool.name);
        rows.push(tool_server_tool::Model {
            server_id: id,
            name: tool.name.clone(),
            description: tool.description.replace('\0', "").chars().take(DESCRIPTION).collect(),
            parameters,
            read_only: *read_only,
            hash: hash.clone(),
            offered: true,
            allowed_hash: before.as_ref().and_then(|before| before.allowed_hash.clone()),
            mutating: before.and_then(|before| before.mutating),
        });
    }
    let gone = known.into_values().filter(|row| row.allowed_hash.is_some());
    rows.extend(gone.map(|row| tool_server_tool::Model { offered: false, ..row }));
    rows
}

/// Does what an administrator decided about tools, and says what changed.
async fn mark_tools(tx: &Tx, id: ToolServerId, marks: &[ToolMark]) -> Result<Vec<AuditChange>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = store::tools(tx.conn(), [id]).await?;
    let (mut fields, mut touched) = (Vec::new(), Vec::new());
    for mark in marks {
        let row = rows.iter_mut().find(|row| row.name == mark.name).ok_or_else(|| {
            let message =
                format!("the server offers no tool {:.100}; look again with toolServerRefresh", mark.name);
            Error::from(Refusal::of(RefusalCode::ToolNotFound, "tools", message))
        })?;
        let before = row.clone();
        if let Some(allowed) = &mark.allowed {
            if allowed.as_ref().is_some_and(|hash| *hash != row.hash || !row.offered) {
                let message = format!(
                    "the tool {:.100} is not what you saw any more; look at it again, and allow it with its new hash",
                    mark.name
                );
                return Err(Refusal::of(RefusalCode::ToolChanged, "tools", message).into());
            }
            row.allowed_hash.clone_from(allowed);
        }
        if let Some(mutating) = mark.mutating {
            row.mutating = mutating;
        }
        if *row != before {
            let shown = |row: &tool_server_tool::Model| {
                let allowed = if row.allowed_hash.is_some() { "allowed" } else { "not allowed" };
                let mutating = row
                    .mutating
                    .map_or("", |mutating| if mutating { ", mutating" } else { ", not mutating" });
                Some(format!("{allowed}{mutating}"))
            };
            fields.push(AuditChange::shown(&format!("tools.{}", row.name), shown(&before), shown(row)));
            touched.push(row.name.clone());
        }
    }
    if rows.iter().filter(|row| row.allowed_hash.is_some()).count() > MAX_ALLOWED {
        let message =
            format!("allow at most {MAX_ALLOWED} tools of a server: no model chooses well among more");
        return Err(Refusal::of(RefusalCode::TooManyTools, "tools", message).into());
    }
    store::save_tools(tx.conn(), rows.into_iter().filter(|row| touched.contains(&row.name)).collect())
        .await?;
    Ok(fields)
}

async fn of_assistant(tx: &Tx, assistant: AssistantId) -> Result<Vec<tool_server::Model>> {
    store::of_assistants(tx.conn(), crate::auth::Sight::Full, [assistant]).await
}

fn refuse_taken_name(others: &[tool_server::Model], row: &tool_server::Model) -> Result<()> {
    if others.iter().all(|other| other.id == row.id || other.name != row.name) {
        return Ok(());
    }
    let message = "the assistant has a tool server of this name; choose another name";
    Err(Refusal::of(RefusalCode::NameTaken, "name", message).into())
}

/// The row with what is set, checked.
fn changed(app: &App, mut row: tool_server::Model, input: &ToolServerInput) -> Result<tool_server::Model> {
    if let Some(name) = &input.name {
        row.name = people::name(name).ok_or_else(|| {
            let message = format!("a name is one line of 1 to {MAX_NAME} characters");
            Error::from(Refusal::of(RefusalCode::NameInvalid, "name", message))
        })?;
    }
    if let Some(url) = &input.url {
        row.url = address(app, url)?;
    }
    if let Some(token) = &input.token {
        let token = token.as_ref().filter(|token| !token.is_empty());
        // Exposed to be known by its end.
        let end = |token: &Secret| {
            token.expose().chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect::<String>()
        };
        row.token_last_four = token.map(end);
        row.token = token.map(|token| app.vault.seal(&token_place(row.id), token)).transpose()?;
    }
    if let Some(bound) = &input.bound_arguments {
        let names: std::collections::HashSet<&str> =
            bound.iter().map(|bound| bound.argument.as_str()).collect();
        let fits = |name: &&str| (1..=MAX_ARGUMENT).contains(&name.chars().count());
        if bound.len() > MAX_BOUND || names.len() != bound.len() || !names.iter().all(fits) {
            let message = format!(
                "name at most {MAX_BOUND} arguments, each once, by names of 1 to {MAX_ARGUMENT} characters"
            );
            return Err(Refusal::of(RefusalCode::BoundArgumentsInvalid, "boundArguments", message).into());
        }
        row.bound_arguments = serde_json::to_string(bound).map_err(Error::internal)?;
    }
    row.enabled = input.enabled.unwrap_or(row.enabled);
    Ok(row)
}

fn may_call(app: &App, url: &Url) -> bool {
    app.models.may_call(url) && (url.scheme() == "https" || app.models.trusts(url))
}

fn address(app: &App, text: &str) -> Result<String> {
    let url = Url::parse(text.trim()).ok().filter(|url| may_call(app, url) && url.as_str().len() <= 2_000);
    let url = url.ok_or_else(|| {
        let message = "write an https address of at most 2,000 characters, without a user name, for example \
                       https://tools.example/mcp; a host on a private network must be named in the setting \
                       assistant_private_hosts";
        Error::from(Refusal::of(RefusalCode::UrlInvalid, "url", message))
    })?;
    Ok(url.to_string())
}

fn differences(before: &tool_server::Model, after: &tool_server::Model) -> Vec<AuditChange> {
    let mut fields = Vec::new();
    let mut shown = |field: &str, before: &str, after: &str| {
        if before != after {
            fields.push(AuditChange::shown(field, Some(before.to_owned()), Some(after.to_owned())));
        }
    };
    shown("name", &before.name, &after.name);
    shown("url", &before.url, &after.url);
    shown("enabled", &before.enabled.to_string(), &after.enabled.to_string());
    shown("boundArguments", &before.bound_arguments, &after.bound_arguments);
    if before.token != after.token {
        fields.push(AuditChange::hidden("token"));
    }
    fields
}

#[cfg(test)]
mod tests;
