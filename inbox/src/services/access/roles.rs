//! Roles: made, changed and deleted.

use super::change::{AuditChange, Change, Subject, change, of_anyone, shown_permissions};
use super::checks::{administrative_roles, can_administer, last_administrator, valid_name};
use crate::app::App;
use crate::auth::{Permission, Refusal, RefusalCode, Viewer};
use crate::domain::people::{self, MAX_DESCRIPTION};
use crate::error::{Error, Result};
use crate::store::{TxFuture, assistants, roles, users};
use entities::{AssistantId, AuditAction, RoleId, assistant, role};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

/// A new role.
#[derive(Clone, Debug)]
pub struct RoleCreate {
    /// Unique.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What its holders may do.
    pub permissions: Vec<Permission>,
    /// Who answers new contacts of its holders.
    pub default_assistant_id: Option<AssistantId>,
}

/// What is to change in a role; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct RoleUpdate {
    /// Unique.
    pub name: Option<String>,
    /// What it is for, or nothing any more.
    pub description: Option<Option<String>>,
    /// What its holders may do.
    pub permissions: Option<Vec<Permission>>,
    /// Who answers new contacts of its holders, or nobody any more.
    pub default_assistant_id: Option<Option<AssistantId>>,
}

/// Adds a role.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`].
pub async fn role_create(app: &App, viewer: &Viewer, input: RoleCreate) -> Result<role::Model> {
    viewer.require(Permission::Administer)?;
    viewer.require_all(Some("permissions"), &input.permissions)?;
    let row = role::Model {
        id: app.ids.next(),
        name: valid_name(&input.name)?,
        description: valid_description(input.description.as_deref())?,
        permissions: stored(input.permissions),
        default_assistant_id: input.default_assistant_id,
        built_in: false,
        created_at: app.clock.now(),
    };
    change(app, viewer, row, of_anyone, create).await
}

fn create<'a>(change: Change<'a>, row: &'a role::Model) -> TxFuture<'a, role::Model> {
    Box::pin(async move {
        refuse_taken_name(change, &row.name).await?;
        let assistant = assistant_name(change, row.default_assistant_id).await?;
        roles::insert(change.conn(), row.clone()).await?;
        let mut fields = vec![
            AuditChange::shown("name", None, Some(row.name.clone())),
            AuditChange::shown("permissions", None, shown_permissions(&row.permissions)?),
        ];
        if assistant.is_some() {
            fields.push(AuditChange::shown("defaultAssistant", None, assistant));
        }
        change.record(AuditAction::RoleCreated, Subject::Role(row.id), fields).await?;
        Ok(row.clone())
    })
}

/// Changes a role, for all who hold it.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`].
pub async fn role_update(app: &App, viewer: &Viewer, id: RoleId, input: RoleUpdate) -> Result<role::Model> {
    viewer.require(Permission::Administer)?;
    viewer.require_all(Some("permissions"), input.permissions.as_deref().unwrap_or_default())?;
    let name = input.name.as_deref().map(valid_name).transpose()?;
    let description = input.description.map(|text| valid_description(text.as_deref())).transpose()?;
    let permissions = input.permissions.map(stored);
    let changed = Changed { id, name, description, permissions, assistant: input.default_assistant_id };
    change(app, viewer, changed, of_anyone, update).await
}

/// A checked [`RoleUpdate`].
struct Changed {
    id: RoleId,
    name: Option<String>,
    description: Option<Option<String>>,
    permissions: Option<String>,
    assistant: Option<Option<AssistantId>>,
}

fn update<'a>(change: Change<'a>, changed: &'a Changed) -> TxFuture<'a, role::Model> {
    Box::pin(async move {
        let Changed { id, name, description, permissions, assistant } = changed;
        let before = own_role(change, *id).await?;
        let mut row = before.clone().into_active_model();
        let mut fields = Vec::new();
        if let Some(name) = name.as_ref().filter(|name| before.name != **name) {
            refuse_taken_name(change, name).await?;
            row.name = Set(name.clone());
            fields.push(AuditChange::shown("name", Some(before.name.clone()), Some(name.clone())));
        }
        if let Some(description) = description.as_ref().filter(|text| **text != before.description) {
            row.description = Set(description.clone());
            fields.push(AuditChange::hidden("description"));
        }
        if let Some(permissions) = permissions.as_ref().filter(|list| **list != before.permissions) {
            let after = role::Model { permissions: permissions.clone(), ..before.clone() };
            refuse_to_lock_out(change, &before, &after).await?;
            row.permissions = Set(permissions.clone());
            let (old, new) = (shown_permissions(&before.permissions)?, shown_permissions(permissions)?);
            fields.push(AuditChange::shown("permissions", old, new));
        }
        if let Some(assistant) = assistant.filter(|assistant| *assistant != before.default_assistant_id) {
            // One that is gone is not named any more.
            let old = known_assistant(change, before.default_assistant_id).await?;
            let new = assistant_name(change, assistant).await?;
            row.default_assistant_id = Set(assistant);
            fields.push(AuditChange::shown("defaultAssistant", old.map(|row| row.name), new));
        }
        if fields.is_empty() {
            return Ok(before);
        }
        change.record(AuditAction::RoleUpdated, Subject::Role(*id), fields).await?;
        roles::update(change.conn(), row).await
    })
}

/// Deletes a role that nobody holds.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`].
pub async fn role_delete(app: &App, viewer: &Viewer, id: RoleId) -> Result<()> {
    viewer.require(Permission::Administer)?;
    change(app, viewer, id, of_anyone, delete).await
}

fn delete<'a>(change: Change<'a>, id: &'a RoleId) -> TxFuture<'a, ()> {
    Box::pin(async move {
        let role = own_role(change, *id).await?;
        if let Some(count) = roles::people(change.conn(), [*id]).await?.get(id) {
            let holders = if *count == 1 { "1 user holds".to_owned() } else { format!("{count} users hold") };
            let message = format!("{holders} this role, deactivated ones included; give them another first");
            return Err(Refusal::new(RefusalCode::InUse, message).into());
        }
        roles::delete(change.conn(), *id).await?;
        let fields = vec![
            AuditChange::shown("name", Some(role.name), None),
            AuditChange::shown("permissions", shown_permissions(&role.permissions)?, None),
        ];
        change.record(AuditAction::RoleDeleted, Subject::Role(*id), fields).await
    })
}

/// A role that is not built in and gives no more than the caller has.
async fn own_role(change: Change<'_>, id: RoleId) -> Result<role::Model> {
    let role = roles::get(change.conn(), id).await?.ok_or(Error::NotFound("role"))?;
    if role.built_in {
        let message = "built-in roles stay as they are; make a role of your own instead";
        return Err(Refusal::new(RefusalCode::IsBuiltIn, message).into());
    }
    change.viewer.require_all(None, &Permission::list_from_json(&role.permissions)?)?;
    Ok(role)
}

/// Refuses if all who can administer do so by this role, which would not let them any more.
async fn refuse_to_lock_out(change: Change<'_>, before: &role::Model, after: &role::Model) -> Result<()> {
    if !can_administer(before)? || can_administer(after)? {
        return Ok(());
    }
    let others = administrative_roles(change).await?.into_iter().filter(|role| *role != before.id);
    if users::any_active_in(change.conn(), others, None).await? {
        return Ok(());
    }
    Err(last_administrator().into())
}

async fn refuse_taken_name(change: Change<'_>, name: &str) -> Result<()> {
    if roles::by_name(change.conn(), name).await?.is_none() {
        return Ok(());
    }
    let message = "there is already a role of this name; choose another name";
    Err(Refusal::of(RefusalCode::NameTaken, "name", message).into())
}

async fn known_assistant(change: Change<'_>, id: Option<AssistantId>) -> Result<Option<assistant::Model>> {
    match id {
        Some(id) => assistants::get(change.conn(), id).await,
        None => Ok(None),
    }
}

/// The name of an assistant that a role is to have.
async fn assistant_name(change: Change<'_>, id: Option<AssistantId>) -> Result<Option<String>> {
    let found = known_assistant(change, id).await?;
    if id.is_some() && found.is_none() {
        let message = "there is no such assistant; list the assistants and choose one of them, or none";
        return Err(Refusal::of(RefusalCode::AssistantNotFound, "defaultAssistantId", message).into());
    }
    Ok(found.map(|row| row.name))
}

/// An empty description is none.
fn valid_description(text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let description = people::description(text).ok_or_else(|| {
        let message = format!("a description has at most {MAX_DESCRIPTION} characters");
        Refusal::of(RefusalCode::DescriptionInvalid, "description", message)
    })?;
    Ok(Some(description).filter(|text| !text.is_empty()))
}

/// In the order of [`Permission::ALL`], each once.
fn stored(mut permissions: Vec<Permission>) -> String {
    permissions.sort_unstable();
    permissions.dedup();
    Permission::list_to_json(&permissions)
}
