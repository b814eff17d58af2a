//! Applies stored webhooks, oldest first, on one node at a time.

use crate::app::App;
use crate::bus::Topic;
use crate::error::{Error, Result};
use crate::services::receive::{self, LEASE, Parsed};
use crate::store::receipts::Portion;
use crate::store::{Priority, leases, receipts};
use entities::WebhookReceiptId;
use sea_orm::DbBackend;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The bus may lose a wake-up; then this is how late a webhook is applied.
const LOOK_ANYWAY: Duration = Duration::from_secs(1);
/// After a failure of the store, and while another node applies.
const PAUSE: Duration = Duration::from_millis(500);
/// What is applied in one transaction on SQLite: enough to share its cost, little enough that whoever else writes, behind
/// the same writer, does not wait long.
const PORTION_SQLITE: Portion = Portion { bodies: 128, bytes: 16 << 20 };
/// The same on PostgreSQL, where only writers of the same conversations wait.
const PORTION_POSTGRES: Portion = Portion { bodies: 512, bytes: 16 << 20 };
/// How often changes are looked for that were parked at the very moment in which their message got its id.
const SWEEP: Duration = Duration::from_secs(60);

/// Runs until `stop` is cancelled.
pub async fn run(app: App, stop: CancellationToken) {
    let mut wake = app.bus.listen(Topic::Receipts);
    let mut swept = app.clock.now();
    while !stop.is_cancelled() {
        wake.mark_unchanged();
        if app.clock.now().since(swept) >= SWEEP {
            swept = app.clock.now();
            if let Err(error) = receive::apply_stranded(&app).await {
                tracing::warn!(%error, "parked changes could not be looked through and are tried again");
            }
        }
        let rest = match turn(&app, &stop).await {
            Ok(Turn::Idle) => LOOK_ANYWAY,
            Ok(Turn::NotMine) => PAUSE,
            Err(error) => {
                tracing::warn!(%error, "webhooks could not be applied and are tried again");
                PAUSE
            }
        };
        let woken = async {
            if rest == LOOK_ANYWAY { wake.changed().await.is_ok() } else { std::future::pending().await }
        };
        tokio::select! {
            _ = woken => {}
            () = tokio::time::sleep(rest) => {}
            () = stop.cancelled() => {}
        }
    }
    if let Err(error) = release(&app).await {
        tracing::warn!(%error, "the lease on webhooks was not given back; another node waits until it ends");
    }
}

enum Turn {
    /// Nothing waits.
    Idle,
    /// Another node applies.
    NotMine,
}

/// Applies what waits. The next portion is read and parsed while the one before is written.
async fn turn(app: &App, stop: &CancellationToken) -> Result<Turn> {
    let mut next = read(app, &[]).await?;
    while !next.is_empty() && !stop.is_cancelled() {
        let being_applied: Vec<WebhookReceiptId> = next.iter().map(Parsed::id).collect();
        let (applied, following) = tokio::join!(receive::apply(app, next), read(app, &being_applied));
        match applied {
            Ok(()) => {}
            Err(Error::Conflict(_)) => return Ok(Turn::NotMine),
            Err(error) => return Err(error),
        }
        next = following?;
    }
    Ok(Turn::Idle)
}

/// The oldest bodies that wait. Always from the start: a body may be committed after one with a later id, and must not
/// wait until the stream behind it pauses.
async fn read(app: &App, being_applied: &[WebhookReceiptId]) -> Result<Vec<Parsed>> {
    let portion = match app.db.backend() {
        DbBackend::Postgres => PORTION_POSTGRES,
        _ => PORTION_SQLITE,
    };
    let receipts = receipts::pending(app.db.read(), being_applied, portion).await?;
    Ok(receipts.into_iter().map(Parsed::new).collect())
}

async fn release(app: &App) -> Result<()> {
    let node = app.node;
    app.db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move { leases::release(tx.conn(), LEASE, node).await })
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::for_each_store;
    use providers::meta::Verified;

    #[tokio::test]
    async fn a_body_committed_late_does_not_wait_for_the_stream_to_pause() {
        for_each_store(async |app| {
            let early = app.ids.next::<WebhookReceiptId>();
            for _ in 0..3 {
                app.receipts.store(Verified::from_store("{}".into()), None).await.unwrap();
            }
            let first = read(&app, &[]).await.unwrap();
            assert_eq!(first.len(), 3);
            // Its id was given before the others', its transaction ended after them.
            let mut late = receipts::get(app.db.read(), first[0].id()).await.unwrap().unwrap();
            late.id = early;
            app.db
                .write(Priority::Interactive, move |tx| {
                    let late = late.clone();
                    Box::pin(async move {
                        crate::store::bulk::insert_all::<entities::webhook_receipt::Entity, _>(
                            tx.conn(),
                            vec![late],
                        )
                        .await
                    })
                })
                .await
                .unwrap();
            let being_applied: Vec<_> = first.iter().map(Parsed::id).collect();
            let next: Vec<_> = read(&app, &being_applied).await.unwrap().iter().map(Parsed::id).collect();
            assert_eq!(next, [early]);
        })
        .await;
    }
}
