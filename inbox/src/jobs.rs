//! What runs beside the requests: workers that take what the tables say is due, under a lease, until told to stop.

pub mod contacts;
pub mod imports;
pub mod integration;
pub mod media;
pub mod provider_tasks;
pub mod receive;
pub mod scheduled;
pub mod scheduler;
pub mod sender;
pub mod turns;
pub mod windows;

use crate::app::App;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Starts the workers of this node. Each finishes what it holds when `stop` is cancelled, and gives its leases back;
/// the set is empty once all have ended.
#[must_use]
pub fn start(app: &App, stop: &CancellationToken) -> JoinSet<()> {
    let mut workers = JoinSet::new();
    workers.spawn(contacts::run(app.clone(), stop.clone()));
    workers.spawn(receive::run(app.clone(), stop.clone()));
    workers.spawn(sender::run(app.clone(), stop.clone()));
    workers.spawn(provider_tasks::run(app.clone(), stop.clone()));
    workers.spawn(scheduled::run(app.clone(), stop.clone()));
    workers.spawn(windows::run(app.clone(), stop.clone()));
    workers.spawn(turns::run(app.clone(), stop.clone()));
    workers.spawn(integration::run(app.clone(), stop.clone()));
    workers.spawn(imports::run(app.clone(), stop.clone()));
    workers.spawn(media::run(app.clone(), stop.clone()));
    workers
}

/// Starts what runs the timed jobs, on a node with that part. It ends as the workers do.
pub fn start_scheduler(app: &App, stop: &CancellationToken, workers: &mut JoinSet<()>) {
    workers.spawn(scheduler::run(app.clone(), stop.clone()));
}
