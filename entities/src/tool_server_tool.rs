//! A tool as its server offered it when it was last looked at.

use crate::ToolServerId;
use sea_orm::entity::prelude::*;

/// A row of `tool_server_tool`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tool_server_tool")]
pub struct Model {
    /// Of which server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub server_id: ToolServerId,
    /// Its name at the server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The server's words.
    pub description: String,
    /// JSON schema of its arguments.
    pub parameters: String,
    /// Whether the server says that it changes nothing.
    pub read_only: bool,
    /// Changes with all of the above.
    pub hash: String,
    /// Whether the server still offers it.
    pub offered: bool,
    /// The hash that an administrator allowed; none where it is not allowed.
    pub allowed_hash: Option<String>,
    /// Whether an administrator says that it changes something; none where the server is believed.
    pub mutating: Option<bool>,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
