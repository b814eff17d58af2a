//! Files to send.

use super::MessageContentInput;
use crate::graphql::context::viewer;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::media::{Untaken, take_upload};
use crate::graphql::scalars::{Upload, Url};
use async_graphql::{Context, ID, InputObject, OneofObject};
use entities::MediaId;
use inbox::services::media::MediaRefusal;
use inbox::services::send::draft::{FileDraft, FileKind, MediaSource};

/// Which file.
#[derive(Clone, Debug, OneofObject)]
pub(in crate::graphql) enum MediaInput {
    /// One that is here already: uploaded, or of another message.
    Id(ID),
    /// One that comes with this request.
    Upload(Upload),
    /// One on the web, over HTTP or HTTPS, that everybody can read.
    Url(Url),
}

impl MediaInput {
    /// Keeps a file that came with the request, and names it by its id from now on.
    async fn take_upload(&mut self, ctx: &Context<'_>, kind: FileKind) -> Result<Result<(), MediaRefusal>> {
        let Self::Upload(upload) = *self else { return Ok(Ok(())) };
        let path = format!("input.content.{}.media.upload", kind.member());
        match take_upload(ctx, viewer(ctx)?, &path, upload, Some(kind)).await {
            Ok(file) => {
                *self = Self::Id(file.row.id.global());
                Ok(Ok(()))
            }
            Err(Untaken::Refused(refusal)) => Ok(Err(refusal)),
            Err(Untaken::Failed(failure)) => Err(failure),
        }
    }

    /// See [`super::MessageContentInput::into_draft`].
    pub(super) fn into_source(self, path: &str) -> Result<MediaSource> {
        Ok(match self {
            Self::Id(id) => MediaSource::Media(MediaId::parse(&format!("{path}.id"), &id)?),
            Self::Upload(_) => {
                let message = "a file cannot come with the request here; upload it first and give its id";
                return Err(Failure::bad_input(&format!("{path}.upload"), message));
            }
            Self::Url(Url(text)) => match url::Url::parse(&text) {
                Ok(url) if matches!(url.scheme(), "http" | "https") => MediaSource::Url(url),
                _ => {
                    let message = "write a whole address that begins with https:// or http://";
                    return Err(Failure::bad_input(&format!("{path}.url"), message));
                }
            },
        })
    }
}

/// A JPEG or PNG picture of at most 5 MB.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ImageContentInput {
    /// Which file.
    media: MediaInput,
    /// What is written under it, at most 1,024 characters.
    caption: Option<String>,
}

/// A film, MP4 or 3GP with H.264 and AAC, of at most 16 MB.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct VideoContentInput {
    /// Which file.
    media: MediaInput,
    /// What is written under it, at most 1,024 characters.
    caption: Option<String>,
}

/// Sound of at most 16 MB: AAC, AMR, MP3, M4A or OGG with Opus. There is no caption.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct AudioContentInput {
    /// Which file.
    media: MediaInput,
    /// Whether it is shown as a voice note, which must be OGG with Opus; it is not if absent.
    voice: Option<bool>,
}

/// Any other file of at most 100 MB.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct DocumentContentInput {
    /// Which file.
    media: MediaInput,
    /// What is written under it, at most 1,024 characters.
    caption: Option<String>,
    /// The name that the customer sees. Its extension decides the icon.
    file_name: Option<String>,
}

/// A WebP sticker of at most 100 KB, or 500 KB if it moves. There is no caption.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct StickerContentInput {
    /// Which file.
    media: MediaInput,
}

/// A file without anything around it.
pub(super) fn bare(kind: FileKind, media: MediaInput, path: &str) -> Result<FileDraft> {
    let source = media.into_source(&format!("{path}.media"))?;
    Ok(FileDraft { kind, source, caption: None, file_name: None, voice: false })
}

impl ImageContentInput {
    pub(super) fn into_draft(self, path: &str) -> Result<FileDraft> {
        Ok(FileDraft { caption: self.caption, ..bare(FileKind::Image, self.media, path)? })
    }
}

impl VideoContentInput {
    pub(super) fn into_draft(self, path: &str) -> Result<FileDraft> {
        Ok(FileDraft { caption: self.caption, ..bare(FileKind::Video, self.media, path)? })
    }
}

impl AudioContentInput {
    pub(super) fn into_draft(self, path: &str) -> Result<FileDraft> {
        let voice = self.voice.unwrap_or_default();
        Ok(FileDraft { voice, ..bare(FileKind::Audio, self.media, path)? })
    }
}

impl DocumentContentInput {
    pub(super) fn into_draft(self, path: &str) -> Result<FileDraft> {
        let Self { media, caption, file_name } = self;
        Ok(FileDraft { caption, file_name, ..bare(FileKind::Document, media, path)? })
    }
}

impl StickerContentInput {
    pub(super) fn into_draft(self, path: &str) -> Result<FileDraft> {
        bare(FileKind::Sticker, self.media, path)
    }
}

impl MessageContentInput {
    /// Keeps the file that came with the request, if one did. What WhatsApp would not take comes back, with the file's
    /// place below the input.
    pub(in crate::graphql) async fn take_uploads(
        &mut self,
        ctx: &Context<'_>,
    ) -> Result<Option<(Vec<String>, MediaRefusal)>> {
        let (kind, media) = match self {
            Self::Image(image) => (FileKind::Image, &mut image.media),
            Self::Video(video) => (FileKind::Video, &mut video.media),
            Self::Audio(audio) => (FileKind::Audio, &mut audio.media),
            Self::Document(document) => (FileKind::Document, &mut document.media),
            Self::Sticker(sticker) => (FileKind::Sticker, &mut sticker.media),
            _ => return Ok(None),
        };
        let refusal = media.take_upload(ctx, kind).await?.err();
        Ok(refusal.map(|refusal| (["content", kind.member(), "media"].map(str::to_owned).to_vec(), refusal)))
    }
}
