//! What an assistant did in a run: a call of its model, of a tool, or a check of its answer.

use crate::{AssistantRunId, AssistantRunStepId, RunStepKind, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `assistant_run_step`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assistant_run_step")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AssistantRunStepId,
    /// Of which run.
    pub run_id: AssistantRunId,
    /// From 1.
    pub number: i32,
    /// What was done.
    pub kind: RunStepKind,
    /// The tool's name.
    pub name: Option<String>,
    /// What it was given, as JSON or text.
    pub input: Option<String>,
    /// What came of it, as JSON or text.
    pub output: Option<String>,
    /// Of the call of the model.
    pub input_tokens: i64,
    /// Of the call of the model.
    pub output_tokens: i64,
    /// How long it took.
    pub duration_ms: i64,
    /// When it ended.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
