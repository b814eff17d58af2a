//! The rows that a portion of events speaks of, in a statement for each kind of row.

use super::LoggedEvent;
use crate::Result;
use entities::{
    ContactId, ConversationId, EventKind, InboxNotificationId, MessageId, contact, conversation, event,
    inbox_notification, message,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

pub(super) async fn load<C: ConnectionTrait>(
    db: &C,
    rows: Vec<event::Model>,
) -> Result<Vec<Arc<LoggedEvent>>> {
    let messages = messages(db, rows.iter().filter_map(|row| row.message_id).collect()).await?;
    let conversations =
        conversations(db, rows.iter().filter_map(|row| row.conversation_id).collect()).await?;
    let contact_of = |row: &event::Model| {
        row.contact_id
            .or_else(|| conversations.get(&row.conversation_id?).map(|conversation| conversation.contact_id))
    };
    let contacts = contacts(db, rows.iter().filter_map(contact_of).collect()).await?;
    let notification_of = |row: &event::Model| {
        row.subject_id.filter(|_| row.kind == EventKind::InboxNotification).map(InboxNotificationId)
    };
    let notifications = notifications(db, rows.iter().filter_map(notification_of).collect()).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let contact_id = contact_of(&row);
            let notification = notification_of(&row).and_then(|id| notifications.get(&id).cloned());
            Arc::new(LoggedEvent {
                seq: row.seq,
                kind: row.kind,
                occurred_at: row.occurred_at,
                conversation_id: row.conversation_id,
                channel_id: row.channel_id,
                contact_id,
                message_id: row.message_id,
                subject_id: row.subject_id,
                message: row.message_id.and_then(|id| messages.get(&id).cloned()),
                conversation: row.conversation_id.and_then(|id| conversations.get(&id).cloned()),
                contact: contact_id.and_then(|id| contacts.get(&id).cloned()),
                notification,
            })
        })
        .collect())
}

async fn notifications<C: ConnectionTrait>(
    db: &C,
    ids: BTreeSet<InboxNotificationId>,
) -> Result<HashMap<InboxNotificationId, Arc<inbox_notification::Model>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = inbox_notification::Entity::find().filter(inbox_notification::Column::Id.is_in(ids));
    let rows = query.all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

async fn messages<C: ConnectionTrait>(
    db: &C,
    ids: BTreeSet<MessageId>,
) -> Result<HashMap<MessageId, Arc<message::Model>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = message::Entity::find().filter(message::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

async fn conversations<C: ConnectionTrait>(
    db: &C,
    ids: BTreeSet<ConversationId>,
) -> Result<HashMap<ConversationId, Arc<conversation::Model>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = conversation::Entity::find().filter(conversation::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}

async fn contacts<C: ConnectionTrait>(
    db: &C,
    ids: BTreeSet<ContactId>,
) -> Result<HashMap<ContactId, Arc<contact::Model>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = contact::Entity::find().filter(contact::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, Arc::new(row))).collect())
}
