//! Users and roles.

use crate::auth::{Reach, Viewer};
use crate::error::Result;
use crate::store::reach;
use entities::{RoleId, UserId, UserKind, role, user};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

/// One user.
///
/// # Errors
/// If the database refuses.
pub async fn get<C: ConnectionTrait>(connection: &C, id: UserId) -> Result<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id).one(connection).await?)
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<user::Model>> {
    let select = user::Entity::find().filter(reach::shared(reach));
    Ok(select.filter(user::Column::Id.is_in(ids)).all(connection).await?)
}

/// The user behind the call, whatever it may read; none for tokens.
///
/// # Errors
/// If the database refuses.
pub async fn of_viewer<C: ConnectionTrait>(connection: &C, viewer: &Viewer) -> Result<Option<user::Model>> {
    match viewer.user_id() {
        Some(id) => get(connection, id).await,
        None => Ok(None),
    }
}

/// The user with this e-mail address, in its normal form.
///
/// # Errors
/// If the database refuses.
pub async fn by_email<C: ConnectionTrait>(connection: &C, email: &str) -> Result<Option<user::Model>> {
    Ok(user::Entity::find().filter(user::Column::Email.eq(email)).one(connection).await?)
}

/// One user, locked until commit: what is done to a user's sessions happens one after the other.
///
/// # Errors
/// If the database refuses.
pub async fn lock<C: ConnectionTrait>(connection: &C, id: UserId) -> Result<Option<user::Model>> {
    // Not `FOR UPDATE`: rows that refer to the user may be written meanwhile. SQLite has one writer and no row locks.
    Ok(user::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(connection).await?)
}

/// Whether there is any person; the guest is none.
///
/// # Errors
/// If the database refuses.
pub async fn any_person<C: ConnectionTrait>(connection: &C) -> Result<bool> {
    let person = user::Entity::find().filter(user::Column::Kind.eq(UserKind::Person)).one(connection).await?;
    Ok(person.is_some())
}

/// A new user.
///
/// # Errors
/// If the database refuses: there may be one with this e-mail address.
pub async fn insert<C: ConnectionTrait>(connection: &C, row: user::Model) -> Result<()> {
    user::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(connection).await?;
    Ok(())
}

/// A new user, unless it is there.
///
/// # Errors
/// If the database refuses.
pub async fn insert_if_absent<C: ConnectionTrait>(connection: &C, row: user::Model) -> Result<()> {
    user::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// One role.
///
/// # Errors
/// If the database refuses.
pub async fn get_role<C: ConnectionTrait>(connection: &C, id: RoleId) -> Result<Option<role::Model>> {
    Ok(role::Entity::find_by_id(id).one(connection).await?)
}

/// The role of this name.
///
/// # Errors
/// If the database refuses.
pub async fn role_by_name<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<role::Model>> {
    Ok(role::Entity::find().filter(role::Column::Name.eq(name)).one(connection).await?)
}

/// New roles, without those that are there. Waits for another transaction that is making one of them.
///
/// # Errors
/// If the database refuses.
pub async fn insert_roles_if_absent<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<role::Model>,
) -> Result<()> {
    role::Entity::insert_many(rows.into_iter().map(|row| row.into_active_model().reset_all()))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
