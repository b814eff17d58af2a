//! What people are told about new messages.

use crate::auth::{Permission, Viewer};
use crate::domain::notifications::{News, Person, Unread};
use crate::error::{Error, Result};
use entities::{
    ConversationId, Direction, EventKind, InboxNotificationId, Origin, UserId, UserKind, conversation, event,
    inbox_notification, message, role, user,
};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::HashMap;

/// Rows in one statement.
const CHUNK: usize = 1000;

#[derive(FromQueryResult)]
struct NewMessages {
    conversation_id: ConversationId,
    messages: i64,
}

#[derive(FromQueryResult)]
struct OwnersUnread {
    owner_id: UserId,
    messages: i64,
    conversations: i64,
}

/// What customers wrote between two places of the change log, the second one included, and nobody has read yet.
/// WhatsApp's own notes need no reader, and history is old.
///
/// # Errors
/// If the database refuses.
pub async fn news<C: ConnectionTrait>(connection: &C, from: i64, to: i64) -> Result<Vec<News>> {
    let added = Query::select()
        .column(event::Column::MessageId)
        .from(event::Entity)
        .and_where(event::Column::Seq.gt(from))
        .and_where(event::Column::Seq.lte(to))
        .and_where(event::Column::Kind.eq(EventKind::MessageAdded))
        .to_owned();
    let found = message::Entity::find()
        .select_only()
        .column(message::Column::ConversationId)
        .column_as(message::Column::Id.count(), "messages")
        .filter(message::Column::Id.in_subquery(added))
        .filter(message::Column::Direction.eq(Direction::Inbound))
        .filter(message::Column::Origin.eq(Origin::Customer))
        .filter(message::Column::Kind.ne("SYSTEM"))
        .group_by(message::Column::ConversationId)
        .into_model::<NewMessages>()
        .all(connection)
        .await?;
    let new: HashMap<ConversationId, i64> =
        found.into_iter().map(|row| (row.conversation_id, row.messages)).collect();
    let mut news = Vec::with_capacity(new.len());
    let ids: Vec<ConversationId> = new.keys().copied().collect();
    for chunk in ids.chunks(CHUNK) {
        let rows = conversation::Entity::find()
            .filter(conversation::Column::Id.is_in(chunk.iter().copied()))
            .filter(conversation::Column::UnreadCount.gt(0))
            .all(connection)
            .await?;
        news.extend(rows.into_iter().map(|row| News {
            conversation: row.id,
            owner: row.owner_id,
            messages: new.get(&row.id).copied().unwrap_or(0).min(i64::from(row.unread_count)),
        }));
    }
    news.sort_unstable_by_key(|news| news.conversation);
    Ok(news)
}

/// What is unread in the conversations of each owner.
///
/// # Errors
/// If the database refuses.
pub async fn unread<C: ConnectionTrait>(connection: &C) -> Result<HashMap<UserId, Unread>> {
    let rows = conversation::Entity::find()
        .select_only()
        .column(conversation::Column::OwnerId)
        .column_as(conversation::Column::UnreadCount.sum(), "messages")
        .column_as(conversation::Column::Id.count(), "conversations")
        // As text: PostgreSQL uses an index with a condition only when it sees the condition's constant.
        .filter(Expr::cust("unread_count > 0"))
        .group_by(conversation::Column::OwnerId)
        .into_model::<OwnersUnread>()
        .all(connection)
        .await?;
    let unread = |row: &OwnersUnread| Unread { messages: row.messages, conversations: row.conversations };
    Ok(rows.iter().map(|row| (row.owner_id, unread(row))).collect())
}

/// People who can come in and see conversations.
///
/// # Errors
/// If the database refuses, or a stored list of permissions cannot be read.
pub async fn people<C: ConnectionTrait>(connection: &C) -> Result<Vec<Person>> {
    let mut sight = HashMap::new();
    for role in role::Entity::find().all(connection).await? {
        let permissions = Permission::list_from_json(&role.permissions)?;
        let may = |permission| permissions.contains(&permission);
        if may(Permission::ReadAll) || may(Permission::ReadOwn) {
            sight.insert(role.id, may(Permission::ReadAll));
        }
    }
    let users = user::Entity::find()
        .filter(user::Column::Kind.eq(UserKind::Person))
        .filter(user::Column::DeactivatedAt.is_null())
        .order_by_asc(user::Column::Id)
        .all(connection)
        .await?;
    let person = |row: user::Model| Some(Person { user: row.id, sees_all: *sight.get(&row.role_id)? });
    Ok(users.into_iter().filter_map(person).collect())
}

/// Writes what people are told.
///
/// # Errors
/// If the database refuses.
pub async fn insert<C: ConnectionTrait>(connection: &C, rows: Vec<inbox_notification::Model>) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        let rows = chunk.iter().cloned().map(IntoActiveModel::into_active_model);
        inbox_notification::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Those of these ids that are the caller's, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    viewer: &Viewer,
    ids: impl IntoIterator<Item = InboxNotificationId>,
) -> Result<Vec<inbox_notification::Model>> {
    let Some(user) = viewer.user_id() else { return Ok(Vec::new()) };
    Ok(inbox_notification::Entity::find()
        .filter(inbox_notification::Column::Id.is_in(ids))
        .filter(inbox_notification::Column::UserId.eq(user))
        .all(connection)
        .await?)
}

/// The conversations that a notification names.
///
/// # Errors
/// If the stored list cannot be read.
pub fn conversations_of(row: &inbox_notification::Model) -> Result<Vec<ConversationId>> {
    serde_json::from_str(&row.conversations).map_err(Error::internal)
}
