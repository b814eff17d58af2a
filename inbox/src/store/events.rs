//! The change log: every change, in the order of commit, without holes.

use crate::error::{Error, Result};
use crate::store::db::NewEvent;
use entities::{Timestamp, event, event_head};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

const HEAD: i32 = 1;
/// Rows in one `INSERT`: eight columns each stay far below SQLite's 32,766 and PostgreSQL's 65,535 parameters.
const CHUNK: usize = 1000;

/// Gives the events their places and writes them. Must be the last thing before commit.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn append<C: ConnectionTrait>(
    connection: &C,
    now: Timestamp,
    new: &[NewEvent],
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(new.len()).map_err(Error::internal)?;
    let head = event_head::Entity::update_many()
        .col_expr(event_head::Column::Seq, Expr::col(event_head::Column::Seq).add(count))
        .filter(event_head::Column::Id.eq(HEAD))
        .exec_with_returning(connection)
        .await?;
    let head = head.first().ok_or_else(|| Error::internal("the change log has no head"))?.seq;
    let first = head - count + 1;
    let rows = new.iter().zip(first..).map(|(event, seq)| event::ActiveModel {
        seq: Set(seq),
        kind: Set(event.kind),
        occurred_at: Set(now),
        conversation_id: Set(event.conversation_id),
        channel_id: Set(event.channel_id),
        contact_id: Set(event.contact_id),
        message_id: Set(event.message_id),
        subject_id: Set(event.subject_id),
    });
    let rows: Vec<_> = rows.collect();
    for chunk in rows.chunks(CHUNK) {
        event::Entity::insert_many(chunk.iter().cloned()).exec_without_returning(connection).await?;
    }
    metrics::counter!("recado_events_total").increment(new.len() as u64);
    Ok(())
}

/// The newest place in the log.
///
/// # Errors
/// If the database refuses.
pub async fn head<C: ConnectionTrait>(connection: &C) -> Result<i64> {
    let head = event_head::Entity::find_by_id(HEAD).one(connection).await?;
    Ok(head.ok_or_else(|| Error::internal("the change log has no head"))?.seq)
}

/// The oldest place still in the log, if there is any.
///
/// # Errors
/// If the database refuses.
pub async fn oldest<C: ConnectionTrait>(connection: &C) -> Result<Option<i64>> {
    let row = event::Entity::find().order_by_asc(event::Column::Seq).one(connection).await?;
    Ok(row.map(|row| row.seq))
}

/// The events behind a place, oldest first, at most `limit`.
///
/// # Errors
/// If the database refuses.
pub async fn after<C: ConnectionTrait>(connection: &C, seq: i64, limit: u64) -> Result<Vec<event::Model>> {
    Ok(event::Entity::find()
        .filter(event::Column::Seq.gt(seq))
        .order_by_asc(event::Column::Seq)
        .limit(limit)
        .all(connection)
        .await?)
}
