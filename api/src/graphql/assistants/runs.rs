//! What assistants did.

use super::{Assistant, amount};
use crate::graphql::context::Reader;
use crate::graphql::conversations::{Conversation, ConversationPlan};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Related, Resource, Selection};
use crate::graphql::messages::{Message, MessagePlan};
use crate::graphql::ordering::{AssistantRunOrder, direction};
use crate::graphql::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use crate::graphql::scalars::{Cursor, DateTime};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entities::{AssistantId, AssistantRunId, ConversationId, assistant_run, assistant_run_step};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth::Sight;
use inbox::store::assistants::{self as store, RunFilter};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How a run stands, or how it ended.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::RunState")]
pub(super) enum AssistantRunState {
    /// The model is being asked.
    Running,
    /// Its answer was queued.
    Answered,
    /// It decided that nothing needs to be said.
    NoReply,
    /// It gave the conversation to people.
    HandedOff,
    /// The customer wrote more; the answer was thrown away, and another run takes its place.
    Superseded,
    /// A person took over, the window closed, or the assistant was taken away.
    Canceled,
    /// The model could not be asked, or gave nothing that can be sent; it may be tried again by another run.
    Failed,
}

/// What was done in a step.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::RunStepKind")]
pub(super) enum AssistantRunStepKind {
    /// The model was asked.
    Model,
    /// A tool was called.
    Tool,
    /// The answer was checked, and found wrong.
    Check,
}

/// What a person thinks of an answer.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::Rating")]
pub(super) enum AssistantRunRating {
    /// Good.
    Up,
    /// Bad.
    Down,
}

/// Something that an assistant did on the way to an answer.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct AssistantRunStep {
    /// What was done.
    kind: AssistantRunStepKind,
    /// The tool's name.
    name: Option<String>,
    /// What it was given.
    input: Option<String>,
    /// What came of it: the model's words and calls as JSON, a tool's result, or what was wrong.
    output: Option<String>,
    /// Tokens of the request to the model.
    input_token_count: i32,
    /// Tokens of its answer.
    output_token_count: i32,
    /// How long it took, in seconds.
    duration: f64,
}

impl From<assistant_run_step::Model> for AssistantRunStep {
    #[expect(clippy::cast_precision_loss, reason = "a step takes minutes at most")]
    fn from(row: assistant_run_step::Model) -> Self {
        Self {
            kind: row.kind.into(),
            name: row.name,
            input: row.input,
            output: row.output,
            input_token_count: shown(row.input_tokens),
            output_token_count: shown(row.output_tokens),
            duration: row.duration_ms as f64 / 1_000.0,
        }
    }
}

pub(super) fn shown(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct AssistantRun {
    row: Arc<assistant_run::Model>,
    assistant: Related<Assistant>,
    conversation: Related<Arc<Conversation>>,
    last_message: Related<Arc<Message>>,
    steps: Related<Arc<[AssistantRunStep]>>,
    full: bool,
}

/// What a selection asks of a run beyond its row.
#[derive(Clone, Debug, Default)]
pub(in crate::graphql) struct AssistantRunPlan {
    assistant: bool,
    conversation: Option<Box<ConversationPlan>>,
    last_message: Option<Box<MessagePlan>>,
    steps: bool,
}

/// One turn of an assistant: what it answered, what that cost, and how it came to it.
#[Object]
impl AssistantRun {
    /// Global id.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// Which assistant.
    async fn assistant(&self, ctx: &Context<'_>) -> Option<Result<Assistant>> {
        let read = async { load::load_one::<Assistant>(Reader::new(ctx)?, &(), self.row.assistant_id).await };
        self.assistant.or_read(read).await
    }

    /// The version of its settings that answered.
    async fn assistant_version(&self) -> i32 {
        self.row.assistant_version
    }

    /// The model that was asked.
    async fn model(&self) -> &str {
        &self.row.model
    }

    /// In which conversation.
    async fn conversation(&self, ctx: &Context<'_>) -> Option<Result<Arc<Conversation>>> {
        let read = async {
            let plan = ConversationPlan::of(&Selection::new([ctx.look_ahead()]));
            Ok(load::load_one(Reader::new(ctx)?, &plan, self.row.conversation_id).await?.map(Arc::new))
        };
        self.conversation.or_read(read).await
    }

    /// The customer's newest message that it is an answer to.
    async fn last_message(&self, ctx: &Context<'_>) -> Option<Result<Arc<Message>>> {
        let read = async {
            let plan = MessagePlan::of(&Selection::new([ctx.look_ahead()]));
            Ok(load::load_one(Reader::new(ctx)?, &plan, self.row.last_message_id).await?.map(Arc::new))
        };
        self.last_message.or_read(read).await
    }

    /// How it stands, or how it ended.
    async fn state(&self) -> AssistantRunState {
        self.row.state.into()
    }

    /// Which try of the turn it is, from 1.
    async fn attempt(&self) -> i32 {
        self.row.attempt
    }

    /// Why it ended so, where that needs a word.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref()
    }

    /// Tokens of all requests to the model.
    async fn input_token_count(&self) -> i32 {
        shown(self.row.input_tokens)
    }

    /// Tokens of all its answers.
    async fn output_token_count(&self) -> i32 {
        shown(self.row.output_tokens)
    }

    /// What it cost by the prices that were valid when it began. Null if there were none.
    async fn cost(&self) -> Option<f64> {
        self.row.cost_micros.map(amount)
    }

    /// The currency of its cost, ISO 4217. Null if there is no cost, or if it is by the assistant's own prices.
    async fn currency(&self) -> Option<&str> {
        self.row.currency.as_deref()
    }

    /// What was done on the way. Empty without `ADMINISTER`, and after the days of the setting
    /// `keep_assistant_run_steps_days`.
    async fn steps(&self, ctx: &Context<'_>) -> Option<Result<Vec<AssistantRunStep>>> {
        let read = async {
            let reader = Reader::new(ctx)?;
            Ok(steps(reader, [self.row.id]).await?.remove(&self.row.id))
        };
        let found: Option<Result<Arc<[AssistantRunStep]>>> =
            if self.full { self.steps.or_read(read).await } else { None };
        Some(found.transpose().map(|steps| steps.map_or_else(Vec::new, |steps| steps.to_vec())))
    }

    /// What a person thinks of it.
    async fn rating(&self) -> Option<AssistantRunRating> {
        self.row.rating.map(Into::into)
    }

    /// Why.
    async fn rating_note(&self) -> Option<&str> {
        self.row.rating_note.as_deref()
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        self.row.started_at.into()
    }

    /// When it ended. Null while it runs.
    async fn finished_at(&self) -> Option<DateTime> {
        self.row.finished_at.map(DateTime)
    }
}

async fn steps(
    reader: Reader<'_>,
    runs: impl IntoIterator<Item = AssistantRunId>,
) -> Result<HashMap<AssistantRunId, Arc<[AssistantRunStep]>>> {
    let groups = load::group(store::steps(reader.db(), runs).await?, |step| step.run_id).into_iter();
    Ok(groups.map(|(id, rows)| (id, rows.into_iter().map(Into::into).collect())).collect())
}

impl Resource for AssistantRun {
    type Id = AssistantRunId;
    type Row = assistant_run::Model;
    type Plan = AssistantRunPlan;

    fn plan(selection: &Selection<'_>) -> AssistantRunPlan {
        AssistantRunPlan {
            assistant: selection.has(&["assistant"]),
            conversation: selection.field("conversation").map(|below| Box::new(ConversationPlan::of(&below))),
            last_message: selection.field("lastMessage").map(|below| Box::new(MessagePlan::of(&below))),
            steps: selection.has(&["steps"]),
        }
    }

    fn id_of(row: &assistant_run::Model) -> AssistantRunId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<AssistantRunId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<assistant_run::Model>>> {
        store::runs_by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<assistant_run::Model>>,
        plan: &'a AssistantRunPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let full = reader.sight == Sight::Full;
            let assistants: Vec<_> = rows.iter().map(|row| row.assistant_id).collect();
            let conversations: Vec<_> = rows.iter().map(|row| row.conversation_id).collect();
            let messages: Vec<_> = rows.iter().map(|row| row.last_message_id).collect();
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            let wanted = plan.steps && full && !ids.is_empty();
            let of_runs = async { if wanted { steps(reader, ids).await.map(Some) } else { Ok(None) } };
            let (assistants, conversations, messages, mut of_runs) = tokio::try_join!(
                load::load_many::<Assistant>(reader, plan.assistant.then_some(&()), assistants),
                load::load_many::<Conversation>(reader, plan.conversation.as_deref(), conversations),
                load::load_many::<Message>(reader, plan.last_message.as_deref(), messages),
                of_runs,
            )?;
            let run = |row: Arc<assistant_run::Model>| Self {
                assistant: assistants.related(Some(row.assistant_id)),
                conversation: conversations.related(Some(row.conversation_id)).map(Arc::new),
                last_message: messages.related(Some(row.last_message_id)).map(Arc::new),
                steps: match &mut of_runs {
                    Some(steps) => Related::Read(steps.remove(&row.id)),
                    None => Related::NotRead,
                },
                full,
                row,
            };
            Ok(rows.into_iter().map(run).collect())
        }
        .boxed()
    }
}

/// Which runs. What is absent does not matter.
#[derive(Clone, Debug, Default, InputObject)]
struct AssistantRunFilter {
    /// Only what was done there.
    conversation_id: Option<ID>,
    /// Only what this one did.
    assistant_id: Option<ID>,
    /// Only those that stand, or ended, so.
    state: Option<AssistantRunState>,
}

#[derive(Default)]
pub(in crate::graphql) struct AssistantRunQueries;

#[Object]
impl AssistantRunQueries {
    /// What assistants did in the conversations that the caller sees, newest first unless asked otherwise.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn assistant_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only runs that match all of this.")] filter: Option<AssistantRunFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<
            AssistantRunOrder,
        >,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<AssistantRun>> {
        let filter = filter.unwrap_or_default();
        let filter = &RunFilter {
            conversation_id: ConversationId::parse_option(
                "filter.conversationId",
                filter.conversation_id.as_ref(),
            )?,
            assistant_id: AssistantId::parse_option("filter.assistantId", filter.assistant_id.as_ref())?,
            state: filter.state.map(Into::into),
        };
        let list = Listing {
            list: List::AssistantRuns,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::runs(reader.db(), reader.reach, filter, &request).await },
            |reader| async move { store::count_runs(reader.db(), reader.reach, filter).await },
        )
        .await
    }
}
