//! Sends what is queued: one task a channel, of which only the one that holds the channel's lease calls the provider.
//!
//! A row is claimed (state, number of the try, node) and the claim committed before the call; the call is made outside
//! any transaction; what it proved is written in one transaction afterwards. A kill at any instant therefore leaves a
//! row that still waits, or one that is claimed and that nobody sends: the next holder declares that one unclear, and
//! it is never sent again by itself.

mod call;
mod channel;
mod files;
mod plan;
#[cfg(test)]
pub(in crate::jobs) mod tests;

use crate::app::App;
use crate::store::send;
use channel::ChannelSender;
use entities::ChannelId;
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// How often new channels are looked for.
const REFRESH: Duration = Duration::from_secs(3);

/// Sends for all active channels until `stop`, then lets the calls under way end.
pub async fn run(app: App, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    let mut running: HashMap<ChannelId, AbortHandle> = HashMap::new();
    let mut refresh = tokio::time::interval(REFRESH);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = refresh.tick() => {}
        }
        while let Some(ended) = tasks.try_join_next() {
            report(ended);
        }
        match send::active_channels(app.db.read()).await {
            Ok(channels) => {
                for id in channels {
                    if running.get(&id).is_none_or(AbortHandle::is_finished) {
                        let sender = ChannelSender::new(app.clone(), id);
                        running.insert(id, tasks.spawn(sender.run(stop.clone())));
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the channels could not be read; trying again"),
        }
    }
    while let Some(ended) = tasks.join_next().await {
        report(ended);
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a channel's sender broke off; it is started again");
    }
}
