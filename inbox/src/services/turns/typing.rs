//! "Typing…" on the customer's phone while the model thinks.

use super::commit::has_the_word;
use crate::app::App;
use crate::error::Result;
use crate::services::typing::show_thinking;
use crate::store::{send, turns as store};
use entities::{Timestamp, assistant_run, conversation, turn};
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

/// WhatsApp shows it for 25 seconds.
const AGAIN: Duration = Duration::from_secs(20);
/// How often it is looked whether it is time for that.
const LOOK: Duration = Duration::from_millis(500);

/// Shows it for as long as this future is driven, and the assistant has the word and all that the customer wrote.
pub(super) async fn show(app: &App, claim: &turn::Model, run: &assistant_run::Model) -> Infallible {
    let mut next: Option<Timestamp> = None;
    loop {
        let now = app.clock.now();
        if next.is_none_or(|next| next <= now) {
            match wanted(app, claim, run).await {
                Ok(Some(conversation)) => show_thinking(app, &conversation).await,
                Ok(None) => return pending().await,
                Err(error) => tracing::debug!(%error, "typing is not shown"),
            }
            next = Some(now.plus(AGAIN));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// The conversation, if what is being thought of may still be sent.
async fn wanted(
    app: &App,
    claim: &turn::Model,
    run: &assistant_run::Model,
) -> Result<Option<conversation::Model>> {
    let db = app.db.read();
    let turn = store::claimed(db, claim).await?;
    if turn.is_none_or(|turn| turn.last_message_id != claim.last_message_id) {
        return Ok(None);
    }
    let conversation = send::conversation(db, claim.conversation_id).await?;
    Ok(conversation.filter(|conversation| has_the_word(conversation, run)))
}
