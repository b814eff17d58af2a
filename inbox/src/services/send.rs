//! Sending: checks a message, and queues it. The channel's sender takes it from there (`jobs::sender`).

mod destination;
mod refusal;
#[cfg(test)]
mod tests;

pub use refusal::{Refusal, RefusalCode};

use crate::app::App;
use crate::auth::{Caller, Permission, Viewer};
use crate::bus::Topic;
use crate::domain::control::{self, Control};
use crate::domain::sendability::{SendabilityFacts, sendability};
use crate::error::{Error, Result};
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, idempotency, outbox, send};
use destination::Destination;
use entities::{
    ChannelId, ContactId, ConversationId, Direction, EventKind, MessageId, MessageStatus, Origin,
    OutboxState, Timestamp, conversation, idempotency_key, message, outbox as outbox_row,
};
use providers::content::Content;
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
    pub content: Content,
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
type Outcome<T> = std::result::Result<T, Vec<Refusal>>;

/// A checked input.
struct Request {
    viewer: Viewer,
    input: SendInput,
    content: String,
    hash: String,
}

/// Checks a message and queues it: returns it as `QUEUED`, or the message that the same request made before.
///
/// # Errors
/// [`SendError::Refused`] with everything that a person can mend; otherwise as [`Error`] says: forbidden, no such
/// conversation, contact or channel, a bad idempotency key, or the store cannot do it now.
pub async fn message_send(app: &App, viewer: &Viewer, input: SendInput) -> Result<message::Model, SendError> {
    viewer.require(Permission::Send)?;
    let refusals = refusal::of_content(&input.content);
    if !refusals.is_empty() {
        return Err(SendError::Refused(refusals));
    }
    let request = Arc::new(Request::new(viewer.clone(), input)?);
    let sender = app.clone();
    let outcome = app
        .db
        .write(Priority::Interactive, move |tx| {
            let (app, request) = (sender.clone(), Arc::clone(&request));
            Box::pin(async move { queue(tx, &app, &request).await })
        })
        .await?;
    outcome.map_err(SendError::Refused)
}

impl Request {
    fn new(viewer: Viewer, input: SendInput) -> Result<Self> {
        let key = &input.idempotency_key;
        if key.is_empty() || key.len() > KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message = format!("use 1 to {KEY} visible ASCII characters, for example a UUID");
            return Err(Error::invalid("idempotencyKey", message));
        }
        let content = serde_json::to_string(&input.content).map_err(Error::internal)?;
        let identity =
            serde_json::to_vec(&(&input.target, &input.reply_to, &content)).map_err(Error::internal)?;
        let hash = hex::encode(Sha256::digest(identity));
        Ok(Self { viewer, input, content, hash })
    }
}

async fn queue(tx: &Tx, app: &App, request: &Request) -> Result<Outcome<message::Model>> {
    let destination = match destination::find(tx, app, &request.viewer, &request.input.target).await? {
        Ok(destination) => destination,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    // Looked up under the lock of the conversation, so that of equal requests at once the later see the first.
    let scope = request.viewer.scope();
    if let Some(known) = idempotency::find(tx.conn(), &scope, &request.input.idempotency_key).await? {
        return repeat(tx, request, &known).await;
    }
    // Not the time at which the transaction began: messages of one conversation get theirs in the order of the lock.
    let now = app.clock.now();
    let reply_to_wamid = match check(tx, request, &destination, now).await? {
        Ok(wamid) => wamid,
        Err(refusals) => return Ok(Err(refusals)),
    };
    let message = new_message(app, request, &destination.conversation, reply_to_wamid, now);
    write(tx, app, request, &destination, &message).await?;
    Ok(Ok(message))
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
    request: &Request,
    destination: &Destination,
    now: Timestamp,
) -> Result<Outcome<Option<String>>> {
    let Destination { conversation, contact, channel, .. } = destination;
    let facts = SendabilityFacts::new(conversation, contact, channel.state);
    let mut refusals: Vec<_> =
        refusal::of_sendability(&request.input.content, &sendability(&facts, now)).into_iter().collect();
    let quoted = match request.input.reply_to {
        Some(id) => {
            let quoted = send::message(tx.conn(), id).await?;
            let quoted = quoted.filter(|message| message.conversation_id == conversation.id);
            let wamid = quoted.and_then(|message| message.wamid);
            if wamid.is_none() {
                refusals.push(Refusal::reply_to_not_found(conversation.id));
            }
            wamid
        }
        None => None,
    };
    Ok(if refusals.is_empty() { Ok(quoted) } else { Err(refusals) })
}

fn new_message(
    app: &App,
    request: &Request,
    conversation: &conversation::Model,
    reply_to_wamid: Option<String>,
    now: Timestamp,
) -> message::Model {
    let (actor_kind, actor_id) = request.viewer.actor();
    let origin = match request.viewer.caller() {
        Caller::User(_) | Caller::Token { .. } => Origin::Api,
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
        kind: request.input.content.kind().to_owned(),
        content: request.content.clone(),
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
        pricing: None,
        edited_at: None,
        revoked_at: None,
    }
}

async fn write(
    tx: &Tx,
    app: &App,
    request: &Request,
    destination: &Destination,
    message: &message::Model,
) -> Result<()> {
    if destination.is_new {
        send::insert_conversation(tx.conn(), destination.conversation.clone()).await?;
    }
    send::insert_message(tx.conn(), message.clone()).await?;
    outbox::insert(tx.conn(), outbox_of(app, message)).await?;
    let key = idempotency_key::Model {
        scope: request.viewer.scope(),
        key: request.input.idempotency_key.clone(),
        request_hash: request.hash.clone(),
        message_id: message.id,
        created_at: message.received_at,
    };
    idempotency::insert(tx.conn(), key).await?;
    update_conversation(tx, &request.viewer, destination, message).await?;
    tx.emit(NewEvent {
        conversation_id: Some(message.conversation_id),
        channel_id: Some(message.channel_id),
        message_id: Some(message.id),
        ..NewEvent::new(EventKind::MessageAdded)
    });
    tx.wake(Topic::Outbox);
    Ok(())
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
    let before = Control::from(conversation);
    let after = if viewer.is_person() { control::person_sent(before) } else { before };
    after.apply_to(&mut row);
    send::update_conversation(tx.conn(), conversation.id, row).await?;
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
