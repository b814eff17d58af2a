//! What a person or a program wants to say, before files, saved messages and templates are looked up (`compose`).

pub use crate::domain::file_types::FileKind;
use entities::{MediaId, SavedMessageId, TemplateId, Timestamp};
use providers::content::{Content, CtaUrl, File, Header, List, Location, ReplyButtons, Text};
use serde::{Deserialize, Serialize};
use url::Url;

/// What to send.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Draft {
    /// A content that needs nothing else.
    Content(Content),
    /// A text of any length, sent as several messages if it is longer than one may be.
    Split(Text),
    /// A file.
    File(FileDraft),
    /// A content with a file above its text.
    Headed(HeadedDraft),
    /// What was saved under this id.
    Saved(SavedMessageId),
    /// A template, to be filled in.
    Template(TemplateDraft),
}

/// A file to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDraft {
    /// As what.
    pub kind: FileKind,
    /// Where it is.
    pub source: MediaSource,
    /// What is written under it.
    pub caption: Option<String>,
    /// Name of a document.
    pub file_name: Option<String>,
    /// A voice note (audio only).
    pub voice: bool,
}

/// A content with a file above its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadedDraft {
    /// What is below: something to press, without a header.
    pub content: Content,
    /// A picture, a video or a document; without a caption.
    pub file: FileDraft,
}

/// Where a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaSource {
    /// In our own storage.
    Media(MediaId),
    /// On the web.
    Url(Url),
}

/// A template to fill in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateDraft {
    /// Which one.
    pub template: TemplateId,
    /// Its variables by their keys.
    pub variables: Vec<(String, TemplateValue)>,
}

/// The value of a template's variable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TemplateValue {
    /// A text.
    Text(String),
    /// A file, for a header.
    Media(MediaSource),
    /// A place, for a header.
    Location(Location),
    /// A moment, such as the end of an offer.
    DateTime(Timestamp),
}

impl TemplateValue {
    fn source_mut(&mut self) -> Option<&mut MediaSource> {
        if let Self::Media(source) = self { Some(source) } else { None }
    }
}

impl MediaSource {
    fn media_mut(&mut self) -> Option<&mut MediaId> {
        if let Self::Media(id) = self { Some(id) } else { None }
    }
}

impl Draft {
    /// The files in our storage that it names.
    pub(crate) fn media(&self) -> Vec<MediaId> {
        self.clone().media_mut().into_iter().map(|id| *id).collect()
    }

    /// The same, to name others.
    pub(crate) fn media_mut(&mut self) -> Vec<&mut MediaId> {
        let sources: Vec<&mut MediaSource> = match self {
            Self::File(file) | Self::Headed(HeadedDraft { file, .. }) => vec![&mut file.source],
            Self::Template(template) => {
                let values = template.variables.iter_mut().map(|(_, value)| value);
                values.filter_map(TemplateValue::source_mut).collect()
            }
            Self::Content(_) | Self::Split(_) | Self::Saved(_) => Vec::new(),
        };
        sources.into_iter().filter_map(MediaSource::media_mut).collect()
    }

    /// What it shows of itself: a file without what only its bytes can tell. None for what says nothing before it is
    /// looked up.
    #[must_use]
    pub fn preview(&self) -> Option<Content> {
        match self {
            Self::Content(content) => Some(content.clone()),
            Self::Split(text) => Some(Content::Text(text.clone())),
            Self::File(file) => Some(file.preview()),
            Self::Headed(HeadedDraft { content, file }) => {
                let mut content = content.clone();
                file.put_above(&mut content);
                Some(content)
            }
            Self::Saved(_) | Self::Template(_) => None,
        }
    }

    /// The name of its member in the input: the path of what is wrong with it begins there.
    pub(super) fn member(&self) -> &'static str {
        match self {
            Self::Content(content) | Self::Headed(HeadedDraft { content, .. }) => member(content),
            Self::Split(_) => "text",
            Self::File(file) => file.kind.member(),
            Self::Saved(_) => "savedMessage",
            Self::Template(_) => "template",
        }
    }
}

impl FileDraft {
    /// Puts the file above the text of what can have one there. False if it cannot, or if the file is of another kind.
    pub(super) fn put_above(&self, content: &mut Content) -> bool {
        let above = match self.preview() {
            Content::Image(file) => Header::Image(file),
            Content::Video(file) => Header::Video(file),
            Content::Document(file) => Header::Document(file),
            _ => return false,
        };
        match content {
            Content::ReplyButtons(ReplyButtons { header, .. })
            | Content::List(List { header, .. })
            | Content::CtaUrl(CtaUrl { header, .. }) => *header = Some(above),
            _ => return false,
        }
        true
    }

    fn preview(&self) -> Content {
        let link = match &self.source {
            MediaSource::Media(_) => None,
            MediaSource::Url(url) => Some(url.to_string()),
        };
        let file = File {
            link,
            caption: self.caption.clone(),
            file_name: self.file_name.clone(),
            voice: self.voice,
            ..File::default()
        };
        match self.kind {
            FileKind::Image => Content::Image(file),
            FileKind::Video => Content::Video(file),
            FileKind::Audio => Content::Audio(file),
            FileKind::Document => Content::Document(file),
            FileKind::Sticker => Content::Sticker(file),
        }
    }
}

/// The name of a content's member in the input. What only customers send has none there.
pub(super) fn member(content: &Content) -> &'static str {
    match content {
        Content::Text(_) => "text",
        Content::Image(_) => "image",
        Content::Video(_) => "video",
        Content::Audio(_) => "audio",
        Content::Document(_) => "document",
        Content::Sticker(_) => "sticker",
        Content::Location(_) => "location",
        Content::Contacts(_) => "contacts",
        Content::ReplyButtons(_) => "replyButtons",
        Content::List(_) => "list",
        Content::CtaUrl(_) => "ctaUrl",
        Content::LocationRequest(_) => "locationRequest",
        Content::Template(_) => "template",
        _ => "content",
    }
}
