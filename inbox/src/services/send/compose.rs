//! From what is wanted to what goes out. Done before the transaction of the send, because it may ask the outside.

mod files;
mod saved;
mod template;

use super::draft::{Draft, MediaSource};
use super::{Refusal, RefusalCode, SendError, refusal};
use crate::app::App;
use crate::auth::Viewer;
use crate::domain::parts::parts;
use crate::domain::revocation::RevokedMessages;
use crate::error::{Error, Result};
use crate::store::media::{self, File};
use providers::content::{Content, Text};
use providers::limits;

/// The most messages that one text is sent as.
pub(super) const MOST_PARTS: usize = 10;

/// A message that can be written down.
#[derive(Clone, Debug)]
pub(super) struct Composed {
    /// What it says, within WhatsApp's limits.
    pub(super) content: Content,
    /// What the messages say that go out behind it.
    pub(super) following: Vec<Content>,
    /// Its files, in the order of [`Content::files`].
    pub(super) files: Vec<File>,
}

/// Makes a message of a draft.
///
/// # Errors
/// [`SendError::Refused`] with everything that is wrong with it; otherwise what keeps us from looking.
pub(super) async fn compose(app: &App, viewer: &Viewer, draft: &Draft) -> Result<Composed, SendError> {
    match draft {
        Draft::Saved(id) => {
            let saved = saved::draft(app, viewer, *id).await?;
            unsaved(app, viewer, &saved).await
        }
        draft => unsaved(app, viewer, draft).await,
    }
}

async fn unsaved(app: &App, viewer: &Viewer, draft: &Draft) -> Result<Composed, SendError> {
    let composed = match draft {
        Draft::Content(content) => {
            Composed { content: content.clone(), following: Vec::new(), files: Vec::new() }
        }
        Draft::Split(text) => split(text)?,
        Draft::File(file) => files::compose(app, viewer, file).await?,
        Draft::Headed(headed) => files::compose_headed(app, viewer, headed).await?,
        Draft::Template(template) => template::compose(app, viewer, template).await?,
        Draft::Saved(_) => return Err(Error::internal("a saved message names another").into()),
    };
    let refusals = refusal::of_content(draft.member(), &composed.content);
    if refusals.is_empty() { Ok(composed) } else { Err(SendError::Refused(refusals)) }
}

fn split(text: &Text) -> Result<Composed, SendError> {
    let parts = parts(&text.body, limits::TEXT);
    if parts.len() > MOST_PARTS {
        let message = format!(
            "The text makes {} messages, and may make {MOST_PARTS} at most. Shorten it, or send it as a document.",
            parts.len()
        );
        let refusal = Refusal::new(RefusalCode::TooLong, &["content", "text", "body"], message);
        return Err(SendError::Refused(vec![refusal]));
    }
    let part = |body: &str| Content::Text(Text { body: body.to_owned(), preview_url: text.preview_url });
    let mut parts = parts.into_iter().map(part);
    // A blank text has no part, and is refused as what it is.
    let content = parts.next().unwrap_or_else(|| Content::Text(text.clone()));
    Ok(Composed { content, following: parts.collect(), files: Vec::new() })
}

/// The form of a draft that an idempotency key stands for: equal for equal requests, whatever they become. A file is in it
/// by its content, because a repeated request may upload it again, and also if it is hidden since.
pub(super) async fn identity(app: &App, viewer: &Viewer, draft: &Draft) -> Result<String> {
    let mut text = serde_json::to_string(draft).map_err(Error::internal)?;
    let ids = draft.media();
    if ids.is_empty() {
        return Ok(text);
    }
    for file in media::by_ids(app.db.read(), viewer.reach(), RevokedMessages::Show, ids).await? {
        if let Some(sha256) = &file.row.blob_sha256 {
            let named = serde_json::to_string(&MediaSource::Media(file.row.id)).map_err(Error::internal)?;
            text = text.replace(&named, &format!("{{\"sha256\":\"{sha256}\"}}"));
        }
    }
    Ok(text)
}
