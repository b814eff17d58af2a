//! Contents that are a file. The file itself is the message's `media`.

use crate::graphql::scalars::Url;
use async_graphql::SimpleObject;
use providers::content::File;

/// A JPEG or PNG picture. The file itself is the message's `media`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ImageContent {
    /// What is written under it, at most 1,024 characters.
    caption: Option<String>,
    /// MIME type as WhatsApp names it.
    mime_type: Option<String>,
    /// SHA-256 of the file in lower-case hex.
    sha256: Option<String>,
    /// The public link that it was sent by, if it was.
    link: Option<Url>,
}

impl From<File> for ImageContent {
    fn from(file: File) -> Self {
        Self {
            caption: file.caption,
            mime_type: file.mime_type,
            sha256: file.sha256,
            link: file.link.map(Url),
        }
    }
}

/// A film, MP4 or 3GP. The file itself is the message's `media`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct VideoContent {
    /// What is written under it, at most 1,024 characters.
    caption: Option<String>,
    /// MIME type as WhatsApp names it.
    mime_type: Option<String>,
    /// SHA-256 of the file in lower-case hex.
    sha256: Option<String>,
    /// The public link that it was sent by, if it was.
    link: Option<Url>,
}

impl From<File> for VideoContent {
    fn from(file: File) -> Self {
        Self {
            caption: file.caption,
            mime_type: file.mime_type,
            sha256: file.sha256,
            link: file.link.map(Url),
        }
    }
}

/// Sound. The file itself is the message's `media`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct AudioContent {
    /// Whether it is a voice note recorded in the app.
    voice: bool,
    /// MIME type as WhatsApp names it, parameters included (`audio/ogg; codecs=opus`).
    mime_type: Option<String>,
    /// SHA-256 of the file in lower-case hex.
    sha256: Option<String>,
    /// The public link that it was sent by, if it was.
    link: Option<Url>,
}

impl From<File> for AudioContent {
    fn from(file: File) -> Self {
        Self { voice: file.voice, mime_type: file.mime_type, sha256: file.sha256, link: file.link.map(Url) }
    }
}

/// Any other file. The file itself is the message's `media`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct DocumentContent {
    /// What is written under it, at most 1,024 characters.
    caption: Option<String>,
    /// The document's name, extension included.
    file_name: Option<String>,
    /// MIME type as WhatsApp names it.
    mime_type: Option<String>,
    /// SHA-256 of the file in lower-case hex.
    sha256: Option<String>,
    /// The public link that it was sent by, if it was.
    link: Option<Url>,
}

impl From<File> for DocumentContent {
    fn from(file: File) -> Self {
        Self {
            caption: file.caption,
            file_name: file.file_name,
            mime_type: file.mime_type,
            sha256: file.sha256,
            link: file.link.map(Url),
        }
    }
}

/// A WebP sticker. The file itself is the message's `media`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct StickerContent {
    /// Whether it moves.
    animated: bool,
    /// MIME type as WhatsApp names it.
    mime_type: Option<String>,
    /// SHA-256 of the file in lower-case hex.
    sha256: Option<String>,
    /// The public link that it was sent by, if it was.
    link: Option<Url>,
}

impl From<File> for StickerContent {
    fn from(file: File) -> Self {
        Self {
            animated: file.animated,
            mime_type: file.mime_type,
            sha256: file.sha256,
            link: file.link.map(Url),
        }
    }
}
