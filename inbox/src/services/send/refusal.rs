//! Why a message is not sent, for the person who wrote it.

use super::SendError;
use crate::domain::marketing::Unwanted;
use crate::domain::sendability::{Reason, Sendability, SendableKind};
use entities::ConversationId;
use providers::content::Content;
use providers::limits::{LimitError, Rule, validate};

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
    /// Something must be there, and be more than blanks.
    Missing,
    /// A text is longer than WhatsApp takes.
    TooLong,
    /// A list has more entries than WhatsApp takes.
    TooMany,
    /// It is there already, and each must be another.
    NotUnique,
    /// A number is beyond its range.
    OutOfRange,
    /// It is not written as it must be.
    Malformed,
    /// WhatsApp has no place for it here.
    NotAllowed,
    /// There is no such file, or it is not in our storage.
    FileMissing,
    /// The file could not be fetched from its address.
    FileNotFetched,
    /// WhatsApp takes no files of this size.
    FileTooLarge,
    /// WhatsApp takes no files of this type as this kind.
    FileTypeNotAllowed,
    /// Messages of this kind come from customers only.
    NotSendableKind,
    /// There is no such template for this number.
    TemplateNotFound,
    /// The template may not be sent now.
    TemplateNotSendable,
    /// A value of the template's variables is missing or wrong.
    TemplateVariableInvalid,
    /// The template is marketing, and the contact does not want any.
    MarketingOptedOut,
    /// The template is marketing, and WhatsApp wants none for a while: to the contact, or over the number.
    MarketingHeld,
    /// The business blocked the contact.
    ContactBlocked,
    /// There is no contact with this phone.
    RecipientNotFound,
    /// The message to quote is not in this conversation, or the provider does not know it yet.
    ReplyToNotFound,
    /// The key was used for another request.
    IdempotencyKeyReused,
    /// Nobody can react to this message.
    NotReactable,
    /// Not exactly one emoji.
    EmojiInvalid,
    /// The channel never shows that messages were read.
    ReadReceiptsOff,
    /// The customer has written nothing that could be answered.
    NothingToAnswer,
    /// The provider said no.
    ProviderRefused,
    /// The message did not fail, and what became of it is known.
    NotRetryable,
    /// What became of the message is known.
    NotUnknown,
    /// The message is on its way already, or was never queued.
    NotCancelable,
    /// The time is not in the future, or too far in it.
    SendAtInvalid,
    /// What is sent instead must be a template.
    FallbackNotTemplate,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, field: &[&str], message: impl Into<String>) -> Self {
        let field = field.iter().map(|&name| name.to_owned()).collect();
        Self { code, field, message: message.into() }
    }

    /// Where a long text cannot be several messages.
    pub(super) fn not_split(why: &str) -> SendError {
        let message = format!("{why} Leave this out, and give a text that is short enough.");
        let field = &["content", "text", "split"];
        SendError::Refused(vec![Self::new(RefusalCode::NotAllowed, field, message)])
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

    pub(super) fn template_not_found() -> Self {
        let message = "There is no such template for this number. Choose one of its account, or have the list read anew.";
        Self::new(RefusalCode::TemplateNotFound, &["content", "template", "templateId"], message)
    }

    pub(super) fn template_blocked(why: String) -> Self {
        Self::new(RefusalCode::TemplateNotSendable, &["content", "template", "templateId"], why)
    }

    pub(super) fn marketing_unwanted(why: Unwanted) -> Self {
        let code = match why {
            Unwanted::OptedOut => RefusalCode::MarketingOptedOut,
            Unwanted::ContactHeld(_) | Unwanted::ChannelHeld(_) => RefusalCode::MarketingHeld,
        };
        Self::new(code, &["content", "template", "templateId"], why.words())
    }

    pub(super) fn reply_to_not_found(conversation: ConversationId) -> Self {
        let message = format!(
            "The message to reply to is not in the conversation {conversation}, or WhatsApp has not taken it yet. \
             Reply to another one, or try again when it has been accepted."
        );
        Self::new(RefusalCode::ReplyToNotFound, &["replyToId"], message)
    }
}

/// What is wrong with a content whoever it is for. `kind` is the name of its member in the input.
pub(super) fn of_content(kind: &str, content: &Content) -> Vec<Refusal> {
    if SendableKind::of(content).is_none() {
        let message = "Messages of this kind come from customers only. Send another kind.";
        return vec![Refusal::new(RefusalCode::NotSendableKind, &["content"], message)];
    }
    validate(content).err().unwrap_or_default().into_iter().map(|error| of_limit(kind, error)).collect()
}

fn of_limit(kind: &str, error: LimitError) -> Refusal {
    let code = match error.rule {
        Rule::Missing => RefusalCode::Missing,
        Rule::Count { limit, actual } if actual < limit => RefusalCode::Missing,
        Rule::Count { .. } => RefusalCode::TooMany,
        Rule::TooLong { .. } => RefusalCode::TooLong,
        Rule::Repeated { .. } => RefusalCode::NotUnique,
        Rule::OutOfRange => RefusalCode::OutOfRange,
        Rule::Malformed => RefusalCode::Malformed,
        Rule::NotAllowed => RefusalCode::NotAllowed,
    };
    let field = ["content".to_owned(), kind.to_owned()].into_iter().chain(error.field).collect();
    Refusal { code, field, message: error.message }
}

/// Why free-form messages cannot be sent now.
pub(crate) fn not_free_form(sendability: &Sendability) -> Refusal {
    match sendability.reason {
        Some(Reason::ContactBlocked) => {
            let message = "The contact is blocked. Unblock it to send.";
            Refusal::new(RefusalCode::ContactBlocked, &[], message)
        }
        Some(Reason::NeverWrote) => window_closed("The customer has not written yet, so WhatsApp takes"),
        _ => window_closed("The customer's last message is older than 24 hours, so WhatsApp takes"),
    }
}

/// Whether a kind may be sent now.
pub(super) fn of_sendability(content: &Content, sendability: &Sendability) -> Option<Refusal> {
    let kind = SendableKind::of(content)?;
    if sendability.allowed_kinds.contains(&kind) {
        return None;
    }
    Some(not_free_form(sendability))
}

fn window_closed(why: &str) -> Refusal {
    let message =
        format!("{why} only templates. Send a template; the window opens when the customer writes.");
    Refusal::new(RefusalCode::WindowClosed, &["content"], message)
}
