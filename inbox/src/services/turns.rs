//! Turns: what a customer wrote in automatic mode, until it is answered.

mod commit;
mod engine;
mod generate;
mod history;
mod look_up;
mod model;
mod server_tools;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tools;
mod typing;

pub(crate) use commit::not_delivered;
pub use engine::{Attempted, assistant_try};
pub(crate) use model::key_place;
pub use server_tools::{CONTACT_TAG, CONVERSATION_TAG};

use crate::app::App;
use crate::bus::Topic;
use crate::domain::turn::LONGEST_DEBOUNCE;
use crate::error::Result;
use crate::services::waiting;
use crate::store::db::NewEvent;
use crate::store::{Priority, Tx, assistants, send, turns as store};
use entities::{
    ConversationId, EventKind, MessageId, Timestamp, assistant, assistant_run, conversation, turn,
};
use std::time::Duration;

/// How long a claim counts. Longer than any answer takes.
const LEASE: Duration = Duration::from_secs(90);

/// A turn that begins with this message.
pub(crate) fn new(
    conversation_id: ConversationId,
    last_message_id: MessageId,
    now: Timestamp,
    pause: Duration,
) -> turn::Model {
    turn::Model {
        conversation_id,
        last_message_id,
        begun_at: now,
        due_at: now.plus(pause),
        attempts: 0,
        superseded: 0,
        claimed_by: None,
        claimed_until: None,
    }
}

/// Begins these turns, or makes those that have begun longer.
pub(crate) async fn begin(tx: &Tx, rows: Vec<turn::Model>) -> Result<()> {
    if !rows.is_empty() {
        let most = i64::try_from(LONGEST_DEBOUNCE.as_millis()).unwrap_or(i64::MAX);
        store::begin(tx.conn(), rows, most).await?;
        tx.wake(Topic::Turns);
    }
    Ok(())
}

/// Voids what was begun in these conversations under an older epoch: nobody answers the waiting turn, and what an
/// assistant wrote and is not on its way yet is withdrawn. Within the transaction that raised the epoch, and under the
/// conversations' locks.
pub(crate) async fn interrupt(tx: &Tx, conversations: &[ConversationId]) -> Result<()> {
    if conversations.is_empty() {
        return Ok(());
    }
    store::remove(tx.conn(), conversations.iter().copied()).await?;
    for run in assistants::cancel_runs(tx, conversations).await? {
        tx.emit(run_updated(&run));
    }
    for row in store::withdraw(tx, conversations).await? {
        tx.emit(NewEvent {
            conversation_id: Some(row.conversation_id),
            channel_id: Some(row.channel_id),
            message_id: Some(row.message_id),
            ..NewEvent::new(EventKind::MessageUpdated)
        });
    }
    Ok(())
}

/// Claims turns whose time has come, for a while.
///
/// # Errors
/// If the store cannot do it now.
pub async fn claim(app: &App, limit: u64) -> Result<Vec<turn::Model>> {
    let node = app.node;
    app.db
        .write(Priority::Background, move |tx| {
            Box::pin(async move { store::claim(tx, node, limit, tx.now().plus(LEASE)).await })
        })
        .await
}

/// Answers a claimed turn: by the assistant if there is one that can, else by telling the customer to wait.
///
/// # Errors
/// If the store cannot do it now: the claim ends, and it is tried again.
pub async fn answer(app: &App, claim: &turn::Model) -> Result<()> {
    let Some(conversation) = send::conversation(app.db.read(), claim.conversation_id).await? else {
        return Ok(());
    };
    match usable(app, &conversation).await? {
        Some(assistant) => engine::answer(app, claim, conversation, assistant).await,
        None if app.config.automatic.waiting_messages => waiting::tell(app, claim).await,
        None => drop(app, claim).await,
    }
}

/// Ends a turn that nobody answers.
async fn drop(app: &App, claim: &turn::Model) -> Result<()> {
    let id = claim.conversation_id;
    app.db
        .write(Priority::Background, move |tx| Box::pin(async move { store::remove(tx.conn(), [id]).await }))
        .await
}

/// The assistant that answers a conversation, if one can.
async fn usable(app: &App, conversation: &conversation::Model) -> Result<Option<assistant::Model>> {
    let Some(id) = conversation.assistant_id.filter(|_| conversation.assistant_active) else {
        return Ok(None);
    };
    if !app.config.automatic.assistants {
        return Ok(None);
    }
    let assistant = assistants::get(app.db.read(), id).await?;
    Ok(assistant.filter(|assistant| assistant.enabled))
}

/// The event of a run that began, or ended.
pub(crate) fn run_updated(run: &assistant_run::Model) -> NewEvent {
    NewEvent {
        conversation_id: Some(run.conversation_id),
        subject_id: Some(run.id.0),
        ..NewEvent::new(EventKind::AssistantRunUpdated)
    }
}
