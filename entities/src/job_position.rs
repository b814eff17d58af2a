//! How far a job has come that works its way along the time.

use crate::Timestamp;
use sea_orm::entity::prelude::*;

/// A row of `job_position`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_position")]
pub struct Model {
    /// The job's name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: String,
    /// Everything up to then is done.
    pub at: Timestamp,
    /// The place in the change log up to which all is done, for a job that follows the log.
    pub seq: Option<i64>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
