//! What a webhook does: parsed bodies become contacts, conversations, messages, changes of messages and events, a whole
//! portion of bodies in one transaction.
//!
//! Every effect is unique for good (a message by its id, a change of a message by its own key, an announcement by the
//! hash of its content), so a body may be applied again at any time and adds nothing. A portion that the database
//! refuses is taken apart until the part that it refuses stands alone; its neighbours are applied.

mod batch;
mod changes;
mod keys;
mod messages;
mod people;
mod replay;
mod rows;

pub use replay::{Replay, webhook_receipt_replay};

use crate::app::App;
use crate::domain::effects::Effects;
use crate::error::{Error, Result};
use crate::services::receive::batch::Batch;
use crate::services::receive::keys::Keys;
use crate::store::{Priority, Tx, TxFuture, effects, leases, receipts};
use entities::{ReceiptState, Timestamp, WebhookReceiptId, message, webhook_receipt};
use providers::inbound::{Delivery, Item};
use providers::meta::parse;
use providers::meta::verify::Verified;
use std::sync::Arc;
use std::time::Duration;

/// Only one node applies webhooks at a time, so that those of a contact are applied in the order of their receipt.
pub(crate) const LEASE: &str = "receive";
/// How long a node that died keeps the others waiting.
pub(crate) const LEASE_TTL: Duration = Duration::from_secs(5);

/// How far back [`apply_stranded`] looks.
const STRANDED: Duration = Duration::from_secs(3600);

/// A body taken apart.
#[derive(Debug)]
pub struct Parsed {
    id: WebhookReceiptId,
    received_at: Timestamp,
    delivery: Result<Delivery, String>,
}

impl Parsed {
    /// Takes a stored body apart.
    #[must_use]
    pub fn new(receipt: webhook_receipt::Model) -> Self {
        let body = Verified::from_store(receipt.body.into());
        let delivery = parse::parse(&body).map_err(|error| error.to_string());
        Self { id: receipt.id, received_at: receipt.received_at, delivery }
    }

    /// The body's receipt.
    #[must_use]
    pub fn id(&self) -> WebhookReceiptId {
        self.id
    }

    fn fields(&self) -> Option<String> {
        let delivery = self.delivery.as_ref().ok()?;
        let mut fields: Vec<&str> = delivery.changes.iter().map(|change| change.field.as_str()).collect();
        fields.sort_unstable();
        fields.dedup();
        fields.truncate(10);
        Some(fields.join(","))
    }
}

/// One item of one body.
#[derive(Clone, Copy, Debug)]
struct Unit<'a> {
    receipt: usize,
    receipt_id: WebhookReceiptId,
    received_at: Timestamp,
    entry_id: &'a str,
    field: &'a str,
    time: Option<i64>,
    phone_number_id: Option<&'a str>,
    item: &'a Item,
}

/// What became of a body.
#[derive(Clone, Debug, Default)]
struct Outcome {
    effects: i32,
    report: Effects,
    problem: Option<String>,
    empty: bool,
}

impl Outcome {
    fn fail(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    /// Adds what became of a part of the body.
    fn join(&mut self, part: Self) {
        self.effects += part.effects;
        self.report.add(&part.report);
        if let Some(problem) = part.problem {
            self.fail(problem);
        }
    }

    /// Applies an item of the body.
    fn apply(&mut self, batch: &mut Batch<'_>, unit: &Unit<'_>) {
        match batch.apply(unit) {
            Ok(effects) => self.effects += effects,
            Err(problem) => self.fail(problem),
        }
        self.report.add(&batch.take_tally());
    }

    /// As it is written down.
    fn stored(self, fields: Option<String>) -> receipts::Outcome {
        let state = self.state();
        receipts::Outcome { state, effects: self.effects, report: self.report, fields, error: self.problem }
    }

    fn state(&self) -> ReceiptState {
        match (&self.problem, self.empty) {
            (Some(_), _) => ReceiptState::Failed,
            (None, true) => ReceiptState::Ignored,
            (None, false) => ReceiptState::Applied,
        }
    }
}

/// Applies bodies in their order.
///
/// # Errors
/// [`Error::Conflict`] if another node applies webhooks now; [`Error::Unavailable`] if the store cannot commit. A body
/// that cannot be applied is no error: it is kept as `FAILED`, with the reason.
pub async fn apply(app: &App, bodies: Vec<Parsed>) -> Result<()> {
    let bodies = Arc::new(bodies);
    match apply_together(app, &bodies, 0..bodies.len()).await {
        Err(Error::Database(error)) => {
            tracing::warn!(%error, bodies = bodies.len(), "a portion of webhooks was refused and is applied one by one");
        }
        outcome => return outcome,
    }
    for index in 0..bodies.len() {
        match apply_together(app, &bodies, index..index + 1).await {
            Err(Error::Database(_)) => apply_item_by_item(app, &bodies, index).await?,
            outcome => outcome?,
        }
    }
    Ok(())
}

async fn apply_together(app: &App, bodies: &Arc<Vec<Parsed>>, range: std::ops::Range<usize>) -> Result<()> {
    let started = app.clock.now();
    let (count, worker) = (range.len(), app.clone());
    let bodies = Arc::clone(bodies);
    app.db
        .write(Priority::Background, move |tx| {
            let (bodies, app, range) = (Arc::clone(&bodies), worker.clone(), range.clone());
            Box::pin(async move {
                fence(tx, app.node).await?;
                let bodies = &bodies[range];
                let mut outcomes = judged(bodies);
                let units = units(bodies);
                let mut batch = Batch::load(tx, &app, Keys::of(&units)).await?;
                for unit in &units {
                    outcomes[unit.receipt].apply(&mut batch, unit);
                }
                batch.save().await?;
                settle(tx, bodies, outcomes).await
            })
        })
        .await?;
    metrics::counter!("recado_webhooks_applied_total").increment(count as u64);
    metrics::histogram!("recado_webhooks_apply_seconds").record(app.clock.now().since(started).as_secs_f64());
    Ok(())
}

/// Applies what was parked for a message of ours that has its provider's id now.
pub(crate) async fn apply_parked(tx: &Tx, app: &App, message: &message::Model) -> Result<()> {
    let Some(wamid) = message.wamid.as_deref() else { return Ok(()) };
    let updates = effects::message_updates(tx, [wamid].into()).await?;
    if updates.iter().all(|update| update.message_id.is_some()) {
        return Ok(());
    }
    let mut batch = Batch::load(tx, app, Keys::of_message(message.id, wamid)).await?;
    batch.appeared(message.channel_id, wamid, message.id);
    batch.save().await
}

/// A change is parked when its message is unknown, and applied when the message gets its id; two transactions at the same
/// moment on PostgreSQL may each miss what the other writes. This finds the changes of the last hour that were left.
///
/// # Errors
/// If the store cannot be read or cannot commit.
pub async fn apply_stranded(app: &App) -> Result<()> {
    let since = app.clock.now().minus(STRANDED);
    for message in effects::stranded(app.db.read(), since).await? {
        let worker = app.clone();
        app.db
            .write(Priority::Background, move |tx| {
                let (app, message) = (worker.clone(), message.clone());
                Box::pin(async move { apply_parked(tx, &app, &message).await })
            })
            .await?;
    }
    Ok(())
}

/// The last resort for a body with an item that the database refuses: each item in a transaction of its own.
async fn apply_item_by_item(app: &App, bodies: &Arc<Vec<Parsed>>, index: usize) -> Result<()> {
    let mut outcome = judged(&bodies[index..=index]).pop().unwrap_or_default();
    let receipt = bodies[index].id;
    for position in 0..units(&bodies[index..=index]).len() {
        let (bodies, worker) = (Arc::clone(bodies), app.clone());
        let one = app.db.write(Priority::Background, move |tx| -> TxFuture<'_, Outcome> {
            let (bodies, app) = (Arc::clone(&bodies), worker.clone());
            Box::pin(async move {
                fence(tx, app.node).await?;
                let units = units(&bodies[index..=index]);
                let unit = &units[position..=position];
                let mut batch = Batch::load(tx, &app, Keys::of(unit)).await?;
                let mut outcome = Outcome::default();
                outcome.apply(&mut batch, &unit[0]);
                batch.save().await?;
                Ok(outcome)
            })
        });
        match one.await {
            Ok(one) => outcome.join(one),
            Err(Error::Database(error)) => {
                tracing::warn!(%error, %receipt, position, "an item of a webhook was refused");
                outcome.fail(format!("item {position}: the database refused it"));
            }
            Err(error) => return Err(error),
        }
    }
    let bodies = Arc::clone(bodies);
    app.db
        .write(Priority::Background, move |tx| {
            let (bodies, outcome) = (Arc::clone(&bodies), outcome.clone());
            Box::pin(async move { settle(tx, &bodies[index..=index], vec![outcome]).await })
        })
        .await
}

/// A node that lost its lease meanwhile must not write.
async fn fence(tx: &Tx, node: entities::NodeId) -> Result<()> {
    if leases::acquire(tx.conn(), LEASE, node, tx.now(), LEASE_TTL).await? {
        return Ok(());
    }
    Err(Error::Conflict("another node applies webhooks now".to_owned()))
}

fn judged(bodies: &[Parsed]) -> Vec<Outcome> {
    let judge = |body: &Parsed| match &body.delivery {
        Err(problem) => Outcome { problem: Some(problem.clone()), ..Outcome::default() },
        Ok(delivery) => Outcome {
            empty: delivery.changes.iter().all(|change| change.items.is_empty()),
            ..Outcome::default()
        },
    };
    bodies.iter().map(judge).collect()
}

fn units(bodies: &[Parsed]) -> Vec<Unit<'_>> {
    let mut units = Vec::with_capacity(bodies.len());
    for (receipt, body) in bodies.iter().enumerate() {
        let Ok(delivery) = &body.delivery else { continue };
        for change in &delivery.changes {
            units.extend(change.items.iter().map(|item| Unit {
                receipt,
                receipt_id: body.id,
                received_at: body.received_at,
                entry_id: &change.entry_id,
                field: &change.field,
                time: change.time,
                phone_number_id: change.phone_number_id.as_deref(),
                item,
            }));
        }
    }
    units
}

async fn settle(tx: &Tx, bodies: &[Parsed], outcomes: Vec<Outcome>) -> Result<()> {
    let settled = bodies.iter().zip(outcomes).map(|(body, outcome)| (body.id, outcome.stored(body.fields())));
    receipts::settle(tx.conn(), settled).await
}

#[cfg(test)]
mod tests;
