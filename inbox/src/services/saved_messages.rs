//! Saved messages: written, changed and deleted. Sending one is `services::send`; what was sent of it stays as it is.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::auth::{self, Permission, Viewer};
use crate::clock::Ids;
use crate::domain::people::{self, MAX_NAME};
use crate::error::{Error, Result};
use crate::services::media::{Removed, keep_copy, remove_kept};
use crate::services::send::{Draft, SendError, drafted};
use crate::store::{Priority, Tx, saved_messages};
use entities::{MediaId, SavedMessageId, saved_message};
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use std::sync::Arc;

/// A message to save.
#[derive(Clone, Debug)]
pub struct SavedMessageCreate {
    /// Unique.
    pub name: String,
    /// In which language it is written.
    pub language: Option<String>,
    /// What to send.
    pub draft: Draft,
}

/// What is to change in a saved message; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct SavedMessageUpdate {
    /// Unique.
    pub name: Option<String>,
    /// In which language it is written, or nothing any more.
    pub language: Option<Option<String>>,
    /// What to send.
    pub draft: Option<Draft>,
}

/// What is stored of a draft.
#[derive(Clone, Debug)]
struct Stored {
    kind: String,
    draft: String,
}

/// Saves a message that could be sent as it is.
///
/// # Errors
/// [`SendError::Refused`] with what is wrong with the content; else [`Error::Forbidden`] without [`Permission::Edit`], and
/// [`Error::Refused`] about name and language.
pub async fn saved_message_create(
    app: &App,
    viewer: &Viewer,
    input: SavedMessageCreate,
) -> Result<saved_message::Model, SendError> {
    viewer.require(Permission::Edit)?;
    let (name, language) = (valid_name(&input.name)?, valid_language(input.language.as_deref())?);
    let Stored { kind, draft } = stored(app, viewer, &input.draft).await?;
    let now = app.clock.now();
    let (created_by, updated_by) = (viewer.user_id(), viewer.user_id());
    let id = app.ids.next();
    let row = saved_message::Model {
        id,
        name,
        language,
        kind,
        draft,
        created_by,
        updated_by,
        created_at: now,
        updated_at: now,
    };
    let held = Arc::new((app.ids.clone(), row));
    let saved = app
        .db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, row) = &*held;
                refuse_taken_name(tx.conn(), &row.name).await?;
                let row =
                    saved_message::Model { draft: with_own_files(tx, ids, &row.draft).await?, ..row.clone() };
                saved_messages::insert(tx.conn(), row.clone()).await?;
                Ok(row)
            })
        })
        .await?;
    Ok(saved)
}

/// Changes a saved message.
///
/// # Errors
/// As [`saved_message_create`], and [`Error::NotFound`].
pub async fn saved_message_update(
    app: &App,
    viewer: &Viewer,
    id: SavedMessageId,
    input: SavedMessageUpdate,
) -> Result<saved_message::Model, SendError> {
    viewer.require(Permission::Edit)?;
    let name = input.name.as_deref().map(valid_name).transpose()?;
    let language = input.language.map(|language| valid_language(language.as_deref())).transpose()?;
    let draft = match &input.draft {
        Some(draft) => Some(stored(app, viewer, draft).await?),
        None => None,
    };
    let (reach, user, now) = (viewer.reach(), viewer.user_id(), app.clock.now());
    let changed = Arc::new((app.ids.clone(), name, language, draft));
    let (row, removed) = app
        .db
        .write(Priority::Interactive, move |tx| {
            let changed = Arc::clone(&changed);
            Box::pin(async move {
                let (ids, name, language, draft) = &*changed;
                let before = saved_messages::by_ids(tx.conn(), reach, [id]).await?.pop();
                let before = before.ok_or(Error::NotFound("saved message"))?;
                let mut row = before.clone().into_active_model();
                if let Some(name) = name.as_ref().filter(|name| **name != before.name) {
                    refuse_taken_name(tx.conn(), name).await?;
                    row.name = Set(name.clone());
                }
                if let Some(language) = language {
                    row.language = Set(language.clone());
                }
                let mut removed = Removed::default();
                if let Some(Stored { kind, draft }) = draft {
                    row.kind = Set(kind.clone());
                    row.draft = Set(with_own_files(tx, ids, draft).await?);
                    removed = remove_kept(tx, &files(&before.draft)?).await?;
                }
                row.updated_by = Set(user);
                row.updated_at = Set(now);
                Ok((saved_messages::update(tx.conn(), row).await?, removed))
            })
        })
        .await?;
    removed.clear(app).await;
    Ok(row)
}

/// Deletes a saved message. What was sent of it stays.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Edit`]; [`Error::NotFound`].
pub async fn saved_message_delete(app: &App, viewer: &Viewer, id: SavedMessageId) -> Result<()> {
    viewer.require(Permission::Edit)?;
    let reach = viewer.reach();
    let removed = app
        .db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move {
                let found = saved_messages::by_ids(tx.conn(), reach, [id]).await?.pop();
                let found = found.ok_or(Error::NotFound("saved message"))?;
                if !saved_messages::delete(tx.conn(), id).await? {
                    return Err(Error::NotFound("saved message"));
                }
                remove_kept(tx, &files(&found.draft)?).await
            })
        })
        .await?;
    removed.clear(app).await;
    Ok(())
}

/// The stored draft with files of its own: what was uploaded for it waits for a message only for a while, and a message's
/// file goes with the message.
async fn with_own_files(tx: &Tx, ids: &Ids, draft: &str) -> Result<String> {
    let mut draft: Draft = serde_json::from_str(draft).map_err(Error::internal)?;
    for id in draft.media_mut() {
        *id = keep_copy(tx, ids, *id).await?;
    }
    serde_json::to_string(&draft).map_err(Error::internal)
}

/// The files that a stored draft names.
fn files(draft: &str) -> Result<Vec<MediaId>> {
    let draft: Draft = serde_json::from_str(draft).map_err(Error::internal)?;
    Ok(draft.media())
}

/// The draft, if it could be sent as it is.
async fn stored(app: &App, viewer: &Viewer, draft: &Draft) -> Result<Stored, SendError> {
    let content = drafted(app, viewer, draft).await?;
    let kind = content.kind().to_owned();
    Ok(Stored { kind, draft: serde_json::to_string(draft).map_err(Error::internal)? })
}

fn valid_name(text: &str) -> Result<String> {
    people::name(text).ok_or_else(|| {
        let message = format!("a name is one line of 1 to {MAX_NAME} characters");
        auth::Refusal::of(auth::RefusalCode::NameInvalid, "name", message).into()
    })
}

fn valid_language(text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text else { return Ok(None) };
    let language = people::language(text).ok_or_else(|| {
        let message = "write the language as a BCP 47 tag, for example es or pt-BR";
        auth::Refusal::of(auth::RefusalCode::LanguageInvalid, "language", message)
    })?;
    Ok(Some(language))
}

async fn refuse_taken_name<C: sea_orm::ConnectionTrait>(connection: &C, name: &str) -> Result<()> {
    if saved_messages::by_name(connection, name).await?.is_none() {
        return Ok(());
    }
    let message = "there is already a saved message of this name; choose another name";
    Err(auth::Refusal::of(auth::RefusalCode::NameTaken, "name", message).into())
}
