//! Taking files, and fetching them again.

use super::Media;
use crate::graphql::context::{app, viewer};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::scalars::{NO_FILE, Upload};
use crate::graphql::user_errors::user_errors;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::MediaId;
use inbox::auth::{Permission, Viewer};
use inbox::domain::file_types::{FileKind, LARGEST};
use inbox::media::{Spool, SpoolError};
use inbox::services::media::{self, MediaError, MediaRefusal, MediaRefusalCode, NewFile};
use inbox::store::media::File;

user_errors! {
    /// Why a file was not taken.
    MediaUploadUserError, MediaUploadUserErrorCode {
        /// There is nothing in it.
        FileEmpty,
        /// WhatsApp takes no files of this type. What counts is the content, not the name.
        FileTypeNotAllowed,
        /// WhatsApp takes no files of this size and type.
        FileTooLarge,
    }
}

user_errors! {
    /// Why a file is not fetched again.
    MediaRetryUserError, MediaRetryUserErrorCode {
        /// Its state is not `FAILED`, or there is nothing to fetch it by.
        NotFailed,
    }
}

impl From<MediaRefusal> for MediaUploadUserError {
    fn from(refusal: MediaRefusal) -> Self {
        let code = match refusal.code {
            MediaRefusalCode::FileEmpty => MediaUploadUserErrorCode::FileEmpty,
            MediaRefusalCode::FileTypeNotAllowed | MediaRefusalCode::NotFailed => {
                MediaUploadUserErrorCode::FileTypeNotAllowed
            }
            MediaRefusalCode::FileTooLarge => MediaUploadUserErrorCode::FileTooLarge,
        };
        Self::new(code, Some(vec!["file".to_owned()]), refusal.message)
    }
}

/// A file to send later.
#[derive(InputObject)]
pub(in crate::graphql) struct MediaUploadInput {
    /// The file, by the GraphQL multipart request specification.
    file: Upload,
}

/// A file that was taken, or why it was not.
#[derive(SimpleObject)]
struct MediaUploadPayload {
    /// The file, `STORED`. Null if there are user errors.
    media: Option<Media>,
    /// Why it was not taken.
    user_errors: Vec<MediaUploadUserError>,
}

/// A file that is fetched again, or why it is not.
#[derive(SimpleObject)]
struct MediaRetryPayload {
    /// The file, `PENDING`. Null if there are user errors.
    media: Option<Media>,
    /// Why it is not fetched again.
    user_errors: Vec<MediaRetryUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct MediaMutations;

#[Object]
impl MediaMutations {
    /// Takes a file of a type and size that WhatsApp takes. Messages name it by its id; if none does within 7 days it is
    /// removed. `POST /media` does the same without GraphQL. Needs `SEND`.
    async fn media_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file to take.")] input: MediaUploadInput,
    ) -> Result<MediaUploadPayload> {
        match take_upload(ctx, viewer(ctx)?, "input.file", input.file, None).await {
            Ok(file) => Ok(MediaUploadPayload { media: Some(file.into()), user_errors: Vec::new() }),
            Err(Untaken::Refused(refusal)) => {
                Ok(MediaUploadPayload { media: None, user_errors: vec![refusal.into()] })
            }
            Err(Untaken::Failed(failure)) => Err(failure),
        }
    }

    /// Has a file fetched from WhatsApp again that could not be: after the access token was renewed, for example. Needs
    /// `SEND`.
    async fn media_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file's id.")] id: ID,
    ) -> Result<MediaRetryPayload> {
        let id = MediaId::parse("id", &id)?;
        match media::media_retry(app(ctx), viewer(ctx)?, id).await {
            Ok(file) => Ok(MediaRetryPayload { media: Some(file.into()), user_errors: Vec::new() }),
            Err(MediaError::Refused(refusal)) => {
                let code = MediaRetryUserErrorCode::NotFailed;
                let error = MediaRetryUserError::new(code, Some(vec!["id".to_owned()]), refusal.message);
                Ok(MediaRetryPayload { media: None, user_errors: vec![error] })
            }
            Err(MediaError::Error(error)) => Err(error.into()),
        }
    }
}

/// Why a file that came with a request was not taken.
pub(in crate::graphql) enum Untaken {
    /// The person can mend it.
    Refused(MediaRefusal),
    /// Anything else.
    Failed(Failure),
}

/// Takes a file that came with the request; `argument` is where it stands, `kind` what it must be good for.
pub(in crate::graphql) async fn take_upload(
    ctx: &Context<'_>,
    viewer: &Viewer,
    argument: &str,
    upload: Upload,
    kind: Option<FileKind>,
) -> Result<File, Untaken> {
    viewer.require(Permission::Send).map_err(|error| Untaken::Failed(error.into()))?;
    let sent = ctx.query_env.uploads.get(upload.0);
    let sent = sent.ok_or_else(|| Untaken::Failed(Failure::bad_input(argument, NO_FILE)))?;
    let storage = |error: &dyn std::fmt::Display| {
        Untaken::Failed(inbox::Error::Unavailable(format!("an uploaded file cannot be kept: {error}")).into())
    };
    let value = sent.try_clone().map_err(|error| storage(&error))?;
    let mut reader = tokio::fs::File::from_std(value.content);
    let mut spool = Spool::new(LARGEST + 1).await.map_err(|error| storage(&error))?;
    match spool.read_from(&mut reader).await {
        // Measured as too large below, whatever there is more of.
        Ok(()) | Err(SpoolError::TooLarge(_)) => {}
        Err(error @ SpoolError::Io(_)) => return Err(storage(&error)),
    }
    let content = spool.finish().await.map_err(|error| storage(&error))?;
    let file_name = Some(value.filename).filter(|name| !name.is_empty());
    let file = NewFile { content, file_name, mime_type: value.content_type, kind };
    media::media_upload(app(ctx), viewer, file).await.map_err(|error| match error {
        MediaError::Refused(refusal) => Untaken::Refused(refusal),
        MediaError::Error(error) => Untaken::Failed(error.into()),
    })
}
