//! Messages that wait for their time.

use crate::error::Result;
use entities::{ChannelId, MessageId, Timestamp, scheduled_message};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

/// Plans a message.
///
/// # Errors
/// If the database refuses.
pub async fn insert<C: ConnectionTrait>(connection: &C, row: scheduled_message::Model) -> Result<()> {
    scheduled_message::Entity::insert(row.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Those whose time has come, the earliest first, at most `limit`.
///
/// # Errors
/// If the database refuses.
pub async fn due<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<scheduled_message::Model>> {
    Ok(scheduled_message::Entity::find()
        .filter(scheduled_message::Column::SendAt.lte(now))
        .order_by_asc(scheduled_message::Column::SendAt)
        .order_by_asc(scheduled_message::Column::MessageId)
        .limit(limit)
        .all(connection)
        .await?)
}

/// When the next one's time comes.
///
/// # Errors
/// If the database refuses.
pub async fn next_due<C: ConnectionTrait>(connection: &C) -> Result<Option<Timestamp>> {
    let next: Option<Option<Timestamp>> = scheduled_message::Entity::find()
        .select_only()
        .column_as(scheduled_message::Column::SendAt.min(), "next")
        .into_tuple()
        .one(connection)
        .await?;
    Ok(next.flatten())
}

/// Takes a message off the plan. False if it was not on it any more.
///
/// # Errors
/// If the database refuses.
pub async fn remove<C: ConnectionTrait>(connection: &C, id: MessageId) -> Result<bool> {
    let removed = scheduled_message::Entity::delete_by_id(id).exec(connection).await?;
    Ok(removed.rows_affected == 1)
}

/// How many messages are planned on each of these channels.
///
/// # Errors
/// If the database refuses.
pub async fn count_by_channel<C: ConnectionTrait>(
    connection: &C,
    channels: impl IntoIterator<Item = ChannelId>,
) -> Result<Vec<(ChannelId, i64)>> {
    Ok(scheduled_message::Entity::find()
        .select_only()
        .column(scheduled_message::Column::ChannelId)
        .column_as(scheduled_message::Column::MessageId.count(), "planned")
        .filter(scheduled_message::Column::ChannelId.is_in(channels))
        .group_by(scheduled_message::Column::ChannelId)
        .into_tuple()
        .all(connection)
        .await?)
}
