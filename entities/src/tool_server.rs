//! A server of tools that an assistant may call.

use crate::{AssistantId, Timestamp, ToolServerId};
use sea_orm::entity::prelude::*;

/// A row of `tool_server`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_server")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ToolServerId,
    /// Whose.
    pub assistant_id: AssistantId,
    /// Unique for its assistant.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// Sealed (`inbox::vault`).
    pub token: Option<Vec<u8>>,
    /// The end of the token, for people to know it by.
    pub token_last_four: Option<String>,
    /// Whether its tools are offered to the model.
    pub enabled: bool,
    /// JSON list of the arguments that are filled in here.
    pub bound_arguments: String,
    /// When its tools were last read.
    pub looked_at: Option<Timestamp>,
    /// Why they could not be read when they were asked for last.
    pub failure: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
