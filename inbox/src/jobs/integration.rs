//! Asks Meta about the settings whenever they changed, and now and then: an integration becomes active by itself.

use crate::app::App;
use crate::error::Result;
use crate::services::integration;
use crate::store::{Priority, leases};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// One node asks.
const LEASE: &str = "integration";
/// For one round of questions.
const LASTS: Duration = Duration::from_secs(60);
/// How often is looked whether it is time to ask.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Asks until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    let mut changes = app.connection_changes();
    loop {
        changes.mark_unchanged();
        if let Err(error) = ask_if_due(&app).await {
            tracing::warn!(%error, "the state of the integration could not be written; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            Ok(()) = changes.changed() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn ask_if_due(app: &App) -> Result<()> {
    if !integration::is_due(app).await? {
        return Ok(());
    }
    let node = app.node;
    let held = app.db.write(Priority::Background, move |tx| {
        Box::pin(async move { leases::acquire(tx.conn(), LEASE, node, tx.now(), LASTS).await })
    });
    if !held.await? {
        return Ok(());
    }
    let outcome = integration::verify(app).await;
    let released = app.db.write(Priority::Background, move |tx| {
        Box::pin(async move { leases::release(tx.conn(), LEASE, node).await })
    });
    released.await?;
    outcome.map(drop)
}
