//! Queues planned messages when their time comes.

use crate::app::App;
use crate::bus::Topic;
use crate::services::send::send_due;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The bus may lose the word of a newly planned message; then this is how late it may be.
const LOOK_ANYWAY: Duration = Duration::from_secs(10);
/// Never without a pause: a clock that stands still must not make this spin.
const SHORTEST: Duration = Duration::from_millis(100);

/// Runs until `stop` is cancelled. Several nodes may: each message is queued once.
pub async fn run(app: App, stop: CancellationToken) {
    let mut wake = app.bus.listen(Topic::Outbox);
    loop {
        wake.mark_unchanged();
        let rest = match send_due(&app).await {
            Ok(next) => next.map_or(LOOK_ANYWAY, |next| next.since(app.clock.now()).min(LOOK_ANYWAY)),
            Err(error) => {
                tracing::warn!(%error, "planned messages could not be queued; trying again");
                LOOK_ANYWAY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(rest.max(SHORTEST)) => {}
            Ok(()) = wake.changed() => {}
        }
    }
}
