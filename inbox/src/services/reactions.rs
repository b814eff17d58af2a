//! Reacting to messages. A reaction is no message: it gathers on the one that it is about.

use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::reaction::{self, Unreactable};
use crate::domain::sendability::{SendabilityFacts, sendability};
use crate::error::{Error, Result};
use crate::services::send::{self as sending, Refusal, RefusalCode, SendError};
use crate::store::db::NewEvent;
use crate::store::provider_tasks::{self, ProviderTask};
use crate::store::{Priority, Tx, reactions, send};
use entities::{EventKind, MessageId, conversation, message};

/// Reacts to a message with one emoji, in place of the reaction before; without one takes it back. A reaction does not
/// switch the conversation to manual mode: it says nothing that an assistant could contradict.
///
/// # Errors
/// [`SendError::Refused`] with what a person can mend: no emoji, a message that cannot be reacted to, a closed window.
/// Otherwise as [`Error`] says.
pub async fn message_react(
    app: &App,
    viewer: &Viewer,
    id: MessageId,
    emoji: Option<&str>,
) -> Result<message::Model, SendError> {
    viewer.require(Permission::Send)?;
    let emoji = match emoji.map(reaction::emoji) {
        Some(None) => {
            let message = "A reaction is exactly one emoji. To take it back give none.";
            return Err(SendError::Refused(vec![Refusal::new(
                RefusalCode::EmojiInvalid,
                &["emoji"],
                message,
            )]));
        }
        Some(emoji) => emoji,
        None => None,
    };
    let (ids, reach) = (app.ids.clone(), viewer.reach());
    let outcome = app
        .db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let message = send::message(tx.conn(), id).await?.ok_or(Error::NotFound("message"))?;
                let conversation = send::lock_conversation(tx, reach, message.conversation_id).await?;
                let conversation = conversation.ok_or(Error::NotFound("message"))?;
                let wamid = match check(tx, &message, &conversation).await? {
                    Ok(wamid) => wamid,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                let emoji = emoji.map(str::to_owned);
                reactions::put(tx.conn(), ids.next(), id, emoji.clone(), tx.now()).await?;
                let task =
                    ProviderTask::Reaction { contact: conversation.contact_id, message: id, wamid, emoji };
                provider_tasks::put(tx, &ids, message.channel_id, &task).await?;
                tx.emit(NewEvent {
                    conversation_id: Some(message.conversation_id),
                    channel_id: Some(message.channel_id),
                    message_id: Some(id),
                    ..NewEvent::new(EventKind::MessageUpdated)
                });
                Ok(Ok(message))
            })
        })
        .await?;
    outcome.map_err(|refusal| SendError::Refused(vec![refusal]))
}

/// The message's name at the provider, if one may react to it now.
async fn check(
    tx: &Tx,
    message: &message::Model,
    conversation: &conversation::Model,
) -> Result<Result<String, Refusal>> {
    if let Err(why) = reaction::may_react(message, tx.now()) {
        return Ok(Err(Refusal::new(RefusalCode::NotReactable, &[], words(why))));
    }
    let contact = send::contact(tx.conn(), conversation.contact_id).await?;
    let channel = send::channel(tx.conn(), conversation.channel_id).await?;
    let (contact, channel) =
        (contact.ok_or(Error::NotFound("message"))?, channel.ok_or(Error::NotFound("message"))?);
    let sendability = sendability(&SendabilityFacts::new(conversation, &contact, channel.state), tx.now());
    if !sendability.can_send_free_form {
        return Ok(Err(sending::not_free_form(&sendability)));
    }
    Ok(message
        .wamid
        .clone()
        .ok_or_else(|| Refusal::new(RefusalCode::NotReactable, &[], words(Unreactable::NotSent))))
}

fn words(why: Unreactable) -> &'static str {
    match why {
        Unreactable::NotSent => {
            "WhatsApp has not taken this message, so nobody can react to it. Try again later."
        }
        Unreactable::Note => {
            "This is a note from WhatsApp itself; react to a message of the customer or of yours."
        }
        Unreactable::Revoked => "The message was deleted for everyone.",
        Unreactable::TooOld => "WhatsApp takes reactions to messages of the last 30 days only.",
    }
}
