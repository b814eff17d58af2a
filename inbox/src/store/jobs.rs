//! Timed jobs: how each is set, and its runs. A run is claimed for a while; its number of attempts names the try, so that
//! one that was overtaken settles nothing.

use crate::auth::Sight;
use crate::error::Result;
use crate::store::Tx;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{JobName, JobRunId, JobState, NodeId, Timestamp, job, job_position, job_run};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Select,
};

/// Which runs; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRunFilter {
    /// Of this job.
    pub job: Option<JobName>,
    /// In this state.
    pub state: Option<JobState>,
}

/// How the jobs are set that were ever due or set.
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<job::Model>> {
    Ok(job::Entity::find().all(connection).await?)
}

/// Adds jobs that are not there yet.
///
/// # Errors
/// If the database refuses.
pub async fn ensure<C: ConnectionTrait>(connection: &C, rows: Vec<job::Model>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    job::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
        .on_conflict(OnConflict::column(job::Column::Name).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// A job, locked until commit: nobody else begins or sets it meanwhile.
///
/// # Errors
/// If the database refuses.
pub async fn lock(tx: &Tx, name: JobName) -> Result<Option<job::Model>> {
    let query = job::Entity::find_by_id(name);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// Writes a job.
///
/// # Errors
/// If the database refuses.
pub async fn save<C: ConnectionTrait>(connection: &C, row: job::Model) -> Result<()> {
    row.into_active_model().reset_all().update(connection).await?;
    Ok(())
}

/// Runs that have not ended. There is one a job at most.
///
/// # Errors
/// If the database refuses.
pub async fn unfinished<C: ConnectionTrait>(connection: &C) -> Result<Vec<job_run::Model>> {
    // As text: PostgreSQL uses an index with a condition only when it sees the condition.
    Ok(job_run::Entity::find().filter(Expr::cust("finished_at IS NULL")).all(connection).await?)
}

/// The run of a job that has not ended.
///
/// # Errors
/// If the database refuses.
pub async fn unfinished_of<C: ConnectionTrait>(
    connection: &C,
    name: JobName,
) -> Result<Option<job_run::Model>> {
    Ok(job_run::Entity::find()
        .filter(Expr::cust("finished_at IS NULL"))
        .filter(job_run::Column::Job.eq(name))
        .one(connection)
        .await?)
}

/// A new run.
///
/// # Errors
/// If the database refuses.
pub async fn insert_run<C: ConnectionTrait>(connection: &C, row: job_run::Model) -> Result<()> {
    job_run::Entity::insert(row.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Gives a run that has not ended to another node.
///
/// # Errors
/// If the database refuses.
pub async fn take_over<C: ConnectionTrait>(connection: &C, row: &job_run::Model) -> Result<()> {
    let taken = job_run::ActiveModel {
        state: Set(row.state),
        attempts: Set(row.attempts),
        claimed_by: Set(row.claimed_by),
        claimed_until: Set(row.claimed_until),
        ..Default::default()
    };
    job_run::Entity::update_many().set(taken).filter(job_run::Column::Id.eq(row.id)).exec(connection).await?;
    Ok(())
}

/// Keeps a claimed run for longer. False if the claim was lost.
///
/// # Errors
/// If the database refuses.
pub async fn renew<C: ConnectionTrait>(
    connection: &C,
    claim: &job_run::Model,
    until: Timestamp,
) -> Result<bool> {
    let row = job_run::ActiveModel { claimed_until: Set(until), ..Default::default() };
    change_claimed(connection, claim, row).await
}

/// Gives a claimed run back: whoever looks next begins it anew, and the try does not count.
///
/// # Errors
/// If the database refuses.
pub async fn release<C: ConnectionTrait>(
    connection: &C,
    claim: &job_run::Model,
    now: Timestamp,
) -> Result<bool> {
    let row = job_run::ActiveModel {
        state: Set(JobState::Queued),
        attempts: Set(claim.attempts - 1),
        claimed_by: Set(None),
        claimed_until: Set(now),
        ..Default::default()
    };
    change_claimed(connection, claim, row).await
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunEnd {
    /// Well or not.
    pub state: JobState,
    /// When.
    pub at: Timestamp,
    /// What it did: a JSON object.
    pub report: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Ends a claimed run. False if the claim was lost.
///
/// # Errors
/// If the database refuses.
pub async fn finish<C: ConnectionTrait>(connection: &C, claim: &job_run::Model, end: RunEnd) -> Result<bool> {
    let row = job_run::ActiveModel {
        state: Set(end.state),
        finished_at: Set(Some(end.at)),
        report: Set(end.report),
        error: Set(end.error),
        ..Default::default()
    };
    change_claimed(connection, claim, row).await
}

async fn change_claimed<C: ConnectionTrait>(
    connection: &C,
    claim: &job_run::Model,
    row: job_run::ActiveModel,
) -> Result<bool> {
    let changed = job_run::Entity::update_many()
        .set(row)
        .filter(job_run::Column::Id.eq(claim.id))
        .filter(job_run::Column::ClaimedBy.eq(claim.claimed_by))
        .filter(job_run::Column::Attempts.eq(claim.attempts))
        .filter(job_run::Column::FinishedAt.is_null())
        .exec(connection)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// The newest run of a job.
///
/// # Errors
/// If the database refuses.
pub async fn last_run<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    name: JobName,
) -> Result<Option<job_run::Model>> {
    if sight != Sight::Full {
        return Ok(None);
    }
    Ok(find(&JobRunFilter { job: Some(name), state: None })
        .order_by_desc(job_run::Column::StartedAt)
        .order_by_desc(job_run::Column::Id)
        .limit(1)
        .one(connection)
        .await?)
}

/// A run's place in the list.
#[must_use]
pub fn position(row: &job_run::Model) -> Position {
    Position { key: row.started_at, id: row.id.0 }
}

/// A part of the runs, ordered by when they began.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    filter: &JobRunFilter,
    request: &PageRequest,
) -> Result<Page<job_run::Model>> {
    if sight != Sight::Full {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: job_run::Column::StartedAt, id: job_run::Column::Id };
    keyset.page(connection, find(filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(connection: &C, sight: Sight, filter: &JobRunFilter) -> Result<u64> {
    match sight {
        Sight::Full => page::count(connection, find(filter), job_run::Column::Id).await,
        Sight::Names | Sight::Nothing => Ok(0),
    }
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = JobRunId>,
) -> Result<Vec<job_run::Model>> {
    match sight {
        Sight::Full => {
            Ok(job_run::Entity::find().filter(job_run::Column::Id.is_in(ids)).all(connection).await?)
        }
        Sight::Names | Sight::Nothing => Ok(Vec::new()),
    }
}

fn find(filter: &JobRunFilter) -> Select<job_run::Entity> {
    let mut select = job_run::Entity::find();
    if let Some(job) = filter.job {
        select = select.filter(job_run::Column::Job.eq(job));
    }
    if let Some(state) = filter.state {
        select = select.filter(job_run::Column::State.eq(state));
    }
    select
}

/// How far a job has come along the change log, locked until commit. None if it had not begun: it is at `head` then.
///
/// # Errors
/// If the database refuses.
pub async fn lock_place(tx: &Tx, job: &str, head: i64) -> Result<Option<i64>> {
    let row = job_position::ActiveModel { job: Set(job.to_owned()), at: Set(tx.now()), seq: Set(Some(head)) };
    let made = job_position::Entity::insert(row)
        .on_conflict(OnConflict::column(job_position::Column::Job).do_nothing().to_owned())
        .exec_without_returning(tx.conn())
        .await?;
    if made == 1 {
        return Ok(None);
    }
    let query = job_position::Entity::find_by_id(job);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?.and_then(|row| row.seq))
}

/// Moves a job on along the change log.
///
/// # Errors
/// If the database refuses.
pub async fn save_place(tx: &Tx, job: &str, seq: i64) -> Result<()> {
    job_position::Entity::update_many()
        .set(job_position::ActiveModel { at: Set(tx.now()), seq: Set(Some(seq)), ..Default::default() })
        .filter(job_position::Column::Job.eq(job))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// A claim on a run by this node until then.
#[must_use]
pub fn claimed(row: job_run::Model, node: NodeId, until: Timestamp) -> job_run::Model {
    job_run::Model {
        state: JobState::Running,
        attempts: row.attempts + 1,
        claimed_by: Some(node),
        claimed_until: until,
        ..row
    }
}
