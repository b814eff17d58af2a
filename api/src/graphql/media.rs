//! The files of messages.

mod mutations;

pub(super) use mutations::{MediaMutations, MediaRetryUserError, MediaUploadUserError, Untaken, take_upload};

use super::context::{Reader, app};
use super::errors::{Failure, Result};
use super::global_id::GlobalId;
use super::load::{Resource, Selection};
use super::scalars::{DateTime, Url};
use crate::http::media::FileAddress;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entities::MediaId;
use futures_util::future::{BoxFuture, FutureExt};
use inbox::domain::{download, file_types};
use inbox::store::media::{self, File};
use std::collections::HashSet;
use std::sync::Arc;

/// How long a link may last, in seconds: a week.
const LONGEST: i32 = 7 * 24 * 60 * 60;
/// How long it lasts unless asked otherwise.
const USUAL: i32 = 15 * 60;

/// Whether a file is there.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::MediaState")]
pub(super) enum MediaState {
    /// Announced, not fetched from WhatsApp yet.
    Pending,
    /// In our own storage.
    Stored,
    /// Could not be fetched; `failure` says why.
    Failed,
}

/// Why a file could not be fetched.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::MediaFailure")]
pub(super) enum MediaFailureCode {
    /// WhatsApp did not answer, or had a fault of its own.
    Unreachable,
    /// WhatsApp refused our access token.
    AccessRefused,
    /// WhatsApp does not know the file, or does not keep it any more.
    Gone,
    /// It is larger than 100 MB.
    TooLarge,
    /// What came is not what the customer sent: its checksum differs.
    WrongHash,
    /// A web page came in place of the file.
    WrongType,
    /// The message names nothing to fetch it by.
    NotOffered,
    /// Our own storage did not take it.
    StorageFailed,
}

/// What went wrong when a file was last fetched.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct MediaFailure {
    /// Which fault.
    code: MediaFailureCode,
    /// What happened and what to do, for people.
    message: &'static str,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Media(Arc<File>);

/// A message's file, or one that waits to be sent.
#[Object]
impl Media {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.0.row.id.global()
    }

    /// Whether the file is there.
    async fn state(&self) -> MediaState {
        self.0.row.state.into()
    }

    /// What went wrong the last time that it was fetched. While the state is `PENDING` it is tried again by itself; when
    /// `FAILED`, `mediaRetry` has it tried again. Null if nothing did.
    async fn failure(&self) -> Option<MediaFailure> {
        self.0
            .row
            .failure
            .map(|failure| MediaFailure { code: failure.into(), message: download::explanation(failure) })
    }

    /// MIME type as WhatsApp names it, parameters included (`audio/ogg; codecs=opus`); that of the content where it is
    /// something else.
    async fn mime_type(&self) -> Option<&str> {
        self.0.row.mime_type.as_deref()
    }

    /// What names of such files end in, without the dot. Null for types that have no usual one.
    async fn extension(&self) -> Option<&str> {
        file_types::extension(self.0.row.mime_type.as_deref()?)
    }

    /// SHA-256 of the file in lower-case hex: of the stored content, or else as announced.
    async fn sha256(&self) -> Option<&str> {
        self.0.row.blob_sha256.as_deref().or(self.0.row.sha256.as_deref())
    }

    /// The name that the sender gave it. Usual for documents only.
    async fn file_name(&self) -> Option<&str> {
        self.0.row.file_name.as_deref()
    }

    /// Size in bytes. Null until it is known; WhatsApp takes files up to 100 MB.
    async fn size(&self) -> Option<i32> {
        self.0.row.size.map(|size| i32::try_from(size).unwrap_or(i32::MAX))
    }

    /// Width in pixels as the picture is shown. Null for other files, and until it is stored.
    async fn width(&self) -> Option<i32> {
        self.0.blob.as_ref()?.width
    }

    /// Height in pixels as the picture is shown. Null for other files, and until it is stored.
    async fn height(&self) -> Option<i32> {
        self.0.blob.as_ref()?.height
    }

    /// A small picture of the picture as a `data:` URL of at most 2 KB, to show until the file itself is there. Null for
    /// other files, and until it is stored.
    async fn preview(&self) -> Option<Url> {
        self.0.blob.as_ref()?.preview.clone().map(Url)
    }

    /// Where to get the file. Whoever has this link can open it until it ends, without a token: use it in pages, and do
    /// not keep it. With `&inline=1` at its end a browser shows what it can show safely. Null until the file is stored.
    async fn url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For how many seconds the link is good, 1 to 604,800; 900 if absent.")]
        expires_in_seconds: Option<i32>,
    ) -> Option<Result<Url>> {
        let seconds = expires_in_seconds.unwrap_or(USUAL);
        if !(1..=LONGEST).contains(&seconds) {
            let message = format_args!("a link is good for 1 to {LONGEST} seconds");
            return Some(Err(Failure::bad_input("expiresInSeconds", message)));
        }
        self.0.blob.as_ref()?;
        let address: &FileAddress = ctx.data_unchecked();
        Some(address.signed(app(ctx), self.0.row.id, seconds).map(Url).map_err(Into::into))
    }

    /// When the file was announced, or sent to this service.
    async fn created_at(&self) -> DateTime {
        self.0.row.created_at.into()
    }
}

impl From<File> for Media {
    fn from(file: File) -> Self {
        Self(Arc::new(file))
    }
}

impl Resource for Media {
    type Id = MediaId;
    type Row = File;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(file: &File) -> MediaId {
        file.row.id
    }

    fn fetch(reader: Reader<'_>, ids: HashSet<MediaId>) -> BoxFuture<'_, inbox::Result<Vec<File>>> {
        media::by_ids(reader.db(), reader.reach, reader.app.config.revoked_messages, ids).boxed()
    }

    fn build<'a>(_: Reader<'a>, rows: Vec<Arc<File>>, (): &'a ()) -> BoxFuture<'a, Result<Vec<Self>>> {
        std::future::ready(Ok(rows.into_iter().map(Self).collect())).boxed()
    }
}
