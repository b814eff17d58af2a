//! Webhook bodies as received.

use crate::auth::Sight;
use crate::domain::effects::Effects;
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{ReceiptState, Timestamp, WebhookReceiptId, webhook_receipt, webhook_receipt_head};
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;

/// Stores bodies in one statement.
///
/// # Errors
/// If the database refuses.
pub async fn insert<C: ConnectionTrait>(
    connection: &C,
    rows: impl IntoIterator<Item = webhook_receipt::ActiveModel>,
) -> Result<()> {
    webhook_receipt::Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}

/// How many bodies are read at once.
#[derive(Clone, Copy, Debug)]
pub struct Portion {
    /// So many bodies at most.
    pub bodies: u64,
    /// So many bytes at most, but always one body: bodies may have 3 MiB each.
    pub bytes: i64,
}

/// The oldest bodies that wait, but for those in `except`.
///
/// # Errors
/// If the database refuses.
pub async fn pending<C: ConnectionTrait>(
    connection: &C,
    except: &[WebhookReceiptId],
    portion: Portion,
) -> Result<Vec<webhook_receipt::Model>> {
    let mut query = webhook_receipt::Entity::find();
    if !except.is_empty() {
        query = query.filter(webhook_receipt::Column::Id.is_not_in(except.iter().copied()));
    }
    let sizes: Vec<(WebhookReceiptId, i32)> = query
        .select_only()
        .column(webhook_receipt::Column::Id)
        .expr(Expr::cust("length(body)"))
        // As text: PostgreSQL uses an index with a condition only when it sees the condition's constant.
        .filter(Expr::cust("state = 'RECEIVED'"))
        .order_by_asc(webhook_receipt::Column::Id)
        .limit(portion.bodies)
        .into_tuple()
        .all(connection)
        .await?;
    let mut bytes = 0;
    let fit = sizes.into_iter().enumerate().take_while(|(index, (_, size))| {
        bytes += i64::from(*size);
        *index == 0 || bytes <= portion.bytes
    });
    let ids: Vec<WebhookReceiptId> = fit.map(|(_, (id, _))| id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(webhook_receipt::Entity::find()
        .filter(webhook_receipt::Column::Id.is_in(ids))
        .order_by_asc(webhook_receipt::Column::Id)
        .all(connection)
        .await?)
}

/// How many bodies wait.
///
/// # Errors
/// If the database refuses.
pub async fn count_pending<C: ConnectionTrait>(connection: &C) -> Result<u64> {
    Ok(webhook_receipt::Entity::find().filter(Expr::cust("state = 'RECEIVED'")).count(connection).await?)
}

/// How many bodies wait since this moment or longer.
///
/// # Errors
/// If the database refuses.
pub async fn count_waiting_since<C: ConnectionTrait>(connection: &C, since: Timestamp) -> Result<u64> {
    Ok(webhook_receipt::Entity::find()
        .filter(Expr::cust("state = 'RECEIVED'"))
        .filter(webhook_receipt::Column::ReceivedAt.lte(since))
        .count(connection)
        .await?)
}

/// One body.
///
/// # Errors
/// If the database refuses.
pub async fn get<C: ConnectionTrait>(
    connection: &C,
    id: WebhookReceiptId,
) -> Result<Option<webhook_receipt::Model>> {
    Ok(webhook_receipt::Entity::find_by_id(id).one(connection).await?)
}

/// What became of a body.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// Its state from now on.
    pub state: ReceiptState,
    /// Changes that it made.
    pub effects: i32,
    /// The same by kind.
    pub report: Effects,
    /// The webhook fields inside.
    pub fields: Option<String>,
    /// Why (a part of) it could not be applied.
    pub error: Option<String>,
}

/// Writes down what became of bodies that waited; those with the same outcome in one statement.
///
/// # Errors
/// [`Error::Conflict`] if one of them does not wait any more: then nothing of the transaction may be kept.
pub async fn settle<C: ConnectionTrait>(
    connection: &C,
    settled: impl IntoIterator<Item = (WebhookReceiptId, Outcome)>,
) -> Result<()> {
    let mut groups: HashMap<Outcome, Vec<WebhookReceiptId>> = HashMap::new();
    for (id, outcome) in settled {
        groups.entry(outcome).or_default().push(id);
    }
    for (outcome, ids) in groups {
        let expected = ids.len() as u64;
        let update = webhook_receipt::Entity::update_many()
            .col_expr(webhook_receipt::Column::State, Expr::value(outcome.state))
            .col_expr(webhook_receipt::Column::Effects, Expr::value(outcome.effects))
            .col_expr(webhook_receipt::Column::Report, Expr::value(outcome.report.to_json()))
            .col_expr(webhook_receipt::Column::Fields, Expr::value(outcome.fields))
            .col_expr(webhook_receipt::Column::Error, Expr::value(outcome.error))
            .col_expr(webhook_receipt::Column::Attempts, Expr::col(webhook_receipt::Column::Attempts).add(1))
            .filter(webhook_receipt::Column::Id.is_in(ids))
            .filter(webhook_receipt::Column::State.eq(ReceiptState::Received));
        if update.exec(connection).await?.rows_affected != expected {
            return Err(Error::Conflict("another node has applied these webhooks meanwhile".to_owned()));
        }
    }
    Ok(())
}

/// A body, locked until commit.
///
/// # Errors
/// If the database refuses.
pub async fn lock(tx: &Tx, id: WebhookReceiptId) -> Result<Option<webhook_receipt::Model>> {
    let query = webhook_receipt::Entity::find_by_id(id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// Writes down what became of a body that was applied once more: what it changes now adds to what it changed before.
///
/// # Errors
/// If the database refuses.
pub async fn settle_again<C: ConnectionTrait>(
    connection: &C,
    row: &webhook_receipt::Model,
    outcome: Outcome,
) -> Result<()> {
    let mut report = Effects::from_json(row.report.as_deref());
    report.add(&outcome.report);
    let changed = webhook_receipt::ActiveModel {
        id: Set(row.id),
        state: Set(outcome.state),
        attempts: Set(row.attempts + 1),
        effects: Set(row.effects + outcome.effects),
        report: Set(Some(report.to_json())),
        fields: Set(outcome.fields),
        error: Set(outcome.error),
        ..Default::default()
    };
    changed.update(connection).await?;
    Ok(())
}

/// Which bodies; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptFilter {
    /// In one of these states.
    pub states: Option<Vec<ReceiptState>>,
    /// With one of these fields inside.
    pub fields: Option<Vec<String>>,
    /// Received at or after this moment.
    pub received_after: Option<Timestamp>,
    /// Received before this moment.
    pub received_before: Option<Timestamp>,
}

/// A body's place in the list.
#[must_use]
pub fn position(row: &webhook_receipt_head::Model) -> Position {
    Position { key: row.received_at, id: row.id.0 }
}

/// A part of the list, ordered by when they came.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    filter: &ReceiptFilter,
    request: &PageRequest,
) -> Result<Page<webhook_receipt_head::Model>> {
    if sight != Sight::Full {
        return Ok(Page::EMPTY);
    }
    let keyset =
        Keyset { key: webhook_receipt_head::Column::ReceivedAt, id: webhook_receipt_head::Column::Id };
    keyset.page(connection, find(filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(connection: &C, sight: Sight, filter: &ReceiptFilter) -> Result<u64> {
    match sight {
        Sight::Full => page::count(connection, find(filter), webhook_receipt_head::Column::Id).await,
        Sight::Names | Sight::Nothing => Ok(0),
    }
}

/// Those of these ids that exist for the caller, in no order and without their bodies.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = WebhookReceiptId>,
) -> Result<Vec<webhook_receipt_head::Model>> {
    match sight {
        Sight::Full => {
            let select =
                webhook_receipt_head::Entity::find().filter(webhook_receipt_head::Column::Id.is_in(ids));
            Ok(select.all(connection).await?)
        }
        Sight::Names | Sight::Nothing => Ok(Vec::new()),
    }
}

/// The bytes of these bodies, as long as they are at most `most` together, the newest first: the others are left out.
///
/// # Errors
/// If the database refuses.
pub async fn bodies<C: ConnectionTrait>(
    connection: &C,
    ids: &[WebhookReceiptId],
    most: i64,
) -> Result<HashMap<WebhookReceiptId, Vec<u8>>> {
    use webhook_receipt::{Column, Entity};
    let sizes: Vec<(WebhookReceiptId, i32)> = Entity::find()
        .select_only()
        .column(Column::Id)
        .expr(Expr::cust("length(body)"))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .order_by_desc(Column::Id)
        .into_tuple()
        .all(connection)
        .await?;
    let mut bytes = 0;
    let fit = sizes.into_iter().take_while(|(_, size)| {
        bytes += i64::from(*size);
        bytes <= most
    });
    let fit: Vec<WebhookReceiptId> = fit.map(|(id, _)| id).collect();
    let read: Vec<(WebhookReceiptId, Vec<u8>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Body])
        .filter(Column::Id.is_in(fit))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(read.into_iter().collect())
}

fn find(filter: &ReceiptFilter) -> Select<webhook_receipt_head::Entity> {
    use webhook_receipt_head::Column;
    let mut select = webhook_receipt_head::Entity::find();
    // Conditions of partial indexes stand as text: PostgreSQL uses such an index only when it sees the constant.
    match filter.states.as_deref() {
        None => {}
        Some([ReceiptState::Failed]) => select = select.filter(Expr::cust("state = 'FAILED'")),
        Some([ReceiptState::Received]) => select = select.filter(Expr::cust("state = 'RECEIVED'")),
        Some(states) => select = select.filter(Column::State.is_in(states.iter().copied())),
    }
    if let Some(fields) = &filter.fields {
        if !fields.iter().any(|field| field == "messages") {
            select = select.filter(Expr::cust("fields <> 'messages'"));
        }
        let within = Expr::cust("',' || fields || ','");
        let any = fields.iter().fold(Condition::any(), |any, field| {
            any.add(within.clone().like(LikeExpr::new(format!("%,{},%", page::literal(field))).escape('\\')))
        });
        select = select.filter(any);
    }
    if let Some(after) = filter.received_after {
        select = select.filter(Column::ReceivedAt.gte(after));
    }
    if let Some(before) = filter.received_before {
        select = select.filter(Column::ReceivedAt.lt(before));
    }
    select
}
