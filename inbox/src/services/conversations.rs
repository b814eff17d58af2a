//! What people do with a conversation besides writing in it.

use crate::app::App;
use crate::auth::{Permission, Reach, Viewer};
use crate::domain::control::{self, Control};
use crate::domain::read_receipts::Occasion;
use crate::error::{Error, Result};
use crate::services::access::GUEST_USER;
use crate::services::timeline::{self, Why};
use crate::services::{contacts, read_receipts, turns};
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, TxFuture, assistants, send, tags as store_tags, users};
use entities::{AssistantId, ConversationId, EventKind, Mode, UserId, conversation};
use sea_orm::ActiveValue::Set;
use std::sync::Arc;

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
    let now = app.clock.now();
    change(app, viewer, id, move |row| {
        let archived = controlled(row, control::archive)?;
        // What was said is over: the assistant begins afresh.
        Some(conversation::ActiveModel { assistant_context_at: Set(Some(now)), ..archived })
    })
    .await
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

/// Assigns an assistant, or none. It begins active, and knows what was said before only if nobody archived it since.
///
/// # Errors
/// As [`conversation_set_mode`]; [`Error::Invalid`] at `assistantId` if there is no such assistant.
pub async fn conversation_set_assistant(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
    assistant: Option<AssistantId>,
) -> Result<conversation::Model> {
    viewer.require(Permission::Edit)?;
    if let Some(assistant) = assistant
        && assistants::get(app.db.read(), assistant).await?.is_none()
    {
        return Err(Error::invalid("assistantId", "there is no such assistant; choose another, or none"));
    }
    change(app, viewer, id, move |row| {
        if row.assistant_id == assistant && row.assistant_active == assistant.is_some() {
            return None;
        }
        let mut changed = conversation::ActiveModel { assistant_id: Set(assistant), ..Default::default() };
        control::assign(Control::from(row), assistant.is_some()).apply_to(&mut changed);
        Some(changed)
    })
    .await
}

/// Counts everything as read, and shows it to the customer if the channel's policy says so.
///
/// # Errors
/// As [`conversation_set_mode`].
pub async fn conversation_mark_read(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<conversation::Model> {
    let ids = app.ids.clone();
    write(app, viewer, id, move |tx, before| {
        let ids = ids.clone();
        Box::pin(async move {
            let mut row = conversation::ActiveModel::default();
            if let Some(shown) = read_receipts::ask(tx, &ids, &before, Occasion::Opened).await? {
                row.read_receipt_at = Set(Some(shown));
            }
            if before.unread_count != 0 {
                row.unread_count = Set(0);
                tx.emit(updated(&before));
            } else if row.read_receipt_at.is_not_set() {
                return Ok(before);
            }
            save(tx, id, row).await
        })
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
    let (ids, why) = (app.ids.clone(), Why::request(viewer));
    write(app, viewer, id, move |tx, before| {
        let (ids, why) = (ids.clone(), why.clone());
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
            let after = save(tx, id, row).await?;
            timeline::record(tx, &ids, &before, &after, &why).await?;
            Ok(after)
        })
    })
    .await
}

/// Gives a conversation these tags and no others.
///
/// # Errors
/// As [`conversation_set_mode`]; [`Error::Refused`] for what is no tag.
pub async fn conversation_set_tags(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
    tags: &[String],
) -> Result<conversation::Model> {
    viewer.require(Permission::Edit)?;
    let words = Arc::new(contacts::valid_tags(tags)?);
    let reach = viewer.reach();
    app.db
        .write(Priority::Interactive, move |tx| {
            let words = Arc::clone(&words);
            Box::pin(async move {
                let before = send::lock_conversation(tx, reach, id).await?;
                let before = before.ok_or(Error::NotFound("conversation"))?;
                let known = store_tags::of_conversations(tx.conn(), Reach::All, [id]).await?;
                if known.len() == words.len() && known.iter().all(|row| words.contains(&row.tag)) {
                    return Ok(before);
                }
                store_tags::set_of_conversation(tx.conn(), id, &words).await?;
                tx.emit(updated(&before));
                save(tx, id, conversation::ActiveModel::default()).await
            })
        })
        .await
        .map_err(|error| if error.is_retryable() { lost_every_race() } else { error })
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
    let (ids, why) = (app.ids.clone(), Why::request(viewer));
    write(app, viewer, id, move |tx, before| {
        let (ids, why) = (ids.clone(), why.clone());
        Box::pin(async move {
            let Some(row) = change(&before) else { return Ok(before) };
            tx.emit(updated(&before));
            let after = save(tx, id, row).await?;
            timeline::record(tx, &ids, &before, &after, &why).await?;
            if after.control_epoch != before.control_epoch {
                turns::interrupt(tx, &[after.id]).await?;
            }
            Ok(after)
        })
    })
    .await
}

/// Works on a conversation under its lock, for who may edit it.
async fn write<F>(app: &App, viewer: &Viewer, id: ConversationId, work: F) -> Result<conversation::Model>
where
    F: for<'a> Fn(&'a Tx, conversation::Model) -> TxFuture<'a, conversation::Model>
        + Clone
        + Send
        + Sync
        + 'static,
{
    viewer.require(Permission::Edit)?;
    let reach = viewer.reach();
    app.db
        .write(Priority::Interactive, move |tx| {
            let work = work.clone();
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
