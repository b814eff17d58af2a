//! What people do with a conversation besides writing in it.

use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::control::{self, Control};
use crate::error::{Error, Result};
use crate::store::db::NewEvent;
use crate::store::{Priority, send};
use entities::{ConversationId, EventKind, Mode, conversation};
use sea_orm::ActiveValue::Set;

/// Lets the assistant answer, or only people.
///
/// # Errors
/// If the caller may not edit, there is no such conversation for it, or the store cannot do it now.
pub async fn conversation_set_mode(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
    mode: Mode,
) -> Result<conversation::Model> {
    change(app, viewer, id, move |row| controlled(row, |control| control::set_mode(control, mode))).await
}

/// Takes a conversation out of the inbox until the customer writes again.
///
/// # Errors
/// As [`conversation_set_mode`].
pub async fn conversation_archive(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<conversation::Model> {
    change(app, viewer, id, |row| controlled(row, control::archive)).await
}

/// Brings an archived conversation back.
///
/// # Errors
/// As [`conversation_set_mode`].
pub async fn conversation_unarchive(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<conversation::Model> {
    change(app, viewer, id, |row| controlled(row, control::unarchive)).await
}

/// Counts everything as read.
///
/// # Errors
/// As [`conversation_set_mode`].
pub async fn conversation_mark_read(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<conversation::Model> {
    change(app, viewer, id, |row| {
        (row.unread_count != 0)
            .then(|| conversation::ActiveModel { unread_count: Set(0), ..Default::default() })
    })
    .await
}

/// The columns that a transition changes; none if it changes nothing.
fn controlled(
    row: &conversation::Model,
    transition: impl Fn(Control) -> Control,
) -> Option<conversation::ActiveModel> {
    let before = Control::from(row);
    let after = transition(before);
    (after != before).then(|| {
        let mut changed = conversation::ActiveModel::default();
        after.apply_to(&mut changed);
        changed
    })
}

/// Applies a change under the conversation's lock. What is so already is neither written nor announced.
async fn change<F>(app: &App, viewer: &Viewer, id: ConversationId, change: F) -> Result<conversation::Model>
where
    F: Fn(&conversation::Model) -> Option<conversation::ActiveModel> + Copy + Send + Sync + 'static,
{
    viewer.require(Permission::Edit)?;
    let reach = viewer.reach();
    app.db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move {
                let before = send::lock_conversation(tx, reach, id).await?;
                let before = before.ok_or(Error::NotFound("conversation"))?;
                let Some(mut row) = change(&before) else { return Ok(before) };
                row.updated_at = Set(tx.now());
                tx.emit(NewEvent {
                    conversation_id: Some(id),
                    channel_id: Some(before.channel_id),
                    contact_id: Some(before.contact_id),
                    ..NewEvent::new(EventKind::ConversationUpdated)
                });
                send::update_conversation(tx.conn(), id, row).await
            })
        })
        .await
}
