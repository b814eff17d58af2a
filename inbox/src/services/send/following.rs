//! The messages behind the first one of a long text.

use super::compose::MOST_PARTS;
use super::destination::Destination;
use super::draft::Draft;
use super::{Ready, SendError, SendInput, message_event, message_send, outbox_of, remember};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;
use crate::store::{Tx, idempotency, messages, outbox, send};
use entities::{EventKind, conversation, message};
use sea_orm::ActiveValue::Set;

/// As [`message_send`], with all messages that are made of a [`Draft::Split`], in their order: all of them are queued or
/// none.
///
/// # Errors
/// As [`message_send`].
pub async fn messages_send(
    app: &App,
    viewer: &Viewer,
    input: SendInput,
) -> Result<Vec<message::Model>, SendError> {
    let is_split = matches!(input.draft, Draft::Split(_));
    let keys: Vec<_> = (2..=MOST_PARTS).map(|number| key(&input.idempotency_key, number)).collect();
    let first = message_send(app, viewer, input).await?;
    if !is_split {
        return Ok(vec![first]);
    }
    let db = app.db.read();
    let made = idempotency::find_all(db, &viewer.scope(), keys).await?;
    let ids = made.iter().map(|known| known.message_id);
    let mut following = messages::by_ids(db, viewer.reach(), ids).await?;
    // Ids grow as they are made.
    following.sort_unstable_by_key(|message| message.id);
    Ok(std::iter::once(first).chain(following).collect())
}

/// The key under which the message of this number, from 2, is known. Callers have no blanks in theirs.
fn key(first: &str, number: usize) -> String {
    format!("{first} {number}")
}

/// Queues them behind the first.
pub(super) async fn follow(
    tx: &Tx,
    app: &App,
    Ready { request, following, .. }: &Ready,
    Destination { conversation, .. }: &Destination,
    first: &message::Model,
) -> Result<()> {
    let mut last = None;
    for (number, content) in (2..).zip(following) {
        let message = message::Model {
            id: app.ids.next(),
            content: content.clone(),
            reply_to_wamid: None,
            ..first.clone()
        };
        send::insert_message(tx.conn(), message.clone()).await?;
        outbox::insert(tx.conn(), outbox_of(app, &message)).await?;
        remember(tx, request, key(&request.input.idempotency_key, number), &message).await?;
        tx.emit(message_event(EventKind::MessageAdded, &message));
        last = Some((message.sent_at, message.id));
    }
    let newest = conversation.last_message_at.zip(conversation.last_message_id);
    if let Some((at, id)) = last.filter(|_| newest < last) {
        let row = conversation::ActiveModel {
            last_message_id: Set(Some(id)),
            last_message_at: Set(Some(at)),
            ..Default::default()
        };
        send::update_conversation(tx.conn(), conversation.id, row).await?;
    }
    Ok(())
}
