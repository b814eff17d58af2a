//! What is to be sent: an input with a member a kind.

mod cards;
mod files;
mod interactive;
mod template;

use super::errors::Result;
use super::global_id::GlobalId;
use async_graphql::{ID, InputObject, OneofObject};
use cards::ContactsContentInput;
use entities::SavedMessageId;
use files::{
    AudioContentInput, DocumentContentInput, ImageContentInput, StickerContentInput, VideoContentInput,
};
use inbox::services::send::Draft;
use interactive::{
    CtaUrlContentInput, Headed, ListContentInput, LocationRequestContentInput, ReplyButtonsContentInput,
};
use providers::content::{self, Content};
pub(super) use template::TemplateContentInput;

/// What to say: one of the kinds that WhatsApp knows. Lists and reply buttons are sent from a saved message. To react
/// to a message is no message.
#[derive(Clone, Debug, OneofObject)]
pub(super) enum MessageContentInput {
    /// Plain text.
    Text(TextContentInput),
    /// A JPEG or PNG picture.
    Image(ImageContentInput),
    /// A film, MP4 or 3GP.
    Video(VideoContentInput),
    /// Sound, or a voice note.
    Audio(AudioContentInput),
    /// Any other file.
    Document(DocumentContentInput),
    /// A WebP sticker.
    Sticker(StickerContentInput),
    /// A place on the map.
    Location(LocationContentInput),
    /// A request for the customer's place.
    LocationRequest(LocationRequestContentInput),
    /// Contact cards.
    Contacts(ContactsContentInput),
    /// A text with a button that opens a web page.
    CtaUrl(CtaUrlContentInput),
    /// Something that was saved before.
    SavedMessage(SavedMessageContentRef),
    /// A template that Meta approved: the only kind that may be sent at any time.
    Template(TemplateContentInput),
}

/// What to save, to be sent later: one of the kinds that WhatsApp knows.
#[derive(Clone, Debug, OneofObject)]
pub(super) enum SavedMessageContentInput {
    /// Plain text.
    Text(TextContentInput),
    /// A JPEG or PNG picture.
    Image(ImageContentInput),
    /// A film, MP4 or 3GP.
    Video(VideoContentInput),
    /// Sound, or a voice note.
    Audio(AudioContentInput),
    /// Any other file.
    Document(DocumentContentInput),
    /// A WebP sticker.
    Sticker(StickerContentInput),
    /// A place on the map.
    Location(LocationContentInput),
    /// A request for the customer's place.
    LocationRequest(LocationRequestContentInput),
    /// Contact cards.
    Contacts(ContactsContentInput),
    /// A text with a button that opens a web page.
    CtaUrl(CtaUrlContentInput),
    /// A text with buttons to answer with.
    ReplyButtons(ReplyButtonsContentInput),
    /// A text with a list to choose from.
    List(ListContentInput),
}

/// Plain text.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TextContentInput {
    /// The text, 1 to 4,096 characters.
    body: String,
    /// Whether WhatsApp draws a preview of the first link; it does not if absent.
    preview_url: Option<bool>,
    /// Whether a text of more than 4,096 characters is sent as several messages, 10 at most, instead of being refused. It
    /// is cut between paragraphs, lines, sentences or words. Not for what is saved. It is not if absent.
    split: Option<bool>,
}

/// A place on the map.
#[derive(Clone, Debug, InputObject)]
pub(super) struct LocationContentInput {
    /// Degrees from -90 to 90, north positive.
    latitude: f64,
    /// Degrees from -180 to 180, east positive.
    longitude: f64,
    /// Name of the place.
    name: Option<String>,
    /// Street address. WhatsApp shows it only beside a name.
    address: Option<String>,
}

/// Something that was saved before.
#[derive(Clone, Debug, InputObject)]
#[graphql(name = "SavedMessageInput")]
pub(super) struct SavedMessageContentRef {
    /// Which saved message. What it says is copied: it may be changed or deleted later.
    id: ID,
}

impl MessageContentInput {
    /// In the terms of the use case. `path` is where the input stands, for what is wrong with it.
    pub(super) fn into_draft(self, path: &str) -> Result<Draft> {
        Ok(match self {
            Self::Text(text) if text.split == Some(true) => Draft::Split(text.into()),
            Self::Text(text) => Draft::Content(Content::Text(text.into())),
            Self::Image(image) => Draft::File(image.into_draft(&format!("{path}.image"))?),
            Self::Video(video) => Draft::File(video.into_draft(&format!("{path}.video"))?),
            Self::Audio(audio) => Draft::File(audio.into_draft(&format!("{path}.audio"))?),
            Self::Document(document) => Draft::File(document.into_draft(&format!("{path}.document"))?),
            Self::Sticker(sticker) => Draft::File(sticker.into_draft(&format!("{path}.sticker"))?),
            Self::Location(place) => Draft::Content(Content::Location(place.into())),
            Self::LocationRequest(request) => Draft::Content(Content::LocationRequest(request.into())),
            Self::Contacts(contacts) => Draft::Content(Content::Contacts(contacts.into())),
            Self::CtaUrl(cta) => Headed::from(cta).into_draft(&format!("{path}.ctaUrl"))?,
            Self::SavedMessage(saved) => {
                Draft::Saved(SavedMessageId::parse(&format!("{path}.savedMessage.id"), &saved.id)?)
            }
            Self::Template(template) => Draft::Template(template.into_draft(&format!("{path}.template"))?),
        })
    }
}

impl SavedMessageContentInput {
    /// See [`MessageContentInput::into_draft`].
    pub(super) fn into_draft(self, path: &str) -> Result<Draft> {
        let content = match self {
            Self::ReplyButtons(buttons) => {
                return Headed::from(buttons).into_draft(&format!("{path}.replyButtons"));
            }
            Self::List(list) => return Headed::from(list).into_draft(&format!("{path}.list")),
            Self::Text(text) => MessageContentInput::Text(text),
            Self::Image(image) => MessageContentInput::Image(image),
            Self::Video(video) => MessageContentInput::Video(video),
            Self::Audio(audio) => MessageContentInput::Audio(audio),
            Self::Document(document) => MessageContentInput::Document(document),
            Self::Sticker(sticker) => MessageContentInput::Sticker(sticker),
            Self::Location(place) => MessageContentInput::Location(place),
            Self::LocationRequest(request) => MessageContentInput::LocationRequest(request),
            Self::Contacts(contacts) => MessageContentInput::Contacts(contacts),
            Self::CtaUrl(cta) => MessageContentInput::CtaUrl(cta),
        };
        content.into_draft(path)
    }
}

impl From<TextContentInput> for content::Text {
    fn from(text: TextContentInput) -> Self {
        Self { body: text.body, preview_url: text.preview_url.unwrap_or_default() }
    }
}

impl From<LocationContentInput> for content::Location {
    fn from(place: LocationContentInput) -> Self {
        let LocationContentInput { latitude, longitude, name, address } = place;
        Self { latitude, longitude, name, address, url: None }
    }
}
