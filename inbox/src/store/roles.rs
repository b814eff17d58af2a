//! Roles.

use crate::auth::Sight;
use crate::error::Result;
use crate::store::contacts::begins_with;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{AssistantId, RoleId, UserKind, role, user};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;

/// One role.
///
/// # Errors
/// If the database refuses.
pub async fn get<C: ConnectionTrait>(connection: &C, id: RoleId) -> Result<Option<role::Model>> {
    Ok(role::Entity::find_by_id(id).one(connection).await?)
}

/// The role of this name.
///
/// # Errors
/// If the database refuses.
pub async fn by_name<C: ConnectionTrait>(connection: &C, name: &str) -> Result<Option<role::Model>> {
    Ok(role::Entity::find().filter(role::Column::Name.eq(name)).one(connection).await?)
}

/// Every role; a deployment has a handful. For the rules: what is shown is read with [`page()`] and [`by_ids`].
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<role::Model>> {
    Ok(role::Entity::find().all(connection).await?)
}

/// Takes an assistant that is gone away from the roles whose owners' contacts it answered.
pub(crate) async fn forget_assistant<C: ConnectionTrait>(connection: &C, id: AssistantId) -> Result<()> {
    role::Entity::update_many()
        .set(role::ActiveModel { default_assistant_id: Set(None), ..Default::default() })
        .filter(role::Column::DefaultAssistantId.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = RoleId>,
) -> Result<Vec<role::Model>> {
    match sight {
        Sight::Full => Ok(role::Entity::find().filter(role::Column::Id.is_in(ids)).all(connection).await?),
        Sight::Names | Sight::Nothing => Ok(Vec::new()),
    }
}

/// A role's place in the list.
#[must_use]
pub fn position(row: &role::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of the roles, ordered by when they were made. `search` is the beginning of a name.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    search: Option<&str>,
    request: &PageRequest,
) -> Result<Page<role::Model>> {
    if sight != Sight::Full {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: role::Column::CreatedAt, id: role::Column::Id };
    keyset.page(connection, find(search), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(connection: &C, sight: Sight, search: Option<&str>) -> Result<u64> {
    match sight {
        Sight::Full => page::count(connection, find(search), role::Column::Id).await,
        Sight::Names | Sight::Nothing => Ok(0),
    }
}

fn find(search: Option<&str>) -> Select<role::Entity> {
    let select = role::Entity::find();
    match search.map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) => select.filter(begins_with(role::Column::Name, search)),
        None => select,
    }
}

/// How many people hold each of these roles, deactivated ones included; roles that nobody holds are absent.
///
/// # Errors
/// If the database refuses.
pub async fn people<C: ConnectionTrait>(
    connection: &C,
    roles: impl IntoIterator<Item = RoleId>,
) -> Result<HashMap<RoleId, u64>> {
    let counts = user::Entity::find()
        .select_only()
        .column(user::Column::RoleId)
        .column_as(user::Column::Id.count(), "count")
        .filter(user::Column::Kind.eq(UserKind::Person))
        .filter(user::Column::RoleId.is_in(roles))
        .group_by(user::Column::RoleId)
        .into_tuple::<(RoleId, i64)>()
        .all(connection)
        .await?;
    Ok(counts.into_iter().map(|(id, count)| (id, u64::try_from(count).unwrap_or(0))).collect())
}

/// Locks the built-in roles until commit: every change of users, roles and tokens begins with it, so that they happen
/// one after the other and none can be right by itself and wrong together with another.
///
/// # Errors
/// If the database refuses.
pub async fn lock_access<C: ConnectionTrait>(connection: &C) -> Result<()> {
    // Not `FOR UPDATE`: users that refer to a role may be written meanwhile, by nobody but the holder of this lock.
    role::Entity::find()
        .filter(role::Column::BuiltIn.eq(true))
        .order_by_asc(role::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(connection)
        .await?;
    Ok(())
}

/// A new role.
///
/// # Errors
/// If the database refuses: there may be one of this name.
pub async fn insert<C: ConnectionTrait>(connection: &C, row: role::Model) -> Result<()> {
    role::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(connection).await?;
    Ok(())
}

/// Changes a role.
///
/// # Errors
/// If the database refuses: there may be one of this name.
pub async fn update<C: ConnectionTrait>(connection: &C, row: role::ActiveModel) -> Result<role::Model> {
    Ok(row.update(connection).await?)
}

/// Deletes a role.
///
/// # Errors
/// If the database refuses: somebody may hold it.
pub async fn delete<C: ConnectionTrait>(connection: &C, id: RoleId) -> Result<()> {
    role::Entity::delete_by_id(id).exec(connection).await?;
    Ok(())
}

/// New roles, without those that are there. Waits for another transaction that is making one of them.
///
/// # Errors
/// If the database refuses.
pub async fn insert_if_absent<C: ConnectionTrait>(connection: &C, rows: Vec<role::Model>) -> Result<()> {
    role::Entity::insert_many(rows.into_iter().map(|row| row.into_active_model().reset_all()))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
