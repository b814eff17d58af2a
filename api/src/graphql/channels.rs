//! The numbers over which messages come and go.

use super::context::{Reader, app, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{Related, Resource, Selection};
use super::scalars::DateTime;
use super::user_errors::user_errors;
use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{ChannelId, OutboxState, channel};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::services::channels as services;
use inbox::store::{marketing_holds, outbox, scheduled};
use std::collections::{HashMap, HashSet};
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

/// When customers are shown that their messages were read (blue ticks).
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ReadReceipts")]
pub(super) enum ReadReceipts {
    /// Never. "Typing…" cannot be shown then either: WhatsApp marks messages as read with it.
    Never,
    /// When somebody opens the conversation (`conversationMarkRead`), or answers.
    OnOpen,
    /// When somebody answers.
    OnReply,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    row: Arc<channel::Model>,
    queue: Related<Arc<ChannelQueue>>,
    marketing_hold: Related<DateTime>,
}

/// What waits on a channel.
#[derive(Clone, Debug, Default, SimpleObject)]
pub(super) struct ChannelQueue {
    /// Messages that wait for their turn.
    queued_count: i32,
    /// Since when the oldest of them waits. Null if none does.
    oldest_queued_at: Option<DateTime>,
    /// Messages that are being handed to WhatsApp now.
    sending_count: i32,
    /// Messages of which nobody knows whether WhatsApp has them: `messageRetry` or `messageGiveUp` settles them.
    unknown_count: i32,
    /// Since when the oldest of them is queued. Null if there is none.
    oldest_unknown_at: Option<DateTime>,
    /// Messages that are planned for later.
    scheduled_count: i32,
}

/// What a selection asks of a channel beyond its row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ChannelPlan {
    queue: bool,
    marketing_hold: bool,
}

impl Channel {
    /// Whether it sends.
    pub(super) fn stored_state(&self) -> entities::ChannelState {
        self.row.state
    }
}

/// The queues of these channels, in two statements.
async fn queues(reader: Reader<'_>, ids: &[ChannelId]) -> Result<HashMap<ChannelId, Arc<ChannelQueue>>> {
    let mut queues: HashMap<_, ChannelQueue> = HashMap::new();
    for (id, state, count, oldest) in outbox::count_by_channel(reader.db(), ids.iter().copied()).await? {
        let (queue, count) = (queues.entry(id).or_default(), shown(count));
        match state {
            OutboxState::Queued => {
                queue.queued_count = count;
                queue.oldest_queued_at = Some(DateTime(oldest));
            }
            OutboxState::Preparing | OutboxState::Sending => queue.sending_count += count,
            OutboxState::Unknown => {
                queue.unknown_count = count;
                queue.oldest_unknown_at = Some(DateTime(oldest));
            }
        }
    }
    for (id, count) in scheduled::count_by_channel(reader.db(), ids.iter().copied()).await? {
        queues.entry(id).or_default().scheduled_count = shown(count);
    }
    Ok(queues.into_iter().map(|(id, queue)| (id, Arc::new(queue))).collect())
}

fn shown(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// One sender: a WhatsApp number on one provider.
#[Object]
impl Channel {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// As shown to people.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Who carries its messages.
    async fn provider(&self) -> Provider {
        self.row.provider.into()
    }

    /// Whether it sends.
    async fn state(&self) -> ChannelState {
        self.row.state.into()
    }

    /// Sends that name no channel use it. At most one channel is the default.
    async fn is_default(&self) -> bool {
        self.row.is_default
    }

    /// The number as people read it (`+34 600 11 12 22`).
    async fn display_phone_number(&self) -> Option<&str> {
        self.row.display_phone_number.as_deref()
    }

    /// Meta's id of the number.
    async fn phone_number_id(&self) -> Option<&str> {
        self.row.phone_number_id.as_deref()
    }

    /// Meta's id of the WhatsApp Business Account that the number belongs to.
    async fn business_account_id(&self) -> Option<&str> {
        self.row.business_account_id.as_deref()
    }

    /// How many messages a second it may send: 80, or 20 for numbers shared with the WhatsApp Business app.
    async fn messages_per_second(&self) -> i32 {
        self.row.messages_per_second
    }

    /// When customers are shown that their messages were read.
    async fn read_receipts(&self) -> ReadReceipts {
        self.row.read_receipts.into()
    }

    /// What waits on it.
    async fn queue(&self, ctx: &Context<'_>) -> Option<Result<Arc<ChannelQueue>>> {
        let read = async {
            let id = self.row.id;
            Ok(Some(queues(Reader::new(ctx)?, &[id]).await?.remove(&id).unwrap_or_default()))
        };
        self.queue.or_read(read).await
    }

    /// Until when it sends no marketing because too many customers reported its messages. Null, or past, if it may.
    async fn marketing_held_until(&self, ctx: &Context<'_>) -> Option<Result<DateTime>> {
        let read = async {
            let id = self.row.id;
            let holds = marketing_holds::of(Reader::new(ctx)?.db(), [], [id]).await?;
            Ok(holds.of_channel(id).map(DateTime))
        };
        self.marketing_hold.or_read(read).await
    }

    /// When it was connected.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
}

impl Resource for Channel {
    type Id = ChannelId;
    type Row = channel::Model;
    type Plan = ChannelPlan;

    fn plan(selection: &Selection<'_>) -> ChannelPlan {
        ChannelPlan {
            queue: selection.has(&["queue"]),
            marketing_hold: selection.has(&["marketingHeldUntil"]),
        }
    }

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
        reader: Reader<'a>,
        rows: Vec<Arc<channel::Model>>,
        plan: &'a ChannelPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            let mut found = if plan.queue { Some(queues(reader, &ids).await?) } else { None };
            let holds = if plan.marketing_hold {
                Some(marketing_holds::of(reader.db(), [], ids).await?)
            } else {
                None
            };
            let channel = |row: Arc<channel::Model>| Self {
                queue: match &mut found {
                    Some(found) => Related::Read(Some(found.remove(&row.id).unwrap_or_default())),
                    None => Related::NotRead,
                },
                marketing_hold: match &holds {
                    Some(holds) => Related::Read(holds.of_channel(row.id).map(DateTime)),
                    None => Related::NotRead,
                },
                row,
            };
            Ok(rows.into_iter().map(channel).collect())
        }
        .boxed()
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
        let plan = Channel::plan(&Selection::new([ctx.look_ahead()]));
        Channel::build(reader, rows.into_iter().map(Arc::new).collect(), &plan).await
    }
}

user_errors! {
    /// Why the channel was not changed.
    ChannelUpdateUserError, ChannelUpdateUserErrorCode {
        /// The name is not one line of 1 to 100 characters.
        NameInvalid,
        /// It cannot be null: leave it out to keep it.
        Required,
    }
}

/// What to change; what is absent stays.
#[derive(Clone, Debug, InputObject)]
struct ChannelUpdateInput {
    /// As shown to people: one line of 1 to 100 characters.
    name: MaybeUndefined<String>,
    /// Whether it sends. What is sent over a paused channel waits in its queue; receiving never stops.
    state: MaybeUndefined<ChannelState>,
    /// When customers are shown that their messages were read.
    read_receipts: MaybeUndefined<ReadReceipts>,
}

/// A channel that was changed.
#[derive(SimpleObject)]
struct ChannelUpdatePayload {
    /// The channel as it is now. Null if there are user errors.
    channel: Option<Channel>,
    /// Why it was not changed.
    user_errors: Vec<ChannelUpdateUserError>,
}

impl ChannelUpdatePayload {
    fn refused(code: ChannelUpdateUserErrorCode, field: &str, message: impl Into<String>) -> Self {
        let path = vec![field.to_owned()];
        Self { channel: None, user_errors: vec![ChannelUpdateUserError::new(code, Some(path), message)] }
    }
}

#[derive(Default)]
pub(super) struct ChannelMutations;

#[Object]
impl ChannelMutations {
    /// Changes a channel. Needs `ADMINISTER`.
    async fn channel_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The channel's id.")] id: ID,
        #[graphql(desc = "What to change.")] input: ChannelUpdateInput,
    ) -> Result<ChannelUpdatePayload> {
        let (viewer, id) = (viewer(ctx)?, ChannelId::parse("id", &id)?);
        let nulls = [
            ("name", input.name.is_null()),
            ("state", input.state.is_null()),
            ("readReceipts", input.read_receipts.is_null()),
        ];
        if let Some((field, _)) = nulls.into_iter().find(|(_, null)| *null) {
            let message = "A channel always has one. Leave it out to keep it as it is.";
            return Ok(ChannelUpdatePayload::refused(ChannelUpdateUserErrorCode::Required, field, message));
        }
        let change = services::ChannelChange {
            name: input.name.value().cloned(),
            state: input.state.value().copied().map(Into::into),
            read_receipts: input.read_receipts.value().copied().map(Into::into),
        };
        match services::channel_update(app(ctx), viewer, id, change).await {
            Ok(row) => {
                let (queue, marketing_hold) = (Related::NotRead, Related::NotRead);
                let channel = Channel { row: Arc::new(row), queue, marketing_hold };
                Ok(ChannelUpdatePayload { channel: Some(channel), user_errors: Vec::new() })
            }
            Err(inbox::Error::Invalid { field, message }) => {
                Ok(ChannelUpdatePayload::refused(ChannelUpdateUserErrorCode::NameInvalid, field, message))
            }
            Err(error) => Err(error.into()),
        }
    }
}
