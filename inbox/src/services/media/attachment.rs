//! A message takes files.

use crate::clock::Ids;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::media::{self as store, File};
use entities::{media, message};
use sea_orm::ActiveValue::Set;

/// Gives these files to a message, in their order. One that waits for a message becomes this one's; of one that another
/// message has, or that is kept, this message gets its own, with the same content.
///
/// # Errors
/// [`Error::Conflict`] if one was removed meanwhile; otherwise if the database refuses.
pub async fn attach(tx: &Tx, ids: &Ids, message: &message::Model, files: &[File]) -> Result<()> {
    for (slot, file) in (0..).zip(files) {
        let gone = || Error::Conflict("the file was removed while the message was being written".to_owned());
        let row = store::lock(tx, file.row.id).await?.ok_or_else(gone)?;
        if row.message_id.is_none() && !row.kept {
            let taken = media::ActiveModel {
                message_id: Set(Some(message.id)),
                slot: Set(slot),
                channel_id: Set(Some(message.channel_id)),
                updated_at: Set(message.received_at),
                ..Default::default()
            };
            store::update(tx, row.id, taken).await?;
            continue;
        }
        let content = file.blob.as_ref().ok_or_else(gone)?;
        // Locked, so that it is not removed with the last of the others.
        store::lock_blob(tx, &content.sha256).await?.ok_or_else(gone)?;
        let own = media::Model {
            id: ids.next(),
            message_id: Some(message.id),
            slot,
            channel_id: Some(message.channel_id),
            state: entities::MediaState::Stored,
            provider_id: None,
            mime_type: Some(content.mime_type.clone()),
            sha256: Some(content.sha256.clone()),
            size: Some(content.size),
            blob_sha256: Some(content.sha256.clone()),
            attempts: 0,
            not_before: message.received_at,
            failure: None,
            kept: false,
            created_at: message.received_at,
            updated_at: message.received_at,
            ..row
        };
        store::insert(tx, own).await?;
    }
    Ok(())
}
