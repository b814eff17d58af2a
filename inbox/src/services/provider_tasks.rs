//! What becomes of calls to the provider that are no messages.

use crate::app::App;
use crate::domain::retry;
use crate::error::{Error, Result};
use crate::services::contacts;
use crate::store::db::NewEvent;
use crate::store::provider_tasks::{self as store, ProviderTask};
use crate::store::{Priority, Tx, reactions};
use entities::{EventKind, MessageId, ReactionState, provider_task};
use providers::inbound::ProviderError;
use providers::meta::TaskOutcome;
use std::time::Duration;

/// How the callback data of a reaction begins.
const REACTION: &str = "reaction:";

/// Writes down what a call proved. `retry_delay` is how long to wait when it may be made again.
///
/// # Errors
/// If the store cannot do it now; then nothing was written, and the call is made once more.
pub async fn settle(
    app: &App,
    row: &provider_task::Model,
    task: Option<&ProviderTask>,
    outcome: &TaskOutcome,
    retry_delay: Duration,
) -> Result<()> {
    let (row, task, outcome) = (row.clone(), task.cloned(), outcome.clone());
    app.db
        .write(Priority::Background, move |tx| {
            let (row, task, outcome) = (row.clone(), task.clone(), outcome.clone());
            Box::pin(async move {
                let refused = match &outcome {
                    TaskOutcome::Done => None,
                    TaskOutcome::Rejected(error) => Some(error),
                    TaskOutcome::Retry { error, .. } => {
                        match retry::next_try(row.created_at, tx.now(), retry_delay) {
                            Some(at) => {
                                return store::postpone(tx.conn(), &row, at, json(error)?).await;
                            }
                            None => Some(error),
                        }
                    }
                };
                // A newer task took its place: what became of this one is of no interest.
                if !store::remove(tx.conn(), row.id).await? {
                    return Ok(());
                }
                match task {
                    Some(ProviderTask::Reaction { message, .. }) => show_reaction(tx, message, refused).await,
                    Some(ProviderTask::Block { contact, .. }) => {
                        contacts::show_block(tx, contact, row.channel_id, refused).await
                    }
                    Some(ProviderTask::ReadReceipt { .. } | ProviderTask::Templates { .. }) | None => Ok(()),
                }
            })
        })
        .await
}

/// What a reaction carries along, so that a status can speak of it.
#[must_use]
pub fn reaction_callback(message: MessageId) -> String {
    format!("{REACTION}{message}")
}

/// The message whose reaction a status speaks of.
#[must_use]
pub fn reaction_of(callback_data: &str) -> Option<MessageId> {
    callback_data.strip_prefix(REACTION)?.parse().ok().map(MessageId)
}

/// Shows how far the business's reaction to a message got.
///
/// # Errors
/// If the database refuses.
pub async fn show_reaction(tx: &Tx, message: MessageId, refused: Option<&ProviderError>) -> Result<()> {
    let (state, error) = match refused {
        None => (ReactionState::Sent, None),
        Some(error) => (ReactionState::Failed, Some(json(error)?)),
    };
    let Some(row) = reactions::show(tx.conn(), message, state, error).await? else { return Ok(()) };
    tx.emit(NewEvent {
        conversation_id: Some(row.conversation_id),
        channel_id: Some(row.channel_id),
        message_id: Some(message),
        ..NewEvent::new(EventKind::MessageUpdated)
    });
    Ok(())
}

fn json(error: &ProviderError) -> Result<String> {
    serde_json::to_string(error).map_err(Error::internal)
}
