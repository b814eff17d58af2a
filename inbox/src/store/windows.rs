//! Where the customer service windows close. Everything up to a position in time is told; the next turn goes on there.

use crate::error::Result;
use crate::store::Tx;
use entities::{Timestamp, conversation, job_position};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

const JOB: &str = "CloseMessagingWindows";

/// The position, locked until commit. None if there was none: it is at `now` then.
///
/// # Errors
/// If the database refuses.
pub async fn lock_position(tx: &Tx, now: Timestamp) -> Result<Option<Timestamp>> {
    let row = job_position::ActiveModel { job: Set(JOB.to_owned()), at: Set(now), seq: Set(None) };
    let made = job_position::Entity::insert(row)
        .on_conflict(OnConflict::column(job_position::Column::Job).do_nothing().to_owned())
        .exec_without_returning(tx.conn())
        .await?;
    if made == 1 {
        return Ok(None);
    }
    let query = job_position::Entity::find_by_id(JOB);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?.map(|row| row.at))
}

/// Moves the position.
///
/// # Errors
/// If the database refuses.
pub async fn save_position<C: ConnectionTrait>(connection: &C, at: Timestamp) -> Result<()> {
    job_position::Entity::update_many()
        .set(job_position::ActiveModel { at: Set(at), ..Default::default() })
        .filter(job_position::Column::Job.eq(JOB))
        .exec(connection)
        .await?;
    Ok(())
}

/// Conversations whose customer wrote last within (`from`, `to`], and that the provider has not closed already.
///
/// # Errors
/// If the database refuses.
pub async fn closed<C: ConnectionTrait>(
    connection: &C,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<conversation::Model>> {
    Ok(conversation::Entity::find()
        .filter(conversation::Column::LastInboundAt.gt(from))
        .filter(conversation::Column::LastInboundAt.lte(to))
        .filter(conversation::Column::WindowClosedByProvider.eq(false))
        .order_by_asc(conversation::Column::LastInboundAt)
        .order_by_asc(conversation::Column::Id)
        .all(connection)
        .await?)
}

/// When the customer wrote whose window closes next: the earliest after `after`.
///
/// # Errors
/// If the database refuses.
pub async fn next_closing<C: ConnectionTrait>(connection: &C, after: Timestamp) -> Result<Option<Timestamp>> {
    let next: Option<Option<Timestamp>> = conversation::Entity::find()
        .select_only()
        .column_as(conversation::Column::LastInboundAt.min(), "next")
        .filter(conversation::Column::LastInboundAt.gt(after))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(next.flatten())
}
