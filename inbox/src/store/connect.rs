//! Channels, as far as connecting the configured number asks.

use crate::error::Result;
use entities::channel;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, TryInsertResult,
};

/// Whether a channel is the one that sends which name none use.
pub(crate) async fn any_default<C: ConnectionTrait>(connection: &C) -> Result<bool> {
    Ok(channel::Entity::find().filter(channel::Column::IsDefault.eq(true)).count(connection).await? > 0)
}

/// Adds a channel, unless one has its phone number id. Whether it was added.
pub(crate) async fn insert_if_absent<C: ConnectionTrait>(
    connection: &C,
    row: channel::Model,
) -> Result<bool> {
    let inserted = channel::Entity::insert(row.into_active_model().reset_all())
        .on_conflict_do_nothing_on([channel::Column::PhoneNumberId])
        .exec_without_returning(connection)
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1)))
}
