//! What administrators do with API tokens.

use super::{ApiToken, ApiTokenPlan};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::scalars::DateTime;
use crate::graphql::user_errors::{refusals, split};
use crate::graphql::viewer::Permission;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{ApiTokenId, api_token};
use inbox::services::access::{self, TokenCreate};

refusals! {
    /// Why an API token was not made.
    ApiTokenCreateUserError, ApiTokenCreateUserErrorCode {
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// A token needs at least one permission.
        PermissionsEmpty,
        /// It would give a permission that you do not have yourself.
        PermissionNotHeld,
        /// A token owns no conversations, so `READ_OWN` means nothing for it.
        PermissionNotForTokens,
        /// It would have ended already.
        ExpiryInPast,
    }
}

refusals! {
    /// Why an API token was not revoked.
    ApiTokenRevokeUserError, ApiTokenRevokeUserErrorCode {
        /// The token has a permission that you do not have yourself.
        PermissionNotHeld,
    }
}

/// An API token to make.
#[derive(InputObject)]
struct ApiTokenCreateInput {
    /// What it is for: one line of 1 to 100 characters.
    name: String,
    /// What it may do: at least one thing, and nothing that you may not do yourself.
    permissions: Vec<Permission>,
    /// From then on it is refused. Absent or null: it does not end by itself.
    expires_at: Option<DateTime>,
    /// Whether its sends count as a person's, which makes a conversation `MANUAL`. Absent or null: they do not.
    acts_for_people: Option<bool>,
}

/// An API token that was made, or why none was.
#[derive(SimpleObject)]
struct ApiTokenCreatePayload {
    /// What is kept of the token. Null if there are user errors.
    api_token: Option<ApiToken>,
    /// The token itself, `rcd_…`: send it as `Authorization: Bearer …`. Shown only here: it is not kept.
    secret: Option<String>,
    /// Why none was made.
    user_errors: Vec<ApiTokenCreateUserError>,
}

/// An API token that was revoked, or why none was.
#[derive(SimpleObject)]
struct ApiTokenRevokePayload {
    /// The token as it is now. Null if there are user errors.
    api_token: Option<ApiToken>,
    /// Why it was not revoked.
    user_errors: Vec<ApiTokenRevokeUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct ApiTokenMutations;

#[Object]
impl ApiTokenMutations {
    /// Makes an API token. It never does more than the user who made it can do at the moment, and ends when that user is
    /// deactivated. Needs the permission ADMINISTER.
    async fn api_token_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to make.")] input: ApiTokenCreateInput,
    ) -> Result<ApiTokenCreatePayload> {
        let input = TokenCreate {
            name: input.name,
            permissions: input.permissions.into_iter().map(Into::into).collect(),
            acts_for_people: input.acts_for_people.unwrap_or_default(),
            expires_at: input.expires_at.map(|moment| moment.0),
        };
        let (made, user_errors) = split(access::token_create(app(ctx), viewer(ctx)?, input).await)?;
        // Exposed because this is the only time that it is shown.
        let (row, secret) = made.map(|made| (made.token, made.secret.expose().to_owned())).unzip();
        Ok(ApiTokenCreatePayload { api_token: written(ctx, row).await?, secret, user_errors })
    }

    /// Revokes an API token: it is refused from now on. Doing it again changes nothing. Needs the permission ADMINISTER.
    async fn api_token_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token's id.")] id: ID,
    ) -> Result<ApiTokenRevokePayload> {
        let (viewer, id) = (viewer(ctx)?, ApiTokenId::parse("id", &id)?);
        let (row, user_errors) = split(access::token_revoke(app(ctx), viewer, id).await)?;
        Ok(ApiTokenRevokePayload { api_token: written(ctx, row).await?, user_errors })
    }
}

async fn written(ctx: &Context<'_>, row: Option<api_token::Model>) -> Result<Option<ApiToken>> {
    let Some(row) = row else { return Ok(None) };
    let plan = ApiTokenPlan::of(&Selection::new([ctx.look_ahead().field("apiToken")]));
    load::build_one(Reader::new(ctx)?, row, &plan).await
}
