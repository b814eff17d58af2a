//! Leases: a thing that only one node may do, for a while.

use crate::error::Result;
use crate::store::Tx;
use entities::{NodeId, Timestamp, lease};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use std::time::Duration;
use uuid::Uuid;

/// Takes or renews a lease. Within a transaction the row stays locked until commit, so that whoever holds it here
/// cannot lose it before.
///
/// # Errors
/// If the database refuses.
pub async fn acquire<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    holder: NodeId,
    now: Timestamp,
    ttl: Duration,
) -> Result<bool> {
    let renewed = lease::Entity::update_many()
        .set(lease::ActiveModel { holder: Set(holder), expires_at: Set(now.plus(ttl)), ..Default::default() })
        .filter(lease::Column::Name.eq(name))
        .filter(Condition::any().add(lease::Column::Holder.eq(holder)).add(lease::Column::ExpiresAt.lte(now)))
        .exec(connection)
        .await?;
    if renewed.rows_affected == 1 {
        return Ok(true);
    }
    let row = lease::ActiveModel {
        name: Set(name.to_owned()),
        holder: Set(holder),
        expires_at: Set(now.plus(ttl)),
    };
    let inserted = lease::Entity::insert(row)
        .on_conflict(OnConflict::column(lease::Column::Name).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(inserted == 1)
}

/// Gives a lease back, if it is still held.
///
/// # Errors
/// If the database refuses.
pub async fn release<C: ConnectionTrait>(connection: &C, name: &str, holder: NodeId) -> Result<()> {
    lease::Entity::delete_many()
        .filter(lease::Column::Name.eq(name))
        .filter(lease::Column::Holder.eq(holder))
        .exec(connection)
        .await?;
    Ok(())
}

/// Keeps whoever holds a lease from acting until commit: it renews it inside the transactions that act.
///
/// # Errors
/// If the database refuses.
pub async fn hold_off(tx: &Tx, name: &str) -> Result<()> {
    if !tx.has_row_locks() {
        return Ok(());
    }
    let row = lease::ActiveModel {
        name: Set(name.to_owned()),
        holder: Set(NodeId(Uuid::nil())),
        expires_at: Set(Timestamp(0)),
    };
    lease::Entity::insert(row)
        .on_conflict(OnConflict::column(lease::Column::Name).do_nothing().to_owned())
        .exec_without_returning(tx.conn())
        .await?;
    lease::Entity::find_by_id(name).lock_exclusive().one(tx.conn()).await?;
    Ok(())
}

/// Whether another node holds a lease. A look that needs no write, before trying to take it.
///
/// # Errors
/// If the database refuses.
pub async fn is_taken<C: ConnectionTrait>(
    connection: &C,
    name: &str,
    holder: NodeId,
    now: Timestamp,
) -> Result<bool> {
    let lease = lease::Entity::find_by_id(name).one(connection).await?;
    Ok(lease.is_some_and(|lease| lease.holder != holder && lease.expires_at > now))
}

/// Ends all leases: for a store that only one process can use, where none of them can have a living holder at start.
///
/// # Errors
/// If the database refuses.
pub async fn clear<C: ConnectionTrait>(connection: &C) -> Result<()> {
    lease::Entity::delete_many().exec(connection).await?;
    Ok(())
}
