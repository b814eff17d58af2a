//! Files: those in our storage, and those on the web, which we fetch first, so that what is checked is what is sent.

use super::Composed;
use crate::app::App;
use crate::auth::Viewer;
use crate::domain::file_types::{FileType, LARGEST, TYPES};
use crate::error::{Error, Result};
use crate::media::FetchError;
use crate::services::media::{MediaError, MediaRefusal, MediaRefusalCode, NewFile, media_upload, refusal_of};
use crate::services::send::draft::{FileDraft, FileKind, HeadedDraft, MediaSource, member};
use crate::services::send::{Refusal, RefusalCode, SendError};
use crate::store::media::{self, File};
use providers::content::{self, Content};
use url::Url;

/// The content that carries a file.
pub(super) async fn compose(app: &App, viewer: &Viewer, draft: &FileDraft) -> Result<Composed, SendError> {
    let field = ["content", draft.kind.member(), "media"];
    let found = file(app, viewer, &draft.source, draft.kind, &field).await?;
    let Some(blob) = &found.blob else { return Err(missing(&field)) };
    if draft.voice && blob.mime_type != "audio/ogg" {
        let message = "A voice note must be OGG with Opus. Send it as sound, or give an OGG file.";
        let field = ["content", "audio", "voice"];
        return Err(SendError::Refused(vec![Refusal::new(RefusalCode::FileTypeNotAllowed, &field, message)]));
    }
    let is_document = draft.kind == FileKind::Document;
    let name = draft.file_name.clone().or_else(|| found.row.file_name.clone());
    let carried = content::File {
        mime_type: Some(blob.mime_type.clone()),
        sha256: Some(blob.sha256.clone()),
        caption: draft.caption.clone(),
        file_name: name.filter(|_| is_document),
        voice: draft.voice,
        animated: draft.kind == FileKind::Sticker && blob.animated,
        ..content::File::default()
    };
    let content = match draft.kind {
        FileKind::Image => Content::Image(carried),
        FileKind::Video => Content::Video(carried),
        FileKind::Audio => Content::Audio(carried),
        FileKind::Document => Content::Document(carried),
        FileKind::Sticker => Content::Sticker(carried),
    };
    Ok(Composed { content, following: Vec::new(), files: vec![found] })
}

/// The content with a file above its text.
pub(super) async fn compose_headed(
    app: &App,
    viewer: &Viewer,
    draft: &HeadedDraft,
) -> Result<Composed, SendError> {
    let HeadedDraft { content, file: above } = draft;
    let mut content = content.clone();
    if !above.put_above(&mut content) {
        return Err(Error::internal("a file is above something that has none there").into());
    }
    let field = ["content", member(&content), "header", above.kind.member(), "media"];
    let found = file(app, viewer, &above.source, above.kind, &field).await?;
    let Some(blob) = &found.blob else { return Err(missing(&field)) };
    let is_document = above.kind == FileKind::Document;
    let name = above.file_name.clone().or_else(|| found.row.file_name.clone());
    for carried in content.files_mut() {
        *carried = content::File {
            mime_type: Some(blob.mime_type.clone()),
            sha256: Some(blob.sha256.clone()),
            file_name: name.clone().filter(|_| is_document),
            ..content::File::default()
        };
    }
    Ok(Composed { content, following: Vec::new(), files: vec![found] })
}

/// A stored file that WhatsApp takes as this kind; `field` is where it is named. Also for headers of templates and of
/// saved messages: what is found here goes into [`Composed::files`], in the order of [`Content::files`].
pub(in crate::services::send) async fn file(
    app: &App,
    viewer: &Viewer,
    source: &MediaSource,
    kind: FileKind,
    field: &[&str],
) -> Result<File, SendError> {
    let found = match source {
        MediaSource::Media(id) => {
            media::get(app.db.read(), viewer.reach(), app.config.revoked_messages, *id).await?
        }
        MediaSource::Url(url) => Some(fetch(app, viewer, url, kind, field).await?),
    };
    let found = found.ok_or_else(|| missing(field))?;
    let Some(blob) = &found.blob else { return Err(missing(field)) };
    let size = u64::try_from(blob.size).unwrap_or_default();
    match refusal_of(&blob.mime_type, blob.animated, size, Some(kind)) {
        Some(refusal) => Err(refused(&refusal, field)),
        None => Ok(found),
    }
}

async fn fetch(
    app: &App,
    viewer: &Viewer,
    url: &Url,
    kind: FileKind,
    field: &[&str],
) -> Result<File, SendError> {
    let limit = TYPES.iter().filter(|each| each.kind == kind).map(|each: &FileType| each.limit).max();
    let fetched = app.fetcher.fetch(url, limit.unwrap_or(LARGEST)).await.map_err(|error| {
        let code = match error {
            FetchError::TooLarge(_) => RefusalCode::FileTooLarge,
            _ => RefusalCode::FileNotFetched,
        };
        SendError::Refused(vec![Refusal::new(code, field, error.to_string())])
    })?;
    let file = NewFile {
        content: fetched.content,
        file_name: fetched.file_name,
        mime_type: fetched.mime_type,
        kind: Some(kind),
    };
    media_upload(app, viewer, file).await.map_err(|error| match error {
        MediaError::Refused(refusal) => refused(&refusal, field),
        MediaError::Error(error) => error.into(),
    })
}

fn refused(refusal: &MediaRefusal, field: &[&str]) -> SendError {
    let code = match refusal.code {
        MediaRefusalCode::FileTooLarge => RefusalCode::FileTooLarge,
        MediaRefusalCode::FileEmpty | MediaRefusalCode::FileTypeNotAllowed | MediaRefusalCode::NotFailed => {
            RefusalCode::FileTypeNotAllowed
        }
    };
    SendError::Refused(vec![Refusal::new(code, field, refusal.message.clone())])
}

fn missing(field: &[&str]) -> SendError {
    let message =
        "There is no such file, or it is not in our storage. Upload it first, or give a public address.";
    SendError::Refused(vec![Refusal::new(RefusalCode::FileMissing, field, message)])
}
