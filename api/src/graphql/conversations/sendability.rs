//! What may be sent in a conversation, as advice.

use crate::graphql::scalars::DateTime;
use async_graphql::{Enum, SimpleObject};
use entities::{ChannelState, Timestamp, contact, conversation};
use inbox::domain::sendability::{self as domain, SendabilityFacts};

/// Kinds of content that a business can send.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "inbox::domain::sendability::SendableKind")]
pub(super) enum SendableKind {
    /// Plain text.
    Text,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound, or a voice note.
    Audio,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
    /// A place on the map.
    Location,
    /// Contact cards.
    Contacts,
    /// A text with reply buttons under it. Sent from a saved message.
    ReplyButtons,
    /// A text with a list to choose from. Sent from a saved message.
    List,
    /// A text with a button that opens a web page.
    CtaUrl,
    /// A request for the customer's place.
    LocationRequest,
    /// A template that Meta approved.
    Template,
}

/// What stands in the way of sending anything at once.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "inbox::domain::sendability::Reason")]
pub(super) enum SendabilityReason {
    /// The business blocked the contact; nothing can be sent.
    ContactBlocked,
    /// The customer has never written; a template starts the conversation.
    NeverWrote,
    /// The customer's last message is older than 24 hours; only templates can be sent.
    WindowClosed,
    /// WhatsApp says that the window is closed, whatever the times say; only templates can be sent.
    ClosedByProvider,
    /// The channel is paused: what is sent waits in its queue.
    ChannelPaused,
}

/// What may be sent in a conversation now.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct Sendability {
    /// Whether messages other than templates are allowed: within 24 hours of the customer's last message.
    can_send_free_form: bool,
    /// When the 24-hour window closes, or did. Null if the customer never wrote.
    closes_at: Option<DateTime>,
    /// The kinds of content that are allowed.
    allowed_kinds: Vec<SendableKind>,
    /// What stands in the way, the gravest first. Null if nothing does.
    reason: Option<SendabilityReason>,
}

impl Sendability {
    /// By the rule that sending enforces.
    pub(super) fn of(
        conversation: &conversation::Model,
        contact: &contact::Model,
        channel: ChannelState,
        now: Timestamp,
    ) -> Self {
        let facts = SendabilityFacts::new(conversation, contact, channel);
        let answer = domain::sendability(&facts, now);
        Self {
            can_send_free_form: answer.can_send_free_form,
            closes_at: answer.closes_at.map(DateTime),
            allowed_kinds: answer.allowed_kinds.iter().copied().map(Into::into).collect(),
            reason: answer.reason.map(Into::into),
        }
    }
}
