//! The files of messages.

use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{Resource, Selection};
use super::scalars::DateTime;
use async_graphql::{Enum, ID, Object};
use entities::{MediaId, media};
use futures_util::future::{BoxFuture, FutureExt};
use std::collections::HashSet;
use std::sync::Arc;

/// Whether a file is there.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::MediaState")]
pub(super) enum MediaState {
    /// Announced, not fetched from WhatsApp yet.
    Pending,
    /// In our own storage.
    Stored,
    /// Cannot be fetched any more.
    Failed,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Media(Arc<media::Model>);

/// A message's file.
#[Object]
impl Media {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.0.id.global()
    }

    /// Whether the file is there.
    async fn state(&self) -> MediaState {
        self.0.state.into()
    }

    /// MIME type as WhatsApp names it, parameters included (`audio/ogg; codecs=opus`).
    async fn mime_type(&self) -> Option<&str> {
        self.0.mime_type.as_deref()
    }

    /// SHA-256 of the file in lower-case hex, as announced.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }

    /// A document's name.
    async fn file_name(&self) -> Option<&str> {
        self.0.file_name.as_deref()
    }

    /// Size in bytes. Null until it is known; WhatsApp takes files up to 100 MB.
    async fn size(&self) -> Option<i32> {
        self.0.size.map(|size| i32::try_from(size).unwrap_or(i32::MAX))
    }

    /// When the file was announced.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl From<media::Model> for Media {
    fn from(row: media::Model) -> Self {
        Self(Arc::new(row))
    }
}

impl Resource for Media {
    type Id = MediaId;
    type Row = media::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &media::Model) -> MediaId {
        row.id
    }

    fn fetch(reader: Reader<'_>, ids: HashSet<MediaId>) -> BoxFuture<'_, inbox::Result<Vec<media::Model>>> {
        inbox::store::messages::media_by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<media::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        std::future::ready(Ok(rows.into_iter().map(Self).collect())).boxed()
    }
}
