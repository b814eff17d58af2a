//! Timed jobs: which is due, who runs it, and what it did.
//!
//! A due time is a row of `job_run`, made under the lock of the job's row, so many nodes make one. Whoever makes it runs it
//! and renews its claim; when the node dies, the claim ends and another begins the run anew. That is safe, because what a
//! job does is transactions that leave nothing to do for a second one.

mod report;
#[cfg(test)]
mod tests;

pub use report::{Failure, Report};

use crate::app::App;
use crate::auth::{Permission, Refusal, RefusalCode, Viewer};
use crate::bus::Topic;
use crate::clock::Ids;
use crate::domain::jobs::{ALL, LEASE, MOST_ATTEMPTS, Schedule, ScheduleError, default_cron};
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::services::templates::{TemplateError, TemplateRefusalCode, templates_sync};
use crate::services::{access_token, inactive, notifications, retention, windows};
use crate::store::jobs::{self as store, RunEnd};
use crate::store::{Priority, Tx};
use entities::{ActorKind, AuditAction, JobCause, JobName, JobState, NodeId, Timestamp, job, job_run};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How a job is set that nobody ever set.
#[must_use]
pub fn unset(name: JobName, now: Timestamp) -> job::Model {
    job::Model {
        name,
        cron: None,
        time_zone: None,
        enabled: true,
        settled_up_to: now,
        updated_at: None,
        updated_by_kind: None,
        updated_by: None,
    }
}

/// When a job is due. None if a stored time cannot be read any more.
#[must_use]
pub fn schedule(row: &job::Model) -> Option<Schedule> {
    let cron = row.cron.as_deref().unwrap_or_else(|| default_cron(row.name));
    match Schedule::parse(cron, row.time_zone.as_deref()) {
        Ok(schedule) => Some(schedule),
        Err(error) => {
            tracing::error!(job = row.name.as_str(), %error, "a job does not run until it is set anew");
            None
        }
    }
}

/// All jobs as they are set, those that nobody ever set included.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; if the database refuses.
pub async fn list(app: &App, viewer: &Viewer) -> Result<Vec<job::Model>> {
    viewer.require(Permission::Administer)?;
    let (rows, now) = (store::all(app.db.read()).await?, app.clock.now());
    let known = |name: JobName| rows.iter().find(|row| row.name == name).cloned();
    Ok(ALL.into_iter().map(|name| known(name).unwrap_or_else(|| unset(name, now))).collect())
}

/// Claims the runs that are to begin now: of jobs that are due, that somebody asked for, and whose node died.
///
/// # Errors
/// If the store cannot do it now.
pub async fn claim(app: &App) -> Result<Vec<job_run::Model>> {
    let now = app.clock.now();
    let mut rows = store::all(app.db.read()).await?;
    if rows.len() < ALL.len() {
        app.db
            .write(Priority::Background, |tx| {
                let rows = ALL.map(|name| unset(name, tx.now())).to_vec();
                Box::pin(store::ensure(tx.conn(), rows))
            })
            .await?;
        rows = store::all(app.db.read()).await?;
    }
    let unfinished = store::unfinished(app.db.read()).await?;
    let mut claims = Vec::new();
    for row in rows {
        let run = unfinished.iter().find(|run| run.job == row.name);
        let wanted = match run {
            Some(run) => run.claimed_until <= now,
            None => due(&row, now).is_some(),
        };
        if wanted {
            let (ids, node, name) = (app.ids.clone(), app.node, row.name);
            let claim = app.db.write(Priority::Background, move |tx| {
                let ids = ids.clone();
                Box::pin(async move { claim_one(tx, &ids, node, name).await })
            });
            claims.extend(claim.await?);
        }
    }
    Ok(claims)
}

fn due(row: &job::Model, now: Timestamp) -> Option<Timestamp> {
    if row.enabled { schedule(row)?.due(row.settled_up_to, now) } else { None }
}

async fn claim_one(tx: &Tx, ids: &Ids, node: NodeId, name: JobName) -> Result<Option<job_run::Model>> {
    let now = tx.now();
    let Some(row) = store::lock(tx, name).await? else { return Ok(None) };
    if let Some(run) = store::unfinished_of(tx.conn(), name).await? {
        if run.claimed_until > now {
            return Ok(None);
        }
        if run.attempts >= MOST_ATTEMPTS {
            let error = "each node that ran it ended before it did";
            let end =
                RunEnd { state: JobState::Failed, at: now, report: None, error: Some(error.to_owned()) };
            tracing::error!(job = name.as_str(), error, "a job failed");
            store::finish(tx.conn(), &run, end).await?;
            return Ok(None);
        }
        let claim = store::claimed(run, node, now.plus(LEASE));
        store::take_over(tx.conn(), &claim).await?;
        return Ok(Some(claim));
    }
    // Asked again under the lock: another node may have been faster.
    let Some(slot) = due(&row, now) else { return Ok(None) };
    store::save(tx.conn(), job::Model { settled_up_to: slot, ..row }).await?;
    let run = run_of(ids, name, slot, now, JobCause::Schedule, None);
    let claim = store::claimed(run, node, now.plus(LEASE));
    store::insert_run(tx.conn(), claim.clone()).await?;
    Ok(Some(claim))
}

fn run_of(
    ids: &Ids,
    job: JobName,
    slot: Timestamp,
    now: Timestamp,
    cause: JobCause,
    actor: Option<(ActorKind, Option<Uuid>)>,
) -> job_run::Model {
    let (actor_kind, actor_id) = actor.unzip();
    job_run::Model {
        id: ids.next(),
        job,
        slot,
        cause,
        actor_kind,
        actor_id: actor_id.flatten(),
        state: JobState::Queued,
        attempts: 0,
        claimed_by: None,
        claimed_until: now,
        started_at: now,
        finished_at: None,
        report: None,
        error: None,
    }
}

/// Runs what was claimed, keeps the claim meanwhile, and writes down what came of it. When `stop` is cancelled or the claim
/// is lost, it ends where it stands and another node begins anew.
///
/// # Errors
/// If the store cannot write down what came of it: the claim ends, and it is run again.
pub async fn perform(app: &App, claim: &job_run::Model, stop: &CancellationToken) -> Result<()> {
    let outcome = tokio::select! {
        biased;
        () = stop.cancelled() => {
            let claim = claim.clone();
            app.db
                .write(Priority::Interactive, move |tx| {
                    let claim = claim.clone();
                    Box::pin(async move { store::release(tx.conn(), &claim, tx.now()).await })
                })
                .await?;
            app.bus.wake_others(Topic::Jobs);
            return Ok(());
        }
        outcome = work(app, claim.job) => outcome,
        () = keep(app, claim) => {
            tracing::warn!(job = claim.job.as_str(), "another node took over a job that ran for too long here");
            return Ok(());
        }
    };
    let (state, report, error) = match outcome {
        Ok(report) => (JobState::Succeeded, Some(report.to_json()), None),
        Err(failure) => {
            tracing::error!(job = claim.job.as_str(), error = failure.logged(), "a job failed");
            (JobState::Failed, None, Some(failure.shown().to_owned()))
        }
    };
    metrics::counter!("recado_job_runs_total", "job" => claim.job.as_str(), "state" => state.as_str())
        .increment(1);
    let (claim, end) = (claim.clone(), Arc::new((state, report, error)));
    app.db
        .write(Priority::Background, move |tx| {
            let (claim, end) = (claim.clone(), Arc::clone(&end));
            Box::pin(async move {
                let (state, report, error) = (*end).clone();
                store::finish(tx.conn(), &claim, RunEnd { state, at: tx.now(), report, error }).await
            })
        })
        .await?;
    Ok(())
}

/// Renews a claim until it is lost.
async fn keep(app: &App, claim: &job_run::Model) {
    let mut until = claim.claimed_until;
    loop {
        tokio::time::sleep(LEASE / 3).await;
        let renewed = app.db.write(Priority::Interactive, {
            let claim = claim.clone();
            move |tx| {
                let claim = claim.clone();
                Box::pin(async move {
                    let until = tx.now().plus(LEASE);
                    Ok(store::renew(tx.conn(), &claim, until).await?.then_some(until))
                })
            }
        });
        match renewed.await {
            Ok(Some(renewed)) => until = renewed,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "the claim on a job could not be renewed; trying again");
                if app.clock.now() >= until {
                    return;
                }
            }
        }
    }
}

async fn work(app: &App, job: JobName) -> Result<Report, Failure> {
    match job {
        JobName::CheckNewWhatsAppMessages => Ok(notifications::check_new_messages(app).await?),
        JobName::WhatsAppActivateInactiveConversations => {
            Ok(Report::of("activatedConversations", inactive::activate(app).await?))
        }
        JobName::RefreshWhatsAppAccessToken => access_token::look_after(app).await,
        JobName::CloseMessagingWindows => Ok(Report::of("closedWindows", windows::tell_closed(app).await?)),
        JobName::SyncTemplates => sync_templates(app).await,
        JobName::Retention => Ok(retention::run(app).await?),
    }
}

async fn sync_templates(app: &App) -> Result<Report, Failure> {
    match templates_sync(app, &Viewer::system()).await {
        Ok(synced) => {
            let mut report = Report::of("created", synced.created);
            report.add("updated", synced.updated);
            report.add("removed", synced.removed);
            report.add("unchanged", synced.unchanged);
            Ok(report)
        }
        Err(TemplateError::Refused(refusals)) => {
            if refusals.iter().all(|refusal| refusal.code == TemplateRefusalCode::ChannelNotFound) {
                return Ok(Report::of("skipped", "no number with an account at Meta is connected"));
            }
            let messages: Vec<&str> = refusals.iter().map(|refusal| refusal.message.as_str()).collect();
            Err(Failure::new(messages.join(" ")))
        }
        Err(TemplateError::Error(error)) => Err(error.into()),
    }
}

/// Asks for a run now, beside those that are due: a node that runs jobs begins it at once.
///
/// # Errors
/// [`Error::Refused`] while the job runs; [`Error::Forbidden`] without [`Permission::Administer`].
pub async fn run(app: &App, viewer: &Viewer, name: JobName) -> Result<job_run::Model> {
    viewer.require(Permission::Administer)?;
    let (ids, actor) = (app.ids.clone(), viewer.actor());
    app.db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                locked(tx, name).await?;
                if store::unfinished_of(tx.conn(), name).await?.is_some() {
                    let message = "this job runs already; wait until it has ended";
                    return Err(Refusal::new(RefusalCode::JobRunning, message).into());
                }
                let now = tx.now();
                let run = run_of(&ids, name, now, now, JobCause::Request, Some(actor));
                store::insert_run(tx.conn(), run.clone()).await?;
                tx.wake(Topic::Jobs);
                Ok(run)
            })
        })
        .await
}

/// How a job is to be set; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobUpdate {
    /// When it is due; `Some(None)` for the default.
    pub cron: Option<Option<String>>,
    /// The time zone in which that is meant; `Some(None)` for UTC.
    pub time_zone: Option<Option<String>>,
    /// Whether it runs by itself.
    pub enabled: Option<bool>,
}

/// Sets a job. Due times that passed before are not made up for.
///
/// # Errors
/// [`Error::Refused`] if the time or the zone cannot be read; [`Error::Forbidden`] without [`Permission::Administer`].
pub async fn update(app: &App, viewer: &Viewer, name: JobName, input: JobUpdate) -> Result<job::Model> {
    viewer.require(Permission::Administer)?;
    let (actor @ (kind, id), ids) = (viewer.actor(), app.ids.clone());
    app.db
        .write(Priority::Interactive, move |tx| {
            let (input, ids) = (input.clone(), ids.clone());
            Box::pin(async move {
                let before = locked(tx, name).await?;
                let trimmed = |text: Option<String>| text.map(|text| text.trim().to_owned());
                let wanted = job::Model {
                    cron: input.cron.map_or_else(|| before.cron.clone(), trimmed),
                    time_zone: input.time_zone.map_or_else(|| before.time_zone.clone(), trimmed),
                    enabled: input.enabled.unwrap_or(before.enabled),
                    ..before.clone()
                };
                let cron = wanted.cron.as_deref().unwrap_or_else(|| default_cron(name));
                Schedule::parse(cron, wanted.time_zone.as_deref()).map_err(|error| {
                    let (code, field) = match error {
                        ScheduleError::Zone(_) => (RefusalCode::TimeZoneInvalid, "timeZone"),
                        ScheduleError::Cron(..) | ScheduleError::Never(_) => {
                            (RefusalCode::CronInvalid, "cron")
                        }
                    };
                    Refusal::of(code, field, error.to_string())
                })?;
                if wanted == before {
                    return Ok(before);
                }
                let now = tx.now();
                let after = job::Model {
                    settled_up_to: now.max(before.settled_up_to),
                    updated_at: Some(now),
                    updated_by_kind: Some(kind),
                    updated_by: id,
                    ..wanted
                };
                store::save(tx.conn(), after.clone()).await?;
                let fields = differences(&before, &after);
                record(&ids, tx, actor, AuditAction::JobUpdated, Subject::Job, fields).await?;
                Ok(after)
            })
        })
        .await
}

fn differences(before: &job::Model, after: &job::Model) -> Vec<AuditChange> {
    let enabled = |row: &job::Model| Some(row.enabled.to_string());
    let fields = [
        ("cron", before.cron.clone(), after.cron.clone()),
        ("timeZone", before.time_zone.clone(), after.time_zone.clone()),
        ("enabled", enabled(before), enabled(after)),
    ];
    let changed = fields.into_iter().filter(|(_, before, after)| before != after);
    let changed = changed.map(|(field, before, after)| AuditChange::shown(field, before, after));
    std::iter::once(AuditChange::names("name", before.name.as_str())).chain(changed).collect()
}

/// A job, locked; it may be that no node looked after jobs so far.
async fn locked(tx: &Tx, name: JobName) -> Result<job::Model> {
    store::ensure(tx.conn(), vec![unset(name, tx.now())]).await?;
    store::lock(tx, name).await?.ok_or_else(|| Error::internal("a job that was just added is gone"))
}
