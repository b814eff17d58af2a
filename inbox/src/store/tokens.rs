//! API tokens of integrations, and the refresh tokens of people's sessions.

use crate::error::Result;
use entities::{ApiTokenId, RefreshTokenId, Timestamp, UserId, api_token, refresh_token};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter,
};
use std::time::Duration;
use uuid::Uuid;

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
