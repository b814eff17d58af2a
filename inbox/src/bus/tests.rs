//! The carriers against real servers: `RECADO_TEST_POSTGRES_URL` and `RECADO_TEST_NATS_URL`, or those on this machine.

use super::*;
use std::time::Duration;

/// A carrier may lose a wake-up, so the other side is woken until it notices.
const PATIENCE: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_listener_here_is_woken_at_once() {
    let bus = Bus::start(&BusConfig::Local).await.unwrap();
    let (mut events, receipts) = (bus.listen(Topic::Events), bus.listen(Topic::Receipts));
    events.mark_unchanged();
    bus.wake(Topic::Events);
    assert!(events.has_changed().unwrap());
    assert!(!receipts.has_changed().unwrap(), "another topic stays silent");
}

#[tokio::test]
async fn postgres_wakes_other_nodes() {
    let url = server("RECADO_TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432");
    wakes_other_nodes(BusConfig::Postgres(url)).await;
}

#[tokio::test]
async fn nats_wakes_other_nodes() {
    let url = server("RECADO_TEST_NATS_URL", "nats://127.0.0.1:4222");
    wakes_other_nodes(BusConfig::Nats(url)).await;
}

fn server(variable: &str, default: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| default.to_owned())
}

async fn wakes_other_nodes(config: BusConfig) {
    let Some(here) = start_or_leave_out(&config).await else { return };
    let there = Bus::start(&config).await.unwrap();
    for topic in Topic::ALL {
        let mut listener = there.listen(topic);
        listener.mark_unchanged();
        let woken = tokio::time::timeout(PATIENCE, async {
            loop {
                here.wake(topic);
                if tokio::time::timeout(AGAIN, listener.changed()).await.is_ok() {
                    return;
                }
            }
        });
        assert!(woken.await.is_ok(), "{topic:?} did not arrive");
    }
}

#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
async fn start_or_leave_out(config: &BusConfig) -> Option<Bus> {
    match Bus::start(config).await {
        Ok(bus) => Some(bus),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            eprintln!("left out: {error}");
            None
        }
    }
}
