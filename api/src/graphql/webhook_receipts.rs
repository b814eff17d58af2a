//! Webhooks as they came, and what became of them.

mod mutations;

pub(super) use mutations::{WebhookReceiptMutations, WebhookReceiptReplayUserError};

use super::context::{Reader, viewer};
use super::errors::{Failure, Result};
use super::global_id::GlobalId;
use super::load::{Resource, Selection};
use super::ordering::{WebhookReceiptOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entities::{WebhookReceiptId, webhook_receipt_head};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth::{Permission, Reach};
use inbox::domain::effects::Effects;
use inbox::store::receipts as store;
use std::collections::HashSet;
use std::sync::Arc;

/// Bytes of bodies that one list shows at most: a single one has up to 3 MiB.
const MOST_BODIES: i64 = 16 << 20;
/// Fields of a filter at most.
const MOST_FIELDS: usize = 50;

/// What became of a webhook.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::ReceiptState")]
pub(super) enum WebhookReceiptState {
    /// Stored; its effects follow.
    Received,
    /// All of it was applied, or was known already.
    Applied,
    /// Some of it could not be understood or applied; `webhookReceiptReplay` tries again.
    Failed,
    /// It carries nothing that has a meaning here.
    Ignored,
}

/// What a webhook can change.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::WebhookEffectKind")]
pub(super) enum WebhookEffectKind {
    /// A contact was made.
    ContactCreated,
    /// A conversation began.
    ConversationOpened,
    /// A message appeared.
    MessageAdded,
    /// A status of a message of the business was written down.
    StatusRecorded,
    /// A message was edited, revoked, completed or reacted to.
    MessageChanged,
    /// A contact said what it wants of marketing.
    PreferenceRecorded,
    /// A contact got a name or other ids.
    ContactChanged,
    /// Meta announced something about the account, its numbers or its templates.
    UpdateAnnounced,
}

/// How much of one kind a webhook changed.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct WebhookEffect {
    /// What.
    kind: WebhookEffectKind,
    /// How many.
    count: i32,
}

fn shown(effects: &Effects) -> Vec<WebhookEffect> {
    effects.iter().map(|(kind, count)| WebhookEffect { kind: kind.into(), count }).collect()
}

/// The bytes of a webhook.
#[derive(Clone, Debug)]
enum Body {
    NotRead,
    Hidden,
    TooLong,
    Read(Arc<[u8]>),
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct WebhookReceipt {
    row: Arc<webhook_receipt_head::Model>,
    body: Body,
}

/// One webhook whose signature was right, as it was stored before anything was done with it.
#[Object]
impl WebhookReceipt {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// When it came.
    async fn received_at(&self) -> DateTime {
        self.row.received_at.into()
    }

    /// The webhook fields inside, such as `messages`; at most ten. Empty until it was applied, and if it cannot be read.
    async fn fields(&self) -> Vec<&str> {
        let fields = self.row.fields.as_deref().unwrap_or_default();
        fields.split(',').filter(|field| !field.is_empty()).collect()
    }

    /// What became of it.
    async fn state(&self) -> WebhookReceiptState {
        self.row.state.into()
    }

    /// Why it, or a part of it, could not be applied. Null if nothing stood against it.
    async fn error(&self) -> Option<&str> {
        self.row.error.as_deref()
    }

    /// How often it was tried.
    async fn attempts(&self) -> i32 {
        self.row.attempts
    }

    /// What it changed, by kind. Empty if all was known already, and for webhooks of versions that did not count.
    async fn effects(&self) -> Vec<WebhookEffect> {
        shown(&Effects::from_json(self.row.report.as_deref()))
    }

    /// The signed text, as it came. It holds what customers wrote: null for callers without the permission READ_ALL. A list
    /// shows 16 MiB of bodies at most; ask for fewer if this is an error.
    async fn body(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let body = match &self.body {
            Body::NotRead => {
                read_bodies(Reader::new(ctx)?, &[&self.row]).await?.pop().unwrap_or(Body::TooLong)
            }
            body => body.clone(),
        };
        match body {
            Body::Read(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Body::TooLong => {
                Err(Failure::bad_input("body", "these bodies are too long together: ask for fewer"))
            }
            Body::NotRead | Body::Hidden => Ok(None),
        }
    }
}

/// Those of these rows, in their order.
async fn read_bodies(reader: Reader<'_>, rows: &[&Arc<webhook_receipt_head::Model>]) -> Result<Vec<Body>> {
    if reader.reach != Reach::All {
        return Ok(vec![Body::Hidden; rows.len()]);
    }
    let ids: Vec<WebhookReceiptId> = rows.iter().map(|row| row.id).collect();
    let mut bodies = store::bodies(reader.db(), &ids, MOST_BODIES).await?;
    let body = |id| bodies.remove(id).map_or(Body::TooLong, |bytes| Body::Read(bytes.into()));
    Ok(ids.iter().map(body).collect())
}

impl Resource for WebhookReceipt {
    type Id = WebhookReceiptId;
    type Row = webhook_receipt_head::Model;
    /// Whether bodies are asked for.
    type Plan = bool;

    fn plan(selection: &Selection<'_>) -> bool {
        selection.has(&["body"])
    }

    fn id_of(row: &webhook_receipt_head::Model) -> WebhookReceiptId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<WebhookReceiptId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<webhook_receipt_head::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<webhook_receipt_head::Model>>,
        with_bodies: &'a bool,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let bodies = if *with_bodies && !rows.is_empty() {
                read_bodies(reader, &rows.iter().collect::<Vec<_>>()).await?
            } else {
                vec![Body::NotRead; rows.len()]
            };
            Ok(rows.into_iter().zip(bodies).map(|(row, body)| Self { row, body }).collect())
        }
        .boxed()
    }
}

/// Which webhooks. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
struct WebhookReceiptFilter {
    /// Only those that stand in one of these ways.
    states: Option<Vec<WebhookReceiptState>>,
    /// Only those with one of these fields inside, such as `messages` or `account_update`; at most 50.
    fields: Option<Vec<String>>,
    /// Only what came at or after this moment.
    received_after: Option<DateTime>,
    /// Only what came before this moment.
    received_before: Option<DateTime>,
}

impl WebhookReceiptFilter {
    fn into_store(self) -> Result<store::ReceiptFilter> {
        if self.fields.as_ref().is_some_and(|fields| fields.len() > MOST_FIELDS) {
            return Err(Failure::bad_input(
                "filter.fields",
                format_args!("at most {MOST_FIELDS} fields can be asked for"),
            ));
        }
        Ok(store::ReceiptFilter {
            states: self.states.map(|states| states.into_iter().map(Into::into).collect()),
            fields: self.fields,
            received_after: self.received_after.map(|moment| moment.0),
            received_before: self.received_before.map(|moment| moment.0),
        })
    }
}

#[derive(Default)]
pub(super) struct WebhookReceiptQueries;

#[Object]
impl WebhookReceiptQueries {
    /// The webhooks that came, newest first unless asked otherwise. They are kept for as long as the configuration says; those
    /// that failed stay. Needs the permission ADMINISTER.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn webhook_receipts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only webhooks that match all of this.")] filter: Option<WebhookReceiptFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<
            WebhookReceiptOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<WebhookReceipt>> {
        viewer(ctx)?.require(Permission::Administer)?;
        let filter = &filter.unwrap_or_default().into_store()?;
        let list = Listing {
            list: List::WebhookReceipts,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.sight, filter, &request).await },
            |reader| async move { store::count(reader.db(), reader.sight, filter).await },
        )
        .await
    }
}
