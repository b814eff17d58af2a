//! What people do with a conversation besides writing in it.

use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::control::{self, Control};
use crate::error::{Error, Result};
use crate::services::access::GUEST_USER;
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, TxFuture, send, users};
use entities::{ConversationId, EventKind, Mode, UserId, conversation};
use sea_orm::ActiveValue::Set;

/// Lets the assistant answer, or only people.
///
/// # Errors
/// If the caller may not edit, there is no such conversation for it, others change it all the time
/// ([`Error::Conflict`]), or the store cannot do it now.
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

/// Gives a conversation to an owner; without one, to the guest, who owns what nobody owns. Its event names the owner
/// before, who may not see it any more.
///
/// # Errors
/// As [`conversation_set_mode`]; [`Error::Invalid`] at `ownerId` if there is no such user, or none who works here still.
pub async fn conversation_assign(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
    owner: Option<UserId>,
) -> Result<conversation::Model> {
    write(app, viewer, id, move |tx, before| {
        Box::pin(async move {
            let owner = users::get(tx.conn(), owner.unwrap_or(GUEST_USER)).await?;
            let owner = owner.filter(|owner| owner.deactivated_at.is_none()).ok_or_else(|| {
                Error::invalid(
                    "ownerId",
                    "there is no such user, or the user was deactivated; choose another",
                )
            })?;
            if owner.id == before.owner_id {
                return Ok(before);
            }
            tx.emit(NewEvent { subject_id: Some(before.owner_id.0), ..updated(&before) });
            let row = conversation::ActiveModel { owner_id: Set(owner.id), ..Default::default() };
            save(tx, id, row).await
        })
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

/// The database was asked again and again, and others were in the way each time.
fn lost_every_race() -> Error {
    Error::Conflict(
        "somebody else is changing this conversation at the same moment; read it again, then decide"
            .to_owned(),
    )
}

/// Applies a change under the conversation's lock. What is so already is neither written nor announced.
async fn change<F>(app: &App, viewer: &Viewer, id: ConversationId, change: F) -> Result<conversation::Model>
where
    F: Fn(&conversation::Model) -> Option<conversation::ActiveModel> + Copy + Send + Sync + 'static,
{
    write(app, viewer, id, move |tx, before| {
        Box::pin(async move {
            let Some(row) = change(&before) else { return Ok(before) };
            tx.emit(updated(&before));
            save(tx, id, row).await
        })
    })
    .await
}

/// Works on a conversation under its lock, for who may edit it.
async fn write<F>(app: &App, viewer: &Viewer, id: ConversationId, work: F) -> Result<conversation::Model>
where
    F: for<'a> Fn(&'a Tx, conversation::Model) -> TxFuture<'a, conversation::Model>
        + Copy
        + Send
        + Sync
        + 'static,
{
    viewer.require(Permission::Edit)?;
    let reach = viewer.reach();
    app.db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move {
                let before = send::lock_conversation(tx, reach, id).await?;
                work(tx, before.ok_or(Error::NotFound("conversation"))?).await
            })
        })
        .await
        .map_err(|error| if error.is_retryable() { lost_every_race() } else { error })
}

fn updated(row: &conversation::Model) -> NewEvent {
    NewEvent {
        conversation_id: Some(row.id),
        channel_id: Some(row.channel_id),
        contact_id: Some(row.contact_id),
        ..NewEvent::new(EventKind::ConversationUpdated)
    }
}

async fn save(tx: &Tx, id: ConversationId, row: conversation::ActiveModel) -> Result<conversation::Model> {
    let row = conversation::ActiveModel { updated_at: Set(tx.now()), ..row };
    send::update_conversation(tx.conn(), id, row).await
}
