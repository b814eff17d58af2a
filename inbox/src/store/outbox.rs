//! The queue of sends. A row lives from the mutation until the provider's answer; an unclear answer keeps it.

use crate::error::Result;
use entities::{ChannelId, MessageId, NodeId, OutboxId, OutboxState, Timestamp, outbox};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// A node has it in hand.
const CLAIMED: [OutboxState; 2] = [OutboxState::Preparing, OutboxState::Sending];

/// Puts a send into the queue.
///
/// # Errors
/// If the database refuses.
pub async fn insert<C: ConnectionTrait>(connection: &C, row: impl Into<outbox::ActiveModel>) -> Result<()> {
    outbox::Entity::insert(row.into()).exec_without_returning(connection).await?;
    Ok(())
}

/// What a channel could send at `now`, in the order of the queue, at most `limit`: of each conversation the first that
/// waits, and none while another is being sent.
///
/// # Errors
/// If the database refuses.
pub async fn ready<C: ConnectionTrait>(
    connection: &C,
    channel: ChannelId,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<outbox::Model>> {
    Ok(outbox::Entity::find()
        .filter(outbox::Column::ChannelId.eq(channel))
        .filter(outbox::Column::State.eq(OutboxState::Queued))
        .filter(outbox::Column::NotBefore.lte(now))
        .filter(Expr::exists(ahead_in_conversation()).not())
        .order_by_asc(outbox::Column::Id)
        .limit(limit)
        .all(connection)
        .await?)
}

/// Rows of the same conversation that must be done before.
fn ahead_in_conversation() -> SelectStatement {
    let ahead = Alias::new("ahead");
    let column = |column: outbox::Column| Expr::col((ahead.clone(), column));
    let this = |column: outbox::Column| Expr::col((outbox::Entity, column));
    let sending = column(outbox::Column::State).is_in(CLAIMED);
    let earlier = column(outbox::Column::State)
        .eq(OutboxState::Queued)
        .and(column(outbox::Column::Id).lt(this(outbox::Column::Id)));
    Query::select()
        .expr(Expr::val(1))
        .from_as(outbox::Entity, ahead.clone())
        .and_where(column(outbox::Column::ConversationId).eq(this(outbox::Column::ConversationId)))
        .cond_where(Condition::any().add(sending).add(earlier))
        .to_owned()
}

/// When the next waiting row of a channel becomes due, of those that are not due yet.
///
/// # Errors
/// If the database refuses.
pub async fn next_due<C: ConnectionTrait>(
    connection: &C,
    channel: ChannelId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let due: Option<Option<Timestamp>> = outbox::Entity::find()
        .select_only()
        .column_as(outbox::Column::NotBefore.min(), "due")
        .filter(outbox::Column::ChannelId.eq(channel))
        .filter(outbox::Column::State.eq(OutboxState::Queued))
        .filter(outbox::Column::NotBefore.gt(now))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(due.flatten())
}

/// Marks rows as being in the hands of `node`, in `state`, in the order of the queue. Only whoever holds the channel's
/// lease may do so. Rows that do not wait any more are left out.
///
/// # Errors
/// If the database refuses.
pub async fn claim<C: ConnectionTrait>(
    connection: &C,
    ids: Vec<OutboxId>,
    state: OutboxState,
    node: NodeId,
    now: Timestamp,
) -> Result<Vec<outbox::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut claimed = outbox::Entity::update_many()
        .set(outbox::ActiveModel {
            state: Set(state),
            claimed_by: Set(Some(node)),
            claimed_at: Set(Some(now)),
            ..Default::default()
        })
        .col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1))
        .filter(outbox::Column::Id.is_in(ids))
        .filter(outbox::Column::State.eq(OutboxState::Queued))
        .exec_with_returning(connection)
        .await?;
    claimed.sort_unstable_by_key(|row| row.id);
    Ok(claimed)
}

/// Moves a claimed row to another state of its claim. False if the claim is over.
///
/// # Errors
/// If the database refuses.
pub async fn turn<C: ConnectionTrait>(
    connection: &C,
    row: &outbox::Model,
    from: OutboxState,
    to: OutboxState,
) -> Result<bool> {
    let turned = outbox::Entity::update_many()
        .set(outbox::ActiveModel { state: Set(to), ..Default::default() })
        .filter(same_claim(row))
        .filter(outbox::Column::State.eq(from))
        .exec(connection)
        .await?;
    Ok(turned.rows_affected == 1)
}

/// Lets a waiting row wait until `until`.
///
/// # Errors
/// If the database refuses.
pub async fn postpone<C: ConnectionTrait>(connection: &C, id: OutboxId, until: Timestamp) -> Result<()> {
    outbox::Entity::update_many()
        .set(outbox::ActiveModel { not_before: Set(until), ..Default::default() })
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.eq(OutboxState::Queued))
        .exec(connection)
        .await?;
    Ok(())
}

/// What nodes are said to have in hand of a channel, except `in_flight`.
///
/// # Errors
/// If the database refuses.
pub async fn claimed<C: ConnectionTrait>(
    connection: &C,
    channel: ChannelId,
    in_flight: &[OutboxId],
) -> Result<Vec<outbox::Model>> {
    Ok(outbox::Entity::find()
        .filter(outbox::Column::ChannelId.eq(channel))
        .filter(outbox::Column::State.is_in(CLAIMED))
        .filter(outbox::Column::Id.is_not_in(in_flight.iter().copied()))
        .all(connection)
        .await?)
}

/// Moves those of the rows that are still in the state `from` on to the state `to`.
///
/// # Errors
/// If the database refuses.
pub async fn abandon<C: ConnectionTrait>(
    connection: &C,
    ids: Vec<OutboxId>,
    from: OutboxState,
    to: OutboxState,
) -> Result<Vec<outbox::Model>> {
    Ok(outbox::Entity::update_many()
        .set(outbox::ActiveModel { state: Set(to), ..Default::default() })
        .filter(outbox::Column::Id.is_in(ids))
        .filter(outbox::Column::State.eq(from))
        .exec_with_returning(connection)
        .await?)
}

/// Takes a row off the queue. False if it is not queued, or not as it was when it was read: the claim is over.
///
/// # Errors
/// If the database refuses.
pub async fn remove<C: ConnectionTrait>(connection: &C, row: &outbox::Model) -> Result<bool> {
    let removed = outbox::Entity::delete_many().filter(same_claim(row)).exec(connection).await?;
    Ok(removed.rows_affected == 1)
}

/// Ends a claim without an answer from the provider that would settle it: the row waits again, or stays unclear.
/// False if the claim is over.
///
/// # Errors
/// If the database refuses.
pub async fn release<C: ConnectionTrait>(
    connection: &C,
    row: &outbox::Model,
    state: OutboxState,
    not_before: Timestamp,
    error: String,
) -> Result<bool> {
    let released = outbox::Entity::update_many()
        .set(outbox::ActiveModel {
            state: Set(state),
            not_before: Set(not_before),
            error: Set(Some(error)),
            ..Default::default()
        })
        .filter(same_claim(row))
        .exec(connection)
        .await?;
    Ok(released.rows_affected == 1)
}

/// The same try of the same node, or no try at all: another node may have declared it unclear meanwhile, which whoever
/// has the answer knows better.
fn same_claim(row: &outbox::Model) -> Condition {
    let claimed_by = match row.claimed_by {
        Some(node) => outbox::Column::ClaimedBy.eq(node),
        None => outbox::Column::ClaimedBy.is_null(),
    };
    let states = match row.state {
        OutboxState::Preparing | OutboxState::Sending => {
            vec![OutboxState::Preparing, OutboxState::Sending, OutboxState::Unknown]
        }
        state => vec![state],
    };
    Condition::all()
        .add(outbox::Column::Id.eq(row.id))
        .add(outbox::Column::Attempts.eq(row.attempts))
        .add(claimed_by)
        .add(outbox::Column::State.is_in(states))
}

/// Takes a message's row off the queue, whatever its state.
///
/// # Errors
/// If the database refuses.
pub async fn remove_of_message<C: ConnectionTrait>(connection: &C, message: MessageId) -> Result<()> {
    outbox::Entity::delete_many().filter(outbox::Column::MessageId.eq(message)).exec(connection).await?;
    Ok(())
}

/// Takes a message's row off the queue if it waits there. False if it does not: it is being sent, or was.
///
/// # Errors
/// If the database refuses.
pub async fn cancel<C: ConnectionTrait>(connection: &C, message: MessageId) -> Result<bool> {
    let removed = outbox::Entity::delete_many()
        .filter(outbox::Column::MessageId.eq(message))
        .filter(outbox::Column::State.eq(OutboxState::Queued))
        .exec(connection)
        .await?;
    Ok(removed.rows_affected == 1)
}

/// The rows of each of these channels: how many in each state, and since when the oldest.
///
/// # Errors
/// If the database refuses.
pub async fn count_by_channel<C: ConnectionTrait>(
    connection: &C,
    channels: impl IntoIterator<Item = ChannelId>,
) -> Result<Vec<(ChannelId, OutboxState, i64, Timestamp)>> {
    Ok(outbox::Entity::find()
        .select_only()
        .column(outbox::Column::ChannelId)
        .column(outbox::Column::State)
        .column_as(outbox::Column::Id.count(), "rows")
        .column_as(outbox::Column::CreatedAt.min(), "oldest")
        .filter(outbox::Column::ChannelId.is_in(channels))
        .group_by(outbox::Column::ChannelId)
        .group_by(outbox::Column::State)
        .into_tuple()
        .all(connection)
        .await?)
}

/// How many rows of a channel wait, and since when the oldest.
///
/// # Errors
/// If the database refuses.
pub async fn backlog<C: ConnectionTrait>(
    connection: &C,
    channel: ChannelId,
) -> Result<(i64, Option<Timestamp>)> {
    let row: Option<(i64, Option<Timestamp>)> = outbox::Entity::find()
        .select_only()
        .column_as(outbox::Column::Id.count(), "waiting")
        .column_as(outbox::Column::CreatedAt.min(), "oldest")
        .filter(outbox::Column::ChannelId.eq(channel))
        .filter(outbox::Column::State.eq(OutboxState::Queued))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(row.unwrap_or_default())
}
