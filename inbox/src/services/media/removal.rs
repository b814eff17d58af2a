//! Leaving nothing of files: rows, contents, and what crashes left.

use super::clear_away;
use crate::app::App;
use crate::error::Result;
use crate::store::{Priority, Tx, imports, media as store};
use entities::MessageId;
use futures_util::StreamExt;
use std::time::Duration;

/// How long a file waits for a message.
const UNATTACHED: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// A content without a row may belong to somebody who is about to write it; nobody takes so long.
const OBJECT_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// Rows in one transaction.
const PORTION: u64 = 100;
/// Names looked up at once.
const KEYS: usize = 500;

/// Contents that nobody has any more. Hand it to [`Removed::clear`] once the transaction is committed.
#[derive(Debug, Default)]
#[must_use = "the contents are removed by `clear`, after the commit"]
pub struct Removed(Vec<String>);

/// Removes the files of these messages: inside the transaction that removes the messages, and before them. Contents that
/// other messages have as well stay. For the erasure of a contact:
///
/// ```text
/// let removed = app.db.write(Priority::Background, move |tx| Box::pin(async move {
///     let removed = media::remove_of_messages(tx, &ids).await?;
///     …the messages…
///     Ok(removed)
/// })).await?;
/// removed.clear(app).await;
/// ```
///
/// # Errors
/// If the database refuses.
pub async fn remove_of_messages(tx: &Tx, messages: &[MessageId]) -> Result<Removed> {
    Ok(Removed(store::remove_of_messages(tx, messages).await?))
}

impl Removed {
    pub(super) fn of(keys: Vec<String>) -> Self {
        Self(keys)
    }

    /// Leaves the contents to the daily sweep, where nobody waits for the commit.
    pub fn leave_to_sweep(self) {}

    /// Removes the contents themselves. What a crash leaves in between is removed by the daily sweep.
    pub async fn clear(self, app: &App) {
        for key in self.0 {
            clear_away(app, &key).await;
        }
    }
}

/// Removes files that no message took in a week. Returns how many.
///
/// # Errors
/// If the store cannot do it now.
pub async fn sweep_uploads(app: &App) -> Result<usize> {
    let before = app.clock.now().minus(UNATTACHED);
    let mut swept = 0;
    loop {
        let portion = app.db.write(Priority::Background, move |tx| {
            Box::pin(async move { store::remove_unattached(tx, before, PORTION).await })
        });
        let (rows, keys) = portion.await?;
        Removed(keys).clear(app).await;
        swept += rows;
        if (rows as u64) < PORTION {
            return Ok(swept);
        }
    }
}

/// Removes contents that no row names, and writes that were broken off. Returns how many contents.
///
/// # Errors
/// If the storage or the store cannot do it now.
pub async fn sweep_objects(app: &App) -> Result<usize> {
    app.media.remove_broken_writes(OBJECT_AGE).await?;
    let mut swept = 0;
    let mut portions = app.media.list().ready_chunks(KEYS);
    while let Some(portion) = portions.next().await {
        let portion: Vec<_> = portion.into_iter().collect::<Result<_>>()?;
        let old = portion.into_iter().filter(|object| object.age > OBJECT_AGE).map(|object| object.key);
        let mut unknown = store::unknown_keys(app.db.read(), old.collect()).await?;
        let of_imports = imports::known_keys(app.db.read(), &unknown).await?;
        unknown.retain(|key| !of_imports.contains(key));
        for key in unknown {
            clear_away(app, &key).await;
            swept += 1;
        }
    }
    Ok(swept)
}
