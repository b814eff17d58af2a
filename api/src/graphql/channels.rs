//! The numbers over which messages come and go.

use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{Resource, Selection};
use super::scalars::DateTime;
use async_graphql::{Context, Enum, ID, Object};
use entities::{ChannelId, channel};
use futures_util::future::{BoxFuture, FutureExt};
use std::collections::HashSet;
use std::sync::Arc;

/// Who carries a channel's messages.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::Provider")]
pub(super) enum Provider {
    /// Meta's Cloud API.
    Meta,
    /// Twilio.
    Twilio,
}

/// Whether a channel sends.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ChannelState")]
pub(super) enum ChannelState {
    /// Sends and receives.
    Active,
    /// Receives; what is sent waits in its queue.
    Paused,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Channel(Arc<channel::Model>);

impl Channel {
    /// Whether it sends.
    pub(super) fn stored_state(&self) -> entities::ChannelState {
        self.0.state
    }
}

/// One sender: a WhatsApp number on one provider.
#[Object]
impl Channel {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.0.id.global()
    }

    /// As shown to people.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Who carries its messages.
    async fn provider(&self) -> Provider {
        self.0.provider.into()
    }

    /// Whether it sends.
    async fn state(&self) -> ChannelState {
        self.0.state.into()
    }

    /// Sends that name no channel use it. At most one channel is the default.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// The number as people read it (`+34 600 11 12 22`).
    async fn display_phone_number(&self) -> Option<&str> {
        self.0.display_phone_number.as_deref()
    }

    /// Meta's id of the number.
    async fn phone_number_id(&self) -> Option<&str> {
        self.0.phone_number_id.as_deref()
    }

    /// Meta's id of the WhatsApp Business Account that the number belongs to.
    async fn business_account_id(&self) -> Option<&str> {
        self.0.business_account_id.as_deref()
    }

    /// How many messages a second it may send: 80, or 20 for numbers shared with the WhatsApp Business app.
    async fn messages_per_second(&self) -> i32 {
        self.0.messages_per_second
    }

    /// When it was connected.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl Resource for Channel {
    type Id = ChannelId;
    type Row = channel::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &channel::Model) -> ChannelId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ChannelId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<channel::Model>>> {
        inbox::store::channels::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<channel::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        std::future::ready(Ok(rows.into_iter().map(Self).collect())).boxed()
    }
}

#[derive(Default)]
pub(super) struct ChannelQueries;

#[Object]
impl ChannelQueries {
    /// All channels, in the order in which they were connected. A deployment has a handful.
    async fn channels(&self, ctx: &Context<'_>) -> Result<Vec<Channel>> {
        let reader = Reader::new(ctx)?;
        let rows = inbox::store::channels::all(reader.db(), reader.reach).await?;
        Ok(rows.into_iter().map(|row| Channel(Arc::new(row))).collect())
    }
}
