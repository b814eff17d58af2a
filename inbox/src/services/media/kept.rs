//! Files that belong to no message and stay: those of saved messages.

use super::Removed;
use crate::clock::Ids;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::media as store;
use entities::{MediaId, MediaState, media};

/// Makes a file of its own with the same content, which stays until [`remove_kept`].
///
/// # Errors
/// [`Error::Conflict`] if the file was removed meanwhile; otherwise if the database refuses.
pub(crate) async fn keep_copy(tx: &Tx, ids: &Ids, id: MediaId) -> Result<MediaId> {
    let gone = || Error::Conflict("the file was removed while the message was being saved".to_owned());
    let row = store::lock(tx, id).await?.ok_or_else(gone)?;
    let sha256 = row.blob_sha256.clone().ok_or_else(gone)?;
    // Locked, so that it is not removed with the last of the others.
    let content = store::lock_blob(tx, &sha256).await?.ok_or_else(gone)?;
    let copy = media::Model {
        id: ids.next(),
        message_id: None,
        slot: 0,
        channel_id: None,
        state: MediaState::Stored,
        provider_id: None,
        mime_type: Some(content.mime_type),
        sha256: Some(sha256),
        size: Some(content.size),
        attempts: 0,
        not_before: tx.now(),
        failure: None,
        kept: true,
        created_at: tx.now(),
        updated_at: tx.now(),
        ..row
    };
    let id = copy.id;
    store::insert(tx, copy).await?;
    Ok(id)
}

/// Removes kept files; what is not kept is left alone.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn remove_kept(tx: &Tx, ids: &[MediaId]) -> Result<Removed> {
    Ok(Removed::of(store::remove_kept(tx, ids).await?))
}
