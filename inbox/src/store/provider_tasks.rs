//! Calls to the provider that are no messages and may be repeated. Of each subject on a channel only the newest counts.

use crate::bus::Topic;
use crate::clock::Ids;
use crate::error::{Error, Result};
use crate::store::Tx;
use entities::{
    ChannelId, ContactId, ConversationId, MessageId, ProviderTaskId, Timestamp, message, provider_task,
};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProviderTask {
    /// Show the customer that this message and those before it were read.
    ReadReceipt {
        /// Where.
        conversation: ConversationId,
        /// The newest message that was read.
        wamid: String,
    },
    /// React to a message, or take the reaction back.
    Reaction {
        /// Whom.
        contact: ContactId,
        /// The message.
        message: MessageId,
        /// Its name at the provider.
        wamid: String,
        /// None takes it back.
        emoji: Option<String>,
    },
    /// Block a contact, or let it through again.
    Block {
        /// Whom.
        contact: ContactId,
        /// False lets it through again.
        blocked: bool,
    },
    /// Look at the templates of an account of which more is to be known than we do.
    Templates {
        /// The WhatsApp Business Account.
        account: String,
    },
}

impl ProviderTask {
    /// What a newer task of the same kind takes the place of.
    fn subject(&self) -> String {
        match self {
            Self::ReadReceipt { conversation, .. } => of_conversation(*conversation),
            Self::Reaction { message, .. } => of_message(*message),
            Self::Block { contact, .. } => of_contact(*contact),
            Self::Templates { account } => format!("templates:{account}"),
        }
    }
}

/// The subject of the tasks about a conversation.
pub(super) fn of_conversation(id: ConversationId) -> String {
    format!("read:{id}")
}

/// The subject of the tasks about a message.
pub(super) fn of_message(id: MessageId) -> String {
    format!("reaction:{id}")
}

/// The subject of the tasks about a contact.
pub(super) fn of_contact(id: ContactId) -> String {
    format!("block:{id}")
}

/// Takes back what was asked for on these subjects.
pub(super) async fn forget<C: ConnectionTrait>(
    connection: &C,
    subjects: impl Iterator<Item = String>,
) -> Result<()> {
    let about = provider_task::Column::Subject.is_in(subjects);
    provider_task::Entity::delete_many().filter(about).exec(connection).await?;
    Ok(())
}

/// Asks for a call, in place of what was asked for on the same subject before.
///
/// # Errors
/// If the database refuses.
pub async fn put(tx: &Tx, ids: &Ids, channel_id: ChannelId, task: &ProviderTask) -> Result<()> {
    let row = provider_task::Model {
        id: ids.next(),
        channel_id,
        subject: task.subject(),
        payload: serde_json::to_string(task).map_err(Error::internal)?,
        attempts: 0,
        not_before: tx.now(),
        error: None,
        created_at: tx.now(),
    };
    let newest_wins = OnConflict::columns([provider_task::Column::Subject, provider_task::Column::ChannelId])
        .update_columns([
            provider_task::Column::Id,
            provider_task::Column::Payload,
            provider_task::Column::Attempts,
            provider_task::Column::NotBefore,
            provider_task::Column::Error,
            provider_task::Column::CreatedAt,
        ])
        .to_owned();
    provider_task::Entity::insert(row.into_active_model())
        .on_conflict(newest_wins)
        .exec_without_returning(tx.conn())
        .await?;
    tx.wake(Topic::ProviderTasks);
    Ok(())
}

/// What is due, the longest waiting first, at most `limit` and without what is being done.
///
/// # Errors
/// If the database refuses.
pub async fn due<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
    being_done: &[ProviderTaskId],
    limit: u64,
) -> Result<Vec<provider_task::Model>> {
    Ok(provider_task::Entity::find()
        .filter(provider_task::Column::NotBefore.lte(now))
        .filter(provider_task::Column::Id.is_not_in(being_done.iter().copied()))
        .order_by_asc(provider_task::Column::NotBefore)
        .order_by_asc(provider_task::Column::Id)
        .limit(limit)
        .all(connection)
        .await?)
}

/// When the next task becomes due.
///
/// # Errors
/// If the database refuses.
pub async fn next_due<C: ConnectionTrait>(connection: &C, now: Timestamp) -> Result<Option<Timestamp>> {
    let due: Option<Option<Timestamp>> = provider_task::Entity::find()
        .select_only()
        .column_as(provider_task::Column::NotBefore.min(), "due")
        .filter(provider_task::Column::NotBefore.gt(now))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(due.flatten())
}

/// Removes a task, unless a newer one took its place. False if so.
///
/// # Errors
/// If the database refuses.
pub async fn remove<C: ConnectionTrait>(connection: &C, id: ProviderTaskId) -> Result<bool> {
    let removed = provider_task::Entity::delete_by_id(id).exec(connection).await?;
    Ok(removed.rows_affected == 1)
}

/// Lets a task wait until `not_before`, unless a newer one took its place.
///
/// # Errors
/// If the database refuses.
pub async fn postpone<C: ConnectionTrait>(
    connection: &C,
    task: &provider_task::Model,
    not_before: Timestamp,
    error: String,
) -> Result<()> {
    provider_task::Entity::update_many()
        .set(provider_task::ActiveModel {
            attempts: Set(task.attempts.saturating_add(1)),
            not_before: Set(not_before),
            error: Set(Some(error)),
            ..Default::default()
        })
        .filter(provider_task::Column::Id.eq(task.id))
        .exec(connection)
        .await?;
    Ok(())
}

/// The newest message of the customer in a conversation that the provider has a name for: what a read receipt names.
///
/// # Errors
/// If the database refuses.
pub async fn newest_inbound<C: ConnectionTrait>(
    connection: &C,
    conversation: ConversationId,
) -> Result<Option<String>> {
    let found: Option<Option<String>> = message::Entity::find()
        .select_only()
        .column(message::Column::Wamid)
        .filter(message::Column::ConversationId.eq(conversation))
        .filter(message::Column::Direction.eq(entities::Direction::Inbound))
        .filter(message::Column::Origin.eq(entities::Origin::Customer))
        .filter(message::Column::Wamid.is_not_null())
        .order_by_desc(message::Column::SentAt)
        .order_by_desc(message::Column::Id)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found.flatten())
}
