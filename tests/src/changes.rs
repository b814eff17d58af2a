//! Changes that mean nothing, to test the log itself.

use entities::EventKind;
use inbox::App;
use inbox::store::Priority;
use inbox::store::db::NewEvent;
use std::time::Duration;

/// Writes so many changes in one transaction, which stays open for a while before it commits.
///
/// # Panics
/// If the store refuses.
pub async fn emit(app: &App, count: usize, open_for: Duration) {
    let written = app.db.write(Priority::Interactive, move |tx| {
        Box::pin(async move {
            for _ in 0..count {
                tx.emit(NewEvent::new(EventKind::ProviderUpdated));
            }
            tokio::time::sleep(open_for).await;
            Ok(())
        })
    });
    written.await.expect("changes can be written");
}

/// The newest place in the log.
///
/// # Panics
/// If it cannot be read.
pub async fn head(app: &App) -> i64 {
    inbox::store::events::head(app.db.read()).await.expect("the log's head can be read")
}
