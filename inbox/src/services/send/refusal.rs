//! Why a message is not sent, for the person who wrote it.

use crate::domain::sendability::{Reason, Sendability, SendableKind};
use entities::ConversationId;
use providers::content::Content;
use providers::limits::{LimitError, validate};

/// What a person can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which rule.
    pub code: RefusalCode,
    /// The path of the argument, from the input down: `["content", "text", "body"]`.
    pub field: Vec<String>,
    /// What is wrong and what to do.
    pub message: String,
}

/// The rules that a send can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// Only templates may be sent to this customer now.
    WindowClosed,
    /// The text is empty.
    TextEmpty,
    /// The text is longer than WhatsApp takes.
    TextTooLong,
    /// The caption is longer than WhatsApp takes, or the kind has none.
    CaptionTooLong,
    /// The file has neither a media id nor a link.
    FileMissing,
    /// Another limit of WhatsApp's.
    ContentInvalid,
    /// Messages of this kind come from customers only.
    NotSendableKind,
    /// The business blocked the contact.
    ContactBlocked,
    /// There is no contact with this phone.
    RecipientNotFound,
    /// The message to quote is not in this conversation, or the provider does not know it yet.
    ReplyToNotFound,
    /// The key was used for another request.
    IdempotencyKeyReused,
}

impl Refusal {
    pub(super) fn new(code: RefusalCode, field: &[&str], message: impl Into<String>) -> Self {
        let field = field.iter().map(|&name| name.to_owned()).collect();
        Self { code, field, message: message.into() }
    }

    pub(super) fn recipient_not_found(field: &[&str]) -> Self {
        let message =
            "No contact has this phone. Create the contact first, or wait until the customer writes.";
        Self::new(RefusalCode::RecipientNotFound, field, message)
    }

    pub(super) fn key_reused() -> Self {
        let message = "This idempotency key was used for another message. Use a new key for each message.";
        Self::new(RefusalCode::IdempotencyKeyReused, &["idempotencyKey"], message)
    }

    pub(super) fn reply_to_not_found(conversation: ConversationId) -> Self {
        let message = format!(
            "The message to reply to is not in the conversation {conversation}, or WhatsApp has not taken it yet. \
             Reply to another one, or try again when it has been accepted."
        );
        Self::new(RefusalCode::ReplyToNotFound, &["replyToId"], message)
    }
}

/// What is wrong with a content whoever it is for.
pub(super) fn of_content(content: &Content) -> Vec<Refusal> {
    let kind = content.kind().to_lowercase();
    if SendableKind::of(content).is_none() {
        let message = "Messages of this kind come from customers only. Send another kind.";
        return vec![Refusal::new(RefusalCode::NotSendableKind, &["content"], message)];
    }
    let mut refusals: Vec<_> =
        validate(content).err().unwrap_or_default().iter().map(|error| of_limit(&kind, error)).collect();
    if content.file().is_some_and(|file| file.provider_id.is_none() && file.link.is_none()) {
        let message = "The file has neither a media id nor a link. Upload it first, or give a public link.";
        refusals.push(Refusal::new(RefusalCode::FileMissing, &["content", &kind], message));
    }
    refusals
}

fn of_limit(kind: &str, error: &LimitError) -> Refusal {
    let code = match error.field {
        "body" if error.actual < error.limit => RefusalCode::TextEmpty,
        "body" => RefusalCode::TextTooLong,
        "caption" => RefusalCode::CaptionTooLong,
        _ => RefusalCode::ContentInvalid,
    };
    Refusal::new(code, &["content", kind, error.field], error.message.clone())
}

/// Whether a kind may be sent now.
pub(super) fn of_sendability(content: &Content, sendability: &Sendability) -> Option<Refusal> {
    let kind = SendableKind::of(content)?;
    if sendability.allowed_kinds.contains(&kind) {
        return None;
    }
    Some(match sendability.reason {
        Some(Reason::ContactBlocked) => {
            let message = "The contact is blocked. Unblock it to send.";
            Refusal::new(RefusalCode::ContactBlocked, &[], message)
        }
        Some(Reason::NeverWrote) => window_closed("The customer has not written yet, so WhatsApp takes"),
        _ => window_closed("The customer's last message is older than 24 hours, so WhatsApp takes"),
    })
}

fn window_closed(why: &str) -> Refusal {
    let message =
        format!("{why} only templates. Send a template; the window opens when the customer writes.");
    Refusal::new(RefusalCode::WindowClosed, &["content"], message)
}
