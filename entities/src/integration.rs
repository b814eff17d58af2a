//! What Meta last said of the connection with WhatsApp: one row.

use crate::{IntegrationState, Timestamp};
use sea_orm::entity::prelude::*;

/// The row of `integration`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "integration")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// A hash of the settings that were checked: with others it has to be checked again.
    pub fingerprint: String,
    /// What came out.
    pub state: IntegrationState,
    /// JSON list of what is wrong.
    pub problems: String,
    /// JSON of what the access token is good for, as Meta said it; none if it could not be asked.
    pub token: Option<String>,
    /// When.
    pub checked_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
