//! Turns: what customers wrote in automatic mode and nobody has answered yet. A try is a claim for a while; its number names
//! the try, so that one that was overtaken settles nothing.

use crate::error::Result;
use crate::store::Tx;
use entities::{
    ConversationId, MessageId, MessageStatus, NodeId, Origin, OutboxState, Timestamp, message, outbox, turn,
};
use sea_orm::sea_query::{Alias, CaseStatement, Expr, LockBehavior, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

/// Begins turns, or lets those that are begun wait a little longer: a customer who goes on writing is let finish, but
/// never beyond `most` milliseconds after the first message.
pub(crate) async fn begin<C: ConnectionTrait>(db: &C, rows: Vec<turn::Model>, most: i64) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let known = |column: turn::Column| Expr::col((turn::Entity, column));
    let new = |column: turn::Column| Expr::col((Alias::new("excluded"), column));
    let latest = || known(turn::Column::BegunAt).add(most);
    let due = CaseStatement::new()
        .case(new(turn::Column::DueAt).lt(latest()), new(turn::Column::DueAt))
        .finally(latest());
    let mut again = OnConflict::column(turn::Column::ConversationId);
    again.update_column(turn::Column::LastMessageId).value(turn::Column::DueAt, due);
    turn::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Claims what is due and nobody works on, longest waiting first, for `node` until `until`.
///
/// # Errors
/// If the database refuses.
pub async fn claim(tx: &Tx, node: NodeId, limit: u64, until: Timestamp) -> Result<Vec<turn::Model>> {
    let free = Condition::any()
        .add(turn::Column::ClaimedUntil.is_null())
        .add(turn::Column::ClaimedUntil.lte(tx.now()));
    let due = turn::Entity::find()
        .filter(turn::Column::DueAt.lte(tx.now()))
        .filter(free)
        .order_by_asc(turn::Column::DueAt)
        .order_by_asc(turn::Column::ConversationId)
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
    turn::Entity::update_many()
        .set(turn::ActiveModel {
            claimed_by: Set(Some(node)),
            claimed_until: Set(Some(until)),
            ..Default::default()
        })
        .col_expr(turn::Column::Attempts, Expr::col(turn::Column::Attempts).add(1))
        .filter(turn::Column::ConversationId.is_in(rows.iter().map(|row| row.conversation_id)))
        .exec(tx.conn())
        .await?;
    for row in &mut rows {
        row.attempts += 1;
        row.claimed_by = Some(node);
        row.claimed_until = Some(until);
    }
    Ok(rows)
}

/// When the next turn that nobody works on is due, or the next claim ends.
///
/// # Errors
/// If the database refuses.
pub async fn next_due<C: ConnectionTrait>(db: &C) -> Result<Option<Timestamp>> {
    let at = Expr::expr(Expr::col(turn::Column::ClaimedUntil)).if_null(Expr::col(turn::Column::DueAt));
    let next: Option<Option<Timestamp>> =
        turn::Entity::find().select_only().column_as(at.min(), "next").into_tuple().one(db).await?;
    Ok(next.flatten())
}

/// A claimed turn, locked until commit; none if the claim was lost.
pub(crate) async fn lock_claim(tx: &Tx, claim: &turn::Model) -> Result<Option<turn::Model>> {
    let row = turn::Entity::find_by_id(claim.conversation_id);
    let row = if tx.has_row_locks() { row.lock_exclusive() } else { row };
    Ok(row.one(tx.conn()).await?.filter(|row| is_of(row, claim)))
}

/// A claimed turn; none if the claim was lost.
pub(crate) async fn claimed<C: ConnectionTrait>(db: &C, claim: &turn::Model) -> Result<Option<turn::Model>> {
    let row = turn::Entity::find_by_id(claim.conversation_id).one(db).await?;
    Ok(row.filter(|row| is_of(row, claim)))
}

fn is_of(row: &turn::Model, claim: &turn::Model) -> bool {
    row.claimed_by == claim.claimed_by && row.attempts == claim.attempts
}

/// Gives a claim back: it is due at `due_at`.
pub(crate) async fn release(
    db: &Tx,
    claim: &turn::Model,
    due_at: Timestamp,
    superseded: i32,
    attempts: i32,
) -> Result<()> {
    turn::Entity::update_many()
        .set(turn::ActiveModel {
            due_at: Set(due_at),
            superseded: Set(superseded),
            attempts: Set(attempts),
            claimed_by: Set(None),
            claimed_until: Set(None),
            ..Default::default()
        })
        .filter(turn::Column::ConversationId.eq(claim.conversation_id))
        .exec(db.conn())
        .await?;
    Ok(())
}

/// Ends turns.
pub(crate) async fn remove<C: ConnectionTrait>(
    db: &C,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<()> {
    turn::Entity::delete_many().filter(turn::Column::ConversationId.is_in(conversations)).exec(db).await?;
    Ok(())
}

/// Takes what assistants wrote in these conversations, and is not on its way yet, off the queue: the messages are
/// `CANCELED`. Returns what was on the queue.
pub(crate) async fn withdraw(tx: &Tx, conversations: &[ConversationId]) -> Result<Vec<outbox::Model>> {
    let waiting = Query::select()
        .column(outbox::Column::MessageId)
        .from(outbox::Entity)
        .and_where(outbox::Column::ConversationId.is_in(conversations.iter().copied()))
        .and_where(outbox::Column::State.eq(OutboxState::Queued))
        .to_owned();
    let ours = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::Id.in_subquery(waiting))
        .filter(message::Column::Origin.eq(Origin::Assistant))
        .order_by_asc(message::Column::Id);
    let ours = if tx.has_row_locks() { ours.lock_exclusive() } else { ours };
    let ids: Vec<MessageId> = ours.into_tuple().all(tx.conn()).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // A claim that was faster keeps its row, and its message.
    let removed = outbox::Entity::delete_many()
        .filter(outbox::Column::MessageId.is_in(ids))
        .filter(outbox::Column::State.eq(OutboxState::Queued))
        .exec_with_returning(tx.conn())
        .await?;
    message::Entity::update_many()
        .set(message::ActiveModel { status: Set(Some(MessageStatus::Canceled)), ..Default::default() })
        .filter(message::Column::Id.is_in(removed.iter().map(|row| row.message_id)))
        .exec(tx.conn())
        .await?;
    Ok(removed)
}
