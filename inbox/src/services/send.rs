//! Sending: checks a message, and queues it. The channel's sender takes it from there (`jobs::sender`).

mod compose;
mod destination;
pub mod draft;
mod following;
mod refusal;
mod scheduled;
#[cfg(test)]
mod tests;
mod unsent;

pub use draft::Draft;
pub use following::messages_send;
pub(crate) use refusal::not_free_form;
pub use refusal::{Refusal, RefusalCode};
pub use scheduled::{ScheduleInput, message_schedule, send_due};
pub use unsent::{message_cancel, message_give_up, message_retry};

use crate::app::App;
use crate::auth::{Caller, Permission, Viewer};
use crate::bus::Topic;
use crate::domain::control::{self, Control};
use crate::domain::read_receipts::Occasion;
use crate::domain::sendability::{SendabilityFacts, sendability};
use crate::domain::templates as rules;
use crate::error::{Error, Result};
use crate::services::timeline::{self, Why};
use crate::services::{media, read_receipts, turns};
use crate::store::db::NewEvent;
use crate::store::media::File;
use crate::store::{Priority, Tx, idempotency, marketing_holds, messages, outbox, send, templates};
use compose::Composed;
use destination::Destination;
use entities::{
    ChannelId, ContactId, ConversationId, Direction, EventKind, MessageId, MessageStatus, Origin,
    OutboxState, Timestamp, channel, conversation, idempotency_key, message, outbox as outbox_row, template,
};
use providers::content::{Content, Template};
use sea_orm::ActiveValue::Set;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Longest idempotency key, in bytes.
const KEY: usize = 255;

/// A message to send.
#[derive(Clone, Debug, PartialEq)]
pub struct SendInput {
    /// Where to.
    pub target: SendTarget,
    /// What.
    pub draft: Draft,
    /// The message that it quotes.
    pub reply_to: Option<MessageId>,
    /// The caller's name for this send, 1 to 255 visible ASCII characters: repeating it sends nothing twice.
    pub idempotency_key: String,
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum SendTarget {
    /// Into a conversation.
    Conversation(ConversationId),
    /// To a contact. Its conversation on the channel is opened if there is none.
    Contact {
        /// Whom.
        contact_id: ContactId,
        /// Over which number; the default channel if none is named.
        channel_id: Option<ChannelId>,
    },
    /// To the contact with this phone.
    Phone {
        /// In any form; national variants meet.
        phone: String,
        /// Over which number; the default channel if none is named.
        channel_id: Option<ChannelId>,
    },
}

/// Why a message was not queued.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Something that the person who wrote it can mend.
    #[error("the message was refused: {}", .0.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join(" "))]
    Refused(Vec<Refusal>),
    /// Anything else.
    #[error(transparent)]
    Error(#[from] Error),
}

/// The outcome of a write: refusals are no errors to the store, and nothing was written before them.
pub(crate) type Outcome<T> = std::result::Result<T, Vec<Refusal>>;

/// A checked input.
struct Request {
    viewer: Viewer,
    input: SendInput,
    hash: String,
}

/// A request and what it says.
pub(crate) struct Ready {
    request: Request,
    content: Content,
    stored: String,
    /// What the messages behind it say, as stored: more of the same kind.
    following: Vec<String>,
    files: Vec<File>,
}

/// Checks a message and queues it: returns it as `QUEUED`, or the message that the same request made before.
///
/// # Errors
/// [`SendError::Refused`] with everything that a person can mend; otherwise as [`Error`] says: forbidden, no such
/// conversation, contact or channel, a bad idempotency key, or the store cannot do it now.
pub async fn message_send(app: &App, viewer: &Viewer, input: SendInput) -> Result<message::Model, SendError> {
    let ready = match prepare(app, viewer, input).await? {
        Prepared::Known(message) => return Ok(*message),
        Prepared::Ready(ready) => Arc::new(*ready),
    };
    let sender = app.clone();
    let outcome = app
        .db
        .write(Priority::Interactive, move |tx| {
            let (app, ready) = (sender.clone(), Arc::clone(&ready));
            Box::pin(async move { queue(tx, &app, &ready).await })
        })
        .await?;
    outcome.map_err(SendError::Refused)
}

/// What a draft says when it is sent now, without sending it.
///
/// # Errors
/// As [`message_send`], about the content only.
pub(super) async fn drafted(app: &App, viewer: &Viewer, draft: &Draft) -> Result<Content, SendError> {
    if let Draft::Split(_) = draft {
        return Err(Refusal::not_split("What is saved is one message."));
    }
    Ok(compose::compose(app, viewer, draft).await?.content)
}

/// A message that was looked at, before anything is written.
pub(crate) enum Prepared {
    /// The same request made this one before.
    Known(Box<message::Model>),
    /// It can be queued.
    Ready(Box<Ready>),
}

/// What of a send may ask the outside, and so cannot be done within a transaction.
///
/// # Errors
/// As [`message_send`].
pub(crate) async fn prepare(app: &App, viewer: &Viewer, input: SendInput) -> Result<Prepared, SendError> {
    viewer.require(Permission::Send)?;
    let identity = compose::identity(app, viewer, &input.draft).await?;
    let request = Request::new(viewer.clone(), input, &identity)?;
    // Before anything is composed: what a repeated request names may have changed since, or be gone.
    if let Some(known) = known(app, &request).await? {
        return known.map(|message| Prepared::Known(Box::new(message))).map_err(SendError::Refused);
    }
    let Composed { content, following, files } = compose::compose(app, viewer, &request.input.draft).await?;
    let stored = |content: &Content| serde_json::to_string(content).map_err(Error::internal);
    let following = following.iter().map(stored).collect::<Result<_>>()?;
    Ok(Prepared::Ready(Box::new(Ready { stored: stored(&content)?, request, content, following, files })))
}

impl Request {
    fn new(viewer: Viewer, input: SendInput, draft: &str) -> Result<Self> {
        let key = &input.idempotency_key;
        if key.is_empty() || key.len() > KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = format!("use 1 to {KEY} visible ASCII characters, for example a UUID");
            return Err(Error::invalid("idempotencyKey", message));
        }
        let identity =
            serde_json::to_vec(&(&input.target, &input.reply_to, draft)).map_err(Error::internal)?;
        let hash = hex::encode(Sha256::digest(identity));
        Ok(Self { viewer, input, hash })
    }

    /// The same for later: another time or fallback is another request.
    fn scheduled(self, send_at: Timestamp, fallback: Option<&Draft>) -> Result<Self> {
        let identity = serde_json::to_vec(&(&self.hash, send_at, fallback)).map_err(Error::internal)?;
        Ok(Self { hash: hex::encode(Sha256::digest(identity)), ..self })
    }
}

/// The answer to a key that was used before, if it was.
async fn known(app: &App, request: &Request) -> Result<Option<Outcome<message::Model>>> {
    let (db, viewer) = (app.db.read(), &request.viewer);
    let Some(known) = idempotency::find(db, &viewer.scope(), &request.input.idempotency_key).await? else {
        return Ok(None);
    };
    if known.request_hash != request.hash {
        return Ok(Some(Err(vec![Refusal::key_reused()])));
    }
    let mut found = messages::by_ids(db, viewer.reach(), [known.message_id]).await?;
    Ok(Some(Ok(found.pop().ok_or(Error::NotFound("message"))?)))
}

/// Queues prepared messages for one conversation, whose lock the caller holds, or none of them if one is refused.
pub(crate) async fn queue_all(tx: &Tx, app: &App, all: &[Ready]) -> Result<Outcome<Vec<message::Model>>> {
    // None is looked at again for what the others do: they are of one sender, and none quotes another. One moment counts for
    // all, so that the window does not close between the look and the writing.
    let now = Some(app.clock.now());
    for ready in all {
        if let Err(refusals) = admit(tx, app, ready, now).await? {
            return Ok(Err(refusals));
        }
    }
    let mut messages = Vec::with_capacity(all.len());
    for ready in all {
        match queue_at(tx, app, ready, now).await? {
            Ok(message) => messages.push(message),
            Err(_) => return Err(Error::internal("a message was refused that had been admitted")),
        }
    }
    Ok(Ok(messages))
}

/// Queues a prepared message.
pub(crate) async fn queue(tx: &Tx, app: &App, ready: &Ready) -> Result<Outcome<message::Model>> {
    queue_at(tx, app, ready, None).await
}

async fn queue_at(
    tx: &Tx,
    app: &App,
    ready: &Ready,
    now: Option<Timestamp>,
) -> Result<Outcome<message::Model>> {
    let (destination, reply_to_wamid, now) = match admit(tx, app, ready, now).await? {
        Ok(Admitted::Known(message)) => return Ok(Ok(*message)),
        Ok(Admitted::New { destination, reply_to_wamid, now }) => (*destination, reply_to_wamid, now),
        Err(refusals) => return Ok(Err(refusals)),
    };
    let message = new_message(app, ready, &destination.conversation, reply_to_wamid, now);
    write(tx, app, &ready.request, &destination, &message).await?;
    following::follow(tx, app, ready, &destination, &message).await?;
    media::attach(tx, &app.ids, &message, &ready.files).await?;
    Ok(Ok(message))
}

/// A prepared message that may be queued.
enum Admitted {
    /// The same request made this one before.
    Known(Box<message::Model>),
    New {
        destination: Box<Destination>,
        /// The provider's id of the quoted message.
        reply_to_wamid: Option<String>,
        now: Timestamp,
    },
}

/// Whether a prepared message may be queued, under the lock of its conversation: then, or at the moment at which the lock is
/// had.
async fn admit(tx: &Tx, app: &App, ready: &Ready, now: Option<Timestamp>) -> Result<Outcome<Admitted>> {
    let request = &ready.request;
    let destination = match destination::find(tx, app, &request.viewer, &request.input.target).await? {
        Ok(destination) => destination,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    // Looked up under the lock of the conversation, so that of equal requests at once the later see the first.
    let scope = request.viewer.scope();
    if let Some(known) = idempotency::find(tx.conn(), &scope, &request.input.idempotency_key).await? {
        return Ok(repeat(tx, request, &known).await?.map(|message| Admitted::Known(Box::new(message))));
    }
    // Not the time at which the transaction began: messages of one conversation get theirs in the order of the lock.
    let now = now.unwrap_or_else(|| app.clock.now());
    let checked = check(tx, ready, &destination, now).await?;
    Ok(checked.map(|reply_to_wamid| Admitted::New {
        destination: Box::new(destination),
        reply_to_wamid,
        now,
    }))
}

/// The answer to a key that was used before.
async fn repeat(
    tx: &Tx,
    request: &Request,
    known: &idempotency_key::Model,
) -> Result<Outcome<message::Model>> {
    if known.request_hash != request.hash {
        return Ok(Err(vec![Refusal::key_reused()]));
    }
    let message = send::message(tx.conn(), known.message_id).await?;
    Ok(Ok(message.ok_or(Error::NotFound("message"))?))
}

/// Applies the rules; gives the provider's id of the quoted message.
async fn check(
    tx: &Tx,
    Ready { request, content, .. }: &Ready,
    destination: &Destination,
    now: Timestamp,
) -> Result<Outcome<Option<String>>> {
    let mut refusals = not_allowed(tx, content, destination, now).await?;
    if let (Content::Template(sent), Draft::Template(_)) = (content, &request.input.draft)
        && template(tx, sent, &destination.channel).await?.is_none()
    {
        // One that was named by id is of another account.
        refusals.push(Refusal::template_not_found());
    }
    let quoted = match quoted(tx, request, &destination.conversation).await? {
        Ok(wamid) => wamid,
        Err(refusal) => {
            refusals.push(refusal);
            None
        }
    };
    Ok(if refusals.is_empty() { Ok(quoted) } else { Err(refusals) })
}

/// Why a content may not be sent there now: the window, a block, the template's state, an opt-out.
async fn not_allowed(
    tx: &Tx,
    content: &Content,
    destination: &Destination,
    now: Timestamp,
) -> Result<Vec<Refusal>> {
    let Destination { conversation, contact, channel, .. } = destination;
    let facts = SendabilityFacts::new(conversation, contact, channel.state);
    let mut refusals: Vec<_> =
        refusal::of_sendability(content, &sendability(&facts, now)).into_iter().collect();
    if let Content::Template(sent) = content
        && let Some(row) = template(tx, sent, channel).await?
    {
        refusals.extend(match rules::blocked(&row) {
            Some(why) => Some(Refusal::template_blocked(why)),
            None if rules::is_marketing(&row) => {
                let holds = marketing_holds::of(tx.conn(), [contact.id], [channel.id]).await?;
                holds.wishes(contact, channel.id).unwanted(now).map(Refusal::marketing_unwanted)
            }
            None => None,
        });
    }
    Ok(refusals)
}

/// The template that the number's account has under this name, by now.
async fn template(tx: &Tx, sent: &Template, channel: &channel::Model) -> Result<Option<template::Model>> {
    match &channel.business_account_id {
        Some(account) => Ok(templates::by_name(tx.conn(), account, &sent.name, &sent.language).await?),
        None => Ok(None),
    }
}

/// The provider's id of the quoted message, if one is quoted.
async fn quoted(
    tx: &Tx,
    request: &Request,
    conversation: &conversation::Model,
) -> Result<Result<Option<String>, Refusal>> {
    let Some(id) = request.input.reply_to else { return Ok(Ok(None)) };
    let quoted = send::message(tx.conn(), id).await?;
    let quoted = quoted.filter(|message| message.conversation_id == conversation.id);
    let wamid = quoted.and_then(|message| message.wamid);
    Ok(wamid.map(Some).ok_or_else(|| Refusal::reply_to_not_found(conversation.id)))
}

fn new_message(
    app: &App,
    Ready { request, content, stored, .. }: &Ready,
    conversation: &conversation::Model,
    reply_to_wamid: Option<String>,
    now: Timestamp,
) -> message::Model {
    let (actor_kind, actor_id) = request.viewer.actor();
    let origin = match request.viewer.caller() {
        Caller::User(_) | Caller::Token { .. } => Origin::Api,
        Caller::Assistant(_) => Origin::Assistant,
        Caller::System => Origin::System,
    };
    message::Model {
        id: app.ids.next(),
        conversation_id: conversation.id,
        channel_id: conversation.channel_id,
        direction: Direction::Outbound,
        origin,
        actor_kind: Some(actor_kind),
        actor_id,
        kind: content.kind().to_owned(),
        content: stored.clone(),
        context: None,
        wamid: None,
        reply_to_wamid,
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
        edited_at: None,
        revoked_at: None,
        run_id: None,
    }
}

async fn write(
    tx: &Tx,
    app: &App,
    request: &Request,
    destination: &Destination,
    message: &message::Model,
) -> Result<()> {
    enqueue(tx, app, &request.viewer, destination, message).await?;
    remember(tx, request, request.input.idempotency_key.clone(), message).await
}

/// Keeps what the idempotency key stands for.
async fn remember(tx: &Tx, request: &Request, key: String, message: &message::Model) -> Result<()> {
    let key = idempotency_key::Model {
        scope: request.viewer.scope(),
        key,
        request_hash: request.hash.clone(),
        message_id: message.id,
        created_at: message.received_at,
    };
    idempotency::insert(tx.conn(), key).await
}

/// Stores a new message, puts it into the queue and into its conversation.
async fn enqueue(
    tx: &Tx,
    app: &App,
    viewer: &Viewer,
    destination: &Destination,
    message: &message::Model,
) -> Result<()> {
    if destination.is_new {
        open(tx, app, viewer, destination, message.id).await?;
    }
    send::insert_message(tx.conn(), message.clone()).await?;
    outbox::insert(tx.conn(), outbox_of(app, message)).await?;
    update_conversation(tx, app, viewer, destination, message).await?;
    tx.emit(message_event(EventKind::MessageAdded, message));
    tx.wake(Topic::Outbox);
    Ok(())
}

/// Stores the conversation that begins with a message.
async fn open(
    tx: &Tx,
    app: &App,
    viewer: &Viewer,
    destination: &Destination,
    message: MessageId,
) -> Result<()> {
    let row = &destination.conversation;
    send::insert_conversation(tx.conn(), row.clone()).await?;
    timeline::opened(tx, &app.ids, row, &Why::sent(viewer, message)).await
}

fn message_event(kind: EventKind, message: &message::Model) -> NewEvent {
    NewEvent {
        conversation_id: Some(message.conversation_id),
        channel_id: Some(message.channel_id),
        message_id: Some(message.id),
        ..NewEvent::new(kind)
    }
}

fn outbox_of(app: &App, message: &message::Model) -> outbox_row::Model {
    outbox_row::Model {
        id: app.ids.next(),
        message_id: message.id,
        conversation_id: message.conversation_id,
        channel_id: message.channel_id,
        state: OutboxState::Queued,
        attempts: 0,
        not_before: message.sent_at,
        claimed_by: None,
        claimed_at: None,
        error: None,
        created_at: message.sent_at,
    }
}

async fn update_conversation(
    tx: &Tx,
    app: &App,
    viewer: &Viewer,
    destination: &Destination,
    message: &message::Model,
) -> Result<()> {
    let conversation = &destination.conversation;
    let mut row = conversation::ActiveModel {
        last_activity_at: Set(conversation.last_activity_at.max(message.sent_at)),
        updated_at: Set(message.sent_at),
        ..Default::default()
    };
    if (conversation.last_message_at, conversation.last_message_id)
        < (Some(message.sent_at), Some(message.id))
    {
        row.last_message_id = Set(Some(message.id));
        row.last_message_at = Set(Some(message.sent_at));
    }
    if viewer.is_person()
        && let Some(shown) = read_receipts::ask(tx, &app.ids, conversation, Occasion::Replied).await?
    {
        row.read_receipt_at = Set(Some(shown));
    }
    let before = Control::from(conversation);
    let after = if viewer.is_person() { control::person_sent(before) } else { before };
    after.apply_to(&mut row);
    let changed = send::update_conversation(tx.conn(), conversation.id, row).await?;
    timeline::record(tx, &app.ids, conversation, &changed, &Why::sent(viewer, message.id)).await?;
    if after.control_epoch != before.control_epoch {
        turns::interrupt(tx, &[conversation.id]).await?;
    }
    if destination.is_new || after.mode != before.mode {
        tx.emit(NewEvent {
            conversation_id: Some(conversation.id),
            channel_id: Some(conversation.channel_id),
            contact_id: Some(conversation.contact_id),
            ..NewEvent::new(EventKind::ConversationUpdated)
        });
    }
    Ok(())
}
