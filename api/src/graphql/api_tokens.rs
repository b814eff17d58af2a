//! Credentials of integrations.

mod mutations;

pub(super) use mutations::{ApiTokenCreateUserError, ApiTokenMutations, ApiTokenRevokeUserError};

use super::contacts::valid_search;
use super::context::{Reader, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::ordering::{ApiTokenOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use super::users::{User, UserPlan};
use super::viewer::Permission;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use entities::{ApiTokenId, Timestamp, api_token};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth;
use inbox::store::tokens as store;
use std::collections::HashSet;
use std::sync::Arc;

/// Whether an API token is accepted.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "store::ApiTokenState")]
pub(super) enum ApiTokenState {
    /// It is.
    Active,
    /// It has ended by itself.
    Expired,
    /// It was revoked.
    Revoked,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct ApiToken {
    row: Arc<api_token::Model>,
    created_by: Related<User>,
    /// When it was read: its state is that of this moment.
    now: Timestamp,
}

/// What a selection asks of an API token beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct ApiTokenPlan {
    created_by: Option<UserPlan>,
}

impl ApiTokenPlan {
    /// The plan of a selection on `ApiToken`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self { created_by: selection.field("createdBy").map(|user| UserPlan::of(&user)) }
    }
}

/// A long-lived credential of an integration, `rcd_…`. The token itself is shown once, when it is made.
#[Object]
impl ApiToken {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What every token begins with: `rcd_`.
    async fn prefix(&self) -> &str {
        auth::TOKEN_PREFIX
    }

    /// Its last four characters, to tell tokens apart.
    async fn last_four(&self) -> &str {
        &self.row.last_four
    }

    /// What it was given. It never does more than the user who made it can do at the moment.
    async fn permissions(&self) -> Result<Vec<Permission>> {
        let list = auth::Permission::list_from_json(&self.row.permissions)?;
        Ok(list.into_iter().map(Permission::from).collect())
    }

    /// Whether its sends count as a person's, which makes a conversation `MANUAL`.
    async fn acts_for_people(&self) -> bool {
        self.row.acts_for_people
    }

    /// Whether it is accepted.
    async fn state(&self) -> ApiTokenState {
        match (self.row.revoked_at, self.row.expires_at) {
            (Some(_), _) => ApiTokenState::Revoked,
            (None, Some(at)) if at <= self.now => ApiTokenState::Expired,
            (None, _) => ApiTokenState::Active,
        }
    }

    /// Who made it. Null for one made on the command line, which stands for itself.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let read = async {
            let Some(id) = self.row.created_by else { return Ok(None) };
            load::load_one::<User>(Reader::new(ctx)?, &UserPlan::default(), id).await
        };
        self.created_by.or_read(read).await
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// From then on it is refused. Null: it does not end by itself.
    async fn expires_at(&self) -> Option<DateTime> {
        self.row.expires_at.map(DateTime)
    }

    /// When it was last used, to the minute. Null if never.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.row.last_used_at.map(DateTime)
    }

    /// When it was revoked. Null if it was not.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.row.revoked_at.map(DateTime)
    }
}

impl Resource for ApiToken {
    type Id = ApiTokenId;
    type Row = api_token::Model;
    type Plan = ApiTokenPlan;

    fn plan(selection: &Selection<'_>) -> ApiTokenPlan {
        ApiTokenPlan::of(selection)
    }

    fn id_of(row: &api_token::Model) -> ApiTokenId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ApiTokenId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<api_token::Model>>> {
        store::api_by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<api_token::Model>>,
        plan: &'a ApiTokenPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let makers: Vec<_> = rows.iter().filter_map(|row| row.created_by).collect();
            let makers = load::load_many::<User>(reader, plan.created_by.as_ref(), makers).await?;
            let now = reader.now();
            let token =
                |row: Arc<api_token::Model>| Self { created_by: makers.related(row.created_by), row, now };
            Ok(rows.into_iter().map(token).collect())
        }
        .boxed()
    }
}

/// Which API tokens. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
struct ApiTokenFilter {
    /// Only those in this state.
    state: Option<ApiTokenState>,
    /// Only those whose name begins with this. At most 100 characters.
    search: Option<String>,
}

#[derive(Default)]
pub(super) struct ApiTokenQueries;

#[Object]
impl ApiTokenQueries {
    /// The API tokens, newest first unless asked otherwise. Needs the permission ADMINISTER.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only tokens that match all of this.")] filter: Option<ApiTokenFilter>,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<ApiTokenOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<ApiToken>> {
        viewer(ctx)?.require(auth::Permission::Administer)?;
        let filter = filter.unwrap_or_default();
        valid_search(filter.search.as_deref())?;
        let filter = store::ApiTokenFilter {
            state: filter.state.map(|state| (state.into(), super::context::app(ctx).clock.now())),
            search: filter.search,
        };
        let filter = &filter;
        let list = Listing {
            list: List::ApiTokens,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page_api(reader.db(), reader.sight, filter, &request).await },
            |reader| async move { store::count_api(reader.db(), reader.sight, filter).await },
        )
        .await
    }
}
