//! Applying a webhook once more, because somebody asks for it: after what stood against it was mended, or to see what it
//! would change.

use super::batch::Batch;
use super::keys::Keys;
use super::{Outcome, Parsed, judged, units};
use crate::app::App;
use crate::auth::{Permission, Refusal, RefusalCode, Viewer};
use crate::domain::effects::Effects;
use crate::error::{Error, Result};
use crate::services::access::{Subject, record};
use crate::store::erasures::ERASED;
use crate::store::{Priority, Tx, receipts};
use entities::{AuditAction, ReceiptState, WebhookReceiptId, webhook_receipt};
use parking_lot::Mutex;
use std::sync::Arc;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Which webhook.
    pub id: WebhookReceiptId,
    /// How it stands, or would stand.
    pub state: ReceiptState,
    /// What it changed, or would change: nothing that was changed before.
    pub effects: Effects,
    /// Why (a part of) it cannot be applied.
    pub problem: Option<String>,
}

impl Replay {
    fn of(id: WebhookReceiptId, outcome: &Outcome) -> Self {
        Self { id, state: outcome.state(), effects: outcome.report, problem: outcome.problem.clone() }
    }
}

/// Applies a webhook once more. Every effect is unique, so what was applied before is not doubled. A dry run does the same
/// in a transaction that is not kept.
///
/// # Errors
/// [`Error::Refused`] if the webhook waits for its first time, or was erased; [`Error::NotFound`];
/// [`Error::Forbidden`] without [`Permission::Administer`].
pub async fn webhook_receipt_replay(
    app: &App,
    viewer: &Viewer,
    id: WebhookReceiptId,
    dry_run: bool,
) -> Result<Replay> {
    viewer.require(Permission::Administer)?;
    let (worker, actor) = (app.clone(), viewer.actor());
    let found = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&found);
    let outcome = app.db.write(Priority::Interactive, move |tx| {
        let (app, seen) = (worker.clone(), Arc::clone(&seen));
        Box::pin(async move {
            let row = replayable(tx, id, dry_run).await?;
            let (body, outcome) = apply(tx, &app, row.clone()).await?;
            let replay = Replay::of(id, &outcome);
            if dry_run {
                *seen.lock() = Some(replay);
                return Err(Error::Conflict("a dry run is not kept".to_owned()));
            }
            receipts::settle_again(tx.conn(), &row, outcome.stored(body.fields())).await?;
            let (action, subject) = (AuditAction::WebhookReceiptReplayed, Subject::WebhookReceipt(id));
            record(&app.ids, tx, actor, action, subject, Vec::new()).await?;
            Ok(replay)
        })
    });
    let outcome = outcome.await;
    if let Some(replay) = found.lock().take() {
        return Ok(replay);
    }
    match outcome {
        Err(Error::Database(error)) => {
            tracing::warn!(%error, receipt = %id, "a webhook that was replayed was refused");
            let problem =
                "the database refused it, so nothing of it was changed; the log says why".to_owned();
            let (state, effects) = (ReceiptState::Failed, Effects::default());
            Ok(Replay { id, state, effects, problem: Some(problem) })
        }
        outcome => outcome,
    }
}

async fn replayable(tx: &Tx, id: WebhookReceiptId, dry_run: bool) -> Result<webhook_receipt::Model> {
    let row = receipts::lock(tx, id).await?.ok_or(Error::NotFound("webhook receipt"))?;
    if row.body == ERASED.as_bytes() {
        let message = "the body was erased along with a person of whom it spoke; there is nothing to apply";
        return Err(Refusal::new(RefusalCode::WebhookReceiptErased, message).into());
    }
    if row.state == ReceiptState::Received && !dry_run {
        let message =
            "this webhook waits to be applied for the first time; if it waits for long, no worker runs";
        return Err(Refusal::new(RefusalCode::WebhookReceiptWaiting, message).into());
    }
    Ok(row)
}

async fn apply(tx: &Tx, app: &App, row: webhook_receipt::Model) -> Result<(Parsed, Outcome)> {
    let mut bodies = vec![Parsed::new(row)];
    let mut outcome = judged(&bodies).pop().unwrap_or_default();
    let units = units(&bodies);
    let mut batch = Batch::load(tx, app, Keys::of(&units)).await?;
    for unit in &units {
        outcome.apply(&mut batch, unit);
    }
    batch.save().await?;
    let body = bodies.pop().ok_or_else(|| Error::internal("a webhook that was parsed is gone"))?;
    Ok((body, outcome))
}
