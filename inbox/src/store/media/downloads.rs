//! Files that are to be fetched. A try is a claim for a while: the row is nobody else's until then, and its number
//! names the try, so that one that was overtaken settles nothing.

use crate::error::Result;
use crate::store::Tx;
use entities::{MediaId, MediaState, Timestamp, media};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

/// Claims what is due, longest waiting first, until `until`.
///
/// # Errors
/// If the database refuses.
pub async fn claim(tx: &Tx, limit: u64, until: Timestamp) -> Result<Vec<media::Model>> {
    let due = media::Entity::find()
        .filter(media::Column::State.eq(MediaState::Pending))
        .filter(media::Column::NotBefore.lte(tx.now()))
        .order_by_asc(media::Column::NotBefore)
        .order_by_asc(media::Column::Id)
        .limit(limit);
    let due = if tx.has_row_locks() {
        due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
    } else {
        due
    };
    let mut rows = due.all(tx.conn()).await?;
    if rows.is_empty() {
        return Ok(rows);
    }
    media::Entity::update_many()
        .col_expr(media::Column::Attempts, Expr::col(media::Column::Attempts).add(1))
        .col_expr(media::Column::NotBefore, Expr::value(until))
        .filter(media::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx.conn())
        .await?;
    for row in &mut rows {
        row.attempts += 1;
        row.not_before = until;
    }
    Ok(rows)
}

/// Makes a claim last longer. False if it was lost.
///
/// # Errors
/// If the database refuses.
pub async fn renew(tx: &Tx, claim: &media::Model, until: Timestamp) -> Result<bool> {
    let renewed = media::Entity::update_many()
        .col_expr(media::Column::NotBefore, Expr::value(until))
        .filter(media::Column::Id.eq(claim.id))
        .filter(media::Column::State.eq(MediaState::Pending))
        .filter(media::Column::Attempts.eq(claim.attempts))
        .exec(tx.conn())
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// A claimed file, locked until commit; none if the claim was lost.
///
/// # Errors
/// If the database refuses.
pub async fn lock_claim(tx: &Tx, id: MediaId, attempts: i32) -> Result<Option<media::Model>> {
    let row = super::lock(tx, id).await?;
    Ok(row.filter(|row| row.state == MediaState::Pending && row.attempts == attempts))
}
