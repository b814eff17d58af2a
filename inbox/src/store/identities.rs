//! The names under which outside identity providers know users.

use crate::error::Result;
use entities::user_identity;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// Whom a provider means by a subject.
///
/// # Errors
/// If the database refuses.
pub async fn find<C: ConnectionTrait>(
    connection: &C,
    issuer: &str,
    subject: &str,
) -> Result<Option<user_identity::Model>> {
    Ok(user_identity::Entity::find()
        .filter(user_identity::Column::Issuer.eq(issuer))
        .filter(user_identity::Column::Subject.eq(subject))
        .one(connection)
        .await?)
}

/// A new link.
///
/// # Errors
/// If the database refuses: the subject may be linked.
pub async fn insert<C: ConnectionTrait>(connection: &C, row: user_identity::Model) -> Result<()> {
    user_identity::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}
