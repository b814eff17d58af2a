//! What lets people choose a password, once.

use crate::error::Result;
use entities::{InvitationId, UserId, invitation};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// The invitation with this hash.
///
/// # Errors
/// If the database refuses.
pub async fn by_hash<C: ConnectionTrait>(connection: &C, hash: &str) -> Result<Option<invitation::Model>> {
    Ok(invitation::Entity::find().filter(invitation::Column::TokenHash.eq(hash)).one(connection).await?)
}

/// A new invitation in the place of the user's old one.
///
/// # Errors
/// If the database refuses.
pub async fn replace<C: ConnectionTrait>(connection: &C, row: invitation::Model) -> Result<()> {
    delete_of(connection, row.user_id).await?;
    invitation::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Spends an invitation. False if it was spent or replaced before.
///
/// # Errors
/// If the database refuses.
pub async fn spend<C: ConnectionTrait>(connection: &C, id: InvitationId) -> Result<bool> {
    Ok(invitation::Entity::delete_by_id(id).exec(connection).await?.rows_affected == 1)
}

/// Takes back what a user was invited with.
///
/// # Errors
/// If the database refuses.
pub async fn delete_of<C: ConnectionTrait>(connection: &C, user: UserId) -> Result<()> {
    invitation::Entity::delete_many().filter(invitation::Column::UserId.eq(user)).exec(connection).await?;
    Ok(())
}
