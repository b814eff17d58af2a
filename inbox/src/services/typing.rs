//! "Typing…" on the customer's phone.

use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::sendability::{SendabilityFacts, sendability};
use crate::error::{Error, Result};
use crate::services::send::{self as sending, Refusal, RefusalCode, SendError};
use crate::store::{Priority, conversations, provider_tasks, send};
use entities::{ConversationId, ReadReceipts, conversation};
use providers::inbound::ProviderError;
use providers::meta::TaskOutcome;
use sea_orm::ActiveValue::Set;
use std::time::Duration;

/// Whoever writes says so at every key; there is no use in asking more often than this.
const WHILE_WRITING: Duration = Duration::from_secs(10);
/// It is shown for 25 seconds, so this keeps it shown.
const WHILE_THINKING: Duration = Duration::from_secs(20);

/// Shows "typing…" to the customer until the answer comes, at most 25 s. WhatsApp marks the customer's messages as read
/// with it. Called again within a few seconds it does nothing.
///
/// # Errors
/// [`SendError::Refused`] with what a person can mend: a closed window, nothing to answer, a channel that never shows
/// that messages were read, or WhatsApp's own refusal. Otherwise as [`Error`] says.
pub async fn conversation_start_typing(
    app: &App,
    viewer: &Viewer,
    id: ConversationId,
) -> Result<conversation::Model, SendError> {
    viewer.require(Permission::Send)?;
    let db = app.db.read();
    let found = conversations::by_ids(db, viewer.reach(), [id]).await?;
    let conversation = found.into_iter().next().ok_or(Error::NotFound("conversation"))?;
    let contact = send::contact(db, conversation.contact_id).await?.ok_or(Error::NotFound("conversation"))?;
    let channel = send::channel(db, conversation.channel_id).await?.ok_or(Error::NotFound("conversation"))?;
    if channel.read_receipts == ReadReceipts::Never {
        let message = "WhatsApp marks messages as read when it shows \"typing…\", and this channel never shows \
                       that. Change the channel's readReceipts first.";
        return Err(refused(RefusalCode::ReadReceiptsOff, message));
    }
    let facts = SendabilityFacts::new(&conversation, &contact, channel.state);
    let sendability = sendability(&facts, app.clock.now());
    if !sendability.can_send_free_form {
        return Err(SendError::Refused(vec![sending::not_free_form(&sendability)]));
    }
    let wamid = provider_tasks::newest_inbound(db, id).await?;
    let (Some(wamid), Some(number)) = (wamid, channel.phone_number_id) else {
        return Err(refused(RefusalCode::NothingToAnswer, "The customer has written nothing to answer yet."));
    };
    match ask(app, &conversation, &number, &wamid, WHILE_WRITING).await? {
        Ok(shown) => Ok(shown.unwrap_or(conversation)),
        Err(error) => Err(refused(RefusalCode::ProviderRefused, words(&error))),
    }
}

/// Shows "typing…" while an assistant thinks, unless it is shown still or the channel never shows that messages were
/// read. What goes wrong is counted, and hinders nobody.
pub(crate) async fn show_thinking(app: &App, conversation: &conversation::Model) {
    let outcome = match thinking(app, conversation).await {
        Ok(None) => return,
        Ok(Some(true)) => "shown",
        Ok(Some(false)) => "refused",
        Err(_) => "unavailable",
    };
    metrics::counter!("recado_assistant_typing_total", "outcome" => outcome).increment(1);
}

/// Whether WhatsApp did it, if it was asked.
async fn thinking(app: &App, conversation: &conversation::Model) -> Result<Option<bool>> {
    let db = app.db.read();
    let channel = send::channel(db, conversation.channel_id).await?;
    let Some(channel) = channel.filter(|channel| channel.read_receipts != ReadReceipts::Never) else {
        return Ok(None);
    };
    let wamid = provider_tasks::newest_inbound(db, conversation.id).await?;
    let Some((wamid, number)) = wamid.zip(channel.phone_number_id) else { return Ok(None) };
    Ok(match ask(app, conversation, &number, &wamid, WHILE_THINKING).await? {
        Ok(shown) => shown.map(|_| true),
        Err(_) => Some(false),
    })
}

/// Asks WhatsApp to show it, unless it was asked within the last `pause`; gives the conversation as it stands then, or
/// WhatsApp's refusal.
async fn ask(
    app: &App,
    conversation: &conversation::Model,
    number: &str,
    wamid: &str,
    pause: Duration,
) -> Result<std::result::Result<Option<conversation::Model>, ProviderError>> {
    if !app.typing.may_show(conversation.id, app.clock.now(), pause) {
        return Ok(Ok(None));
    }
    let whatsapp = app.whatsapp_of(conversation.channel_id);
    let token = whatsapp.access_token.expose();
    match app.graph().typing(token, number, wamid).await {
        TaskOutcome::Done => Ok(Ok(Some(shown(app, conversation).await?))),
        TaskOutcome::Retry { error, .. } | TaskOutcome::Rejected(error) => {
            app.typing.forget(conversation.id);
            Ok(Err(error))
        }
    }
}

/// WhatsApp has marked the customer's messages as read: no receipt needs to follow.
async fn shown(app: &App, conversation: &conversation::Model) -> Result<conversation::Model> {
    if conversation.read_receipt_at >= conversation.last_inbound_at {
        return Ok(conversation.clone());
    }
    let (id, up_to) = (conversation.id, conversation.last_inbound_at);
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = conversation::ActiveModel { read_receipt_at: Set(up_to), ..Default::default() };
            Box::pin(async move { send::update_conversation(tx.conn(), id, row).await })
        })
        .await
}

fn words(error: &ProviderError) -> String {
    match (error.code, error.message.as_deref().or(error.details.as_deref())) {
        (Some(code), _) => format!("WhatsApp refused it with code {code}. Go on without it."),
        (None, Some(why)) => format!("WhatsApp could not be asked: {why}. Go on without it."),
        (None, None) => "WhatsApp could not be asked. Go on without it.".to_owned(),
    }
}

fn refused(code: RefusalCode, message: impl Into<String>) -> SendError {
    SendError::Refused(vec![Refusal::new(code, &[], message)])
}
