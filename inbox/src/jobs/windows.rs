//! Tells when windows close, to the second.

use crate::app::App;
use crate::services::windows::close_windows;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Who writes within this time keeps a window open for another day, so looking once in it misses no closing.
const LOOK_ANYWAY: Duration = Duration::from_secs(60);

/// Runs until `stop` is cancelled. Several nodes may: each window is told once.
pub async fn run(app: App, stop: CancellationToken) {
    loop {
        let rest = match close_windows(&app).await {
            Ok(next) => next.map_or(LOOK_ANYWAY, |next| next.since(app.clock.now()).min(LOOK_ANYWAY)),
            Err(error) => {
                tracing::warn!(%error, "closed windows could not be told; trying again");
                LOOK_ANYWAY
            }
        };
        // Never without a pause: a clock that stands still must not make this spin.
        let rest = rest.max(Duration::from_millis(500));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}
