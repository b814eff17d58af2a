//! API tokens of integrations, and the refresh tokens of people's sessions.

use crate::auth::Sight;
use crate::error::Result;
use crate::store::contacts::begins_with;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{ApiTokenId, RefreshTokenId, Timestamp, UserId, api_token, refresh_token};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, Select,
};
use std::time::Duration;
use uuid::Uuid;

/// Whether an API token is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ApiTokenState {
    /// It is.
    Active,
    /// It has ended by itself.
    Expired,
    /// It was revoked.
    Revoked,
}

/// Which API tokens; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiTokenFilter {
    /// Whether they are accepted, at this moment.
    pub state: Option<(ApiTokenState, Timestamp)>,
    /// The beginning of the name.
    pub search: Option<String>,
}

/// An API token's place in the list.
#[must_use]
pub fn position(row: &api_token::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of the API tokens, ordered by when they were made.
///
/// # Errors
/// If the database refuses.
pub async fn page_api<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    filter: &ApiTokenFilter,
    request: &PageRequest,
) -> Result<Page<api_token::Model>> {
    if sight != Sight::Full {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: api_token::Column::CreatedAt, id: api_token::Column::Id };
    keyset.page(connection, find(filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count_api<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    filter: &ApiTokenFilter,
) -> Result<u64> {
    match sight {
        Sight::Full => page::count(connection, find(filter), api_token::Column::Id).await,
        Sight::Names | Sight::Nothing => Ok(0),
    }
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn api_by_ids<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = ApiTokenId>,
) -> Result<Vec<api_token::Model>> {
    match sight {
        Sight::Full => {
            Ok(api_token::Entity::find().filter(api_token::Column::Id.is_in(ids)).all(connection).await?)
        }
        Sight::Names | Sight::Nothing => Ok(Vec::new()),
    }
}

fn find(filter: &ApiTokenFilter) -> Select<api_token::Entity> {
    use api_token::Column;
    let mut select = api_token::Entity::find();
    if let Some((state, now)) = filter.state {
        let expired = Condition::all().add(Column::ExpiresAt.is_not_null()).add(Column::ExpiresAt.lte(now));
        select = select.filter(match state {
            ApiTokenState::Active => Condition::all().add(Column::RevokedAt.is_null()).add(expired.not()),
            ApiTokenState::Expired => Condition::all().add(Column::RevokedAt.is_null()).add(expired),
            ApiTokenState::Revoked => Condition::all().add(Column::RevokedAt.is_not_null()),
        });
    }
    match filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) => select.filter(begins_with(Column::Name, search)),
        None => select,
    }
}

/// The API tokens that a user made and that are not revoked.
///
/// # Errors
/// If the database refuses.
pub async fn api_of<C: ConnectionTrait>(connection: &C, user: UserId) -> Result<Vec<api_token::Model>> {
    Ok(api_token::Entity::find()
        .filter(api_token::Column::CreatedBy.eq(user))
        .filter(api_token::Column::RevokedAt.is_null())
        .all(connection)
        .await?)
}

/// One API token.
///
/// # Errors
/// If the database refuses.
pub async fn get_api<C: ConnectionTrait>(connection: &C, id: ApiTokenId) -> Result<Option<api_token::Model>> {
    Ok(api_token::Entity::find_by_id(id).one(connection).await?)
}

/// The API token with this hash, in whatever state.
///
/// # Errors
/// If the database refuses.
pub async fn api_by_hash<C: ConnectionTrait>(connection: &C, hash: &str) -> Result<Option<api_token::Model>> {
    Ok(api_token::Entity::find().filter(api_token::Column::TokenHash.eq(hash)).one(connection).await?)
}

/// A new API token.
///
/// # Errors
/// If the database refuses.
pub async fn insert_api<C: ConnectionTrait>(connection: &C, row: api_token::Model) -> Result<()> {
    api_token::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(connection).await?;
    Ok(())
}

/// Revokes an API token, unless it is revoked.
///
/// # Errors
/// If the database refuses.
pub async fn revoke_api<C: ConnectionTrait>(connection: &C, id: ApiTokenId, now: Timestamp) -> Result<()> {
    api_token::Entity::update_many()
        .set(api_token::ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
        .filter(api_token::Column::Id.eq(id))
        .filter(api_token::Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Notes that an API token was used, unless that was noted less than `every` ago.
///
/// # Errors
/// If the database refuses.
pub async fn note_api_use<C: ConnectionTrait>(
    connection: &C,
    id: ApiTokenId,
    now: Timestamp,
    every: Duration,
) -> Result<()> {
    api_token::Entity::update_many()
        .set(api_token::ActiveModel { last_used_at: Set(Some(now)), ..Default::default() })
        .filter(api_token::Column::Id.eq(id))
        .filter(
            Condition::any()
                .add(api_token::Column::LastUsedAt.is_null())
                .add(api_token::Column::LastUsedAt.lte(now.minus(every))),
        )
        .exec(connection)
        .await?;
    Ok(())
}

/// The refresh token with this hash, in whatever state.
///
/// # Errors
/// If the database refuses.
pub async fn refresh_by_hash<C: ConnectionTrait>(
    connection: &C,
    hash: &str,
) -> Result<Option<refresh_token::Model>> {
    Ok(refresh_token::Entity::find()
        .filter(refresh_token::Column::TokenHash.eq(hash))
        .one(connection)
        .await?)
}

/// A new refresh token.
///
/// # Errors
/// If the database refuses.
pub async fn insert_refresh<C: ConnectionTrait>(connection: &C, row: refresh_token::Model) -> Result<()> {
    refresh_token::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Spends a refresh token. False if it was spent or revoked before.
///
/// # Errors
/// If the database refuses.
pub async fn spend_refresh<C: ConnectionTrait>(
    connection: &C,
    id: RefreshTokenId,
    now: Timestamp,
) -> Result<bool> {
    let spent = refresh_token::Entity::update_many()
        .set(refresh_token::ActiveModel { used_at: Set(Some(now)), ..Default::default() })
        .filter(refresh_token::Column::Id.eq(id))
        .filter(refresh_token::Column::UsedAt.is_null())
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(spent.rows_affected == 1)
}

/// Revokes all that descends from one login of this user. False if it was revoked before.
///
/// # Errors
/// If the database refuses.
pub async fn revoke_family<C: ConnectionTrait>(
    connection: &C,
    user: UserId,
    family: Uuid,
    now: Timestamp,
) -> Result<bool> {
    let revoked = refresh_token::Entity::update_many()
        .set(refresh_token::ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
        .filter(refresh_token::Column::Family.eq(family))
        .filter(refresh_token::Column::UserId.eq(user))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(revoked.rows_affected > 0)
}

/// Revokes all sessions of a user.
///
/// # Errors
/// If the database refuses.
pub async fn revoke_sessions<C: ConnectionTrait>(connection: &C, user: UserId, now: Timestamp) -> Result<()> {
    refresh_token::Entity::update_many()
        .set(refresh_token::ActiveModel { revoked_at: Set(Some(now)), ..Default::default() })
        .filter(refresh_token::Column::UserId.eq(user))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// Whether what descends from one login of this user has not been revoked.
///
/// # Errors
/// If the database refuses.
pub async fn is_live<C: ConnectionTrait>(connection: &C, user: UserId, family: Uuid) -> Result<bool> {
    let live = refresh_token::Entity::find()
        .filter(refresh_token::Column::Family.eq(family))
        .filter(refresh_token::Column::UserId.eq(user))
        .filter(refresh_token::Column::RevokedAt.is_null());
    Ok(live.count(connection).await? > 0)
}

/// Deletes the refresh tokens that have ended, and says how many.
///
/// # Errors
/// If the database refuses.
pub async fn delete_ended_refresh<C: ConnectionTrait>(connection: &C, now: Timestamp) -> Result<u64> {
    let deleted = refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::ExpiresAt.lte(now))
        .exec(connection)
        .await?;
    Ok(deleted.rows_affected)
}
