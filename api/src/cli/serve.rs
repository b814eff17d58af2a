//! `recado serve`: runs until told to stop.

use super::print;
use crate::{Config, Running, start};
use inbox::clock::Clock;
use inbox::services::access::FirstAdmin;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// As a shell reports a process that Ctrl+C ended.
const INTERRUPTED: i32 = 130;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let signals = stop_signals()?;
    let running = start(config, Clock::default()).await?;
    print(&format!("Recado serves at {}\n{}", running.url(), first_login(running.first_admin())))?;
    until_stopped(running, signals).await
}

/// The first administrator's login if this start made it, else nothing.
pub(super) fn first_login(admin: Option<&FirstAdmin>) -> String {
    let Some(admin) = admin else { return String::new() };
    let password = match &admin.generated_password {
        // Exposed because this is the only time that it is shown.
        Some(password) => format!("password {} (shown only this once)", password.expose()),
        None => "the configured password".to_owned(),
    };
    format!("Log in as {} with {password}\n", admin.email)
}

/// Serves until the first signal, then stops in order; a second signal ends the process at once.
pub(super) async fn until_stopped(running: Running, mut signals: mpsc::Receiver<()>) -> anyhow::Result<()> {
    signals.recv().await;
    tokio::spawn(async move {
        signals.recv().await;
        tracing::warn!("told to stop again; leaving at once");
        std::process::exit(INTERRUPTED);
    });
    running.stop().await
}

/// A message for each SIGTERM or SIGINT. Listened for before anything starts, so that none is lost.
pub(super) fn stop_signals() -> anyhow::Result<mpsc::Receiver<()>> {
    let (sender, receiver) = mpsc::channel(2);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if sender.send(()).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
