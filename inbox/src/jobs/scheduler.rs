//! Runs the timed jobs. The ticker only wakes: what is due is decided by the tables and the clock.

use crate::app::App;
use crate::bus::Topic;
use crate::services::jobs;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use tokio_util::sync::CancellationToken;

/// Every five seconds: jobs are due at whole minutes, and what somebody asked for is not to wait for long if the bus lost
/// the word. A cron job, not a repeated one, which can stop for ever after a stall.
const TICK: &str = "*/5 * * * * *";
/// If the ticker fails.
const LOOK_ANYWAY: Duration = Duration::from_secs(15);

/// Runs until `stop` is cancelled. Several nodes may: each due time is run once.
pub async fn run(app: App, stop: CancellationToken) {
    let tick = Arc::new(Notify::new());
    let mut ticker = match start(&tick).await {
        Ok(ticker) => Some(ticker),
        Err(error) => {
            tracing::error!(%error, "the ticker of the timed jobs could not be started; they may begin late");
            None
        }
    };
    let mut wake = app.bus.listen(Topic::Jobs);
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        wake.mark_unchanged();
        match jobs::claim(&app).await {
            Ok(claims) => {
                for claim in claims {
                    let (app, stop) = (app.clone(), stop.clone());
                    running.spawn(async move {
                        if let Err(error) = jobs::perform(&app, &claim, &stop).await {
                            let job = claim.job.as_str();
                            tracing::warn!(job, %error, "the end of a job could not be stored; it will be run again");
                        }
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "timed jobs could not be looked for; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tick.notified() => {}
            Ok(()) = wake.changed() => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = tokio::time::sleep(LOOK_ANYWAY) => {}
        }
    }
    if let Some(ticker) = &mut ticker
        && let Err(error) = ticker.shutdown().await
    {
        tracing::warn!(%error, "the ticker of the timed jobs did not stop in order");
    }
    while running.join_next().await.is_some() {}
}

async fn start(tick: &Arc<Notify>) -> Result<JobScheduler, JobSchedulerError> {
    let ticker = JobScheduler::new().await?;
    let tick = Arc::clone(tick);
    ticker.add(Job::new(TICK, move |_, _| tick.notify_one())?).await?;
    ticker.start().await?;
    Ok(ticker)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Sight, Viewer};
    use crate::store::jobs::{JobRunFilter, count};
    use crate::testing::for_each_store;
    use entities::{JobName, JobState};

    const JOB: JobName = JobName::Retention;

    /// Waits until the job has ended well so often.
    async fn succeeded(app: &App, times: u64) {
        let filter = JobRunFilter { job: Some(JOB), state: Some(JobState::Succeeded) };
        let waiting = async {
            while count(app.db.read(), Sight::Full, &filter).await.unwrap() < times {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        assert!(in_time.is_ok(), "the job did not run {times} times");
    }

    #[tokio::test]
    async fn what_is_asked_for_and_what_is_due_is_run_until_told_to_stop() {
        for_each_store(async |app| {
            let stop = CancellationToken::new();
            let running = tokio::spawn(run(app.clone(), stop.clone()));
            jobs::run(&app, &Viewer::system(), JOB).await.unwrap();
            succeeded(&app, 1).await;
            // Nobody wakes it now but the ticker.
            app.clock.advance(Duration::from_secs(24 * 60 * 60));
            succeeded(&app, 2).await;
            stop.cancel();
            let ended = tokio::time::timeout(Duration::from_secs(60), running).await;
            ended.expect("it ends").unwrap();
        })
        .await;
    }
}
