//! The people who work the inbox: made, changed, sent away and taken back.

use super::change::{AuditChange, Change, Subject, change, of_user};
use super::checks::{
    can_administer, grantable_role, lock_person, refuse_last_administrator, refuse_taken_email,
    refuse_taken_phone, valid_email, valid_language, valid_name, valid_phone,
};
use super::invitations::{NewInvitation, PendingInvitation};
use crate::app::{App, Secret};
use crate::auth::{self, Permission, Viewer};
use crate::domain::people::{self, Phone, UserState};
use crate::error::Result;
use crate::store::{TxFuture, invitations, tokens, users};
use entities::{AuditAction, RoleId, UserId, UserKind, user};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

/// A new user.
#[derive(Clone, Debug)]
pub struct UserCreate {
    /// The e-mail address to log in with.
    pub email: String,
    /// As shown to colleagues; without one, the part of the address before the `@`.
    pub name: Option<String>,
    /// What the user may do.
    pub role: RoleRef,
    /// E.164; customers with this number are the user's.
    pub phone: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    /// 8 characters to 1,024 bytes; without one, the user is invited to choose one.
    pub password: Option<Secret>,
}

/// Names a role: programs by its id, people by its name.
#[derive(Clone, Debug)]
pub enum RoleRef {
    /// By id.
    Id(RoleId),
    /// By name, as it is written.
    Name(String),
}

/// What [`user_create`] made.
#[derive(Debug)]
pub struct CreatedUser {
    /// The user.
    pub user: user::Model,
    /// What lets the user choose a password, if none was given.
    pub invitation: Option<NewInvitation>,
}

/// What is to change in a user; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UserUpdate {
    /// The e-mail address to log in with.
    pub email: Option<String>,
    /// As shown to colleagues.
    pub name: Option<String>,
    /// What the user may do.
    pub role: Option<RoleRef>,
    /// E.164, or none any more.
    pub phone: Option<Option<String>>,
    /// BCP 47, or none any more.
    pub language: Option<Option<String>>,
}

/// A [`UserCreate`] that may stand in a row.
struct NewUser {
    email: String,
    name: String,
    role: RoleRef,
    phone: Option<Phone>,
    language: Option<String>,
    password_hash: Option<String>,
    invitation: Option<PendingInvitation>,
}

/// Adds a person: ready to log in with the password, or invited to choose one.
///
/// # Errors
/// [`Forbidden`](crate::Error::Forbidden) without [`Permission::Administer`], and [`Refused`](crate::Error::Refused).
pub async fn user_create(app: &App, viewer: &Viewer, input: UserCreate) -> Result<CreatedUser> {
    viewer.require(Permission::Administer)?;
    let email = valid_email(&input.email)?;
    let local = email.split('@').next().unwrap_or(&email);
    let name = valid_name(input.name.as_deref().unwrap_or(local))?;
    let phone = valid_phone(input.phone.as_deref())?;
    let language = valid_language(input.language.as_deref())?;
    let (password_hash, invitation, shown) = match input.password {
        Some(password) => {
            auth::check_password("password", &password)?;
            (Some(auth::hash_password(password.expose().to_owned()).await?), None, None)
        }
        None => {
            let (pending, shown) = PendingInvitation::new(app)?;
            (None, Some(pending), Some(shown))
        }
    };
    let new = NewUser { email, name, role: input.role, phone, language, password_hash, invitation };
    let user = change(app, viewer, new, of_user, create).await?;
    Ok(CreatedUser { user, invitation: shown })
}

fn create<'a>(change: Change<'a>, new: &'a NewUser) -> TxFuture<'a, user::Model> {
    Box::pin(async move {
        let (conn, now) = (change.conn(), change.tx.now());
        let role = grantable_role(change, &new.role).await?;
        let id: UserId = change.app.ids.next();
        refuse_taken_email(conn, &new.email, id).await?;
        refuse_taken_phone(conn, new.phone.as_ref().map(|phone| phone.match_key.as_str()), id).await?;
        let row = user::Model {
            id,
            kind: UserKind::Person,
            email: Some(new.email.clone()),
            name: new.name.clone(),
            password_hash: new.password_hash.clone(),
            role_id: role.id,
            language: new.language.clone(),
            phone: new.phone.as_ref().map(|phone| phone.number.clone()),
            phone_match_key: new.phone.as_ref().map(|phone| phone.match_key.clone()),
            created_at: now,
            joined_at: new.password_hash.is_some().then_some(now),
            last_seen_at: None,
            deactivated_at: None,
        };
        users::insert(conn, row.clone()).await?;
        let fields = vec![
            AuditChange::shown("role", None, Some(role.name)),
            AuditChange::shown("state", None, Some(state_name(&row).to_owned())),
        ];
        change.record(AuditAction::UserCreated, Subject::User(id), fields).await?;
        if let Some(invitation) = &new.invitation {
            invitations::replace(conn, invitation.row(id, now)).await?;
            change.record(AuditAction::UserInvited, Subject::User(id), Vec::new()).await?;
        }
        Ok(row)
    })
}

/// A [`UserUpdate`] that may stand in a row.
struct ChangedUser {
    id: UserId,
    email: Option<String>,
    name: Option<String>,
    role: Option<RoleRef>,
    phone: Option<Option<Phone>>,
    language: Option<Option<String>>,
}

/// Changes a user. Everybody may change their own name and language; the rest takes an administrator.
///
/// # Errors
/// As [`user_create`], and [`NotFound`](crate::Error::NotFound).
pub async fn user_update(app: &App, viewer: &Viewer, id: UserId, input: UserUpdate) -> Result<user::Model> {
    let own_fields = input.email.is_none() && input.phone.is_none() && input.role.is_none();
    if viewer.user_id() != Some(id) || !own_fields {
        viewer.require(Permission::Administer)?;
    }
    let changed = ChangedUser {
        id,
        email: input.email.as_deref().map(valid_email).transpose()?,
        name: input.name.as_deref().map(valid_name).transpose()?,
        role: input.role,
        phone: input.phone.map(|phone| valid_phone(phone.as_deref())).transpose()?,
        language: input.language.map(|language| valid_language(language.as_deref())).transpose()?,
    };
    change(app, viewer, changed, of_user, update).await
}

fn update<'a>(change: Change<'a>, changed: &'a ChangedUser) -> TxFuture<'a, user::Model> {
    Box::pin(async move {
        let before = lock_person(change, changed.id).await?;
        if change.viewer.user_id() != Some(before.id) {
            change.require_rights_of(before.role_id).await?;
        }
        let mut row = before.clone().into_active_model();
        let mut fields = Vec::new();
        if let Some(email) = changed.email.as_ref().filter(|email| before.email.as_ref() != Some(email)) {
            refuse_taken_email(change.conn(), email, before.id).await?;
            row.email = Set(Some(email.clone()));
            fields.push(AuditChange::hidden("email"));
        }
        if let Some(name) = changed.name.as_ref().filter(|name| before.name != **name) {
            row.name = Set(name.clone());
            fields.push(AuditChange::hidden("name"));
        }
        if let Some(phone) = &changed.phone
            && phone.as_ref().map(|phone| &phone.number) != before.phone.as_ref()
        {
            let key = phone.as_ref().map(|phone| phone.match_key.clone());
            if before.deactivated_at.is_none() {
                refuse_taken_phone(change.conn(), key.as_deref(), before.id).await?;
            }
            row.phone = Set(phone.as_ref().map(|phone| phone.number.clone()));
            row.phone_match_key = Set(key);
            fields.push(AuditChange::hidden("phone"));
        }
        if let Some(language) = changed.language.as_ref().filter(|language| **language != before.language) {
            row.language = Set(language.clone());
            fields.push(AuditChange::hidden("language"));
        }
        if let Some(role) = &changed.role {
            let role = grantable_role(change, role).await?;
            if role.id != before.role_id {
                if !can_administer(&role)? {
                    refuse_last_administrator(change, &before).await?;
                }
                let old = change.role(before.role_id).await?;
                row.role_id = Set(role.id);
                fields.push(AuditChange::shown("role", Some(old.name), Some(role.name)));
            }
        }
        if fields.is_empty() {
            return Ok(before);
        }
        change.record(AuditAction::UserUpdated, Subject::User(before.id), fields).await?;
        users::update(change.conn(), row).await
    })
}

/// Takes a user's access away: ends the sessions, takes back the invitation and revokes the API tokens that the user
/// made. What the user owns stays as it is. Doing it again changes nothing.
///
/// # Errors
/// As [`user_create`], and [`NotFound`](crate::Error::NotFound).
pub async fn user_deactivate(app: &App, viewer: &Viewer, id: UserId) -> Result<user::Model> {
    viewer.require(Permission::Administer)?;
    change(app, viewer, id, of_user, deactivate).await
}

fn deactivate<'a>(change: Change<'a>, id: &'a UserId) -> TxFuture<'a, user::Model> {
    Box::pin(async move {
        let (conn, now) = (change.conn(), change.tx.now());
        let before = lock_person(change, *id).await?;
        if before.deactivated_at.is_some() {
            return Ok(before);
        }
        change.require_rights_of(before.role_id).await?;
        refuse_last_administrator(change, &before).await?;
        tokens::revoke_sessions(conn, *id, now).await?;
        invitations::delete_of(conn, *id).await?;
        let row = user::ActiveModel { deactivated_at: Set(Some(now)), ..before.clone().into_active_model() };
        let after = users::update(conn, row).await?;
        let state = state_change(&before, &after);
        change.record(AuditAction::UserDeactivated, Subject::User(*id), vec![state]).await?;
        for token in tokens::api_of(conn, *id).await? {
            tokens::revoke_api(conn, token.id, now).await?;
            change.record(AuditAction::ApiTokenRevoked, Subject::ApiToken(token.id), Vec::new()).await?;
        }
        Ok(after)
    })
}

/// Gives a user access again, with the role as it was. Sessions and API tokens stay ended. Doing it again changes
/// nothing.
///
/// # Errors
/// As [`user_create`], and [`NotFound`](crate::Error::NotFound).
pub async fn user_reactivate(app: &App, viewer: &Viewer, id: UserId) -> Result<user::Model> {
    viewer.require(Permission::Administer)?;
    change(app, viewer, id, of_user, reactivate).await
}

fn reactivate<'a>(change: Change<'a>, id: &'a UserId) -> TxFuture<'a, user::Model> {
    Box::pin(async move {
        let before = lock_person(change, *id).await?;
        if before.deactivated_at.is_none() {
            return Ok(before);
        }
        change.require_rights_of(before.role_id).await?;
        refuse_taken_phone(change.conn(), before.phone_match_key.as_deref(), *id).await?;
        let row = user::ActiveModel { deactivated_at: Set(None), ..before.clone().into_active_model() };
        let after = users::update(change.conn(), row).await?;
        let state = state_change(&before, &after);
        change.record(AuditAction::UserReactivated, Subject::User(*id), vec![state]).await?;
        Ok(after)
    })
}

fn state_change(before: &user::Model, after: &user::Model) -> AuditChange {
    let name = |row| Some(state_name(row).to_owned());
    AuditChange::shown("state", name(before), name(after))
}

fn state_name(row: &user::Model) -> &'static str {
    match people::user_state(row.joined_at, row.deactivated_at) {
        UserState::Active => "ACTIVE",
        UserState::Invited => "INVITED",
        UserState::Deactivated => "DEACTIVATED",
    }
}
