//! What a message says: a union with a type a kind.
//!
//! Fields of the same name have the same type in all of them, so that a document may select them side by side.

mod cards;
mod files;
mod interactive;
mod replies;

use super::scalars::{Json, Url};
use super::templates::TemplatePreview;
use async_graphql::{SimpleObject, Union};
use cards::ContactsContent;
use files::{AudioContent, DocumentContent, ImageContent, StickerContent, VideoContent};
use interactive::{
    CtaUrlContent, InteractiveContent, ListContent, LocationRequestContent, ReplyButtonsContent,
};
use providers::content::{self, Content};
use replies::{
    ButtonReplyContent, CallPermissionReplyContent, FlowReplyContent, ListReplyContent, OrderContent,
    TemplateButtonReplyContent,
};

/// What a message says. `kind` of the message names the type; `RevokedContent` stands in for any of them.
#[derive(Clone, Debug, Union)]
pub(super) enum MessageContent {
    Text(TextContent),
    Image(ImageContent),
    Video(VideoContent),
    Audio(AudioContent),
    Document(DocumentContent),
    Sticker(StickerContent),
    Location(LocationContent),
    Contacts(ContactsContent),
    ButtonReply(ButtonReplyContent),
    ListReply(ListReplyContent),
    TemplateButtonReply(TemplateButtonReplyContent),
    FlowReply(FlowReplyContent),
    CallPermissionReply(CallPermissionReplyContent),
    Order(OrderContent),
    System(SystemContent),
    Template(TemplateContent),
    ReplyButtons(ReplyButtonsContent),
    List(ListContent),
    CtaUrl(CtaUrlContent),
    LocationRequest(LocationRequestContent),
    Interactive(InteractiveContent),
    MediaPlaceholder(MediaPlaceholderContent),
    Revoked(RevokedContent),
    Unsupported(UnsupportedContent),
}

impl MessageContent {
    /// From the stored JSON of a message, or of one of its versions, unless the message is hidden. What this version
    /// cannot read is kept whole.
    pub(super) fn from_stored(json: &str, hidden: bool) -> Self {
        if hidden {
            let explanation = "The message was deleted for everyone.".to_owned();
            return Self::Revoked(RevokedContent { explanation });
        }
        match serde_json::from_str::<Content>(json) {
            Ok(content) => content.into(),
            Err(_) => Self::Unsupported(UnsupportedContent {
                kind: "unreadable".to_owned(),
                reason: Some("this version of the service cannot read the stored content".to_owned()),
                raw: Json(serde_json::from_str(json).unwrap_or_default()),
            }),
        }
    }
}

impl From<Content> for MessageContent {
    fn from(content: Content) -> Self {
        match content {
            Content::Text(text) => Self::Text(text.into()),
            Content::Image(file) => Self::Image(file.into()),
            Content::Video(file) => Self::Video(file.into()),
            Content::Audio(file) => Self::Audio(file.into()),
            Content::Document(file) => Self::Document(file.into()),
            Content::Sticker(file) => Self::Sticker(file.into()),
            Content::Location(place) => Self::Location(place.into()),
            Content::Contacts(contacts) => Self::Contacts(contacts.into()),
            Content::ButtonReply(reply) => Self::ButtonReply(reply.into()),
            Content::ListReply(reply) => Self::ListReply(reply.into()),
            Content::TemplateButtonReply(reply) => Self::TemplateButtonReply(reply.into()),
            Content::FlowReply(reply) => Self::FlowReply(reply.into()),
            Content::CallPermissionReply(reply) => Self::CallPermissionReply(reply.into()),
            Content::Order(order) => Self::Order(order.into()),
            Content::System(note) => Self::System(SystemContent { event: note.event, message: note.body }),
            Content::Template(template) => Self::Template(template.into()),
            Content::ReplyButtons(buttons) => Self::ReplyButtons(buttons.into()),
            Content::List(list) => Self::List(list.into()),
            Content::CtaUrl(cta) => Self::CtaUrl(cta.into()),
            Content::LocationRequest(request) => Self::LocationRequest(request.into()),
            Content::Interactive(interactive) => Self::Interactive(interactive.into()),
            Content::MediaPlaceholder => Self::MediaPlaceholder(MediaPlaceholderContent {
                explanation: "WhatsApp's history mentions a file here but does not carry it".to_owned(),
            }),
            Content::Unsupported(unsupported) => Self::Unsupported(unsupported.into()),
        }
    }
}

/// Plain text.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TextContent {
    /// The text, at most 4,096 characters.
    body: String,
    /// Whether WhatsApp was asked to draw a preview of the first link (outbound only).
    preview_url: bool,
}

impl From<content::Text> for TextContent {
    fn from(text: content::Text) -> Self {
        Self { body: text.body, preview_url: text.preview_url }
    }
}

/// A place on the map.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct LocationContent {
    /// Degrees, north positive.
    latitude: f64,
    /// Degrees, east positive.
    longitude: f64,
    /// Name of the place.
    name: Option<String>,
    /// Street address.
    address: Option<String>,
    /// Web page of the place.
    url: Option<Url>,
}

impl From<content::Location> for LocationContent {
    fn from(place: content::Location) -> Self {
        Self {
            latitude: place.latitude,
            longitude: place.longitude,
            name: place.name,
            address: place.address,
            url: place.url.map(Url),
        }
    }
}

/// A note from WhatsApp itself about the customer.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct SystemContent {
    /// What happened, in Meta's word: `user_changed_number`, `user_changed_user_id`, `customer_identity_changed`.
    event: String,
    /// Meta's own sentence.
    message: Option<String>,
}

/// A template with its values filled in.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateContent {
    /// The template's name.
    template_name: String,
    /// Its language, as Meta writes it (`en_US`).
    language: String,
    /// The text that the customer sees, where known.
    rendered: Option<String>,
    /// What the customer sees, part by part. Null for templates that were sent from elsewhere. The files of header and
    /// cards are the message's media.
    preview: Option<TemplatePreview>,
    /// The values of a template that was sent from elsewhere, as Meta tells them.
    components: Option<Json>,
}

impl From<content::Template> for TemplateContent {
    fn from(template: content::Template) -> Self {
        let foreign = template.rendered.is_none() && !template.components.is_empty();
        let components =
            foreign.then(|| Json(serde_json::to_value(&template.components).unwrap_or_default()));
        Self {
            template_name: template.name,
            language: template.language,
            rendered: template.rendered.as_ref().map(content::Rendered::text),
            preview: template.rendered.map(Into::into),
            components,
        }
    }
}

/// A file that imported history mentions but does not carry.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct MediaPlaceholderContent {
    /// A sentence for people.
    explanation: String,
}

/// In place of what a message said that was deleted for everyone. A service with the setting `revoked_messages` at `show`
/// goes on showing what it said.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct RevokedContent {
    /// A sentence for people.
    explanation: String,
}

/// Something that WhatsApp or this service does not support, kept whole.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct UnsupportedContent {
    /// The type that Meta named: `unsupported`, `poll` or another.
    #[graphql(name = "type")]
    kind: String,
    /// Why it is not supported, where Meta says so.
    reason: Option<String>,
    /// The message object as received.
    raw: Json,
}

impl From<content::Unsupported> for UnsupportedContent {
    fn from(unsupported: content::Unsupported) -> Self {
        Self { kind: unsupported.kind, reason: unsupported.reason, raw: Json(unsupported.raw) }
    }
}
