//! What the diagnostics ask of the tables.

use crate::error::Result;
use entities::{OutboxState, ReceiptState, Timestamp, outbox, webhook_receipt};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Ages of the webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipts {
    /// When the newest came.
    pub(crate) newest: Option<Timestamp>,
    /// When the oldest came that is not applied yet.
    pub(crate) oldest_waiting: Option<Timestamp>,
}

/// When the newest and the oldest waiting webhook came. Ids are in the order of time.
pub(crate) async fn receipts<C: ConnectionTrait>(connection: &C) -> Result<Receipts> {
    use webhook_receipt::{Column, Entity};
    let times = || Entity::find().select_only().column(Column::ReceivedAt);
    let newest = times().order_by_desc(Column::Id).into_tuple().one(connection).await?;
    let waiting = times().filter(Column::State.eq(ReceiptState::Received)).order_by_asc(Column::Id);
    let oldest_waiting = waiting.into_tuple().one(connection).await?;
    Ok(Receipts { newest, oldest_waiting })
}

/// When the oldest send was queued that is not made yet.
pub(crate) async fn oldest_queued_send<C: ConnectionTrait>(connection: &C) -> Result<Option<Timestamp>> {
    use outbox::{Column, Entity};
    let oldest = Entity::find()
        .select_only()
        .column(Column::CreatedAt)
        .filter(Column::State.eq(OutboxState::Queued))
        .order_by_asc(Column::Id);
    Ok(oldest.into_tuple().one(connection).await?)
}
