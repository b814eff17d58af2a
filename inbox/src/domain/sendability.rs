//! What may be sent to a customer now. The same answer advises in the schema and is enforced before every call.

use entities::{ChannelState, Timestamp, contact, conversation};
use providers::content::Content;
use std::time::Duration;

/// How long free-form messages are allowed after the customer's last message (Meta's customer service window).
pub const WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// Meta's code for a free-form message outside the window.
pub const WINDOW_CLOSED: i64 = 131_047;

/// Kinds of content that a business can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SendableKind {
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
    /// A body with reply buttons.
    ReplyButtons,
    /// A body with a list to choose from.
    List,
    /// A body with a button that opens a web page.
    CtaUrl,
    /// A request for the customer's place.
    LocationRequest,
    /// A template.
    Template,
}

impl SendableKind {
    /// All there are.
    pub const ALL: [Self; 13] = [
        Self::Text,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Document,
        Self::Sticker,
        Self::Location,
        Self::Contacts,
        Self::ReplyButtons,
        Self::List,
        Self::CtaUrl,
        Self::LocationRequest,
        Self::Template,
    ];

    /// The kind of a content; none if only customers or WhatsApp itself can send it.
    #[must_use]
    pub fn of(content: &Content) -> Option<Self> {
        Some(match content {
            Content::Text(_) => Self::Text,
            Content::Image(_) => Self::Image,
            Content::Video(_) => Self::Video,
            Content::Audio(_) => Self::Audio,
            Content::Document(_) => Self::Document,
            Content::Sticker(_) => Self::Sticker,
            Content::Location(_) => Self::Location,
            Content::Contacts(_) => Self::Contacts,
            Content::ReplyButtons(_) => Self::ReplyButtons,
            Content::List(_) => Self::List,
            Content::CtaUrl(_) => Self::CtaUrl,
            Content::LocationRequest(_) => Self::LocationRequest,
            Content::Template(_) => Self::Template,
            Content::ButtonReply(_)
            | Content::ListReply(_)
            | Content::TemplateButtonReply(_)
            | Content::FlowReply(_)
            | Content::CallPermissionReply(_)
            | Content::Order(_)
            | Content::System(_)
            | Content::Interactive(_)
            | Content::MediaPlaceholder
            | Content::Unsupported(_) => return None,
        })
    }
}

/// What the rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendabilityFacts {
    /// Provider's time of the customer's newest message.
    pub last_inbound_at: Option<Timestamp>,
    /// The provider refused a free-form message (131047) since then.
    pub window_closed_by_provider: bool,
    /// The business blocked the contact.
    pub contact_blocked: bool,
    /// Whether the channel sends.
    pub channel: ChannelState,
}

impl SendabilityFacts {
    /// The facts of a conversation, its contact and its channel.
    #[must_use]
    pub fn new(conversation: &conversation::Model, contact: &contact::Model, channel: ChannelState) -> Self {
        Self {
            last_inbound_at: conversation.last_inbound_at,
            window_closed_by_provider: conversation.window_closed_by_provider,
            contact_blocked: contact.blocked_at.is_some(),
            channel,
        }
    }
}

/// What stands in the way of sending anything at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The business blocked the contact; nothing can be sent.
    ContactBlocked,
    /// The customer has never written; a template starts the conversation.
    NeverWrote,
    /// The customer's last message is older than 24 hours; only templates.
    WindowClosed,
    /// The provider says that the window is closed, whatever the times say; only templates.
    ClosedByProvider,
    /// The channel is paused: what is sent waits in its queue.
    ChannelPaused,
}

/// What may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sendability {
    /// Free-form messages are allowed.
    pub can_send_free_form: bool,
    /// When the window closes, or did; none if it was never open.
    pub closes_at: Option<Timestamp>,
    /// The kinds that are allowed.
    pub allowed_kinds: &'static [SendableKind],
    /// What stands in the way, the gravest first; none if nothing does.
    pub reason: Option<Reason>,
}

/// The rule: free-form for 24 hours after the customer's last message by the provider's time, templates always,
/// nothing to a blocked contact. There is no safety margin: about the last seconds the provider decides.
#[must_use]
pub fn sendability(facts: &SendabilityFacts, now: Timestamp) -> Sendability {
    let closes_at = facts.last_inbound_at.map(|at| at.plus(WINDOW));
    let window = match closes_at {
        None => Some(Reason::NeverWrote),
        Some(_) if facts.window_closed_by_provider => Some(Reason::ClosedByProvider),
        Some(closes_at) if now >= closes_at => Some(Reason::WindowClosed),
        Some(_) => None,
    };
    let paused = (facts.channel == ChannelState::Paused).then_some(Reason::ChannelPaused);
    let (allowed_kinds, reason): (&[_], _) = match window {
        _ if facts.contact_blocked => (&[], Some(Reason::ContactBlocked)),
        Some(reason) => (&[SendableKind::Template], Some(reason)),
        None => (&SendableKind::ALL, paused),
    };
    let can_send_free_form = !facts.contact_blocked && window.is_none();
    Sendability { can_send_free_form, closes_at, allowed_kinds, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WROTE: Timestamp = Timestamp::from_seconds(1_700_000_000);
    const DAY: i64 = 24 * 60 * 60 * 1000;

    const OPEN: SendabilityFacts = SendabilityFacts {
        last_inbound_at: Some(WROTE),
        window_closed_by_provider: false,
        contact_blocked: false,
        channel: ChannelState::Active,
    };

    #[test]
    fn the_window() {
        let never = SendabilityFacts { last_inbound_at: None, ..OPEN };
        let refused = SendabilityFacts { window_closed_by_provider: true, ..OPEN };
        let blocked = SendabilityFacts { contact_blocked: true, ..OPEN };
        let paused = SendabilityFacts { channel: ChannelState::Paused, ..OPEN };
        let blocked_and_never = SendabilityFacts { contact_blocked: true, ..never };
        // Facts, milliseconds after the customer wrote, free-form allowed, kinds allowed, reason.
        let cases = [
            (OPEN, 0, true, 13, None),
            (OPEN, DAY - 1, true, 13, None),
            (OPEN, DAY, false, 1, Some(Reason::WindowClosed)),
            (OPEN, 30 * DAY, false, 1, Some(Reason::WindowClosed)),
            // The provider's clock may run ahead of ours.
            (OPEN, -5000, true, 13, None),
            (never, 0, false, 1, Some(Reason::NeverWrote)),
            (refused, 0, false, 1, Some(Reason::ClosedByProvider)),
            (refused, DAY, false, 1, Some(Reason::ClosedByProvider)),
            (blocked, 0, false, 0, Some(Reason::ContactBlocked)),
            (blocked_and_never, 0, false, 0, Some(Reason::ContactBlocked)),
            (paused, 0, true, 13, Some(Reason::ChannelPaused)),
            (paused, DAY, false, 1, Some(Reason::WindowClosed)),
        ];
        for (facts, after, free_form, kinds, reason) in cases {
            let seen = sendability(&facts, Timestamp(WROTE.0 + after));
            assert_eq!(
                (seen.can_send_free_form, seen.allowed_kinds.len(), seen.reason),
                (free_form, kinds, reason),
                "{facts:?} after {after} ms"
            );
            assert_eq!(seen.closes_at, facts.last_inbound_at.map(|at| Timestamp(at.0 + DAY)));
        }
    }

    #[test]
    fn outside_the_window_only_templates() {
        let closed = sendability(&OPEN, Timestamp(WROTE.0 + DAY));
        assert_eq!(closed.allowed_kinds, [SendableKind::Template]);
    }

    proptest! {
        #[test]
        fn free_form_is_exactly_what_text_needs(
            wrote in prop::option::of(0_i64..3 * DAY), now in 0_i64..6 * DAY,
            refused in any::<bool>(), blocked in any::<bool>(),
        ) {
            let facts = SendabilityFacts {
                last_inbound_at: wrote.map(Timestamp),
                window_closed_by_provider: refused,
                contact_blocked: blocked,
                channel: ChannelState::Active,
            };
            let seen = sendability(&facts, Timestamp(now));
            prop_assert_eq!(seen.can_send_free_form, seen.allowed_kinds.contains(&SendableKind::Text));
            prop_assert_eq!(seen.can_send_free_form, seen.reason.is_none());
        }
    }
}
