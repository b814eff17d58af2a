//! Reads of what the provider announced about account, numbers and templates.

use crate::auth::Reach;
use crate::error::Result;
use entities::{ProviderUpdateId, provider_update};
use sea_orm::{ConnectionTrait, EntityTrait};

/// One announcement, for who sees everything: it belongs to no conversation.
///
/// # Errors
/// If the database refuses.
pub async fn get<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    id: ProviderUpdateId,
) -> Result<Option<provider_update::Model>> {
    match reach {
        Reach::All => Ok(provider_update::Entity::find_by_id(id).one(db).await?),
        Reach::Own(_) | Reach::Nothing => Ok(None),
    }
}
