//! What the provider was given, by content and number.

use crate::error::Result;
use crate::store::Tx;
use entities::{ChannelId, media_upload};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// What the provider was given of a content for a number.
///
/// # Errors
/// If the database refuses.
pub async fn upload<C: ConnectionTrait>(
    db: &C,
    sha256: &str,
    channel: ChannelId,
) -> Result<Option<media_upload::Model>> {
    Ok(media_upload::Entity::find_by_id((sha256.to_owned(), channel)).one(db).await?)
}

/// Remembers what the provider was given, in place of what was known before.
///
/// # Errors
/// If the database refuses.
pub async fn note_upload(tx: &Tx, row: media_upload::Model) -> Result<()> {
    use media_upload::Column;
    let newest = OnConflict::columns([Column::BlobSha256, Column::ChannelId])
        .update_columns([Column::ProviderId, Column::UploadedAt, Column::ExpiresAt])
        .to_owned();
    media_upload::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(newest)
        .exec_without_returning(tx.conn())
        .await?;
    Ok(())
}

/// Forgets an id that the provider does not know any more.
///
/// # Errors
/// If the database refuses.
pub async fn forget_upload(tx: &Tx, row: &media_upload::Model) -> Result<()> {
    media_upload::Entity::delete_many()
        .filter(media_upload::Column::BlobSha256.eq(row.blob_sha256.as_str()))
        .filter(media_upload::Column::ChannelId.eq(row.channel_id))
        .filter(media_upload::Column::ProviderId.eq(row.provider_id.as_str()))
        .exec(tx.conn())
        .await?;
    Ok(())
}
