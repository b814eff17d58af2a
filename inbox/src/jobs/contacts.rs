//! Finishes in portions what was begun with contacts: erasures.

use crate::app::App;
use crate::bus::Topic;
use crate::services::contacts;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The bus may lose a wake-up, and the node that worked may have died.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);

/// Runs until `stop` is cancelled.
pub async fn run(app: App, stop: CancellationToken) {
    let mut wake = app.bus.listen(Topic::Contacts);
    while !stop.is_cancelled() {
        wake.mark_unchanged();
        match contacts::erase_step(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "an erasure could not go on and is tried again"),
        }
        tokio::select! {
            _ = wake.changed() => {}
            () = tokio::time::sleep(LOOK_ANYWAY) => {}
            () = stop.cancelled() => {}
        }
    }
}
