//! What may stand in users, roles and tokens, and what a change of them must leave behind.

use super::change::Change;
use super::users::RoleRef;
use crate::auth::{self, Permission, Refusal, RefusalCode};
use crate::domain::people::{self, MAX_NAME, Phone, UserState};
use crate::error::{Error, Result};
use crate::store::{roles, users};
use entities::{RoleId, UserId, UserKind, role, user};
use sea_orm::ConnectionTrait;

/// A person, locked; the guest is part of the house and stays as it is.
pub(super) async fn lock_person(change: Change<'_>, id: UserId) -> Result<user::Model> {
    let user = users::lock(change.conn(), id).await?.ok_or(Error::NotFound("user"))?;
    match user.kind {
        UserKind::Person => Ok(user),
        UserKind::Guest => {
            let message = "the guest owns what nobody owns, and cannot be changed; choose a person";
            Err(Refusal::new(RefusalCode::IsGuest, message).into())
        }
    }
}

/// A role that the caller may give.
pub(super) async fn grantable_role(change: Change<'_>, role: &RoleRef) -> Result<role::Model> {
    let found = match role {
        RoleRef::Id(id) => roles::get(change.conn(), *id).await?,
        RoleRef::Name(name) => roles::by_name(change.conn(), name).await?,
    };
    let role = found.ok_or_else(|| {
        let message = "there is no such role; list the roles and choose one of them";
        Refusal::of(RefusalCode::RoleNotFound, "roleId", message)
    })?;
    change.viewer.require_all(Some("roleId"), &Permission::list_from_json(&role.permissions)?)?;
    Ok(role)
}

/// Whether holders of a role can administer.
pub(super) fn can_administer(role: &role::Model) -> Result<bool> {
    Ok(Permission::list_from_json(&role.permissions)?.contains(&Permission::Administer))
}

/// Refuses if this user is the only one who can log in and administer. True until commit, because all changes of access
/// happen one after the other.
pub(super) async fn refuse_last_administrator(change: Change<'_>, user: &user::Model) -> Result<()> {
    let is_active = people::user_state(user.joined_at, user.deactivated_at) == UserState::Active;
    let administrative = administrative_roles(change).await?;
    if !is_active
        || !administrative.contains(&user.role_id)
        || users::any_active_in(change.conn(), administrative, Some(user.id)).await?
    {
        return Ok(());
    }
    Err(last_administrator().into())
}

pub(super) async fn administrative_roles(change: Change<'_>) -> Result<Vec<RoleId>> {
    let mut found = Vec::new();
    for role in roles::all(change.conn()).await? {
        if can_administer(&role)? {
            found.push(role.id);
        }
    }
    Ok(found)
}

pub(super) fn last_administrator() -> Refusal {
    let message = "nobody who can administer would be left; give another active user such a role first";
    Refusal::new(RefusalCode::LastAdministrator, message)
}

pub(super) async fn refuse_taken_email<C: ConnectionTrait>(conn: &C, email: &str, but: UserId) -> Result<()> {
    match users::by_email(conn, email).await? {
        Some(other) if other.id != but => {
            let message =
                "there is already a user with this e-mail address; use another, or change that user";
            Err(Refusal::of(RefusalCode::EmailTaken, "email", message).into())
        }
        _ => Ok(()),
    }
}

/// A number leads to one owner, in whichever national form it is written.
pub(super) async fn refuse_taken_phone<C: ConnectionTrait>(
    conn: &C,
    key: Option<&str>,
    but: UserId,
) -> Result<()> {
    if let Some(key) = key
        && users::has_phone(conn, key, but).await?
    {
        let message =
            "another active user has this phone number; customers who call from it can have one owner";
        return Err(Refusal::of(RefusalCode::PhoneTaken, "phone", message).into());
    }
    Ok(())
}

pub(super) fn valid_email(text: &str) -> Result<String> {
    auth::normalize_email(text).ok_or_else(|| {
        let message = "this is not an e-mail address; write name@example.org";
        Refusal::of(RefusalCode::EmailInvalid, "email", message).into()
    })
}

pub(super) fn valid_name(text: &str) -> Result<String> {
    people::name(text).ok_or_else(|| {
        let message = format!("a name is one line of 1 to {MAX_NAME} characters");
        Refusal::of(RefusalCode::NameInvalid, "name", message).into()
    })
}

pub(super) fn valid_phone(text: Option<&str>) -> Result<Option<Phone>> {
    let refusal = || {
        let message =
            "this is not a phone number; write it with a plus and the country code, such as +34600111222";
        Refusal::of(RefusalCode::PhoneInvalid, "phone", message)
    };
    Ok(text.map(|text| people::phone(text).ok_or_else(refusal)).transpose()?)
}

pub(super) fn valid_language(text: Option<&str>) -> Result<Option<String>> {
    let refusal = || {
        let message = "this is not a language tag; write one of BCP 47, such as es or pt-BR";
        Refusal::of(RefusalCode::LanguageInvalid, "language", message)
    };
    Ok(text.map(|text| people::language(text).ok_or_else(refusal)).transpose()?)
}
