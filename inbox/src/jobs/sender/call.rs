//! One call to the provider, from the committed claim to the written outcome.

use super::files;
use crate::app::App;
use crate::domain::retry;
use crate::services::contacts;
use crate::services::settle::settle;
use entities::{Timestamp, outbox};
use providers::inbound::ProviderError;
use providers::meta::{GraphClient, OutboundMessage, SendOutcome};
use std::time::Duration;

/// How often an outcome is written before it is given up; the waits between add up to about six seconds.
const TRIES: u32 = 7;

/// Calls, and writes down what that proved. Returns until when the whole channel should wait, if it should.
pub(super) async fn call(
    app: App,
    client: GraphClient,
    phone_number_id: String,
    row: outbox::Model,
    message: OutboundMessage,
) -> Option<Timestamp> {
    let outcome = files::send(&app, &client, &phone_number_id, &row, &message).await;
    metrics::counter!("recado_sends_total", "outcome" => label(&outcome)).increment(1);
    let delay = match &outcome {
        SendOutcome::Retry { error, after } => {
            let attempts = u32::try_from(row.attempts).unwrap_or(u32::MAX);
            retry::delay(error.code, attempts, *after, rand::random())
        }
        _ => Duration::ZERO,
    };
    write(&app, &row, &outcome, delay).await;
    learn_address(&app, &row, &message, &outcome).await;
    match outcome {
        SendOutcome::Retry { error: ProviderError { code, .. }, .. } if retry::holds_channel(code) => {
            Some(app.clock.now().plus(delay))
        }
        _ => None,
    }
}

/// Meta may know the recipient by another number than the one that we wrote to.
async fn learn_address(app: &App, row: &outbox::Model, message: &OutboundMessage, outcome: &SendOutcome) {
    let SendOutcome::Accepted { wa_id: Some(wa_id), .. } = outcome else { return };
    let Some(address) = message.to.wa_id.as_deref().filter(|address| *address != wa_id) else { return };
    if let Err(error) = contacts::known_as(app, row.conversation_id, address, wa_id).await {
        tracing::warn!(message = %row.message_id, %error, "the number that Meta gave was not kept; the next answer gives it again");
    }
}

/// Writes the outcome, patiently: what is lost here is unclear for good.
async fn write(app: &App, row: &outbox::Model, outcome: &SendOutcome, delay: Duration) {
    for attempt in 0..TRIES {
        match settle(app, row, outcome, delay).await {
            Ok(()) => return,
            Err(error) => {
                let message = row.message_id;
                tracing::warn!(%message, %error, "the outcome of a send could not be written");
                tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
            }
        }
    }
    tracing::error!(message = %row.message_id, "the outcome of a send is lost; the message becomes UNKNOWN");
}

fn label(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Accepted { .. } => "accepted",
        SendOutcome::Retry { .. } => "retry",
        SendOutcome::Rejected(_) => "rejected",
        SendOutcome::Unknown(_) => "unknown",
    }
}
