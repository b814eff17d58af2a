//! Messages for later: checked when their time has come, with a template to fall back on.

use super::compose::{self, Composed};
use super::destination::{self, Destination};
use super::{Draft, Outcome, Ready, Refusal, RefusalCode, Request, SendError, SendInput};
use super::{known, message_event, new_message, not_allowed, open, outbox_of, quoted, remember, repeat};
use crate::app::App;
use crate::auth::{Permission, Reach, Viewer};
use crate::bus::Topic;
use crate::domain::sendability::{Reason, SendabilityFacts, WINDOW_CLOSED, sendability};
use crate::error::{Error, Result};
use crate::services::{media, settle};
use crate::store::{Priority, Tx, idempotency, outbox, scheduled, send};
use entities::{EventKind, MessageStatus, Timestamp, conversation, message, scheduled_message};
use providers::content::Content;
use providers::inbound::ProviderError;
use sea_orm::ActiveValue::Set;
use std::sync::Arc;
use std::time::Duration;

/// How far ahead a message can be planned.
const FURTHEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// Messages looked at in one turn.
const PORTION: u64 = 50;

/// A message for later.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleInput {
    /// What to send, where.
    pub send: SendInput,
    /// When.
    pub send_at: Timestamp,
    /// The template to send instead if only templates are allowed then.
    pub fallback: Option<Draft>,
}

/// Plans a message: returns it as `SCHEDULED`, or the message that the same request made before. Whether it may be sent
/// is decided when its time comes.
///
/// # Errors
/// As [`super::message_send`], except for the window; also if the time or the fallback cannot be taken.
pub async fn message_schedule(
    app: &App,
    viewer: &Viewer,
    input: ScheduleInput,
) -> Result<message::Model, SendError> {
    viewer.require(Permission::Send)?;
    let ScheduleInput { send, send_at, fallback } = input;
    let identity = compose::identity(app, viewer, &send.draft).await?;
    let request = Request::new(viewer.clone(), send, &identity)?.scheduled(send_at, fallback.as_ref())?;
    if let Some(known) = known(app, &request).await? {
        return known.map_err(SendError::Refused);
    }
    let now = app.clock.now();
    let mut refusals = Vec::new();
    if send_at <= now || send_at > now.plus(FURTHEST) {
        let message = "Give a moment within the next 366 days.";
        refusals.push(Refusal::new(RefusalCode::SendAtInvalid, &["sendAt"], message));
    }
    if fallback.as_ref().is_some_and(|draft| !matches!(draft, Draft::Template(_))) {
        let message =
            "Only a template can be sent when the 24-hour window is closed. Give a template to fall back on.";
        refusals.push(Refusal::new(RefusalCode::FallbackNotTemplate, &["fallback"], message));
    }
    if fallback.as_ref().is_some_and(|draft| !draft.media().is_empty()) {
        let message = "The files of a template to fall back on must be given as public links.";
        refusals.push(Refusal::new(RefusalCode::NotAllowed, &["fallback", "variables"], message));
    }
    if !refusals.is_empty() {
        return Err(SendError::Refused(refusals));
    }
    if let Draft::Split(_) = request.input.draft {
        return Err(Refusal::not_split("What is planned is one message."));
    }
    let Composed { content, files, .. } = compose::compose(app, viewer, &request.input.draft).await?;
    let fallback = match fallback {
        Some(draft) => {
            compose::compose(app, viewer, &draft).await.map_err(in_fallback)?;
            Some(serde_json::to_string(&draft).map_err(Error::internal)?)
        }
        None => None,
    };
    let stored = serde_json::to_string(&content).map_err(Error::internal)?;
    let plan =
        Arc::new((Ready { request, content, stored, following: Vec::new(), files }, send_at, fallback));
    let sender = app.clone();
    let outcome = app
        .db
        .write(Priority::Interactive, move |tx| {
            let (app, plan) = (sender.clone(), Arc::clone(&plan));
            Box::pin(async move { write(tx, &app, &plan.0, plan.1, plan.2.clone()).await })
        })
        .await?;
    outcome.map_err(SendError::Refused)
}

/// What is wrong with the fallback stands there in the input.
fn in_fallback(error: SendError) -> SendError {
    let SendError::Refused(mut refusals) = error else { return error };
    for refusal in &mut refusals {
        if let Some(content) = refusal.field.first_mut() {
            *content = "fallback".to_owned();
        }
    }
    SendError::Refused(refusals)
}

async fn write(
    tx: &Tx,
    app: &App,
    ready: &Ready,
    send_at: Timestamp,
    fallback: Option<String>,
) -> Result<Outcome<message::Model>> {
    let request = &ready.request;
    let destination = match destination::find(tx, app, &request.viewer, &request.input.target).await? {
        Ok(destination) => destination,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    let scope = request.viewer.scope();
    if let Some(known) = idempotency::find(tx.conn(), &scope, &request.input.idempotency_key).await? {
        return repeat(tx, request, &known).await;
    }
    let reply_to_wamid = match quoted(tx, request, &destination.conversation).await? {
        Ok(wamid) => wamid,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    let message = message::Model {
        status: Some(MessageStatus::Scheduled),
        sent_at: send_at,
        ..new_message(app, ready, &destination.conversation, reply_to_wamid, app.clock.now())
    };
    if destination.is_new {
        open(tx, app, &request.viewer, &destination, message.id).await?;
    }
    send::insert_message(tx.conn(), message.clone()).await?;
    let channel_id = message.channel_id;
    let row = scheduled_message::Model { message_id: message.id, channel_id, send_at, fallback };
    scheduled::insert(tx.conn(), row).await?;
    media::attach(tx, &app.ids, &message, &ready.files).await?;
    remember(tx, request, request.input.idempotency_key.clone(), &message).await?;
    tx.emit(message_event(EventKind::MessageAdded, &message));
    tx.wake(Topic::Outbox);
    Ok(Ok(message))
}

/// Puts what is due into the queue, or its fallback, or lets it fail. Each once, however many nodes do it. Returns when
/// the next is due.
///
/// # Errors
/// If the store cannot do it now.
pub async fn send_due(app: &App) -> Result<Option<Timestamp>> {
    loop {
        let due = scheduled::due(app.db.read(), app.clock.now(), PORTION).await?;
        let is_last = (due.len() as u64) < PORTION;
        for row in due {
            if !try_queue(app, &row, Fallback::NotComposed).await? {
                let composed = fallback(app, &row).await?;
                try_queue(app, &row, Fallback::Composed(composed.map(Box::new))).await?;
            }
        }
        if is_last {
            return scheduled::next_due(app.db.read()).await;
        }
    }
}

/// What is known of the template to fall back on.
enum Fallback {
    /// Nothing yet: most messages need none.
    NotComposed,
    /// What it says by now, if there is one that can be sent.
    Composed(Option<Box<Composed>>),
}

async fn try_queue(app: &App, row: &scheduled_message::Model, fallback: Fallback) -> Result<bool> {
    let held = Arc::new((app.clone(), row.clone(), fallback));
    app.db
        .write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move { queue_due(tx, &held.0, &held.1, &held.2).await })
        })
        .await
}

/// The template to fall back on, as it is by now: before the transaction, because its files may have to be fetched. None
/// if there is none, or if it cannot be sent any more.
async fn fallback(app: &App, row: &scheduled_message::Model) -> Result<Option<Composed>> {
    let Some(draft) = &row.fallback else { return Ok(None) };
    let Ok(draft) = serde_json::from_str::<Draft>(draft) else {
        tracing::error!(message = %row.message_id, "the template to fall back on cannot be read");
        return Ok(None);
    };
    match compose::compose(app, &Viewer::system(), &draft).await {
        Ok(composed) => Ok(Some(composed)),
        Err(SendError::Refused(refusals)) => {
            let codes: Vec<_> = refusals.iter().map(|refusal| refusal.code).collect();
            tracing::warn!(message = %row.message_id, ?codes, "the template to fall back on cannot be sent any more");
            Ok(None)
        }
        Err(SendError::Error(error)) => Err(error),
    }
}

/// False if the template to fall back on is needed, and was not composed: then nothing was written.
async fn queue_due(tx: &Tx, app: &App, row: &scheduled_message::Model, fallback: &Fallback) -> Result<bool> {
    let Some(message) = send::message(tx.conn(), row.message_id).await? else { return Ok(true) };
    let conversation = send::lock_conversation(tx, Reach::All, message.conversation_id).await?;
    let locked = send::lock_message(tx, row.message_id).await?;
    // Another node was first, or it was taken back.
    let waiting = locked.filter(|message| message.status == Some(MessageStatus::Scheduled));
    let Some((conversation, message)) = conversation.zip(waiting) else { return Ok(true) };
    let contact = send::contact(tx.conn(), conversation.contact_id).await?;
    let channel = send::channel(tx.conn(), conversation.channel_id).await?;
    let Some((contact, channel)) = contact.zip(channel) else { return Ok(true) };
    let now = app.clock.now();
    let facts = SendabilityFacts::new(&conversation, &contact, channel.state);
    let reason = sendability(&facts, now).reason;
    let destination = Destination { conversation, is_new: false, contact, channel };
    let planned = serde_json::from_str::<Content>(&message.content).ok();
    let chosen = if let Some(content) = planned
        && not_allowed(tx, &content, &destination, now).await?.is_empty()
    {
        Some((content, message.content.clone(), None))
    } else if let Fallback::Composed(Some(composed)) = fallback
        && let Composed { content, files, .. } = &**composed
        && not_allowed(tx, content, &destination, now).await?.is_empty()
    {
        let stored = serde_json::to_string(content).map_err(Error::internal)?;
        Some((content.clone(), stored, Some(files)))
    } else if row.fallback.is_some() && matches!(fallback, Fallback::NotComposed) {
        return Ok(false);
    } else {
        None
    };
    scheduled::remove(tx.conn(), row.message_id).await?;
    let Some((content, stored, files)) = chosen else {
        let error = match reason {
            Some(Reason::ContactBlocked) => not_sent(None, "the contact was blocked when its time came"),
            Some(Reason::NeverWrote | Reason::WindowClosed | Reason::ClosedByProvider) => {
                not_sent(Some(WINDOW_CLOSED), "the 24-hour window was closed when its time came")
            }
            _ => not_sent(None, "it was not allowed any more when its time came: look at the template"),
        };
        settle::fail_message(tx, message, &error).await?;
        return Ok(true);
    };
    if let Some(files) = files {
        media::remove_of_messages(tx, &[message.id]).await?.leave_to_sweep();
        media::attach(tx, &app.ids, &message, files).await?;
    }
    let message = message::Model {
        kind: content.kind().to_owned(),
        content: stored,
        status: Some(MessageStatus::Queued),
        sent_at: now,
        ..message
    };
    let changed = message::ActiveModel {
        kind: Set(message.kind.clone()),
        content: Set(message.content.clone()),
        status: Set(message.status),
        sent_at: Set(now),
        ..Default::default()
    };
    send::update_message(tx.conn(), message.id, changed).await?;
    outbox::insert(tx.conn(), outbox_of(app, &message)).await?;
    let row = conversation::ActiveModel {
        last_message_id: Set(Some(message.id)),
        last_message_at: Set(Some(now)),
        last_activity_at: Set(destination.conversation.last_activity_at.max(now)),
        updated_at: Set(now),
        ..Default::default()
    };
    send::update_conversation(tx.conn(), destination.conversation.id, row).await?;
    tx.emit(message_event(EventKind::MessageUpdated, &message));
    tx.wake(Topic::Outbox);
    Ok(true)
}

fn not_sent(code: Option<i64>, why: &str) -> ProviderError {
    ProviderError {
        code,
        title: Some("Not sent".to_owned()),
        details: Some(why.to_owned()),
        ..ProviderError::default()
    }
}
