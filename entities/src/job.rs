//! How a job is set.

use crate::{ActorKind, JobName, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `job`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Which job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: JobName,
    /// When it is due; none for the default.
    pub cron: Option<String>,
    /// The time zone in which that is meant; none for UTC.
    pub time_zone: Option<String>,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// Due times up to this moment are dealt with, or are nobody's business: they passed before the job was set so.
    pub settled_up_to: Timestamp,
    /// When somebody last set it.
    pub updated_at: Option<Timestamp>,
    /// What kind of caller did.
    pub updated_by_kind: Option<ActorKind>,
    /// Who, if that kind has ids.
    pub updated_by: Option<Uuid>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
