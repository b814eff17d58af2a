//! One run of a job.

use crate::{ActorKind, JobCause, JobName, JobRunId, JobState, NodeId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `job_run`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_run")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobRunId,
    /// Which job.
    pub job: JobName,
    /// The due time; with the job's name it makes the run unique over all nodes.
    pub slot: Timestamp,
    /// Why it runs.
    pub cause: JobCause,
    /// What kind of caller asked for it, if one did.
    pub actor_kind: Option<ActorKind>,
    /// Who, if that kind has ids.
    pub actor_id: Option<Uuid>,
    /// How it stands.
    pub state: JobState,
    /// How often a node began it; names the try, so that one that was overtaken settles nothing.
    pub attempts: i32,
    /// The node that runs it.
    pub claimed_by: Option<NodeId>,
    /// From then on another may take it.
    pub claimed_until: Timestamp,
    /// When it began, or was asked for.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What it did: a JSON object.
    pub report: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
