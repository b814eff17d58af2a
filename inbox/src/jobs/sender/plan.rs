//! What to do with each row that could be sent now. Pure.

use crate::domain::recipient::recipient;
use crate::domain::sendability::{Reason, SendabilityFacts, SendableKind, WINDOW_CLOSED, sendability};
use crate::domain::templates;
use crate::limits::PairLimit;
use crate::store::send::Outgoing;
use entities::{Timestamp, channel, contact, conversation, message, outbox};
use providers::content::{Content, Template};
use providers::inbound::ProviderError;
use providers::meta::{OutboundMessage, Recipient};

/// Meta's code for a message to somebody whom the business blocked.
const BLOCKED: i64 = 130_403;

/// What to do with a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Call the provider with this.
    Send(Box<OutboundMessage>),
    /// It cannot be sent; the provider need not be asked.
    Fail(ProviderError),
    /// Not before then.
    Wait(Timestamp),
}

/// The step of one row.
pub(super) fn step(
    row: &outbox::Model,
    outgoing: &Outgoing,
    channel: &channel::Model,
    pairs: &PairLimit,
    now: Timestamp,
) -> Step {
    let Some((message, conversation)) =
        outgoing.messages.get(&row.message_id).zip(outgoing.conversations.get(&row.conversation_id))
    else {
        return Step::Fail(refusal(
            None,
            "the message or its conversation was removed before it could be sent",
        ));
    };
    let Ok(content) = serde_json::from_str::<Content>(&message.content) else {
        return Step::Fail(refusal(None, "the stored content cannot be read"));
    };
    if let Some(error) = not_allowed(&content, conversation, outgoing, channel, now) {
        return Step::Fail(error);
    }
    let ready_at = pairs.ready_at(row.conversation_id, now);
    if ready_at > now {
        return Step::Wait(ready_at);
    }
    let identities = outgoing.identities.get(&conversation.contact_id).map(Vec::as_slice).unwrap_or_default();
    Step::Send(Box::new(outbound(message, content, recipient(identities))))
}

/// The rule of sending, applied once more: the window may have closed while the message waited.
fn not_allowed(
    content: &Content,
    conversation: &conversation::Model,
    outgoing: &Outgoing,
    channel: &channel::Model,
    now: Timestamp,
) -> Option<ProviderError> {
    let Some(contact) = outgoing.contacts.get(&conversation.contact_id) else {
        return Some(refusal(None, "the contact was removed before the message could be sent"));
    };
    if let Content::Template(sent) = content
        && let Some(error) = template_not_allowed(sent, contact, outgoing, channel, now)
    {
        return Some(error);
    }
    let sendability = sendability(&SendabilityFacts::new(conversation, contact, channel.state), now);
    if SendableKind::of(content).is_none_or(|kind| sendability.allowed_kinds.contains(&kind)) {
        return None;
    }
    Some(match sendability.reason {
        Some(Reason::ContactBlocked) => {
            refusal(Some(BLOCKED), "the contact was blocked before the message could be sent")
        }
        _ => refusal(Some(WINDOW_CLOSED), "the 24-hour window closed before the message could be sent"),
    })
}

/// The template may have been paused or deleted meanwhile, or have become marketing that is not wanted now.
fn template_not_allowed(
    sent: &Template,
    contact: &contact::Model,
    outgoing: &Outgoing,
    channel: &channel::Model,
    now: Timestamp,
) -> Option<ProviderError> {
    let row = outgoing.templates.iter().find(|row| {
        Some(&row.business_account_id) == channel.business_account_id.as_ref()
            && (&row.name, &row.language) == (&sent.name, &sent.language)
    })?;
    if let Some(why) = templates::blocked(row) {
        let code = match row.status.as_str() {
            "PAUSED" => templates::PAUSED_TEMPLATE,
            "DISABLED" => templates::DISABLED_TEMPLATE,
            _ => templates::UNKNOWN_TEMPLATE,
        };
        return Some(refusal(Some(code), &why));
    }
    if !templates::is_marketing(row) {
        return None;
    }
    let why = outgoing.holds.wishes(contact, channel.id).unwanted(now)?;
    Some(refusal(Some(why.code()), &why.words()))
}

fn outbound(message: &message::Model, content: Content, to: Recipient) -> OutboundMessage {
    OutboundMessage {
        to,
        content,
        reply_to_wamid: message.reply_to_wamid.clone(),
        biz_opaque_callback_data: message.id.to_string(),
    }
}

/// Our own refusal, under Meta's code where Meta would refuse for the same reason.
fn refusal(code: Option<i64>, why: &str) -> ProviderError {
    ProviderError {
        code,
        title: Some("Not sent".to_owned()),
        details: Some(why.to_owned()),
        ..ProviderError::default()
    }
}
