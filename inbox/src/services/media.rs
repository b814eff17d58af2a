//! Files: taking them, fetching them from the provider, giving them away, and leaving nothing of them.
//!
//! Contents are measured and written to the storage before any transaction; the transaction then names them. Of the same
//! content only one is kept.

mod attachment;
mod downloads;
mod given;
mod kept;
mod refusal;
mod removal;
mod uploads;

pub use attachment::attach;
pub use downloads::{Claim, claim, failed, media_retry, put_back, renew, stored};
pub use given::{forget_given, given, note_given};
pub(crate) use kept::{keep_copy, remove_kept};
pub use refusal::{MediaError, MediaRefusal, MediaRefusalCode};
pub use removal::{Removed, remove_of_messages, sweep_objects, sweep_uploads};
pub use uploads::{NewFile, media_upload};

use crate::app::App;
use crate::domain::file_types::{FileKind, UNKNOWN, detect, is_animated_webp};
use crate::error::{Error, Result};
use crate::media::{Spooled, picture};
use entities::blob;
use uuid::Uuid;

/// What WhatsApp has against a content, as `kind` or as whatever it is.
#[must_use]
pub fn refusal_of(
    mime_type: &str,
    animated: bool,
    size: u64,
    kind: Option<FileKind>,
) -> Option<MediaRefusal> {
    MediaRefusal::of(mime_type, animated, size, kind)
}

/// Measures a content and writes it to the storage. `announced` and `name` decide between types that look alike.
async fn keep(
    app: &App,
    content: &Spooled,
    announced: Option<&str>,
    name: Option<&str>,
) -> Result<blob::Model> {
    let mime_type = detect(&content.head, announced, name).unwrap_or(UNKNOWN);
    let picture = picture(content, mime_type).await.unwrap_or_default();
    let object_key = app.media.put(content, app.ids.next::<Uuid>()).await?;
    let is_picture = picture.width > 0;
    Ok(blob::Model {
        sha256: content.sha256.clone(),
        object_key,
        size: i64::try_from(content.size).map_err(Error::internal)?,
        mime_type: mime_type.to_owned(),
        animated: mime_type == "image/webp" && is_animated_webp(&content.head),
        width: is_picture.then_some(picture.width),
        height: is_picture.then_some(picture.height),
        preview: picture.preview,
        created_at: app.clock.now(),
    })
}

/// Removes an object that no row names. One that stays is found by the sweep.
async fn clear_away(app: &App, key: &str) {
    if let Err(error) = app.media.remove(key).await {
        tracing::warn!(%error, "a stored file that nobody has any more was not removed yet");
    }
}
