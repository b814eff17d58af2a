//! Answers turns whose time has come.

use crate::app::App;
use crate::bus::Topic;
use crate::error::Result;
use crate::services::turns;
use crate::store::turns as store;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Turns answered at the same time.
const AT_ONCE: usize = 16;
/// A hint may be lost, and a node that died leaves claims behind.
const LOOK_ANYWAY: Duration = Duration::from_secs(5);
/// How long to wait after a failure of the store.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Runs until `stop` is cancelled, then lets what is under way end. Several nodes may: each turn is one node's.
pub async fn run(app: App, stop: CancellationToken) {
    let mut wake = app.bus.listen(Topic::Turns);
    let mut answers = JoinSet::new();
    loop {
        let rest = match begin(&app, &mut answers).await {
            Ok(rest) => rest,
            Err(error) => {
                tracing::warn!(%error, "turns could not be claimed; trying again");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = stop.cancelled() => break,
            Ok(()) = wake.changed() => {}
            Some(_) = answers.join_next(), if !answers.is_empty() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
    while answers.join_next().await.is_some() {}
}

/// Starts what may start now. Returns how long to wait before looking again.
async fn begin(app: &App, answers: &mut JoinSet<()>) -> Result<Duration> {
    let room = AT_ONCE.saturating_sub(answers.len());
    if room == 0 {
        return Ok(LOOK_ANYWAY);
    }
    for claim in turns::claim(app, room as u64).await? {
        let app = app.clone();
        answers.spawn(async move {
            if let Err(error) = turns::answer(&app, &claim).await {
                tracing::warn!(conversation = %claim.conversation_id, %error, "a turn could not be answered");
            }
        });
    }
    let next = store::next_due(app.db.read()).await?;
    let rest = next.map_or(LOOK_ANYWAY, |next| next.since(app.clock.now()).min(LOOK_ANYWAY));
    // Never without a pause: what another node is just claiming looks due.
    Ok(rest.max(Duration::from_millis(100)))
}

#[cfg(test)]
mod tests;
