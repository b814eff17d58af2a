//! What people do with messages that did not arrive: send them again, give them up, take them back.

use super::destination::{self, Destination};
use super::{Outcome, Refusal, RefusalCode, SendError, SendTarget, enqueue, message_event, not_allowed};
use crate::app::App;
use crate::auth::{Permission, Reach, Viewer};
use crate::domain::revocation::RevokedMessages;
use crate::error::{Error, Result};
use crate::services::{media, settle};
use crate::store::{Priority, Tx, TxFuture, media as files, outbox, scheduled, send};
use entities::{Direction, EventKind, MessageId, MessageStatus, message};
use providers::content::Content;
use providers::inbound::ProviderError;
use sea_orm::ActiveValue::Set;

/// Sends a message that failed, or of which nobody knows what became, again: as a new message, because the first may
/// have arrived after all. Asked for twice, it is the same new message. One whose outcome is unknown is given up with it.
///
/// # Errors
/// [`SendError::Refused`] if the message is neither, or may not be sent now; otherwise as [`Error`] says.
pub async fn message_retry(app: &App, viewer: &Viewer, id: MessageId) -> Result<message::Model, SendError> {
    on_message(app, viewer, id, |tx, app, viewer, destination, old| {
        Box::pin(async move {
            if let Some(retry) = send::retry_of(tx.conn(), old.id).await? {
                let message = send::message(tx.conn(), retry).await?;
                return Ok(Ok(message.ok_or(Error::NotFound("message"))?));
            }
            if !matches!(old.status, Some(MessageStatus::Failed | MessageStatus::Unknown)) {
                let message = "Only a message that failed, or whose outcome is unknown, can be sent again.";
                return Ok(refused(RefusalCode::NotRetryable, message));
            }
            let Ok(content) = serde_json::from_str::<Content>(&old.content) else {
                return Err(Error::internal("the stored content cannot be read"));
            };
            let now = app.clock.now();
            let refusals = not_allowed(tx, &content, &destination, now).await?;
            if !refusals.is_empty() {
                return Ok(Err(refusals));
            }
            let (actor_kind, actor_id) = viewer.actor();
            let again = message::Model {
                id: app.ids.next(),
                actor_kind: Some(actor_kind),
                actor_id,
                wamid: None,
                status: Some(MessageStatus::Queued),
                sent_at: now,
                received_at: now,
                accepted_at: None,
                status_sent_at: None,
                delivered_at: None,
                read_at: None,
                played_at: None,
                failed_at: None,
                error: None,
                hold: None,
                pricing: None,
                ..old.clone()
            };
            enqueue(tx, &app, &viewer, &destination, &again).await?;
            let files = files::of_messages(tx.conn(), Reach::All, RevokedMessages::Show, [old.id]).await?;
            media::attach(tx, &app.ids, &again, &files).await?;
            send::insert_retry(tx.conn(), old.id, again.id).await?;
            if old.status == Some(MessageStatus::Unknown) {
                fail(tx, old, "it was sent again while nobody knew whether WhatsApp had it").await?;
            } else {
                tx.emit(message_event(EventKind::MessageUpdated, &old));
            }
            Ok(Ok(again))
        })
    })
    .await
}

/// Stops waiting for word of a message whose outcome is unknown: it counts as failed. Should word come all the same, it
/// counts.
///
/// # Errors
/// [`SendError::Refused`] if its outcome is known; otherwise as [`Error`] says.
pub async fn message_give_up(app: &App, viewer: &Viewer, id: MessageId) -> Result<message::Model, SendError> {
    on_message(app, viewer, id, |tx, _, _, _, message| {
        Box::pin(async move {
            if message.status != Some(MessageStatus::Unknown) {
                let text = "What became of this message is known, so there is nothing to give up.";
                return Ok(refused(RefusalCode::NotUnknown, text));
            }
            Ok(Ok(fail(tx, message, "it was given up while nobody knew whether WhatsApp had it").await?))
        })
    })
    .await
}

/// Takes back a message that is planned for later, or that waits in the queue.
///
/// # Errors
/// [`SendError::Refused`] if it is on its way already; otherwise as [`Error`] says.
pub async fn message_cancel(app: &App, viewer: &Viewer, id: MessageId) -> Result<message::Model, SendError> {
    on_message(app, viewer, id, |tx, _, _, _, message| {
        Box::pin(async move {
            let taken_back = match message.status {
                Some(MessageStatus::Scheduled) => scheduled::remove(tx.conn(), message.id).await?,
                Some(MessageStatus::Queued) => outbox::cancel(tx.conn(), message.id).await?,
                Some(MessageStatus::Canceled) => return Ok(Ok(message)),
                _ => false,
            };
            if !taken_back {
                let text = "It is too late: the message is on its way, or was never queued here.";
                return Ok(refused(RefusalCode::NotCancelable, text));
            }
            let canceled = Some(MessageStatus::Canceled);
            let row = message::ActiveModel { status: Set(canceled), ..Default::default() };
            send::update_message(tx.conn(), message.id, row).await?;
            tx.emit(message_event(EventKind::MessageUpdated, &message));
            Ok(Ok(message::Model { status: canceled, ..message }))
        })
    })
    .await
}

/// Works on an outbound message under the locks of its conversation and its own, for who may send there.
async fn on_message<F>(
    app: &App,
    viewer: &Viewer,
    id: MessageId,
    work: F,
) -> Result<message::Model, SendError>
where
    F: for<'a> Fn(&'a Tx, App, Viewer, Destination, message::Model) -> TxFuture<'a, Outcome<message::Model>>
        + Copy
        + Send
        + Sync
        + 'static,
{
    viewer.require(Permission::Send)?;
    let (app, viewer) = (app.clone(), viewer.clone());
    let db = app.db.clone();
    let outcome = db
        .write(Priority::Interactive, move |tx| {
            let (app, viewer) = (app.clone(), viewer.clone());
            Box::pin(async move {
                let known = send::message(tx.conn(), id).await?;
                let known = known.filter(|message| message.direction == Direction::Outbound);
                let target =
                    SendTarget::Conversation(known.ok_or(Error::NotFound("message"))?.conversation_id);
                let destination = match destination::find(tx, &app, &viewer, &target).await {
                    Ok(Ok(destination)) => destination,
                    Ok(Err(refusal)) => return Ok(Err(vec![refusal])),
                    Err(Error::NotFound(_)) => return Err(Error::NotFound("message")),
                    Err(error) => return Err(error),
                };
                // As it is now: the first look was without a lock.
                let message = send::lock_message(tx, id).await?.ok_or(Error::NotFound("message"))?;
                work(tx, app, viewer, destination, message).await
            })
        })
        .await?;
    outcome.map_err(SendError::Refused)
}

/// Counts a message of unknown outcome as failed, and takes it off the queue.
async fn fail(tx: &Tx, message: message::Model, why: &str) -> Result<message::Model> {
    outbox::remove_of_message(tx.conn(), message.id).await?;
    let error = ProviderError {
        title: Some("Not known to have arrived".to_owned()),
        details: Some(why.to_owned()),
        ..ProviderError::default()
    };
    let id = message.id;
    settle::fail_message(tx, message, &error).await?;
    send::message(tx.conn(), id).await?.ok_or(Error::NotFound("message"))
}

fn refused(code: RefusalCode, message: &str) -> Outcome<message::Model> {
    Err(vec![Refusal::new(code, &[], message)])
}
