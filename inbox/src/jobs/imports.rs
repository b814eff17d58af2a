//! Works off the files of contacts that were given to be imported.

use crate::app::App;
use crate::bus::Topic;
use crate::services::contacts;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The bus may lose a wake-up, and the node that worked may have died.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);

/// Runs until `stop` is cancelled; a portion that is under way is finished.
pub async fn run(app: App, stop: CancellationToken) {
    let mut wake = app.bus.listen(Topic::Contacts);
    let mut work = None;
    while !stop.is_cancelled() {
        wake.mark_unchanged();
        match contacts::import_step(&app, &mut work).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "an import could not go on and is tried again"),
        }
        tokio::select! {
            _ = wake.changed() => {}
            () = tokio::time::sleep(LOOK_ANYWAY) => {}
            () = stop.cancelled() => {}
        }
    }
}
