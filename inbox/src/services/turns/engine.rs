//! A turn of an assistant, from the claim to its outcome.

use super::commit::{self, Done};
use super::generate::{Answer, CONTEXT, Failure, Ledger, generate};
use super::model::model_of;
use super::run_updated;
use super::tools::HandOff;
use super::typing;
use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::allowance::Allowance;
use crate::domain::handoff::Reason;
use crate::domain::loop_guard::{Seen, is_loop};
use crate::domain::price::Price;
use crate::domain::sendability::WINDOW;
use crate::domain::wish_for_person::wants_person;
use crate::error::{Error, Result};
use crate::services::model_prices::price_of;
use crate::services::send::{self, Draft, Outcome, Prepared, Ready, SendError, SendInput, SendTarget};
use crate::services::waiting;
use crate::store::{Priority, assistants as store, conversations, tool_servers};
use chrono::{DateTime, Datelike, NaiveDate};
use entities::{
    AssistantId, ConversationId, Direction, Origin, RunState, Timestamp, assistant, assistant_run,
    assistant_run_step, conversation, message, turn,
};
use providers::content::{Content, Text};
use std::sync::Arc;
use std::time::Duration;

/// Tries of a turn before people get it.
const ATTEMPTS: i32 = 3;
/// Nothing is begun so shortly before the window closes.
const BEFORE_CLOSING: Duration = Duration::from_secs(2 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Answers a claimed turn.
pub(super) async fn answer(
    app: &App,
    claim: &turn::Model,
    conversation: conversation::Model,
    assistant: assistant::Model,
) -> Result<()> {
    let run = begin(app, claim, &conversation, &assistant).await?;
    let price = price_of(app, &assistant).await?;
    let messages =
        store::context(app.db.read(), conversation.id, conversation.assistant_context_at, CONTEXT).await?;
    let now = app.clock.now();
    if conversation.last_inbound_at.is_none_or(|at| at.plus(WINDOW) <= now.plus(BEFORE_CLOSING)) {
        return drop_turn(app, claim, run, "the 24-hour window is closing").await;
    }
    let allowed =
        without_a_model(app, claim.attempts, &conversation, &assistant, price.as_ref(), &messages).await?;
    let allowance = match allowed {
        Ok(allowance) => allowance,
        Err(hand_off) => {
            return hand_over(app, claim, &conversation, &assistant, run, Answer::handing(hand_off)).await;
        }
    };
    let mut ledger = Ledger::of_run(app, &run, claim.begun_at);
    let outcome = match model_of(app, &assistant) {
        Ok(model) => {
            let thought =
                generate(app, &model, &assistant, &conversation, &messages, &allowance, &mut ledger);
            tokio::select! {
                thought = thought => thought?,
                never = typing::show(app, claim, &run) => match never {},
            }
        }
        Err(Error::Invalid { field, message }) => {
            Err(Failure { retryable: false, reason: format!("{field}: {message}") })
        }
        Err(error) => Err(Failure { retryable: false, reason: error.to_string() }),
    };
    let run = charged(run, price.as_ref(), &ledger);
    match outcome {
        Ok(mut answer) => {
            let first = !messages.iter().any(|message| message.origin == Origin::Assistant);
            if let Some(disclosure) =
                assistant.disclosure.clone().filter(|_| first && !answer.contents.is_empty())
            {
                answer.contents.insert(0, text(disclosure));
            }
            match &answer.hand_off {
                Some(_) => hand_over(app, claim, &conversation, &assistant, run, answer).await,
                None => say(app, claim, &conversation, &assistant, run, answer).await,
            }
        }
        Err(failure) => failed(app, claim, &conversation, &assistant, run, failure).await,
    }
}

impl Answer {
    pub(super) fn handing(hand_off: HandOff) -> Self {
        Self { contents: Vec::new(), hand_off: Some(hand_off) }
    }
}

fn text(body: String) -> Content {
    Content::Text(Text { body, preview_url: false })
}

/// Writes down that the assistant begins.
pub(super) async fn begin(
    app: &App,
    claim: &turn::Model,
    conversation: &conversation::Model,
    assistant: &assistant::Model,
) -> Result<assistant_run::Model> {
    let run = assistant_run::Model {
        id: app.ids.next(),
        conversation_id: conversation.id,
        assistant_id: assistant.id,
        assistant_version: assistant.version,
        model: assistant.model.clone(),
        state: RunState::Running,
        last_message_id: claim.last_message_id,
        control_epoch: conversation.control_epoch,
        attempt: claim.attempts,
        reason: None,
        input_tokens: 0,
        output_tokens: 0,
        cost_micros: None,
        currency: None,
        rating: None,
        rating_note: None,
        rated_by: None,
        started_at: app.clock.now(),
        finished_at: None,
    };
    let (row, begun_at) = (run.clone(), claim.begun_at);
    app.db
        .write(Priority::Background, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                // What a node that died left behind is over.
                for run in store::cancel_runs(tx, &[row.conversation_id]).await? {
                    tx.emit(run_updated(&run));
                }
                tool_servers::forget_calls(tx.conn(), row.conversation_id, begun_at).await?;
                tx.emit(run_updated(&row));
                store::insert_run(tx.conn(), row).await
            })
        })
        .await?;
    Ok(run)
}

/// What is decided before any model is asked, and what the limits leave for the answer: nobody's wish for a person depends on one, and limits cost nothing.
async fn without_a_model(
    app: &App,
    attempt: i32,
    conversation: &conversation::Model,
    assistant: &assistant::Model,
    price: Option<&Price>,
    messages: &[message::Model],
) -> Result<std::result::Result<Allowance, HandOff>> {
    let hand_off =
        |reason, summary: &str| Ok(Err(HandOff { reason, summary: summary.to_owned(), message: None }));
    if attempt > ATTEMPTS {
        return hand_off(Reason::ModelFailure, "The answer broke off again and again.");
    }
    let texts: Vec<String> = messages.iter().map(said).collect();
    let unanswered =
        messages.iter().zip(&texts).rev().take_while(|(row, _)| row.direction == Direction::Inbound);
    if unanswered.into_iter().any(|(_, text)| wants_person(text)) {
        return hand_off(Reason::CustomerRequest, "The customer asks for a person.");
    }
    let seen: Vec<Seen<'_>> = messages
        .iter()
        .zip(&texts)
        .map(|(row, text)| Seen { inbound: row.direction == Direction::Inbound, at: row.sent_at, text })
        .collect();
    if is_loop(&seen) {
        return hand_off(Reason::Loop, "The other side seems to be a machine.");
    }
    let now = app.clock.now();
    let db = app.db.read();
    let (answers, tokens) = store::spent(db, conversation.id, now.minus(DAY)).await?;
    if answers >= u64::try_from(assistant.max_answers_per_day).unwrap_or(0) {
        return hand_off(Reason::LimitReached, "The assistant has given as many answers as it may in a day.");
    }
    if tokens >= i64::from(assistant.max_tokens_per_day) {
        return hand_off(Reason::LimitReached, "The assistant has used as many tokens as it may in a day.");
    }
    let mut money = None;
    if let Some((budget, price)) = assistant.monthly_budget_micros.zip(price) {
        let spent = store::cost(db, assistant.id, month_of(now), price.currency.as_deref()).await?;
        if spent >= budget {
            return hand_off(Reason::LimitReached, "The assistant's budget of this month is spent.");
        }
        money = Some((budget.saturating_sub(spent), price.clone()));
    }
    Ok(Ok(Allowance { tokens: i64::from(assistant.max_tokens_per_day).saturating_sub(tokens), money }))
}

/// When the month began, UTC.
fn month_of(now: Timestamp) -> Timestamp {
    let day = DateTime::from_timestamp_millis(now.millis()).unwrap_or_default().date_naive();
    let first = NaiveDate::from_ymd_opt(day.year(), day.month(), 1).unwrap_or(day);
    Timestamp(first.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

fn said(message: &message::Model) -> String {
    serde_json::from_str(&message.content).map(|content| super::history::note(&content)).unwrap_or_default()
}

/// The run with what it cost.
fn charged(run: assistant_run::Model, price: Option<&Price>, ledger: &Ledger) -> assistant_run::Model {
    assistant_run::Model {
        input_tokens: ledger.input_tokens,
        output_tokens: ledger.output_tokens,
        cost_micros: price.map(|price| price.of(ledger.tokens())),
        currency: price.and_then(|price| price.currency.clone()),
        ..run
    }
}

async fn say(
    app: &App,
    claim: &turn::Model,
    conversation: &conversation::Model,
    assistant: &assistant::Model,
    run: assistant_run::Model,
    answer: Answer,
) -> Result<()> {
    let state = if answer.contents.is_empty() { RunState::NoReply } else { RunState::Answered };
    let ready = prepared(app, conversation.id, assistant.id, &run, answer.contents).await?;
    finish(app, claim, Done { run, ready, hand_off: None, state }).await
}

/// Gives the conversation to people, with words for the customer.
async fn hand_over(
    app: &App,
    claim: &turn::Model,
    conversation: &conversation::Model,
    assistant: &assistant::Model,
    run: assistant_run::Model,
    answer: Answer,
) -> Result<()> {
    let mut contents = answer.contents;
    if contents.is_empty() {
        contents.push(text(match &assistant.hand_off_message {
            Some(message) => message.clone(),
            None => waiting::text(app, conversation).await?,
        }));
    }
    let ready = prepared(app, conversation.id, assistant.id, &run, contents).await?;
    let reason = answer.hand_off.as_ref().map(|hand_off| hand_off.reason.name().to_owned());
    let run = assistant_run::Model { reason: run.reason.clone().or(reason), ..run };
    finish(app, claim, Done { run, ready, hand_off: answer.hand_off, state: RunState::HandedOff }).await
}

/// Tries again if that may help, else gives the conversation to people.
async fn failed(
    app: &App,
    claim: &turn::Model,
    conversation: &conversation::Model,
    assistant: &assistant::Model,
    run: assistant_run::Model,
    failure: Failure,
) -> Result<()> {
    tracing::warn!(run = %run.id, assistant = %assistant.id, "an assistant could not answer");
    let run = assistant_run::Model { reason: Some(failure.reason), ..run };
    if failure.retryable && claim.attempts < ATTEMPTS {
        let pause = Duration::from_secs(2).saturating_mul(1 << claim.attempts.clamp(0, 6));
        let held = Arc::new((claim.clone(), run, app.clock.now().plus(pause)));
        return app
            .db
            .write(Priority::Background, move |tx| {
                let held = Arc::clone(&held);
                Box::pin(async move { commit::try_again(tx, &held.0, &held.1, held.2).await })
            })
            .await;
    }
    let summary = "The assistant could not answer.".to_owned();
    let hand_off = HandOff { reason: Reason::ModelFailure, summary, message: None };
    hand_over(app, claim, conversation, assistant, run, Answer::handing(hand_off)).await
}

/// Ends a turn that cannot be answered any more.
async fn drop_turn(app: &App, claim: &turn::Model, run: assistant_run::Model, why: &str) -> Result<()> {
    let run = assistant_run::Model { reason: Some(why.to_owned()), ..run };
    finish(app, claim, Done { run, ready: Ok(Vec::new()), hand_off: None, state: RunState::Canceled }).await
}

async fn finish(app: &App, claim: &turn::Model, done: Done) -> Result<()> {
    let held = Arc::new((app.clone(), claim.clone(), done));
    app.db
        .write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move { commit::finish(tx, &held.0, &held.1, &held.2).await })
        })
        .await
}

/// The messages of an answer, ready to be queued, or why one of them cannot be: then none is.
pub(super) async fn prepared(
    app: &App,
    conversation: ConversationId,
    assistant: AssistantId,
    run: &assistant_run::Model,
    contents: Vec<Content>,
) -> Result<Outcome<Vec<Ready>>> {
    let mut all = Vec::new();
    for (number, content) in contents.into_iter().enumerate() {
        let input = SendInput {
            target: SendTarget::Conversation(conversation),
            draft: Draft::Content(content),
            reply_to: None,
            idempotency_key: format!("run-{}-{number}", run.id),
        };
        match send::prepare(app, &Viewer::assistant(assistant), input).await {
            Ok(Prepared::Ready(ready)) => all.push(*ready),
            // Under this run's own key: it is on its way.
            Ok(Prepared::Known(_)) => {}
            Err(SendError::Refused(refusals)) => return Ok(Err(refusals)),
            Err(SendError::Error(error)) => return Err(error),
        }
    }
    Ok(Ok(all))
}

/// What an assistant would do.
#[derive(Clone, Debug)]
pub struct Attempted {
    /// What it would send.
    pub contents: Vec<Content>,
    /// Why it would give the conversation to people.
    pub hand_off: Option<(Reason, String)>,
    /// Why there is no answer.
    pub failure: Option<String>,
    /// What was done on the way.
    pub steps: Vec<assistant_run_step::Model>,
    /// Of all calls of the model.
    pub input_tokens: i64,
    /// Of all calls of the model.
    pub output_tokens: i64,
}

/// Lets an assistant answer a conversation as it stands, and sends nothing.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`] for an assistant or a conversation that
/// does not exist for the caller; [`Error::Invalid`] for settings that cannot be used.
pub async fn assistant_try(
    app: &App,
    viewer: &Viewer,
    assistant: AssistantId,
    conversation: ConversationId,
) -> Result<Attempted> {
    viewer.require(Permission::Administer)?;
    let db = app.db.read();
    let assistant = store::get(db, assistant).await?.ok_or(Error::NotFound("assistant"))?;
    let conversation = conversations::by_ids(db, viewer.reach(), [conversation]).await?.pop();
    let conversation = conversation.ok_or(Error::NotFound("conversation"))?;
    let messages = store::context(db, conversation.id, conversation.assistant_context_at, CONTEXT).await?;
    let mut ledger = Ledger::of_try();
    let price = price_of(app, &assistant).await?;
    let outcome = match without_a_model(app, 1, &conversation, &assistant, price.as_ref(), &messages).await? {
        Err(hand_off) => Ok(Answer::handing(hand_off)),
        Ok(allowance) => {
            let model = model_of(app, &assistant)?;
            generate(app, &model, &assistant, &conversation, &messages, &allowance, &mut ledger).await?
        }
    };
    let (answer, failure) = match outcome {
        Ok(answer) => (answer, None),
        Err(failure) => (Answer::default(), Some(failure.reason)),
    };
    Ok(Attempted {
        contents: answer.contents,
        hand_off: answer.hand_off.map(|hand_off| (hand_off.reason, hand_off.summary)),
        failure,
        steps: ledger.steps,
        input_tokens: ledger.input_tokens,
        output_tokens: ledger.output_tokens,
    })
}
