//! What the provider was given of our files, and what is to be given.

use crate::app::App;
use crate::error::Result;
use crate::store::{Priority, media as store};
use entities::{ChannelId, Timestamp, media_upload};
use std::time::Duration;

/// How long the provider keeps what it was given.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// What ends sooner is given again: the message may wait a while.
const MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

/// What the provider was given of a content, if it keeps it for a while.
///
/// # Errors
/// If the database refuses.
pub async fn given(app: &App, sha256: &str, channel: ChannelId) -> Result<Option<media_upload::Model>> {
    let known = store::upload(app.db.read(), sha256, channel).await?;
    Ok(known.filter(|known| is_fresh(known, app.clock.now())))
}

fn is_fresh(known: &media_upload::Model, now: Timestamp) -> bool {
    known.expires_at > now.plus(MARGIN)
}

/// Remembers what the provider was given just now.
///
/// # Errors
/// If the store cannot do it now.
pub async fn note_given(
    app: &App,
    sha256: &str,
    channel: ChannelId,
    provider_id: &str,
) -> Result<media_upload::Model> {
    let now = app.clock.now();
    let row = media_upload::Model {
        blob_sha256: sha256.to_owned(),
        channel_id: channel,
        provider_id: provider_id.to_owned(),
        uploaded_at: now,
        expires_at: now.plus(KEPT),
    };
    let noted = row.clone();
    let written = app.db.write(Priority::Background, move |tx| {
        let row = row.clone();
        Box::pin(async move { store::note_upload(tx, row).await })
    });
    written.await?;
    Ok(noted)
}

/// Forgets what the provider says that it does not have.
///
/// # Errors
/// If the store cannot do it now.
pub async fn forget_given(app: &App, known: &media_upload::Model) -> Result<()> {
    let known = known.clone();
    let written = app.db.write(Priority::Background, move |tx| {
        let known = known.clone();
        Box::pin(async move { store::forget_upload(tx, &known).await })
    });
    written.await
}
