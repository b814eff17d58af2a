//! The closed sets of messages.

use async_graphql::Enum;
use async_graphql::resolver_utils::EnumType;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::Direction")]
pub(in crate::graphql) enum MessageDirection {
    /// The customer.
    Inbound,
    /// The business.
    Outbound,
}

/// How a message came to be.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::Origin")]
pub(in crate::graphql) enum MessageOrigin {
    /// The customer wrote it.
    Customer,
    /// Sent over this API.
    Api,
    /// Typed in the WhatsApp Business app on the business's phone.
    BusinessApp,
    /// Written by an assistant.
    Assistant,
    /// Sent by the service itself, such as a waiting message.
    System,
    /// Imported from the phone's history.
    History,
}

/// How far an outbound message got.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::MessageStatus")]
pub(in crate::graphql) enum MessageStatus {
    /// Waits for the time for which it was planned (`messageSchedule`).
    Scheduled,
    /// Taken back before it was sent (`messageCancel`).
    Canceled,
    /// Waits for its turn.
    Queued,
    /// Is being handed to WhatsApp.
    Sending,
    /// The line dropped and nobody knows whether WhatsApp has it. Never sent again by itself: it is settled by the
    /// status that may still come, or by a person.
    Unknown,
    /// WhatsApp took it.
    Accepted,
    /// On WhatsApp's servers: one tick.
    Sent,
    /// On the customer's device: two ticks.
    Delivered,
    /// The customer saw it: blue ticks.
    Read,
    /// The customer played the voice note.
    Played,
    /// WhatsApp refused it or could not deliver it; `error` says why.
    Failed,
}

/// What kind of content a message has: the type of its `content`.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(in crate::graphql) enum MessageKind {
    /// `TextContent`.
    Text,
    /// `ImageContent`.
    Image,
    /// `VideoContent`.
    Video,
    /// `AudioContent`.
    Audio,
    /// `DocumentContent`.
    Document,
    /// `StickerContent`.
    Sticker,
    /// `LocationContent`.
    Location,
    /// `ContactsContent`.
    Contacts,
    /// `ButtonReplyContent`.
    ButtonReply,
    /// `ListReplyContent`.
    ListReply,
    /// `TemplateButtonReplyContent`.
    TemplateButtonReply,
    /// `FlowReplyContent`.
    FlowReply,
    /// `CallPermissionReplyContent`.
    CallPermissionReply,
    /// `OrderContent`.
    Order,
    /// `SystemContent`.
    System,
    /// `TemplateContent`.
    Template,
    /// `ReplyButtonsContent`.
    ReplyButtons,
    /// `ListContent`.
    List,
    /// `CtaUrlContent`.
    CtaUrl,
    /// `LocationRequestContent`.
    LocationRequest,
    /// `InteractiveContent`.
    Interactive,
    /// `MediaPlaceholderContent`.
    MediaPlaceholder,
    /// `UnsupportedContent`: anything that WhatsApp or this service does not know, kept whole.
    Unsupported,
}

impl MessageKind {
    /// The kind of a stored message. A kind from the future is unsupported here.
    pub(in crate::graphql) fn from_stored(kind: &str) -> Self {
        Self::items().iter().find(|item| item.name == kind).map_or(Self::Unsupported, |item| item.value)
    }

    /// As stored: the name in the schema is the text in the table.
    pub(super) fn stored(self) -> &'static str {
        Self::items().iter().find(|item| item.value == self).map_or("UNSUPPORTED", |item| item.name)
    }
}
