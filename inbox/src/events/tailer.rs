//! Reads the log's end and hands it out.

use super::{EventHub, PORTION, load};
use crate::store::events;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The bus may lose a wake-up; then this is how late an event is.
const LOOK_ANYWAY: Duration = Duration::from_millis(500);
/// After a failed read.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) async fn run(hub: EventHub, mut wake: watch::Receiver<u64>) {
    let mut position = *hub.position.borrow();
    loop {
        wake.mark_unchanged();
        match advance(&hub, position).await {
            Ok(reached) if reached == position => {
                if let Ok(Err(_)) = tokio::time::timeout(LOOK_ANYWAY, wake.changed()).await {
                    return;
                }
            }
            Ok(reached) => {
                position = reached;
                hub.position.send_replace(position);
            }
            Err(error) => {
                tracing::warn!(%error, "the change log could not be read and is tried again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Hands out the next portion; returns the place reached.
async fn advance(hub: &EventHub, position: i64) -> crate::Result<i64> {
    if hub.live.receiver_count() == 0 {
        let head = events::head(hub.db.read()).await?;
        // Published before looking again: who subscribed meanwhile either starts there or gets what was skipped.
        hub.position.send_replace(head);
        if hub.live.receiver_count() == 0 {
            return Ok(head);
        }
    }
    let rows = events::after(hub.db.read(), position, PORTION).await?;
    let Some(last) = rows.last() else { return Ok(position) };
    let reached = last.seq;
    let oldest = rows.first().map_or(hub.clock.now(), |row| row.occurred_at);
    let portion = load::load(hub.db.read(), rows).await?;
    metrics::histogram!("recado_events_delay_seconds").record(hub.clock.now().since(oldest).as_secs_f64());
    // Nobody listening any more is no error.
    let _ = hub.live.send(Arc::new(portion));
    Ok(reached)
}
