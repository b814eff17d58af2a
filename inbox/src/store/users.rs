//! Users.

use crate::auth::{Sight, Viewer};
use crate::domain::people::UserState;
use crate::error::Result;
use crate::store::contacts::begins_with;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{RoleId, Timestamp, UserId, UserKind, user};
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Select,
};
use std::time::Duration;

/// Which users; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Whether they can come in.
    pub state: Option<UserState>,
    /// People, or the guest.
    pub kind: Option<UserKind>,
    /// Who hold this role.
    pub role_id: Option<RoleId>,
    /// The beginning of the name or, for those who may see addresses, of the e-mail address.
    pub search: Option<String>,
}

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
    sight: Sight,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<user::Model>> {
    match sight {
        Sight::Full | Sight::Names => {
            Ok(user::Entity::find().filter(user::Column::Id.is_in(ids)).all(connection).await?)
        }
        Sight::Nothing => Ok(Vec::new()),
    }
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

/// A user's place in the list.
#[must_use]
pub fn position(row: &user::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of the users, ordered by when they were made.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    filter: &UserFilter,
    request: &PageRequest,
) -> Result<Page<user::Model>> {
    if sight == Sight::Nothing {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: user::Column::CreatedAt, id: user::Column::Id };
    keyset.page(connection, find(sight, filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(connection: &C, sight: Sight, filter: &UserFilter) -> Result<u64> {
    match sight {
        Sight::Full | Sight::Names => page::count(connection, find(sight, filter), user::Column::Id).await,
        Sight::Nothing => Ok(0),
    }
}

fn find(sight: Sight, filter: &UserFilter) -> Select<user::Entity> {
    use user::Column;
    let mut select = user::Entity::find();
    if let Some(state) = filter.state {
        select = select.filter(in_state(state));
    }
    if let Some(kind) = filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    if let Some(role) = filter.role_id {
        select = select.filter(Column::RoleId.eq(role));
    }
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        let mut any = Condition::any().add(begins_with(Column::Name, search));
        if sight == Sight::Full {
            any = any.add(begins_with(Column::Email, search));
        }
        select = select.filter(any);
    }
    select
}

/// As [`people::user_state`](crate::domain::people::user_state).
fn in_state(state: UserState) -> Condition {
    use user::Column::{DeactivatedAt, JoinedAt};
    match state {
        UserState::Active => Condition::all().add(DeactivatedAt.is_null()).add(JoinedAt.is_not_null()),
        UserState::Invited => Condition::all().add(DeactivatedAt.is_null()).add(JoinedAt.is_null()),
        UserState::Deactivated => Condition::all().add(DeactivatedAt.is_not_null()),
    }
}

/// The user with this e-mail address, in its normal form.
///
/// # Errors
/// If the database refuses.
pub async fn by_email<C: ConnectionTrait>(connection: &C, email: &str) -> Result<Option<user::Model>> {
    Ok(user::Entity::find().filter(user::Column::Email.eq(email)).one(connection).await?)
}

/// Whether another user than this one, who is not deactivated, has a phone of this key.
///
/// # Errors
/// If the database refuses.
pub async fn has_phone<C: ConnectionTrait>(connection: &C, match_key: &str, but: UserId) -> Result<bool> {
    let others = user::Entity::find()
        .filter(user::Column::PhoneMatchKey.eq(match_key))
        .filter(user::Column::Id.ne(but))
        .filter(user::Column::DeactivatedAt.is_null());
    Ok(others.count(connection).await? > 0)
}

/// Whether another user than this one can log in with one of these roles.
///
/// # Errors
/// If the database refuses.
pub async fn any_active_in<C: ConnectionTrait>(
    connection: &C,
    roles: impl IntoIterator<Item = RoleId>,
    but: Option<UserId>,
) -> Result<bool> {
    let mut people = user::Entity::find()
        .filter(user::Column::Kind.eq(UserKind::Person))
        .filter(user::Column::RoleId.is_in(roles))
        .filter(in_state(UserState::Active));
    if let Some(but) = but {
        people = people.filter(user::Column::Id.ne(but));
    }
    Ok(people.count(connection).await? > 0)
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

/// Changes a user.
///
/// # Errors
/// If the database refuses: there may be another with this e-mail address.
pub async fn update<C: ConnectionTrait>(connection: &C, row: user::ActiveModel) -> Result<user::Model> {
    Ok(row.update(connection).await?)
}

/// Notes that a user was here, unless that was noted less than `every` ago.
///
/// # Errors
/// If the database refuses.
pub async fn note_seen<C: ConnectionTrait>(
    connection: &C,
    id: UserId,
    now: Timestamp,
    every: Duration,
) -> Result<()> {
    user::Entity::update_many()
        .set(user::ActiveModel { last_seen_at: Set(Some(now)), ..Default::default() })
        .filter(user::Column::Id.eq(id))
        .filter(
            Condition::any()
                .add(user::Column::LastSeenAt.is_null())
                .add(user::Column::LastSeenAt.lte(now.minus(every))),
        )
        .exec(connection)
        .await?;
    Ok(())
}
