//! What becomes of a turn. Each outcome is one transaction under the conversation's lock, which looks once more whether the
//! assistant still has the word.

use super::tools::HandOff;
use super::{interrupt, run_updated};
use crate::app::App;
use crate::auth::Reach;
use crate::clock::Ids;
use crate::domain::control::{self, Control};
use crate::domain::handoff::Reason;
use crate::error::Result;
use crate::services::send::{self, Outcome, Ready};
use crate::services::timeline::Why;
use crate::store::db::NewEvent;
use crate::store::{Tx, assistants, send as rows, timeline, tool_servers, turns as store};
use entities::{
    ActorKind, AssistantId, ChangeCause, ConversationChangeKind, EventKind, Mode, RunState, assistant_run,
    conversation, message, turn,
};
use sea_orm::ActiveValue::Set;

/// An answer is thrown away so often because the customer wrote more; then it is sent all the same.
const SUPERSEDED_AT_MOST: i32 = 2;

/// What a run came to.
pub(super) struct Done {
    pub(super) run: assistant_run::Model,
    /// The messages of the answer, or why it cannot be sent.
    pub(super) ready: Outcome<Vec<Ready>>,
    pub(super) hand_off: Option<HandOff>,
    /// How it ends if the assistant still has the word.
    pub(super) state: RunState,
}

/// Queues an answer, gives the conversation to people, or both; and ends the turn. If a person took over, or the customer
/// wrote more, nothing is sent.
pub(super) async fn finish(tx: &Tx, app: &App, claim: &turn::Model, done: &Done) -> Result<()> {
    let conversation = rows::lock_conversation(tx, Reach::All, claim.conversation_id).await?;
    let turn = store::lock_claim(tx, claim).await?;
    let Some((conversation, turn)) = conversation.zip(turn) else {
        return end(tx, &done.run, RunState::Canceled, None).await;
    };
    if !has_the_word(&conversation, &done.run) {
        store::remove(tx.conn(), [conversation.id]).await?;
        return end(tx, &done.run, RunState::Canceled, None).await;
    }
    let wrote_more = turn.last_message_id != claim.last_message_id;
    if wrote_more && turn.superseded < SUPERSEDED_AT_MOST && done.hand_off.is_none() {
        store::release(tx, claim, turn.due_at, turn.superseded + 1, 0).await?;
        return end(tx, &done.run, RunState::Superseded, None).await;
    }
    // The turn first: what is queued next must not be withdrawn with it.
    if wrote_more && done.hand_off.is_none() {
        store::release(tx, claim, turn.due_at, 0, 0).await?;
    } else {
        store::remove(tx.conn(), [conversation.id]).await?;
        tool_servers::remove_calls(tx.conn(), [conversation.id]).await?;
    }
    let queued = match &done.ready {
        Ok(ready) => send::queue_all(tx, app, ready).await?,
        Err(refusals) => Err(refusals.clone()),
    };
    let (mut hand_off, mut state, mut reason) = (done.hand_off.clone(), done.state, done.run.reason.clone());
    match queued {
        Ok(messages) => {
            for message in messages {
                assistants::mark_message(tx.conn(), message.id, done.run.id).await?;
            }
        }
        // A part of an answer makes no sense, and a customer whom nobody answers needs a person.
        Err(refusals) if hand_off.is_none() => {
            hand_off = Some(HandOff::refused());
            state = RunState::HandedOff;
            reason = refusals.into_iter().next().map(|refusal| refusal.message);
        }
        Err(_) => {}
    }
    if let Some(hand_off) = &hand_off {
        give_to_people(tx, &app.ids, &conversation, done.run.assistant_id, hand_off).await?;
    }
    end(tx, &done.run, state, reason).await
}

impl HandOff {
    /// What the assistant wants to say cannot be sent.
    fn refused() -> Self {
        let summary = "An answer of the assistant cannot be sent.".to_owned();
        Self { reason: Reason::NotDelivered, summary, message: None }
    }
}

/// Nobody took over since the run began, and the assistant is still the one that answers.
pub(super) fn has_the_word(conversation: &conversation::Model, run: &assistant_run::Model) -> bool {
    conversation.control_epoch == run.control_epoch
        && conversation.mode == Mode::Automatic
        && conversation.assistant_active
        && conversation.assistant_id == Some(run.assistant_id)
}

/// Silences the assistant, tells the timeline, and tells whoever listens.
async fn give_to_people(
    tx: &Tx,
    ids: &Ids,
    before: &conversation::Model,
    assistant: AssistantId,
    hand_off: &HandOff,
) -> Result<()> {
    let now = tx.now();
    let mut row = conversation::ActiveModel {
        handed_off_at: Set(Some(now)),
        // The customer was just told that somebody comes.
        waiting_message_at: Set(Some(now)),
        assistant_context_at: Set(Some(now)),
        updated_at: Set(now),
        ..Default::default()
    };
    control::hand_off(Control::from(before)).apply_to(&mut row);
    let after = rows::update_conversation(tx.conn(), before.id, row).await?;
    let actor = Some((ActorKind::Assistant, Some(assistant.0)));
    let why = Why { cause: ChangeCause::Assistant, actor, message_id: None };
    let mut line = why.line(ids, ConversationChangeKind::HandedOff, &after, now);
    line.reason = Some(hand_off.reason.name().to_owned());
    line.summary = Some(hand_off.summary.clone()).filter(|summary| !summary.is_empty());
    let subject = line.id.0;
    timeline::insert(tx.conn(), line).await?;
    for (kind, subject) in
        [(EventKind::ConversationUpdated, None), (EventKind::ConversationHandedOff, Some(subject))]
    {
        tx.emit(NewEvent {
            conversation_id: Some(after.id),
            channel_id: Some(after.channel_id),
            contact_id: Some(after.contact_id),
            subject_id: subject,
            ..NewEvent::new(kind)
        });
    }
    Ok(())
}

/// Ends a run, unless whoever took over ended it.
pub(super) async fn end(
    tx: &Tx,
    run: &assistant_run::Model,
    state: RunState,
    reason: Option<String>,
) -> Result<()> {
    let mut row = assistant_run::Model { state, reason, finished_at: Some(tx.now()), ..run.clone() };
    let known = assistants::runs_by_ids(tx.conn(), Reach::All, [run.id]).await?.pop();
    if known.is_some_and(|known| known.state == RunState::Canceled) {
        row.state = RunState::Canceled;
    }
    assistants::save_run(tx.conn(), row.clone()).await?;
    tx.emit(run_updated(&row));
    Ok(())
}

/// Lets a turn be tried again at `due_at`; the run ends as failed.
pub(super) async fn try_again(
    tx: &Tx,
    claim: &turn::Model,
    run: &assistant_run::Model,
    due_at: entities::Timestamp,
) -> Result<()> {
    if let Some(turn) = store::lock_claim(tx, claim).await? {
        store::release(tx, claim, due_at, turn.superseded, turn.attempts).await?;
    }
    end(tx, run, RunState::Failed, run.reason.clone()).await
}

/// A message of an assistant was refused for good: the rest of its answer makes no sense without it, and a person has to
/// look. Under the conversation's lock.
pub(crate) async fn not_delivered(
    tx: &Tx,
    ids: &Ids,
    conversation: &conversation::Model,
    message: &message::Model,
) -> Result<()> {
    if message.run_id.is_none() {
        return Ok(());
    }
    interrupt(tx, &[conversation.id]).await?;
    let Some(assistant) = conversation.assistant_id.filter(|_| conversation.assistant_active) else {
        return Ok(());
    };
    let summary = "WhatsApp refused an answer of the assistant.".to_owned();
    let hand_off = HandOff { reason: Reason::NotDelivered, summary, message: None };
    give_to_people(tx, ids, conversation, assistant, &hand_off).await
}
