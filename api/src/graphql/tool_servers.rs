//! Servers of tools that assistants may call.

mod mutations;

pub(super) use mutations::{
    ToolServerCreateUserError, ToolServerDeleteUserError, ToolServerMutations, ToolServerRefreshUserError,
    ToolServerUpdateUserError,
};

use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::scalars::{DateTime, Json};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entities::{ToolServerId, tool_server, tool_server_tool};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::domain::server_tools::{BoundArgument, ToolState, state};
use inbox::services::tool_servers::bound_arguments;
use inbox::store::tool_servers as store;
use std::collections::HashSet;
use std::sync::Arc;

/// What an argument of a tool is filled with.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "inbox::domain::server_tools::BoundValue")]
pub(super) enum ToolArgumentValue {
    /// The customer's phone as WhatsApp knows it: digits only. Missing for who hides it.
    CustomerPhone,
    /// The customer's name as it is shown.
    CustomerName,
    /// The customer's language as a BCP 47 tag, if it is known.
    CustomerLanguage,
    /// The contact's global id.
    ContactId,
    /// The conversation's global id.
    ConversationId,
}

/// How a tool of a server stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(super) enum ToolServerToolState {
    /// Nobody allowed it.
    NotAllowed,
    /// The assistant may call it.
    Allowed,
    /// It was allowed, and its server says something else about it since. It is not called until it is allowed again.
    Changed,
    /// It was allowed, and its server does not offer it any more.
    Gone,
}

impl From<ToolState> for ToolServerToolState {
    fn from(state: ToolState) -> Self {
        match state {
            ToolState::NotAllowed => Self::NotAllowed,
            ToolState::Allowed => Self::Allowed,
            ToolState::Changed => Self::Changed,
            ToolState::Gone => Self::Gone,
        }
    }
}

/// An argument that the model neither sees nor sets.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ToolServerBoundArgument {
    /// Its name, in all tools of the server that have it.
    argument: String,
    /// What it is filled with.
    value: ToolArgumentValue,
}

/// A tool as its server offered it when it was last looked at. Its words are the server's.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ToolServerTool {
    /// Its name at the server.
    name: String,
    /// What it does, by its server. The model reads it.
    description: String,
    /// JSON schema of its arguments.
    parameters: Json,
    /// How it stands.
    state: ToolServerToolState,
    /// Whether the server says that it changes nothing.
    read_only: bool,
    /// Whether it is taken for one that changes something: by what an administrator said, else by `readOnly`. Such a tool is
    /// called once for the same arguments in the same turn, whatever happens.
    mutating: bool,
    /// Changes with name, description, arguments and `readOnly`. Give it to allow what you see.
    hash: String,
}

impl From<tool_server_tool::Model> for ToolServerTool {
    fn from(row: tool_server_tool::Model) -> Self {
        Self {
            state: state(&row.hash, row.allowed_hash.as_deref(), row.offered).into(),
            mutating: row.mutating.unwrap_or(!row.read_only),
            name: row.name,
            description: row.description,
            parameters: Json(serde_json::from_str(&row.parameters).unwrap_or_default()),
            read_only: row.read_only,
            hash: row.hash,
        }
    }
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct ToolServer {
    row: Arc<tool_server::Model>,
    tools: Related<Arc<[ToolServerTool]>>,
}

/// What a selection asks of a server beyond its row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ToolServerPlan {
    tools: bool,
}

/// A server of tools that an assistant may call, by the Model Context Protocol over streamable HTTP. It exists for
/// administrators only.
#[Object]
impl ToolServer {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// Unique for its assistant. The names that the model reads begin with it.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Where it is.
    async fn url(&self) -> &str {
        &self.row.url
    }

    /// Whether a token is set. The token itself is never shown.
    async fn has_token(&self) -> bool {
        self.row.token.is_some()
    }

    /// The end of the token, to know it by.
    async fn token_last_four(&self) -> Option<&str> {
        self.row.token_last_four.as_deref()
    }

    /// Whether its allowed tools are offered to the model.
    async fn enabled(&self) -> bool {
        self.row.enabled
    }

    /// The arguments that are filled in for the conversation at hand, at most 20.
    async fn bound_arguments(&self) -> Vec<ToolServerBoundArgument> {
        let shown =
            |BoundArgument { argument, value }| ToolServerBoundArgument { argument, value: value.into() };
        bound_arguments(&self.row).into_iter().map(shown).collect()
    }

    /// What it offered when it was last looked at, by name, and what was allowed and is gone; at most 256 and those.
    async fn tools(&self, ctx: &Context<'_>) -> Result<Vec<ToolServerTool>> {
        let read = async {
            let rows = store::tools(Reader::new(ctx)?.db(), [self.row.id]).await?;
            Ok(Some(rows.into_iter().map(Into::into).collect()))
        };
        Ok(self.tools.or_read(read).await.transpose()?.map(|tools| tools.to_vec()).unwrap_or_default())
    }

    /// When its tools were last read. Null if they never could be.
    async fn looked_at(&self) -> Option<DateTime> {
        self.row.looked_at.map(DateTime)
    }

    /// Why its tools could not be read when they were asked for last. Null if they could.
    async fn failure(&self) -> Option<&str> {
        self.row.failure.as_deref()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Last change.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

impl Resource for ToolServer {
    type Id = ToolServerId;
    type Row = tool_server::Model;
    type Plan = ToolServerPlan;

    fn plan(selection: &Selection<'_>) -> ToolServerPlan {
        ToolServerPlan { tools: selection.has(&["tools"]) }
    }

    fn id_of(row: &tool_server::Model) -> ToolServerId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ToolServerId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<tool_server::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<tool_server::Model>>,
        plan: &'a ToolServerPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let ids = rows.iter().map(|row| row.id);
            let found = if plan.tools && !rows.is_empty() {
                store::tools(reader.db(), ids).await?
            } else {
                Vec::new()
            };
            let mut groups = load::group(found, |row| row.server_id);
            let mut server = |row: Arc<tool_server::Model>| {
                let of_this = groups.remove(&row.id).unwrap_or_default();
                let tools = if plan.tools {
                    Related::Read(Some(of_this.into_iter().map(Into::into).collect()))
                } else {
                    Related::NotRead
                };
                Self { row, tools }
            };
            Ok(rows.into_iter().map(&mut server).collect())
        }
        .boxed()
    }
}
