//! Removal: rows first. What it returns are the names of contents that nobody has any more; their objects go after the
//! commit.

use super::lock_blob;
use crate::error::Result;
use crate::store::Tx;
use entities::{MediaId, MessageId, Timestamp, blob, media, media_upload};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeSet, HashSet};

/// Removes the files of these messages.
///
/// # Errors
/// If the database refuses.
pub async fn remove_of_messages(tx: &Tx, messages: &[MessageId]) -> Result<Vec<String>> {
    let of_them = media::Column::MessageId.is_in(messages.iter().copied());
    remove(tx, media::Entity::find().filter(of_them).all(tx.conn()).await?).await
}

/// Removes those of these files that are kept.
///
/// # Errors
/// If the database refuses.
pub async fn remove_kept(tx: &Tx, ids: &[MediaId]) -> Result<Vec<String>> {
    let kept = media::Entity::find()
        .filter(media::Column::Id.is_in(ids.iter().copied()))
        .filter(media::Column::Kept.eq(true));
    remove(tx, kept.all(tx.conn()).await?).await
}

/// Removes files that no message got before `before`, at most `limit`. Also says how many they were.
///
/// # Errors
/// If the database refuses.
pub async fn remove_unattached(tx: &Tx, before: Timestamp, limit: u64) -> Result<(usize, Vec<String>)> {
    let rows = media::Entity::find()
        .filter(media::Column::MessageId.is_null())
        .filter(media::Column::Kept.eq(false))
        .filter(media::Column::CreatedAt.lt(before))
        .order_by_asc(media::Column::CreatedAt)
        .limit(limit);
    let rows = if tx.has_row_locks() { rows.lock_exclusive() } else { rows };
    let rows = rows.all(tx.conn()).await?;
    Ok((rows.len(), remove(tx, rows).await?))
}

async fn remove(tx: &Tx, rows: Vec<media::Model>) -> Result<Vec<String>> {
    let ids: Vec<MediaId> = rows.iter().map(|row| row.id).collect();
    // Locked in one order, whoever removes.
    let contents: BTreeSet<String> = rows.into_iter().filter_map(|row| row.blob_sha256).collect();
    media::Entity::delete_many().filter(media::Column::Id.is_in(ids)).exec(tx.conn()).await?;
    let mut keys = Vec::new();
    for sha256 in contents {
        // Whoever gives it to another file locks it as well, so that the count holds until commit.
        let Some(content) = lock_blob(tx, &sha256).await? else { continue };
        let used = media::Entity::find().filter(media::Column::BlobSha256.eq(sha256.as_str()));
        if used.count(tx.conn()).await? == 0 {
            let uploads = media_upload::Column::BlobSha256.eq(sha256.as_str());
            media_upload::Entity::delete_many().filter(uploads).exec(tx.conn()).await?;
            blob::Entity::delete_by_id(sha256).exec(tx.conn()).await?;
            keys.push(content.object_key);
        }
    }
    Ok(keys)
}

/// Those of these names in the storage that no content has.
///
/// # Errors
/// If the database refuses.
pub async fn unknown_keys<C: ConnectionTrait>(db: &C, keys: Vec<String>) -> Result<Vec<String>> {
    let known: Vec<String> = blob::Entity::find()
        .select_only()
        .column(blob::Column::ObjectKey)
        .filter(blob::Column::ObjectKey.is_in(keys.iter().map(String::as_str)))
        .into_tuple()
        .all(db)
        .await?;
    let known: HashSet<String> = known.into_iter().collect();
    Ok(keys.into_iter().filter(|key| !known.contains(key)).collect())
}
