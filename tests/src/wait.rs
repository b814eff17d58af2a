//! Waiting for a condition.

use std::time::{Duration, Instant};

/// Whoever waits longer waits in vain; generous, because the machine may be busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Looks until there is something to see.
///
/// # Panics
/// If nothing comes within [`PATIENCE`]: `what` says what was missed.
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(since.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Looks until a condition holds.
///
/// # Panics
/// As [`until`].
pub async fn until_true(what: &str, look: impl AsyncFn() -> bool) {
    until(what, async || look().await.then_some(())).await;
}
