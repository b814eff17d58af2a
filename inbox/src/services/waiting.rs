//! Telling customers that a person will answer.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::auth::{self, Permission, Viewer};
use crate::domain::people;
use crate::domain::waiting::{self, FALLBACK, LONGEST, SHIPPED, is_due, languages, shipped};
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::services::send::{self, Draft, Prepared, SendError, SendInput, SendTarget};
use crate::store::{Priority, Tx, send as rows, turns, users, waiting_messages as store};
use entities::{AuditAction, ConversationId, WaitingMessageVariant, conversation, turn, waiting_message};
use providers::content::{Content, Text};
use sea_orm::ActiveValue::Set;
use std::sync::Arc;

/// A text that customers read while they wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingMessage {
    /// BCP 47.
    pub language: String,
    /// When it is sent.
    pub variant: WaitingMessageVariant,
    /// What it says.
    pub body: String,
    /// It is another than the one that comes with the service, or of a language that has none.
    pub changed: bool,
}

/// Every text there is, by language.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; if the store cannot do it now.
pub async fn waiting_messages(app: &App, viewer: &Viewer) -> Result<Vec<WaitingMessage>> {
    viewer.require(Permission::Administer)?;
    let changed = store::all(app.db.read()).await?;
    let known = |language: &str, variant| {
        changed.iter().any(|row| row.variant == variant && row.language.eq_ignore_ascii_case(language))
    };
    let variants = [WaitingMessageVariant::Standard, WaitingMessageVariant::OutOfHours];
    let untouched =
        SHIPPED.into_iter().flat_map(|(language, ..)| variants.map(|variant| (language, variant)));
    let untouched = untouched.filter(|(language, variant)| !known(language, *variant));
    let mut all: Vec<WaitingMessage> = untouched
        .filter_map(|(language, variant)| {
            let body = shipped(language, variant)?.to_owned();
            Some(WaitingMessage { language: language.to_owned(), variant, body, changed: false })
        })
        .collect();
    all.extend(changed.into_iter().map(|row| WaitingMessage {
        language: row.language,
        variant: row.variant,
        body: row.body,
        changed: true,
    }));
    all.sort_by(|a, b| (&a.language, a.variant).cmp(&(&b.language, b.variant)));
    Ok(all)
}

/// Writes a text; without one the text that comes with the service counts again.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`] for what is no language;
/// [`Error::Invalid`] at `body` for a text that is empty or too long.
pub async fn waiting_message_update(
    app: &App,
    viewer: &Viewer,
    language: &str,
    variant: WaitingMessageVariant,
    body: Option<String>,
) -> Result<Option<WaitingMessage>> {
    viewer.require(Permission::Administer)?;
    let language = people::language(language).ok_or_else(|| {
        let message = "write the language as a BCP 47 tag, for example es or pt-BR";
        auth::Refusal::of(auth::RefusalCode::LanguageInvalid, "language", message)
    })?;
    let body = body.map(|body| body.trim().to_owned());
    if body.as_ref().is_some_and(|body| body.is_empty() || body.chars().count() > LONGEST) {
        return Err(Error::invalid("body", format!("write 1 to {LONGEST} characters")));
    }
    let (user, actor) = (viewer.user_id(), viewer.actor());
    let written = (language.clone(), body.clone(), app.ids.clone());
    app.db
        .write(Priority::Interactive, move |tx| {
            let (language, body, ids) = written.clone();
            Box::pin(async move {
                let fields = vec![
                    AuditChange::names("language", &language),
                    AuditChange::names("variant", variant.as_str()),
                    AuditChange::hidden("body"),
                ];
                let (action, subject) = (AuditAction::WaitingMessageUpdated, Subject::WaitingMessage);
                record(&ids, tx, actor, action, subject, fields).await?;
                let Some(body) = body else { return store::remove(tx.conn(), &language, variant).await };
                let (updated_at, updated_by) = (tx.now(), user);
                let row = waiting_message::Model { language, variant, body, updated_at, updated_by };
                store::save(tx.conn(), row).await
            })
        })
        .await?;
    let changed = body.is_some();
    let body = body.or_else(|| shipped(&language, variant).map(str::to_owned));
    Ok(body.map(|body| WaitingMessage { language, variant, body, changed }))
}

/// Tells the customer of a claimed turn to wait, unless that was done a moment ago, and ends the turn. Nothing if a person
/// took over meanwhile.
pub(super) async fn tell(app: &App, claim: &turn::Model) -> Result<()> {
    let Some(conversation) = rows::conversation(app.db.read(), claim.conversation_id).await? else {
        return Ok(());
    };
    let input = SendInput {
        target: SendTarget::Conversation(conversation.id),
        draft: Draft::Content(Content::Text(Text {
            body: text(app, &conversation).await?,
            preview_url: false,
        })),
        reply_to: None,
        idempotency_key: format!("waiting-{}", claim.last_message_id),
    };
    let ready = match send::prepare(app, &Viewer::system(), input).await {
        Ok(Prepared::Ready(ready)) => Some(*ready),
        Ok(Prepared::Known(_)) | Err(SendError::Refused(_)) => None,
        Err(SendError::Error(error)) => return Err(error),
    };
    let held = Arc::new((app.clone(), claim.clone(), ready));
    app.db
        .write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (app, claim, ready) = &*held;
                finish(tx, app, claim, ready.as_ref()).await
            })
        })
        .await
}

async fn finish(tx: &Tx, app: &App, claim: &turn::Model, ready: Option<&send::Ready>) -> Result<()> {
    let id: ConversationId = claim.conversation_id;
    let conversation = rows::lock_conversation(tx, auth::Reach::All, id).await?;
    // Whoever took over meanwhile removed the turn.
    if turns::lock_claim(tx, claim).await?.is_none() {
        return Ok(());
    }
    turns::remove(tx.conn(), [id]).await?;
    let Some((conversation, ready)) = conversation.zip(ready) else { return Ok(()) };
    let now = app.clock.now();
    if !is_due(conversation.waiting_message_at, app.config.automatic.waiting_quiet, now) {
        return Ok(());
    }
    // Closed windows and blocked contacts are refused there; then there is nothing to say.
    if send::queue(tx, app, ready).await?.is_ok() {
        let told = conversation::ActiveModel { waiting_message_at: Set(Some(now)), ..Default::default() };
        rows::update_conversation(tx.conn(), id, told).await?;
    }
    Ok(())
}

/// The text in the owner's language.
pub(super) async fn text(app: &App, conversation: &conversation::Model) -> Result<String> {
    let db = app.db.read();
    let owner = users::get(db, conversation.owner_id).await?;
    let languages = languages(owner.as_ref().and_then(|owner| owner.language.as_deref()));
    let variant = if app.config.automatic.business_hours.are_open(app.clock.now()) {
        WaitingMessageVariant::Standard
    } else {
        WaitingMessageVariant::OutOfHours
    };
    let changed = store::of(db, &languages, variant).await?;
    let best = languages.iter().find_map(|language| {
        let own = changed.iter().find(|row| row.language == *language).map(|row| row.body.clone());
        own.or_else(|| shipped(language, variant).map(str::to_owned))
    });
    best.or_else(|| waiting::shipped(FALLBACK, variant).map(str::to_owned))
        .ok_or_else(|| Error::internal("there is no waiting message"))
}
