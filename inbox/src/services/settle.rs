//! What becomes of a message once the provider was called, or could not be.
//!
//! Rows are locked as everywhere: the conversation, the message, then its place in the queue.

use crate::app::App;
use crate::auth::Reach;
use crate::bus::Topic;
use crate::clock::Ids;
use crate::domain::retry;
use crate::domain::sendability::WINDOW_CLOSED;
use crate::domain::status::StatusTimes;
use crate::error::{Error, Result};
use crate::services::windows::window_closed;
use crate::services::{contacts, marketing_holds, receive, templates, turns};
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, outbox, send};
use entities::{
    ChannelId, ConversationId, EventKind, MessageStatus, NodeId, OutboxId, OutboxState, Timestamp,
    conversation, message, outbox as outbox_row,
};
use providers::inbound::ProviderError;
use providers::meta::SendOutcome;
use sea_orm::ActiveValue::Set;
use std::time::Duration;

/// What Meta says of a template's message that it sends at once.
const TAKEN: &str = "accepted";

/// Marks waiting rows as being in the hands of `node`: those with files to give as being prepared, the others as being
/// sent. Only whoever holds the channel's lease may do so. Returns the claims in the order of the queue; what does not
/// wait any more is left out.
///
/// # Errors
/// If the database refuses.
pub async fn claim(
    tx: &Tx,
    node: NodeId,
    rows: &[(&outbox_row::Model, bool)],
) -> Result<Vec<outbox_row::Model>> {
    send::lock_messages(tx, &rows.iter().map(|(row, _)| *row).collect::<Vec<_>>()).await?;
    let mut claimed = Vec::new();
    for (state, has_files) in [(OutboxState::Preparing, true), (OutboxState::Sending, false)] {
        let ids = rows.iter().filter(|(_, files)| *files == has_files).map(|(row, _)| row.id).collect();
        claimed.extend(outbox::claim(tx.conn(), ids, state, node, tx.now()).await?);
    }
    claimed.sort_unstable_by_key(|row| row.id);
    send::mark_sending(tx.conn(), claimed.iter().map(|row| row.message_id).collect()).await?;
    for row in &claimed {
        tx.emit(message_updated(row));
    }
    Ok(claimed)
}

/// Marks a claimed row as being sent, once its files are with the provider, or as being prepared again. False if the
/// claim is over: then it must not be sent.
///
/// # Errors
/// If the database refuses.
pub async fn turn(app: &App, row: &outbox_row::Model, from: OutboxState, to: OutboxState) -> Result<bool> {
    let row = row.clone();
    let turned = app.db.write(Priority::Interactive, move |tx| {
        let row = row.clone();
        Box::pin(async move {
            send::lock_message(tx, row.message_id).await?;
            outbox::turn(tx.conn(), &row, from, to).await
        })
    });
    turned.await
}

/// Writes down what a call proved. `row` is the claim under which it was made, `retry_delay` how long to wait when it
/// may be made again.
///
/// # Errors
/// If the store cannot do it now; then nothing was written, and it may be tried again.
pub async fn settle(
    app: &App,
    row: &outbox_row::Model,
    outcome: &SendOutcome,
    retry_delay: Duration,
) -> Result<()> {
    let (row, outcome, worker) = (row.clone(), outcome.clone(), app.clone());
    app.db
        .write(Priority::Interactive, move |tx| {
            let (row, outcome, app) = (row.clone(), outcome.clone(), worker.clone());
            Box::pin(async move {
                match &outcome {
                    SendOutcome::Accepted { wamid, message_status, .. } => {
                        accept(tx, &app, &row, wamid, message_status.as_deref()).await
                    }
                    SendOutcome::Rejected(error) => reject(tx, &app.ids, &row, error).await,
                    SendOutcome::Retry { error, .. } => try_again(tx, &row, error, retry_delay).await,
                    SendOutcome::Unknown(error) => leave_unclear(tx, &row, error).await,
                }
            })
        })
        .await
}

/// `message_status` is Meta's word for templates; all but [`TAKEN`] say that it holds the message back for now.
async fn accept(
    tx: &Tx,
    app: &App,
    row: &outbox_row::Model,
    wamid: &str,
    message_status: Option<&str>,
) -> Result<()> {
    let message = send::lock_message(tx, row.message_id).await?;
    // Whatever became of the claim: what was accepted must not be sent again.
    outbox::remove_of_message(tx.conn(), row.message_id).await?;
    // A status may have told the id before the answer to the call did.
    let Some(mut message) = message.filter(|message| message.wamid.is_none()) else { return Ok(()) };
    message.wamid = Some(wamid.to_owned());
    message.hold = message_status.filter(|status| *status != TAKEN).map(str::to_owned);
    StatusTimes { accepted: Some(tx.now()), ..StatusTimes::from(&message) }.show_in(&mut message);
    let changed = message::ActiveModel {
        wamid: Set(message.wamid.clone()),
        hold: Set(message.hold.clone()),
        accepted_at: Set(message.accepted_at),
        status: Set(message.status),
        ..Default::default()
    };
    send::update_message(tx.conn(), message.id, changed).await?;
    tx.emit(message_updated(row));
    receive::apply_parked(tx, app, &message).await
}

async fn reject(tx: &Tx, ids: &Ids, row: &outbox_row::Model, error: &ProviderError) -> Result<()> {
    if error.code == Some(WINDOW_CLOSED) {
        close_window(tx, row.conversation_id, row.claimed_at.unwrap_or(tx.now())).await?;
    }
    let conversation = lock_if_assistants(tx, row).await?;
    fail(tx, row, error).await?;
    if let Some((conversation, message)) = conversation {
        turns::not_delivered(tx, ids, &conversation, &message).await?;
    }
    contacts::marketing_refused(tx, ids, row.conversation_id, row.message_id, error).await?;
    match send::message(tx.conn(), row.message_id).await? {
        Some(message) => {
            templates::message_refused(tx, ids, &message, error.code).await?;
            marketing_holds::message_refused(tx, &message, error.code, tx.now()).await
        }
        None => Ok(()),
    }
}

/// The conversation of a message that an assistant wrote, locked before the message is.
async fn lock_if_assistants(
    tx: &Tx,
    row: &outbox_row::Model,
) -> Result<Option<(conversation::Model, message::Model)>> {
    let message = send::message(tx.conn(), row.message_id).await?;
    let Some(message) = message.filter(|message| message.run_id.is_some()) else { return Ok(None) };
    let conversation = send::lock_conversation(tx, Reach::All, row.conversation_id).await?;
    Ok(conversation.map(|conversation| (conversation, message)))
}

/// Marks a queued message as failed for good.
///
/// # Errors
/// If the database refuses.
pub async fn fail(tx: &Tx, row: &outbox_row::Model, error: &ProviderError) -> Result<()> {
    let message = send::lock_message(tx, row.message_id).await?;
    if !outbox::remove(tx.conn(), row).await? {
        return Ok(());
    }
    match message {
        Some(message) => fail_message(tx, message, error).await,
        None => Ok(()),
    }
}

/// Shows a message as failed for good.
///
/// # Errors
/// If the database refuses.
pub async fn fail_message(tx: &Tx, mut message: message::Model, error: &ProviderError) -> Result<()> {
    StatusTimes { failed: Some(tx.now()), ..StatusTimes::from(&message) }.show_in(&mut message);
    let changed = message::ActiveModel {
        failed_at: Set(message.failed_at),
        status: Set(message.status),
        error: Set(Some(json(error)?)),
        ..Default::default()
    };
    send::update_message(tx.conn(), message.id, changed).await?;
    tx.emit(NewEvent {
        conversation_id: Some(message.conversation_id),
        channel_id: Some(message.channel_id),
        message_id: Some(message.id),
        ..NewEvent::new(EventKind::MessageUpdated)
    });
    Ok(())
}

async fn try_again(tx: &Tx, row: &outbox_row::Model, error: &ProviderError, delay: Duration) -> Result<()> {
    let Some(at) = retry::next_try(row.created_at, tx.now(), delay) else {
        return fail(tx, row, error).await;
    };
    tx.wake(Topic::Outbox);
    release(tx, row, OutboxState::Queued, at, error).await
}

async fn leave_unclear(tx: &Tx, row: &outbox_row::Model, error: &ProviderError) -> Result<()> {
    release(tx, row, OutboxState::Unknown, row.not_before, error).await
}

/// Ends a claim without an answer that settles it.
async fn release(
    tx: &Tx,
    row: &outbox_row::Model,
    state: OutboxState,
    not_before: Timestamp,
    error: &ProviderError,
) -> Result<()> {
    let message = send::lock_message(tx, row.message_id).await?;
    if !outbox::release(tx.conn(), row, state, not_before, json(error)?).await? {
        return Ok(());
    }
    let Some(message) = message else { return Ok(()) };
    let status = if state == OutboxState::Queued { MessageStatus::Queued } else { MessageStatus::Unknown };
    show_queue_state(tx, row, &message, status).await
}

/// Declares unclear what a channel is said to be sending and nobody is: whoever claimed it died or lost the lease
/// between the claim and the answer. It may have gone out, so it is never sent again by itself. What was only being
/// prepared did not go out, and waits again. Returns how many are unclear.
///
/// # Errors
/// If the database refuses.
pub async fn abandon(tx: &Tx, channel: ChannelId, in_flight: &[OutboxId]) -> Result<usize> {
    let stray = outbox::claimed(tx.conn(), channel, in_flight).await?;
    if stray.is_empty() {
        return Ok(0);
    }
    let messages = send::lock_messages(tx, &stray.iter().collect::<Vec<_>>()).await?;
    let show = async |rows: &[outbox_row::Model], status| {
        for row in rows {
            if let Some(message) = messages.iter().find(|message| message.id == row.message_id) {
                show_queue_state(tx, row, message, status).await?;
            }
        }
        Ok::<_, Error>(())
    };
    let ids: Vec<OutboxId> = stray.iter().map(|row| row.id).collect();
    let waiting = (OutboxState::Preparing, OutboxState::Queued);
    let waiting = outbox::abandon(tx.conn(), ids.clone(), waiting.0, waiting.1).await?;
    show(&waiting, MessageStatus::Queued).await?;
    let unclear = outbox::abandon(tx.conn(), ids, OutboxState::Sending, OutboxState::Unknown).await?;
    show(&unclear, MessageStatus::Unknown).await?;
    Ok(unclear.len())
}

/// Shows a message's state in the queue, unless the provider has named it: then it went out.
async fn show_queue_state(
    tx: &Tx,
    row: &outbox_row::Model,
    message: &message::Model,
    status: MessageStatus,
) -> Result<()> {
    if message.wamid.is_some() || message.status == Some(status) {
        return Ok(());
    }
    let changed = message::ActiveModel { status: Set(Some(status)), ..Default::default() };
    send::update_message(tx.conn(), message.id, changed).await?;
    tx.emit(message_updated(row));
    Ok(())
}

/// Corrects the stored window after the provider refused a free-form message (131047) that was sent at `sent_at`,
/// unless the customer wrote since.
async fn close_window(tx: &Tx, id: ConversationId, sent_at: Timestamp) -> Result<()> {
    let Some(conversation) = send::lock_conversation(tx, Reach::All, id).await? else { return Ok(()) };
    let wrote_since = conversation.last_inbound_at.is_some_and(|at| at > sent_at);
    if wrote_since || conversation.window_closed_by_provider {
        return Ok(());
    }
    let changed = conversation::ActiveModel {
        window_closed_by_provider: Set(true),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    send::update_conversation(tx.conn(), id, changed).await?;
    tx.emit(window_closed(&conversation));
    Ok(())
}

fn message_updated(row: &outbox_row::Model) -> NewEvent {
    NewEvent {
        conversation_id: Some(row.conversation_id),
        channel_id: Some(row.channel_id),
        message_id: Some(row.message_id),
        ..NewEvent::new(EventKind::MessageUpdated)
    }
}

fn json(error: &ProviderError) -> Result<String> {
    serde_json::to_string(error).map_err(Error::internal)
}
