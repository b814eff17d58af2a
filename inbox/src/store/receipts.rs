//! Webhook bodies as received.

use crate::error::{Error, Result};
use entities::{ReceiptState, Timestamp, WebhookReceiptId, webhook_receipt};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
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
