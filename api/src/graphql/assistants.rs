//! Assistants, and the ledger of what they did.

mod documents;
mod mutations;
mod runs;

pub(super) use documents::{
    AssistantDocument, AssistantDocumentCreateUserError, AssistantDocumentDeleteUserError,
    AssistantDocumentMutations, AssistantDocumentPlan, AssistantDocumentUpdateUserError,
};
pub(super) use mutations::micros;
pub(super) use mutations::{
    AssistantCreateUserError, AssistantDeleteUserError, AssistantMutations, AssistantRunRateUserError,
    AssistantTryUserError, AssistantUpdateUserError,
};
pub(super) use runs::{AssistantRun, AssistantRunPlan, AssistantRunQueries};

use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{Resource, Selection};
use super::ordering::{AssistantDocumentOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use super::tool_servers::ToolServer;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entities::{AssistantId, assistant};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth::{Reach, Sight};
use inbox::store::assistants::{self as store, documents as papers};
use inbox::store::tool_servers;
use std::collections::HashSet;
use std::sync::Arc;

/// How an assistant's model is spoken to.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::AssistantProvider")]
pub(super) enum AssistantProvider {
    /// Chat completions: OpenAI, and whoever speaks like it, such as vLLM, llama.cpp, Groq, Mistral and OpenRouter.
    #[graphql(name = "OPENAI")]
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// Google's `generateContent`.
    Gemini,
    /// A model on a machine of one's own.
    Ollama,
    /// A script without a model, for demonstrations.
    Scripted,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Assistant {
    row: Arc<assistant::Model>,
    is_default: bool,
    /// The caller may see how it is set up.
    full: bool,
}

/// How an assistant is set up.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct AssistantSettings {
    /// How its model is spoken to.
    provider: AssistantProvider,
    /// Where the model is. Null for the provider's own address.
    base_url: Option<String>,
    /// The model's name at its provider.
    model: String,
    /// Whether a key is set. The key itself is never shown.
    has_api_key: bool,
    /// The end of the key, to know it by.
    api_key_last_four: Option<String>,
    /// What the business wants of it.
    instructions: String,
    /// The beginnings of web addresses that it may send.
    allowed_urls: Vec<String>,
    /// Stands before its first answer in a conversation.
    disclosure: Option<String>,
    /// What the customer reads when it gives the conversation to people. Null for the waiting message.
    hand_off_message: Option<String>,
    /// Where an answer of the model is cut, in tokens.
    max_output_tokens: i32,
    /// Answers in one conversation within 24 hours; beyond, people get it.
    max_answers_per_day: i32,
    /// Tokens for one conversation within 24 hours; beyond, people get it.
    max_tokens_per_day: i32,
    /// What it may cost in a calendar month (UTC), in the currency of its prices. Null for no limit, which there is as well
    /// while no price of its model is known.
    monthly_budget: Option<f64>,
    /// Price of a million input tokens, in place of the one in `modelPrices`. Null if that counts.
    input_price: Option<f64>,
    /// Price of a million output tokens, in place of the one in `modelPrices`. Null if that counts.
    output_price: Option<f64>,
    /// Raised by each change; runs name the version that answered.
    version: i32,
}

/// An amount of money, from millionths.
#[expect(clippy::cast_precision_loss, reason = "amounts of money are far below 2^53 millionths")]
pub(super) fn amount(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}

/// An AI agent that answers customers in automatic mode.
#[Object]
impl Assistant {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// Unique among those that are not deleted.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Whether it answers. Where it does not, customers are told to wait for a person.
    async fn enabled(&self) -> bool {
        self.row.enabled
    }

    /// Whether it answers new contacts. At most one does.
    async fn is_default(&self) -> bool {
        self.is_default
    }

    /// How it is set up. Null without `ADMINISTER`.
    async fn settings(&self) -> Option<AssistantSettings> {
        let row = &self.row;
        self.full.then(|| AssistantSettings {
            provider: row.provider.into(),
            base_url: row.base_url.clone(),
            model: row.model.clone(),
            has_api_key: row.api_key.is_some(),
            api_key_last_four: row.api_key_last_four.clone(),
            instructions: row.instructions.clone(),
            allowed_urls: serde_json::from_str(&row.allowed_urls).unwrap_or_default(),
            disclosure: row.disclosure.clone(),
            hand_off_message: row.hand_off_message.clone(),
            max_output_tokens: row.max_output_tokens,
            max_answers_per_day: row.max_answers_per_day,
            max_tokens_per_day: row.max_tokens_per_day,
            monthly_budget: row.monthly_budget_micros.map(amount),
            input_price: row.input_price_micros.map(amount),
            output_price: row.output_price_micros.map(amount),
            version: row.version,
        })
    }

    /// The texts that it looks things up in, newest first unless asked otherwise. Empty without `ADMINISTER`.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<
            AssistantDocumentOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<AssistantDocument>> {
        let id = self.row.id;
        let list = Listing {
            list: List::AssistantDocuments,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: papers::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { papers::page(reader.db(), reader.sight, id, &request).await },
            |reader| async move { papers::count(reader.db(), reader.sight, id).await },
        )
        .await
    }

    /// The servers of tools that it may call, in the order in which they were made, at most 10. Empty without `ADMINISTER`.
    async fn tool_servers(&self, ctx: &Context<'_>) -> Result<Vec<ToolServer>> {
        let reader = Reader::new(ctx)?;
        let rows = tool_servers::of_assistants(reader.db(), reader.sight, [self.row.id]).await?;
        let plan = ToolServer::plan(&Selection::new([ctx.look_ahead()]));
        ToolServer::build(reader, rows.into_iter().map(Arc::new).collect(), &plan).await
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Last change.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// When it was deleted. Null if it was not: deleted ones are seen in timelines and runs only.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.row.deleted_at.map(DateTime)
    }
}

impl Resource for Assistant {
    type Id = AssistantId;
    type Row = assistant::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &assistant::Model) -> AssistantId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<AssistantId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<assistant::Model>>> {
        async move {
            if !is_seen(reader) {
                return Ok(Vec::new());
            }
            store::by_ids(reader.db(), ids).await
        }
        .boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<assistant::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let full = reader.sight == Sight::Full;
            let default = if rows.is_empty() { None } else { store::default(reader.db()).await? };
            let assistant = |row: Arc<assistant::Model>| {
                let is_default = default == Some(row.id);
                Self { row, is_default, full }
            };
            Ok(rows.into_iter().map(assistant).collect())
        }
        .boxed()
    }
}

/// Assistants exist for whoever sees any conversation, or administers.
fn is_seen(reader: Reader<'_>) -> bool {
    reader.reach != Reach::Nothing || reader.sight == Sight::Full
}

#[derive(Default)]
pub(super) struct AssistantQueries;

#[Object]
impl AssistantQueries {
    /// The assistants, in the order in which they were made. A deployment has a handful. They exist for whoever sees any
    /// conversation.
    async fn assistants(&self, ctx: &Context<'_>) -> Result<Vec<Assistant>> {
        let reader = Reader::new(ctx)?;
        let rows = if is_seen(reader) { store::all(reader.db()).await? } else { Vec::new() };
        Assistant::build(reader, rows.into_iter().map(Arc::new).collect(), &()).await
    }
}
