//! Deletes what has been kept long enough.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::error::Result;
use crate::services::jobs::Report;
use crate::store::Priority;
use crate::store::retention::{self as store, Kind};
use std::time::Duration;

/// Rows that one transaction deletes: few enough that nobody who writes waits for long.
const PORTION: u64 = 500;

/// Deletes by kind what is older than its setting says. What was deleted stays so if this is cut short.
pub(crate) async fn run(app: &App) -> Result<Report> {
    let keep = &app.config.retention;
    let kinds: [(&str, Kind, Option<Duration>); 7] = [
        ("webhookReceipts", Kind::WebhookReceipts, keep.webhook_receipts),
        ("events", Kind::Events, keep.events),
        ("jobRuns", Kind::JobRuns, keep.job_runs),
        ("providerUpdates", Kind::ProviderUpdates, keep.provider_updates),
        ("idempotencyKeys", Kind::IdempotencyKeys, keep.idempotency_keys),
        ("notifications", Kind::Notifications, keep.notifications),
        ("assistantRunSteps", Kind::AssistantRunSteps, keep.assistant_run_steps),
    ];
    let mut report = Report::default();
    for (name, kind, age) in kinds {
        if let Some(age) = age {
            report.add(name, delete(app, kind, age).await?);
        }
    }
    Ok(report)
}

async fn delete(app: &App, kind: Kind, age: Duration) -> Result<u64> {
    let mut deleted = 0;
    loop {
        let portion = app.db.write(Priority::Background, move |tx| {
            let cutoff = tx.now().minus(age);
            Box::pin(store::delete(tx.conn(), kind, cutoff, PORTION))
        });
        match portion.await? {
            0 => return Ok(deleted),
            portion => deleted += portion,
        }
    }
}
