//! Deleting what is old, a portion at a time, the oldest first. Ids begin with the time at which they were made, so what is
//! old is the beginning of a table's key, and nothing that is young is looked at.

use crate::error::Result;
use crate::store::events;
use entities::{
    AssistantRunStepId, InboxNotificationId, JobRunId, ProviderUpdateId, ReceiptState, Timestamp,
    WebhookReceiptId, assistant_run_step, event, idempotency_key, inbox_notification, job_run,
    provider_update, tool_call, webhook_receipt,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::{Builder, Uuid};

/// What is deleted by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Bodies of webhooks that were applied or had nothing for us.
    WebhookReceipts,
    /// The change log, but for its newest place: by it a reader knows that the log does not reach back to its cursor.
    Events,
    /// Runs of jobs that have ended, but for the newest of each.
    JobRuns,
    /// What the provider announced.
    ProviderUpdates,
    /// Keys of sends.
    IdempotencyKeys,
    /// What people were told about new messages.
    Notifications,
    /// What assistants did step by step.
    AssistantRunSteps,
}

/// Deletes rows of a kind that are older than `cutoff`, about `portion` of them. Returns how many: none once all are gone.
///
/// # Errors
/// If the database refuses.
pub async fn delete<C: ConnectionTrait>(
    connection: &C,
    kind: Kind,
    cutoff: Timestamp,
    portion: u64,
) -> Result<u64> {
    let first_young = first_id_of(cutoff);
    match kind {
        Kind::WebhookReceipts => {
            use webhook_receipt::{Column, Entity};
            let old = Condition::all()
                .add(Column::Id.lt(WebhookReceiptId(first_young)))
                .add(Column::State.is_in([ReceiptState::Applied, ReceiptState::Ignored]));
            delete_first::<Entity, C>(connection, Column::Id, old, portion).await
        }
        Kind::JobRuns => {
            use job_run::{Column, Entity};
            let newest: Vec<JobRunId> = newest_runs(connection).await?;
            let old = Condition::all()
                .add(Column::Id.lt(JobRunId(first_young)))
                .add(Column::FinishedAt.is_not_null())
                .add(Column::Id.is_not_in(newest));
            delete_first::<Entity, C>(connection, Column::Id, old, portion).await
        }
        Kind::ProviderUpdates => {
            use provider_update::{Column, Entity};
            let old = Condition::all().add(Column::Id.lt(ProviderUpdateId(first_young)));
            delete_first::<Entity, C>(connection, Column::Id, old, portion).await
        }
        Kind::Notifications => {
            use inbox_notification::{Column, Entity};
            let old = Condition::all().add(Column::Id.lt(InboxNotificationId(first_young)));
            delete_first::<Entity, C>(connection, Column::Id, old, portion).await
        }
        Kind::AssistantRunSteps => {
            // What is left of turns that nobody ended.
            let calls = tool_call::Entity::delete_many().filter(tool_call::Column::CreatedAt.lt(cutoff));
            calls.exec(connection).await?;
            use assistant_run_step::{Column, Entity};
            let old = Condition::all().add(Column::Id.lt(AssistantRunStepId(first_young)));
            delete_first::<Entity, C>(connection, Column::Id, old, portion).await
        }
        Kind::Events => delete_events(connection, cutoff, portion).await,
        Kind::IdempotencyKeys => delete_keys(connection, cutoff, portion).await,
    }
}

/// The id that nothing made before this moment reaches.
fn first_id_of(at: Timestamp) -> Uuid {
    Builder::from_unix_timestamp_millis(u64::try_from(at.millis()).unwrap_or(0), &[0; 10]).into_uuid()
}

async fn delete_first<E: EntityTrait, C: ConnectionTrait>(
    connection: &C,
    id: E::Column,
    old: Condition,
    portion: u64,
) -> Result<u64> {
    let first = E::find().select_only().column(id).filter(old).order_by_asc(id).limit(portion).into_query();
    let deleted = E::delete_many().filter(id.in_subquery(first)).exec(connection).await?;
    Ok(deleted.rows_affected)
}

async fn newest_runs<C: ConnectionTrait>(connection: &C) -> Result<Vec<JobRunId>> {
    let mut newest = Vec::new();
    for job in crate::domain::jobs::ALL {
        let query = job_run::Entity::find()
            .select_only()
            .column(job_run::Column::Id)
            .filter(job_run::Column::Job.eq(job))
            .order_by_desc(job_run::Column::StartedAt)
            .order_by_desc(job_run::Column::Id)
            .limit(1);
        newest.extend(query.into_tuple::<JobRunId>().one(connection).await?);
    }
    Ok(newest)
}

async fn delete_events<C: ConnectionTrait>(connection: &C, cutoff: Timestamp, portion: u64) -> Result<u64> {
    let head = events::head(connection).await?;
    let oldest: Vec<(i64, Timestamp)> = event::Entity::find()
        .select_only()
        .column(event::Column::Seq)
        .column(event::Column::OccurredAt)
        .filter(event::Column::Seq.lt(head))
        .order_by_asc(event::Column::Seq)
        .limit(portion)
        .into_tuple()
        .all(connection)
        .await?;
    let Some((last, _)) = oldest.iter().take_while(|(_, at)| *at < cutoff).last() else { return Ok(0) };
    let deleted = event::Entity::delete_many().filter(event::Column::Seq.lte(*last)).exec(connection).await?;
    Ok(deleted.rows_affected)
}

async fn delete_keys<C: ConnectionTrait>(connection: &C, cutoff: Timestamp, portion: u64) -> Result<u64> {
    use idempotency_key::{Column, Entity};
    let oldest: Vec<Timestamp> = Entity::find()
        .select_only()
        .column(Column::CreatedAt)
        .filter(Column::CreatedAt.lt(cutoff))
        .order_by_asc(Column::CreatedAt)
        .limit(portion)
        .into_tuple()
        .all(connection)
        .await?;
    let Some(last) = oldest.last() else { return Ok(0) };
    let deleted = Entity::delete_many().filter(Column::CreatedAt.lte(*last)).exec(connection).await?;
    Ok(deleted.rows_affected)
}
