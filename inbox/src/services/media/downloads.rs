//! Fetching what the provider announced: claims, and what comes of them.

use super::{MediaError, MediaRefusal, clear_away, keep};
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::bus::Topic;
use crate::domain::download;
use crate::domain::file_types::essence;
use crate::error::{Error, Result};
use crate::media::Spooled;
use crate::store::db::NewEvent;
use crate::store::media::File;
use crate::store::{Priority, Tx, media as store, send};
use entities::{EventKind, MediaFailure, MediaId, MediaState, Timestamp, media};
use sea_orm::ActiveValue::Set;
use std::time::Duration;

/// How long a claim lasts unless it is renewed.
const LASTS: Duration = Duration::from_secs(20);

/// A try to fetch a file.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The file.
    pub row: media::Model,
    /// The provider's id of it.
    pub provider_id: String,
    /// The provider's id of the number that it came to.
    pub phone_number_id: Option<String>,
}

/// Claims what is due, at most `limit` files.
///
/// # Errors
/// If the store cannot do it now.
pub async fn claim(app: &App, limit: usize) -> Result<Vec<Claim>> {
    let limit = limit as u64;
    let claimed = app.db.write(Priority::Background, move |tx| {
        Box::pin(async move {
            let mut claims = Vec::new();
            for row in store::claim(tx, limit, tx.now().plus(LASTS)).await? {
                let channel = match row.channel_id {
                    Some(id) => send::channel(tx.conn(), id).await?,
                    None => None,
                };
                claims.push(Claim {
                    provider_id: row.provider_id.clone().unwrap_or_default(),
                    phone_number_id: channel.and_then(|channel| channel.phone_number_id),
                    row,
                });
            }
            Ok(claims)
        })
    });
    claimed.await
}

/// Keeps a claim for longer. False if it was lost.
///
/// # Errors
/// If the store cannot do it now.
pub async fn renew(app: &App, claim: &Claim) -> Result<bool> {
    let row = claim.row.clone();
    let renewed = app.db.write(Priority::Background, move |tx| {
        let row = row.clone();
        Box::pin(async move { store::renew(tx, &row, tx.now().plus(LASTS)).await })
    });
    renewed.await
}

/// Gives a claim back as if it had not been taken.
///
/// # Errors
/// If the store cannot do it now.
pub async fn put_back(app: &App, claim: &Claim) -> Result<()> {
    settle(app, claim, |row, now| media::ActiveModel {
        attempts: Set(row.attempts - 1),
        not_before: Set(now),
        ..Default::default()
    })
    .await
}

/// Keeps what a try brought.
///
/// # Errors
/// If the storage or the store cannot do it now; then the file is still to be fetched.
pub async fn stored(app: &App, claim: &Claim, content: &Spooled) -> Result<()> {
    let (announced, name) = (claim.row.mime_type.as_deref(), claim.row.file_name.as_deref());
    let blob = keep(app, content, announced, name).await?;
    let (key, id, attempts) = (blob.object_key.clone(), claim.row.id, claim.row.attempts);
    let written = app.db.write(Priority::Background, move |tx| {
        let blob = blob.clone();
        Box::pin(async move {
            let Some(row) = store::lock_claim(tx, id, attempts).await? else { return Ok(None) };
            let blob = store::keep_blob(tx, &blob).await?;
            let changed = media::ActiveModel {
                state: Set(MediaState::Stored),
                mime_type: Set(true_type(row.mime_type.as_deref(), &blob.mime_type)),
                size: Set(Some(blob.size)),
                blob_sha256: Set(Some(blob.sha256.clone())),
                failure: Set(None),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            store::update(tx, id, changed).await?;
            message_updated(tx, &row).await?;
            Ok(Some(blob.object_key))
        })
    });
    let kept = written.await?;
    if kept.as_ref() != Some(&key) {
        clear_away(app, &key).await;
    }
    Ok(())
}

/// The announced type with its parameters, unless the content is certainly something else.
fn true_type(announced: Option<&str>, found: &str) -> Option<String> {
    let announced = announced
        .filter(|announced| found == crate::domain::file_types::UNKNOWN || essence(announced) == found);
    Some(announced.unwrap_or(found).to_owned())
}

/// Writes down that a try failed: the file is tried again, or given up. True if it was given up.
///
/// # Errors
/// If the store cannot do it now; then it is tried again when the claim ends.
pub async fn failed(app: &App, claim: &Claim, failure: MediaFailure) -> Result<bool> {
    let attempts = u32::try_from(claim.row.attempts).unwrap_or(u32::MAX);
    let announced_at = claim.row.created_at;
    let next = download::next_try(failure, attempts, announced_at, app.clock.now(), rand::random());
    settle(app, claim, move |_, _| media::ActiveModel {
        state: Set(if next.is_some() { MediaState::Pending } else { MediaState::Failed }),
        not_before: next.map_or(sea_orm::ActiveValue::NotSet, Set),
        failure: Set(Some(failure)),
        ..Default::default()
    })
    .await?;
    Ok(next.is_none())
}

/// Changes a claimed file, if it is still claimed; who reads it is told when it will not change any more.
async fn settle(
    app: &App,
    claim: &Claim,
    change: impl Fn(&media::Model, Timestamp) -> media::ActiveModel + Send + Sync + Clone + 'static,
) -> Result<()> {
    let (id, attempts) = (claim.row.id, claim.row.attempts);
    let written = app.db.write(Priority::Background, move |tx| {
        let change = change.clone();
        Box::pin(async move {
            let Some(row) = store::lock_claim(tx, id, attempts).await? else { return Ok(()) };
            let changed = media::ActiveModel { updated_at: Set(tx.now()), ..change(&row, tx.now()) };
            let given_up = changed.state == Set(MediaState::Failed);
            store::update(tx, id, changed).await?;
            if given_up {
                message_updated(tx, &row).await?;
            }
            Ok(())
        })
    });
    written.await
}

/// Has a file fetched again that was given up.
///
/// # Errors
/// [`MediaError::Refused`] if it was not; otherwise if the caller may not send, the file does not exist for it, or the
/// store cannot do it now.
pub async fn media_retry(app: &App, viewer: &Viewer, id: MediaId) -> Result<File, MediaError> {
    viewer.require(Permission::Send)?;
    let (reach, revoked) = (viewer.reach(), app.config.revoked_messages);
    let retried = app.db.write(Priority::Interactive, move |tx| {
        Box::pin(async move {
            let visible = store::get(tx.conn(), reach, revoked, id).await?.is_some();
            let row = store::lock(tx, id).await?.filter(|_| visible).ok_or(Error::NotFound("file"))?;
            if row.state != MediaState::Failed || row.provider_id.is_none() {
                return Ok(None);
            }
            let changed = media::ActiveModel {
                state: Set(MediaState::Pending),
                attempts: Set(0),
                not_before: Set(tx.now()),
                failure: Set(None),
                updated_at: Set(tx.now()),
                ..Default::default()
            };
            store::update(tx, id, changed).await?;
            message_updated(tx, &row).await?;
            tx.wake(Topic::Media);
            store::get(tx.conn(), reach, revoked, id).await
        })
    });
    retried.await?.ok_or_else(|| MediaError::Refused(MediaRefusal::not_failed()))
}

async fn message_updated(tx: &Tx, row: &media::Model) -> Result<()> {
    let Some(message_id) = row.message_id else { return Ok(()) };
    let Some(message) = send::message(tx.conn(), message_id).await? else { return Ok(()) };
    tx.emit(NewEvent {
        conversation_id: Some(message.conversation_id),
        channel_id: Some(message.channel_id),
        message_id: Some(message.id),
        ..NewEvent::new(EventKind::MessageUpdated)
    });
    Ok(())
}
