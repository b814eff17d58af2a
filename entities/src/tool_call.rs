//! A call of a tool that changes something: written before it is made, so that it is made once.

use crate::{ConversationId, Timestamp, ToolCallState, ToolServerId};
use sea_orm::entity::prelude::*;

/// A row of `tool_call`. Rows go when their turn is over.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_call")]
pub struct Model {
    /// Key: the hash of the turn, the server, the tool and its arguments.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// For which conversation.
    pub conversation_id: ConversationId,
    /// In which turn: when it began.
    pub turn_begun_at: Timestamp,
    /// On which server.
    pub server_id: ToolServerId,
    /// Which tool.
    pub tool: String,
    /// How it stands.
    pub state: ToolCallState,
    /// What the model is told of it.
    pub result: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
