//! What is in the database, read past the service.

use entities::{
    EventKind, MessageId, OutboxState, ReceiptState, api_token, conversation, event, message, outbox,
    provider_update, webhook_receipt,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;

/// Receipts whose effects still have to follow.
///
/// # Panics
/// If the database cannot be read.
pub async fn receipts_waiting<C: ConnectionTrait>(db: &C) -> u64 {
    let waiting = webhook_receipt::Column::State.eq(ReceiptState::Received);
    webhook_receipt::Entity::find().filter(waiting).count(db).await.expect("receipts can be counted")
}

/// Why receipts failed.
///
/// # Panics
/// If the database cannot be read.
pub async fn failed_receipts<C: ConnectionTrait>(db: &C) -> Vec<String> {
    let failed = webhook_receipt::Column::State.eq(ReceiptState::Failed);
    let errors =
        webhook_receipt::Entity::find().filter(failed).select_only().column(webhook_receipt::Column::Error);
    let errors: Vec<Option<String>> = errors.into_tuple().all(db).await.expect("receipts can be read");
    errors.into_iter().map(Option::unwrap_or_default).collect()
}

/// State, effects and problem of every receipt, in the order in which they came.
///
/// # Panics
/// If the database cannot be read.
pub async fn receipts<C: ConnectionTrait>(db: &C) -> Vec<(ReceiptState, i32, Option<String>)> {
    let rows = webhook_receipt::Entity::find().order_by_asc(webhook_receipt::Column::Id).all(db).await;
    rows.expect("receipts can be read").into_iter().map(|row| (row.state, row.effects, row.error)).collect()
}

/// All API tokens, in no certain order.
///
/// # Panics
/// If the database cannot be read.
pub async fn api_tokens<C: ConnectionTrait>(db: &C) -> Vec<api_token::Model> {
    api_token::Entity::find().all(db).await.expect("API tokens can be read")
}

/// All messages, in no certain order.
///
/// # Panics
/// If the database cannot be read.
pub async fn messages<C: ConnectionTrait>(db: &C) -> Vec<message::Model> {
    message::Entity::find().all(db).await.expect("messages can be read")
}

/// All conversations, in no certain order.
///
/// # Panics
/// If the database cannot be read.
pub async fn conversations<C: ConnectionTrait>(db: &C) -> Vec<conversation::Model> {
    conversation::Entity::find().all(db).await.expect("conversations can be read")
}

/// The whole change log in its order.
///
/// # Panics
/// If the database cannot be read.
pub async fn events<C: ConnectionTrait>(db: &C) -> Vec<event::Model> {
    event::Entity::find().order_by_asc(event::Column::Seq).all(db).await.expect("events can be read")
}

/// What the provider announced, as JSON.
///
/// # Panics
/// If the database cannot be read.
pub async fn provider_updates<C: ConnectionTrait>(db: &C) -> Vec<String> {
    let rows = provider_update::Entity::find().all(db).await.expect("announcements can be read");
    rows.into_iter().map(|row| row.value).collect()
}

/// Sends in one of these states.
///
/// # Panics
/// If the database cannot be read.
pub async fn outbox<C: ConnectionTrait>(db: &C, states: &[OutboxState]) -> u64 {
    let states = outbox::Column::State.is_in(states.iter().copied());
    outbox::Entity::find().filter(states).count(db).await.expect("the outbox can be counted")
}

/// Checks that the log has no holes, and tells each added message once.
///
/// # Panics
/// If it does not.
pub fn check_log(events: &[event::Model], messages: &[message::Model]) {
    for (event, place) in events.iter().zip(1..) {
        assert_eq!(event.seq, place, "the log has a hole");
    }
    let mut added: HashMap<MessageId, usize> = HashMap::new();
    for id in events
        .iter()
        .filter(|event| event.kind == EventKind::MessageAdded)
        .filter_map(|event| event.message_id)
    {
        *added.entry(id).or_default() += 1;
    }
    assert_eq!(added.len(), messages.len(), "messages that the log tells of");
    for message in messages {
        assert_eq!(added.get(&message.id), Some(&1), "{} in the log", message.id);
    }
}
