//! Reads of messages and of what hangs on them.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::reach;
use entities::{
    ChannelId, ConversationId, Direction, MessageId, MessageStatus, Timestamp, message, message_retry,
    message_version, reaction,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::HashMap;

/// Which messages; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// In which conversation.
    pub conversation_id: Option<ConversationId>,
    /// Over which number.
    pub channel_id: Option<ChannelId>,
    /// Who wrote.
    pub direction: Option<Direction>,
    /// The content's kind, as stored.
    pub kind: Option<&'static str>,
    /// Shown state (outbound only).
    pub status: Option<MessageStatus>,
    /// Learnt of at or after this moment.
    pub received_after: Option<Timestamp>,
    /// Learnt of before this moment.
    pub received_before: Option<Timestamp>,
    /// Of the provider's time at or after this moment.
    pub sent_after: Option<Timestamp>,
    /// Of the provider's time before this moment.
    pub sent_before: Option<Timestamp>,
}

const KEYSET: Keyset<message::Entity> = Keyset { key: message::Column::SentAt, id: message::Column::Id };

/// A message's place in its conversation.
#[must_use]
pub fn position(row: &message::Model) -> Position {
    Position { key: row.sent_at, id: row.id.0 }
}

/// A part of the messages, ordered by the provider's time.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    filter: &MessageFilter,
    request: &PageRequest,
) -> Result<Page<message::Model>> {
    if reach == Reach::Nothing {
        return Ok(Page::EMPTY);
    }
    KEYSET.page(db, find(reach, filter), request).await
}

/// The same part of each of these conversations, in one statement; the request has no places.
///
/// # Errors
/// If the database refuses.
pub async fn page_of_each<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    conversations: impl IntoIterator<Item = ConversationId>,
    request: &PageRequest,
) -> Result<HashMap<ConversationId, Page<message::Model>>> {
    let mut rows: HashMap<_, Vec<_>> = conversations.into_iter().map(|id| (id, Vec::new())).collect();
    let list = |id: &ConversationId| {
        find(reach, &MessageFilter { conversation_id: Some(*id), ..MessageFilter::default() })
    };
    for row in KEYSET.ends(db, rows.keys().map(list), request).await? {
        rows.entry(row.conversation_id).or_default().push(row);
    }
    Ok(rows.into_iter().map(|(id, rows)| (id, request.page_of(rows, position))).collect())
}

/// How many each of these conversations has; none is not named.
///
/// # Errors
/// If the database refuses.
pub async fn count_of_each<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<HashMap<ConversationId, u64>> {
    let counts: Vec<(ConversationId, i64)> = find(reach, &MessageFilter::default())
        .select_only()
        .column(message::Column::ConversationId)
        .column_as(message::Column::Id.count(), "count")
        .filter(message::Column::ConversationId.is_in(conversations))
        .group_by(message::Column::ConversationId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|(id, count)| (id, u64::try_from(count).unwrap_or(0))).collect())
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, reach: Reach, filter: &MessageFilter) -> Result<u64> {
    page::count(db, find(reach, filter), message::Column::Id).await
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = MessageId>,
) -> Result<Vec<message::Model>> {
    let select =
        message::Entity::find().filter(reach::of_conversation(reach, message::Column::ConversationId));
    Ok(select.filter(message::Column::Id.is_in(ids)).all(db).await?)
}

/// Those of these provider's ids that exist for the caller, on any channel and in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_wamids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    wamids: impl IntoIterator<Item = String>,
) -> Result<Vec<message::Model>> {
    let select =
        message::Entity::find().filter(reach::of_conversation(reach, message::Column::ConversationId));
    Ok(select.filter(message::Column::Wamid.is_in(wamids)).all(db).await?)
}

/// Which messages were sent in place of these. Whether they exist for the caller is asked when they are read.
///
/// # Errors
/// If the database refuses.
pub async fn retries<C: ConnectionTrait>(
    db: &C,
    messages: impl IntoIterator<Item = MessageId>,
) -> Result<Vec<message_retry::Model>> {
    let select = message_retry::Entity::find().filter(message_retry::Column::MessageId.is_in(messages));
    Ok(select.all(db).await?)
}

/// The reactions to these messages that were not taken back, oldest first.
///
/// # Errors
/// If the database refuses.
pub async fn reactions<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    messages: impl IntoIterator<Item = MessageId>,
) -> Result<Vec<reaction::Model>> {
    Ok(reaction::Entity::find()
        .filter(reach::of_message(reach, reaction::Column::MessageId))
        .filter(reaction::Column::MessageId.is_in(messages))
        .filter(reaction::Column::Emoji.is_not_null())
        .order_by_asc(reaction::Column::ReactedAt)
        .order_by_asc(reaction::Column::Id)
        .all(db)
        .await?)
}

/// What these messages said before they were edited, oldest first.
///
/// # Errors
/// If the database refuses.
pub async fn versions<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    messages: impl IntoIterator<Item = MessageId>,
) -> Result<Vec<message_version::Model>> {
    Ok(message_version::Entity::find()
        .filter(reach::of_message(reach, message_version::Column::MessageId))
        .filter(message_version::Column::MessageId.is_in(messages))
        .order_by_asc(message_version::Column::ReplacedAt)
        .order_by_asc(message_version::Column::Id)
        .all(db)
        .await?)
}

fn find(reach: Reach, filter: &MessageFilter) -> Select<message::Entity> {
    use message::Column;
    let mut select =
        message::Entity::find().filter(reach::of_conversation(reach, message::Column::ConversationId));
    if let Some(conversation) = filter.conversation_id {
        select = select.filter(Column::ConversationId.eq(conversation));
    }
    if let Some(channel) = filter.channel_id {
        select = select.filter(Column::ChannelId.eq(channel));
    }
    if let Some(direction) = filter.direction {
        select = select.filter(Column::Direction.eq(direction));
    }
    if let Some(kind) = filter.kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    if let Some(status) = filter.status {
        select = select.filter(Column::Status.eq(status));
    }
    let from = [(Column::ReceivedAt, filter.received_after), (Column::SentAt, filter.sent_after)];
    for (column, after) in from {
        if let Some(after) = after {
            select = select.filter(column.gte(after));
        }
    }
    let until = [(Column::ReceivedAt, filter.received_before), (Column::SentAt, filter.sent_before)];
    for (column, before) in until {
        if let Some(before) = before {
            select = select.filter(column.lt(before));
        }
    }
    select
}
