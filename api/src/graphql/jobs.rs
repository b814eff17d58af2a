//! Timed jobs: when they are due, and what their runs did.

mod mutations;

pub(super) use mutations::{JobMutations, JobRunUserError, JobUpdateUserError};

use super::context::{Reader, app, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::ordering::{JobRunOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use super::users::{User, UserPlan};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entities::{JobRunId, UserId, job, job_run};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth::Permission;
use inbox::domain::jobs::default_cron;
use inbox::services::jobs::{self as service, Report};
use inbox::store::jobs as store;
use std::collections::HashSet;
use std::sync::Arc;

/// The timed jobs.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::JobName")]
pub(super) enum JobName {
    /// `CheckNewWhatsAppMessages`: tells each person about new messages (`inboxNotification`), and wakes the receiver if
    /// webhooks wait for too long.
    #[graphql(name = "CHECK_NEW_WHATSAPP_MESSAGES")]
    CheckNewWhatsAppMessages,
    /// `WhatsAppActivateInactiveConversations`: conversations in `MANUAL` mode that have an assistant, and in which nobody has
    /// written for a day, become `AUTOMATIC`.
    #[graphql(name = "WHATSAPP_ACTIVATE_INACTIVE_CONVERSATIONS")]
    WhatsAppActivateInactiveConversations,
    /// `RefreshWhatsAppAccessToken`: asks Meta how long the access token is good for.
    #[graphql(name = "REFRESH_WHATSAPP_ACCESS_TOKEN")]
    RefreshWhatsAppAccessToken,
    /// `CloseMessagingWindows`: tells that the 24 hours after a customer's last message are over.
    CloseMessagingWindows,
    /// `SyncTemplates`: makes the templates here level with Meta's, as `templatesSync` does.
    SyncTemplates,
    /// `Retention`: deletes what has been kept for as long as the configuration says.
    Retention,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::JobState")]
pub(super) enum JobState {
    /// Asked for, and about to begin.
    Queued,
    /// Under way.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended with an error.
    Failed,
}

/// Why a job runs.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::JobCause")]
pub(super) enum JobCause {
    /// It was due.
    Schedule,
    /// Somebody asked for it.
    Request,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Job {
    row: job::Model,
    last_run: Related<JobRun>,
    updated_by: Related<User>,
}

/// What is done again and again by itself. Of several nodes one does it.
#[Object]
impl Job {
    /// Which job.
    async fn name(&self) -> JobName {
        self.row.name.into()
    }

    /// What it does.
    async fn description(&self) -> &'static str {
        description(self.row.name)
    }

    /// When it is due, as a cron expression: minute, hour, day of the month, month, day of the week.
    async fn cron(&self) -> &str {
        self.row.cron.as_deref().unwrap_or_else(|| default_cron(self.row.name))
    }

    /// When it is due if nobody says otherwise.
    async fn default_cron(&self) -> &'static str {
        default_cron(self.row.name)
    }

    /// The time zone in which `cron` is meant.
    async fn time_zone(&self) -> &str {
        self.row.time_zone.as_deref().unwrap_or("UTC")
    }

    /// Whether it runs by itself. One that does not can still be started by `jobRun`.
    async fn enabled(&self) -> bool {
        self.row.enabled
    }

    /// When it runs next by itself. Null if it does not.
    async fn next_run_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        let schedule = service::schedule(&self.row).filter(|_| self.row.enabled)?;
        schedule.next_after(app(ctx).clock.now()).map(Into::into)
    }

    /// Its newest run. Null if it never ran.
    async fn last_run(&self, ctx: &Context<'_>) -> Option<Result<JobRun>> {
        self.last_run.or_read(last_run(ctx, self.row.name)).await
    }

    /// When somebody last changed `cron`, `timeZone` or `enabled`. Null if nobody did.
    async fn updated_at(&self) -> Option<DateTime> {
        self.row.updated_at.map(Into::into)
    }

    /// Who did. Null for integrations.
    async fn updated_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            let Some(id) = updated_by(&self.row) else { return Ok(None) };
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), id).await
        };
        self.updated_by.or_read(read).await
    }
}

/// In words.
fn description(name: entities::JobName) -> &'static str {
    use entities::JobName as Name;
    match name {
        Name::CheckNewWhatsAppMessages => {
            "Tells each person about new messages, and wakes the receiver if webhooks wait for too long."
        }
        Name::WhatsAppActivateInactiveConversations => {
            "Gives conversations that people answered, and in which nobody has written for a day, back to their assistants."
        }
        Name::RefreshWhatsAppAccessToken => "Asks Meta how long the access token is good for.",
        Name::CloseMessagingWindows => "Tells that the 24 hours after a customer's last message are over.",
        Name::SyncTemplates => "Makes the templates here level with Meta's.",
        Name::Retention => "Deletes what has been kept for as long as the configuration says.",
    }
}

fn updated_by(row: &job::Model) -> Option<UserId> {
    row.updated_by.filter(|_| row.updated_by_kind == Some(entities::ActorKind::User)).map(UserId)
}

async fn last_run(ctx: &Context<'_>, name: entities::JobName) -> Result<Option<JobRun>> {
    let reader = Reader::new(ctx)?;
    let Some(row) = store::last_run(reader.db(), reader.sight, name).await? else { return Ok(None) };
    load::build_one(reader, row, &JobRunPlan::default()).await
}

/// Makes jobs of rows, with what a selection on `Job` asks for.
async fn build(ctx: &Context<'_>, rows: Vec<job::Model>, selection: &Selection<'_>) -> Result<Vec<Job>> {
    let reader = Reader::new(ctx)?;
    let user = selection.field("updatedBy").map(|below| UserPlan::of(&below));
    let users = load::load_many::<User>(reader, user.as_ref(), rows.iter().filter_map(updated_by)).await?;
    let plan = selection.field("lastRun").map(|below| JobRunPlan::of(&below));
    let mut runs = Vec::new();
    if plan.is_some() {
        for row in &rows {
            runs.extend(store::last_run(reader.db(), reader.sight, row.name).await?);
        }
    }
    let of_job: Vec<(entities::JobName, JobRunId)> = runs.iter().map(|run| (run.job, run.id)).collect();
    let runs = match &plan {
        Some(plan) => JobRun::build(reader, runs.into_iter().map(Arc::new).collect(), plan).await?,
        None => Vec::new(),
    };
    let job = |row: job::Model| {
        let place = of_job.iter().position(|(name, _)| *name == row.name);
        Job {
            last_run: match plan {
                Some(_) => Related::Read(place.and_then(|place| runs.get(place).cloned())),
                None => Related::NotRead,
            },
            updated_by: users.related(updated_by(&row)),
            row,
        }
    };
    Ok(rows.into_iter().map(job).collect())
}

/// Something that a run tells of what it did.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct JobReportEntry {
    /// What it is about, such as `activatedConversations` or `skipped`.
    name: String,
    /// How many, or what.
    value: String,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct JobRun {
    row: Arc<job_run::Model>,
    started_by: Related<User>,
}

/// What a selection asks of a run beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct JobRunPlan {
    started_by: Option<UserPlan>,
}

impl JobRunPlan {
    /// The plan of a selection on `JobRun`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self { started_by: selection.field("startedBy").map(|below| UserPlan::of(&below)) }
    }
}

fn started_by(row: &job_run::Model) -> Option<UserId> {
    row.actor_id.filter(|_| row.actor_kind == Some(entities::ActorKind::User)).map(UserId)
}

/// One run of a job.
#[Object]
impl JobRun {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// Which job.
    async fn job(&self) -> JobName {
        self.row.job.into()
    }

    /// The time that it was due, or at which it was asked for. Of the times that were missed while the service was down only
    /// the newest has a run.
    async fn slot(&self) -> DateTime {
        self.row.slot.into()
    }

    /// Why it runs.
    async fn cause(&self) -> JobCause {
        self.row.cause.into()
    }

    /// Who asked for it. Null if it was due, and for integrations.
    async fn started_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            let Some(id) = started_by(&self.row) else { return Ok(None) };
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), id).await
        };
        self.started_by.or_read(read).await
    }

    /// How it stands.
    async fn state(&self) -> JobState {
        self.row.state.into()
    }

    /// How often it was begun: more than once if a node ended while it ran.
    async fn attempts(&self) -> i32 {
        self.row.attempts
    }

    /// When it began, or was asked for.
    async fn started_at(&self) -> DateTime {
        self.row.started_at.into()
    }

    /// When it ended. Null until then.
    async fn finished_at(&self) -> Option<DateTime> {
        self.row.finished_at.map(Into::into)
    }

    /// What it did. Empty until it has ended, and if it failed.
    async fn report(&self) -> Vec<JobReportEntry> {
        let report = Report::of_run(&self.row);
        report.entries().map(|(name, value)| JobReportEntry { name: name.to_owned(), value }).collect()
    }

    /// Why it failed. Null if it did not.
    async fn error(&self) -> Option<&str> {
        self.row.error.as_deref()
    }
}

impl Resource for JobRun {
    type Id = JobRunId;
    type Row = job_run::Model;
    type Plan = JobRunPlan;

    fn plan(selection: &Selection<'_>) -> JobRunPlan {
        JobRunPlan::of(selection)
    }

    fn id_of(row: &job_run::Model) -> JobRunId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<JobRunId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<job_run::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<job_run::Model>>,
        plan: &'a JobRunPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let starters: Vec<UserId> = rows.iter().filter_map(|row| started_by(row)).collect();
            let users = load::load_many::<User>(reader, plan.started_by.as_ref(), starters).await?;
            let run = |row: Arc<job_run::Model>| Self { started_by: users.related(started_by(&row)), row };
            Ok(rows.into_iter().map(run).collect())
        }
        .boxed()
    }
}

/// Which runs. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
struct JobRunFilter {
    /// Only runs of this job.
    job: Option<JobName>,
    /// Only those that stand so.
    state: Option<JobState>,
}

#[derive(Default)]
pub(super) struct JobQueries;

#[Object]
impl JobQueries {
    /// What is done again and again by itself, when, and how it went the last time. Needs the permission ADMINISTER.
    async fn jobs(&self, ctx: &Context<'_>) -> Result<Vec<Job>> {
        let rows = service::list(app(ctx), viewer(ctx)?).await?;
        build(ctx, rows, &Selection::new([ctx.look_ahead()])).await
    }

    /// The runs of jobs, newest first unless asked otherwise. They are kept for as long as the configuration says. Needs the
    /// permission ADMINISTER.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn job_runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only runs that match all of this.")] filter: Option<JobRunFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<JobRunOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<JobRun>> {
        viewer(ctx)?.require(Permission::Administer)?;
        let filter = filter.unwrap_or_default();
        let filter =
            &store::JobRunFilter { job: filter.job.map(Into::into), state: filter.state.map(Into::into) };
        let list = Listing {
            list: List::JobRuns,
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
