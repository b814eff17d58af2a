//! What administrators do with servers of tools.

use super::{ToolArgumentValue, ToolServer};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Resource, Selection};
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{AssistantId, ToolServerId, tool_server};
use inbox::Secret;
use inbox::domain::server_tools::BoundArgument;
use inbox::services::tool_servers::{self as services, ToolMark, ToolServerInput};

refusals! {
    /// Why no server was made.
    ToolServerCreateUserError, ToolServerCreateUserErrorCode {
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// Another server of the assistant has the name.
        NameTaken,
        /// The address is not https, or is on a private network that is not allowed.
        UrlInvalid,
        /// There are too many bound arguments, or one is there twice or has a name that is empty or too long.
        BoundArgumentsInvalid,
        /// An assistant has at most 10 servers.
        TooManyToolServers,
    }
}

refusals! {
    /// Why a server was not changed.
    ToolServerUpdateUserError, ToolServerUpdateUserErrorCode {
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// Another server of the assistant has the name.
        NameTaken,
        /// The address is not https, or is on a private network that is not allowed.
        UrlInvalid,
        /// There are too many bound arguments, or one is there twice or has a name that is empty or too long.
        BoundArgumentsInvalid,
        /// The server has no such tool.
        ToolNotFound,
        /// The tool is another than the one that was seen.
        ToolChanged,
        /// At most 30 tools of a server are allowed.
        TooManyTools,
    }
}

refusals! {
    /// Why a server was not looked at.
    ToolServerRefreshUserError, ToolServerRefreshUserErrorCode {
        /// There is no such server any more.
        ToolServerNotFound,
    }
}

refusals! {
    /// Why a server was not deleted.
    ToolServerDeleteUserError, ToolServerDeleteUserErrorCode {
        /// There is no such server any more.
        ToolServerNotFound,
    }
}

/// An argument that is to be filled in for the conversation at hand.
#[derive(InputObject)]
struct ToolServerBoundArgumentInput {
    /// Its name in the server's tools, of 1 to 100 characters. The model neither sees nor sets it. Arguments within others
    /// cannot be filled in.
    argument: String,
    /// What it is filled with.
    value: ToolArgumentValue,
}

/// A server to make.
#[derive(InputObject)]
struct ToolServerCreateInput {
    /// The assistant that may call it. It has at most 10 servers.
    assistant_id: ID,
    /// One line of 1 to 100 characters; the names that the model reads begin with it.
    name: String,
    /// Where it is: https. A host on a private network must be named in the setting `assistant_private_hosts`, and may be http.
    url: String,
    /// Sent as a bearer token. It is sealed and never shown again.
    token: Option<String>,
    /// Whether its tools are offered to the model once they are allowed; true if absent.
    enabled: Option<bool>,
    /// The arguments that are filled in here, at most 20.
    bound_arguments: Option<Vec<ToolServerBoundArgumentInput>>,
}

/// What is to change about a tool. What is absent stays.
#[derive(InputObject)]
struct ToolServerToolInput {
    /// Its name at the server.
    name: String,
    /// Allows the tool as it is under this `hash`; null forbids it.
    allowed_hash: MaybeUndefined<String>,
    /// Whether it changes something; null to believe the server.
    mutating: MaybeUndefined<bool>,
}

/// What is to change in a server. What is absent stays.
#[derive(InputObject)]
struct ToolServerUpdateInput {
    /// One line of 1 to 100 characters.
    name: Option<String>,
    /// Where it is. What it offers is looked at again.
    url: Option<String>,
    /// Sent as a bearer token; null removes it. What it offers is looked at again.
    token: MaybeUndefined<String>,
    /// Whether its allowed tools are offered to the model.
    enabled: Option<bool>,
    /// All arguments that are filled in from now on, at most 20.
    bound_arguments: Option<Vec<ToolServerBoundArgumentInput>>,
    /// The tools about which something changes. At most 30 of a server are allowed.
    tools: Option<Vec<ToolServerToolInput>>,
}

/// A server that was made, or why none was.
#[derive(SimpleObject)]
struct ToolServerCreatePayload {
    /// The server with what it offers, or with the reason why that could not be read. Null if there are user errors.
    tool_server: Option<ToolServer>,
    /// Why none was made.
    user_errors: Vec<ToolServerCreateUserError>,
}

/// A server that was changed, or why it was not.
#[derive(SimpleObject)]
struct ToolServerUpdatePayload {
    /// The server as it is now. Null if there are user errors.
    tool_server: Option<ToolServer>,
    /// Why it was not changed.
    user_errors: Vec<ToolServerUpdateUserError>,
}

/// A server that was looked at, or why it was not.
#[derive(SimpleObject)]
struct ToolServerRefreshPayload {
    /// The server with what it offers now, or with the reason why that could not be read. Null if there are user errors.
    tool_server: Option<ToolServer>,
    /// Why it was not looked at.
    user_errors: Vec<ToolServerRefreshUserError>,
}

/// A server that was deleted, or why it was not.
#[derive(SimpleObject)]
struct ToolServerDeletePayload {
    /// The id of the server that is gone. Null if there are user errors.
    deleted_tool_server_id: Option<ID>,
    /// Why it was not deleted.
    user_errors: Vec<ToolServerDeleteUserError>,
}

fn bound(given: Option<Vec<ToolServerBoundArgumentInput>>) -> Option<Vec<BoundArgument>> {
    let bound = |given: ToolServerBoundArgumentInput| BoundArgument {
        argument: given.argument,
        value: given.value.into(),
    };
    given.map(|given| given.into_iter().map(bound).collect())
}

fn mark(given: ToolServerToolInput) -> ToolMark {
    ToolMark {
        name: given.name,
        allowed: given.allowed_hash.as_opt_ref().map(|hash| hash.cloned()),
        mutating: given.mutating.as_opt_ref().map(|mutating| mutating.copied()),
    }
}

#[derive(Default)]
pub(in crate::graphql) struct ToolServerMutations;

#[Object]
impl ToolServerMutations {
    /// Gives an assistant a server of tools, and looks what it offers. None of it is called before it is allowed. Needs
    /// `ADMINISTER`.
    async fn tool_server_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The server to make.")] input: ToolServerCreateInput,
    ) -> Result<ToolServerCreatePayload> {
        let assistant = AssistantId::parse("input.assistantId", &input.assistant_id)?;
        let input = ToolServerInput {
            name: Some(input.name),
            url: Some(input.url),
            token: Some(input.token.map(Secret::new)),
            enabled: input.enabled,
            bound_arguments: bound(input.bound_arguments),
            tools: Vec::new(),
        };
        let outcome = services::tool_server_create(app(ctx), viewer(ctx)?, assistant, input).await;
        let (row, user_errors) = split(outcome)?;
        Ok(ToolServerCreatePayload { tool_server: shown(ctx, row).await?, user_errors })
    }

    /// Changes a server of tools, and allows or forbids what it offers. Needs `ADMINISTER`.
    async fn tool_server_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The server's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: ToolServerUpdateInput,
    ) -> Result<ToolServerUpdatePayload> {
        let id = ToolServerId::parse("id", &id)?;
        let input = ToolServerInput {
            name: input.name,
            url: input.url,
            token: input.token.as_opt_ref().map(|token| token.cloned().map(Secret::new)),
            enabled: input.enabled,
            bound_arguments: bound(input.bound_arguments),
            tools: input.tools.unwrap_or_default().into_iter().map(mark).collect(),
        };
        let (row, user_errors) =
            split(services::tool_server_update(app(ctx), viewer(ctx)?, id, input).await)?;
        Ok(ToolServerUpdatePayload { tool_server: shown(ctx, row).await?, user_errors })
    }

    /// Looks what a server of tools offers now. Needs `ADMINISTER`.
    async fn tool_server_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The server's id.")] id: ID,
    ) -> Result<ToolServerRefreshPayload> {
        let id = ToolServerId::parse("id", &id)?;
        let (row, user_errors) = split(services::tool_server_refresh(app(ctx), viewer(ctx)?, id).await)?;
        Ok(ToolServerRefreshPayload { tool_server: shown(ctx, row).await?, user_errors })
    }

    /// Deletes a server of tools with its token. Its assistant calls it no more. Needs `ADMINISTER`.
    async fn tool_server_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The server's id.")] id: ID,
    ) -> Result<ToolServerDeletePayload> {
        let server = ToolServerId::parse("id", &id)?;
        let (gone, user_errors) = split(services::tool_server_delete(app(ctx), viewer(ctx)?, server).await)?;
        Ok(ToolServerDeletePayload { deleted_tool_server_id: gone.map(|()| id), user_errors })
    }
}

async fn shown(ctx: &Context<'_>, row: Option<tool_server::Model>) -> Result<Option<ToolServer>> {
    let Some(row) = row else { return Ok(None) };
    let plan = ToolServer::plan(&Selection::new([ctx.look_ahead().field("toolServer")]));
    load::build_one(Reader::new(ctx)?, row, &plan).await
}
