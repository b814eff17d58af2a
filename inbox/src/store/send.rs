//! What a send reads and writes beside the queue.

use crate::auth::Reach;
use crate::error::{Error, Result};
use crate::store::marketing_holds::{self, Holds};
use crate::store::{Tx, templates};
use entities::{
    ChannelId, ChannelState, ContactId, ConversationId, IdentityKind, MessageId, MessageStatus, Provider,
    channel, contact, contact_identity, conversation, message, message_retry, outbox, template,
};
use providers::content::Content;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;

/// A conversation within reach, locked until commit: sends of one conversation happen one after the other.
///
/// # Errors
/// If the database refuses.
pub async fn lock_conversation(
    tx: &Tx,
    reach: Reach,
    id: ConversationId,
) -> Result<Option<conversation::Model>> {
    lock_within(tx, reach, conversation::Entity::find_by_id(id)).await
}

/// The conversation of a contact on a channel, locked until commit, whoever may see it: the caller asks the viewer,
/// because a missing one may be opened and a hidden one may not.
///
/// # Errors
/// If the database refuses.
pub async fn lock_conversation_of(
    tx: &Tx,
    contact: ContactId,
    channel: ChannelId,
) -> Result<Option<conversation::Model>> {
    let query = conversation::Entity::find()
        .filter(conversation::Column::ContactId.eq(contact))
        .filter(conversation::Column::ChannelId.eq(channel));
    lock_within(tx, Reach::All, query).await
}

async fn lock_within(
    tx: &Tx,
    reach: Reach,
    query: Select<conversation::Entity>,
) -> Result<Option<conversation::Model>> {
    let query = match reach {
        Reach::All => query,
        Reach::Own(user) => query.filter(conversation::Column::OwnerId.eq(user)),
        Reach::Nothing => return Ok(None),
    };
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// A message, locked until commit.
///
/// # Errors
/// If the database refuses.
pub async fn lock_message(tx: &Tx, id: MessageId) -> Result<Option<message::Model>> {
    let query = message::Entity::find_by_id(id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// The messages of queued rows, locked in the order of their ids until commit.
///
/// # Errors
/// If the database refuses.
pub async fn lock_messages(tx: &Tx, rows: &[&outbox::Model]) -> Result<Vec<message::Model>> {
    let query = message::Entity::find()
        .filter(message::Column::Id.is_in(rows.iter().map(|row| row.message_id)))
        .order_by_asc(message::Column::Id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.all(tx.conn()).await?)
}

/// A message.
///
/// # Errors
/// If the database refuses.
pub async fn message<C: ConnectionTrait>(connection: &C, id: MessageId) -> Result<Option<message::Model>> {
    Ok(message::Entity::find_by_id(id).one(connection).await?)
}

/// The message that was sent in place of another, if it was.
///
/// # Errors
/// If the database refuses.
pub async fn retry_of<C: ConnectionTrait>(connection: &C, id: MessageId) -> Result<Option<MessageId>> {
    Ok(message_retry::Entity::find_by_id(id).one(connection).await?.map(|row| row.retry_id))
}

/// Keeps which message was sent in place of another: of each only one.
///
/// # Errors
/// If the database refuses.
pub async fn insert_retry<C: ConnectionTrait>(
    connection: &C,
    message_id: MessageId,
    retry_id: MessageId,
) -> Result<()> {
    let row = message_retry::ActiveModel { message_id: Set(message_id), retry_id: Set(retry_id) };
    message_retry::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(())
}

/// Stores a new message.
///
/// # Errors
/// If the database refuses.
pub async fn insert_message<C: ConnectionTrait>(
    connection: &C,
    row: impl Into<message::ActiveModel>,
) -> Result<()> {
    message::Entity::insert(row.into()).exec_without_returning(connection).await?;
    Ok(())
}

/// Changes the columns of a message that are set in `row`.
///
/// # Errors
/// If the database refuses.
pub async fn update_message<C: ConnectionTrait>(
    connection: &C,
    id: MessageId,
    row: message::ActiveModel,
) -> Result<()> {
    message::Entity::update_many().set(row).filter(message::Column::Id.eq(id)).exec(connection).await?;
    Ok(())
}

/// Shows messages as being sent.
///
/// # Errors
/// If the database refuses.
pub async fn mark_sending<C: ConnectionTrait>(connection: &C, ids: Vec<MessageId>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    message::Entity::update_many()
        .set(message::ActiveModel { status: Set(Some(MessageStatus::Sending)), ..Default::default() })
        .filter(message::Column::Id.is_in(ids))
        .exec(connection)
        .await?;
    Ok(())
}

/// Stores a new conversation.
///
/// # Errors
/// If the database refuses.
pub async fn insert_conversation<C: ConnectionTrait>(
    connection: &C,
    row: impl Into<conversation::ActiveModel>,
) -> Result<()> {
    conversation::Entity::insert(row.into()).exec_without_returning(connection).await?;
    Ok(())
}

/// Changes the columns of a conversation that are set in `row`, and returns it as it is then.
///
/// # Errors
/// If there is no such conversation, or the database refuses.
pub async fn update_conversation<C: ConnectionTrait>(
    connection: &C,
    id: ConversationId,
    row: conversation::ActiveModel,
) -> Result<conversation::Model> {
    let updated = conversation::Entity::update_many()
        .set(row)
        .filter(conversation::Column::Id.eq(id))
        .exec_with_returning(connection)
        .await?;
    updated.into_iter().next().ok_or(Error::NotFound("conversation"))
}

/// A contact.
///
/// # Errors
/// If the database refuses.
pub async fn contact<C: ConnectionTrait>(connection: &C, id: ContactId) -> Result<Option<contact::Model>> {
    Ok(contact::Entity::find_by_id(id).one(connection).await?)
}

/// A contact's identities, the newest first.
///
/// # Errors
/// If the database refuses.
pub async fn identities<C: ConnectionTrait>(
    connection: &C,
    contact: ContactId,
) -> Result<Vec<contact_identity::Model>> {
    Ok(contact_identity::Entity::find()
        .filter(contact_identity::Column::ContactId.eq(contact))
        .order_by_desc(contact_identity::Column::CreatedAt)
        .order_by_desc(contact_identity::Column::Id)
        .all(connection)
        .await?)
}

/// A conversation, not locked.
///
/// # Errors
/// If the database refuses.
pub async fn conversation<C: ConnectionTrait>(
    connection: &C,
    id: ConversationId,
) -> Result<Option<conversation::Model>> {
    Ok(conversation::Entity::find_by_id(id).one(connection).await?)
}

/// The contact with a phone, by the key in which its national variants meet.
///
/// # Errors
/// If the database refuses.
pub async fn contact_by_phone<C: ConnectionTrait>(
    connection: &C,
    match_key: &str,
) -> Result<Option<contact::Model>> {
    let identity = contact_identity::Entity::find()
        .filter(contact_identity::Column::MatchKey.eq(match_key))
        .filter(contact_identity::Column::Kind.eq(IdentityKind::Phone))
        .one(connection)
        .await?;
    match identity {
        Some(identity) => contact(connection, identity.contact_id).await,
        None => Ok(None),
    }
}

/// A channel.
///
/// # Errors
/// If the database refuses.
pub async fn channel<C: ConnectionTrait>(connection: &C, id: ChannelId) -> Result<Option<channel::Model>> {
    Ok(channel::Entity::find_by_id(id).one(connection).await?)
}

/// The channel of sends that name none.
///
/// # Errors
/// If the database refuses.
pub async fn default_channel<C: ConnectionTrait>(connection: &C) -> Result<Option<channel::Model>> {
    Ok(channel::Entity::find().filter(channel::Column::IsDefault.eq(true)).one(connection).await?)
}

/// The channels that send over Meta.
///
/// # Errors
/// If the database refuses.
pub async fn active_channels<C: ConnectionTrait>(connection: &C) -> Result<Vec<ChannelId>> {
    let channels: Vec<ChannelId> = channel::Entity::find()
        .select_only()
        .column(channel::Column::Id)
        .filter(channel::Column::State.eq(ChannelState::Active))
        .filter(channel::Column::Provider.eq(Provider::Meta))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(channels)
}

/// What is needed to send some messages.
#[derive(Debug, Default)]
pub struct Outgoing {
    /// By id.
    pub messages: HashMap<MessageId, message::Model>,
    /// By id.
    pub conversations: HashMap<ConversationId, conversation::Model>,
    /// By id.
    pub contacts: HashMap<ContactId, contact::Model>,
    /// The identities of each contact, the newest first.
    pub identities: HashMap<ContactId, Vec<contact_identity::Model>>,
    /// Those that the messages may be made of, of any account.
    pub templates: Vec<template::Model>,
    /// Of the contacts and channels that get templates.
    pub holds: Holds,
}

/// Messages with their conversations, contacts and addresses, in four statements; in two more if there are templates
/// among them.
///
/// # Errors
/// If the database refuses.
pub async fn outgoing<C: ConnectionTrait>(
    connection: &C,
    messages: Vec<MessageId>,
    conversations: Vec<ConversationId>,
) -> Result<Outgoing> {
    let messages =
        message::Entity::find().filter(message::Column::Id.is_in(messages)).all(connection).await?;
    let conversations = conversation::Entity::find()
        .filter(conversation::Column::Id.is_in(conversations))
        .all(connection)
        .await?;
    let ids: Vec<ContactId> = conversations.iter().map(|row| row.contact_id).collect();
    let contacts =
        contact::Entity::find().filter(contact::Column::Id.is_in(ids.clone())).all(connection).await?;
    let rows = contact_identity::Entity::find()
        .filter(contact_identity::Column::ContactId.is_in(ids))
        .order_by_desc(contact_identity::Column::CreatedAt)
        .order_by_desc(contact_identity::Column::Id)
        .all(connection)
        .await?;
    let mut identities: HashMap<ContactId, Vec<contact_identity::Model>> = HashMap::new();
    for row in rows {
        identities.entry(row.contact_id).or_default().push(row);
    }
    let named = messages.iter().filter(|row| row.kind == "TEMPLATE").filter_map(|row| {
        match serde_json::from_str::<Content>(&row.content) {
            Ok(Content::Template(sent)) => Some(sent.name),
            _ => None,
        }
    });
    let templates = templates::by_names(connection, named).await?;
    let holds = if templates.is_empty() {
        Holds::default()
    } else {
        let channels = messages.iter().map(|row| row.channel_id);
        marketing_holds::of(connection, contacts.iter().map(|row| row.id), channels).await?
    };
    Ok(Outgoing {
        templates,
        holds,
        messages: messages.into_iter().map(|row| (row.id, row)).collect(),
        conversations: conversations.into_iter().map(|row| (row.id, row)).collect(),
        contacts: contacts.into_iter().map(|row| (row.id, row)).collect(),
        identities,
    })
}
