//! What administrators do with jobs.

use super::{Job, JobName, JobRun, JobRunPlan};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::load::{self, Selection};
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use inbox::services::jobs::{self as service, JobUpdate};

refusals! {
    /// Why a job was not started.
    JobRunUserError, JobRunUserErrorCode {
        /// It runs already.
        JobRunning,
    }
}

refusals! {
    /// Why a job was not changed.
    JobUpdateUserError, JobUpdateUserErrorCode {
        /// The text is no cron expression of five fields, or the time never comes.
        CronInvalid,
        /// The text is no name of a time zone, such as `Europe/Madrid`.
        TimeZoneInvalid,
    }
}

/// A run that was asked for, or why there is none.
#[derive(SimpleObject)]
struct JobRunPayload {
    /// The run: it is about to begin. Null if there are user errors.
    job_run: Option<JobRun>,
    /// Why it was not started.
    user_errors: Vec<JobRunUserError>,
}

/// A job to start.
#[derive(InputObject)]
struct JobRunInput {
    /// Which job.
    name: JobName,
}

/// How a job is to be set. What is absent stays as it is.
#[derive(InputObject)]
struct JobUpdateInput {
    /// Which job.
    name: JobName,
    /// When it is due, as a cron expression: minute, hour, day of the month, month, day of the week. Null for the default.
    cron: MaybeUndefined<String>,
    /// The time zone in which that is meant, such as `Europe/Madrid`. Null for UTC.
    time_zone: MaybeUndefined<String>,
    /// Whether it runs by itself. Null like absent.
    enabled: Option<bool>,
}

/// A job as it is set now, or why it was not changed.
#[derive(SimpleObject)]
struct JobUpdatePayload {
    /// The job. Null if there are user errors.
    job: Option<Job>,
    /// Why it was not changed.
    user_errors: Vec<JobUpdateUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct JobMutations;

#[Object]
impl JobMutations {
    /// Starts a job now, beside the times at which it is due: a node that runs jobs begins it at once. Refused while it runs.
    /// Needs the permission ADMINISTER.
    async fn job_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job to start.")] input: JobRunInput,
    ) -> Result<JobRunPayload> {
        let (row, user_errors) = split(service::run(app(ctx), viewer(ctx)?, input.name.into()).await)?;
        let job_run = match row {
            Some(row) => {
                let plan = JobRunPlan::of(&Selection::new([ctx.look_ahead().field("jobRun")]));
                load::build_one(Reader::new(ctx)?, row, &plan).await?
            }
            None => None,
        };
        Ok(JobRunPayload { job_run, user_errors })
    }

    /// Sets when a job is due. Times that have passed are not made up for. Needs the permission ADMINISTER.
    async fn job_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change in which job.")] input: JobUpdateInput,
    ) -> Result<JobUpdatePayload> {
        let given = |text: MaybeUndefined<String>| match text {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(text) => Some(Some(text)),
        };
        let name = input.name;
        let input =
            JobUpdate { cron: given(input.cron), time_zone: given(input.time_zone), enabled: input.enabled };
        let (row, user_errors) = split(service::update(app(ctx), viewer(ctx)?, name.into(), input).await)?;
        let rows = row.into_iter().collect();
        let selection = Selection::new([ctx.look_ahead().field("job")]);
        Ok(JobUpdatePayload { job: super::build(ctx, rows, &selection).await?.pop(), user_errors })
    }
}
