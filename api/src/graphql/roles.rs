//! What people may do.

mod mutations;

pub(super) use mutations::{RoleCreateUserError, RoleDeleteUserError, RoleMutations, RoleUpdateUserError};

use super::assistants::Assistant;
use super::contacts::valid_search;
use super::context::{Reader, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{self, Related, Resource, Selection};
use super::ordering::{RoleOrder, direction};
use super::paging::{self, Connection, List, Listing, MAX_SIZE, PageArguments};
use super::scalars::{Cursor, DateTime};
use super::viewer::Permission;
use async_graphql::{Context, Enum, ID, Object};
use entities::{RoleId, role};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::auth;
use inbox::store::roles as store;
use std::collections::HashSet;
use std::sync::Arc;

/// Which conversations, with their contacts and messages, exist for the holders of a role.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(super) enum RoleReach {
    /// All of them.
    All,
    /// Those that they own.
    Own,
    /// None.
    None,
}

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct Role {
    row: Arc<role::Model>,
    users: Related<u64>,
    assistant: Related<Assistant>,
}

/// What a selection asks of a role beyond its row.
#[derive(Clone, Debug, Default)]
pub(super) struct RolePlan {
    users: bool,
    assistant: bool,
}

impl RolePlan {
    /// The plan of a selection on `Role`.
    pub(super) fn of(selection: &Selection<'_>) -> Self {
        Self { users: selection.has(&["userCount"]), assistant: selection.has(&["defaultAssistant"]) }
    }
}

impl Role {
    fn list(&self) -> Result<Vec<auth::Permission>> {
        Ok(auth::Permission::list_from_json(&self.row.permissions)?)
    }
}

/// What the users who hold it may do.
#[Object]
impl Role {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// Unique.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// What it is for, in an administrator's words.
    async fn description(&self) -> Option<&str> {
        self.row.description.as_deref()
    }

    /// What its holders may do.
    async fn permissions(&self) -> Result<Vec<Permission>> {
        Ok(self.list()?.into_iter().map(Permission::from).collect())
    }

    /// What exists for its holders. It follows from the permissions.
    async fn reach(&self) -> Result<RoleReach> {
        let permissions = self.list()?;
        Ok(if permissions.contains(&auth::Permission::ReadAll) {
            RoleReach::All
        } else if permissions.contains(&auth::Permission::ReadOwn) {
            RoleReach::Own
        } else {
            RoleReach::None
        })
    }

    /// Whether it came with the service: such a role can be neither changed nor deleted.
    async fn built_in(&self) -> bool {
        self.row.built_in
    }

    /// How many people hold it, deactivated ones included. A role that somebody holds cannot be deleted.
    async fn user_count(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        let read = async {
            let counts = store::people(Reader::new(ctx)?.db(), [self.row.id]).await?;
            Ok(Some(counts.get(&self.row.id).copied().unwrap_or_default()))
        };
        let count = self.users.or_read(read).await?;
        Some(count.map(|count| i32::try_from(count).unwrap_or(i32::MAX)))
    }

    /// The assistant of new contacts that its holders own, unless one has `isDefault`. Null for none.
    async fn default_assistant(&self, ctx: &Context<'_>) -> Option<Result<Assistant>> {
        let read = async {
            let Some(id) = self.row.default_assistant_id else { return Ok(None) };
            load::load_one::<Assistant>(Reader::new(ctx)?, &(), id).await
        };
        self.assistant.or_read(read).await
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
}

impl Resource for Role {
    type Id = RoleId;
    type Row = role::Model;
    type Plan = RolePlan;

    fn plan(selection: &Selection<'_>) -> RolePlan {
        RolePlan::of(selection)
    }

    fn id_of(row: &role::Model) -> RoleId {
        row.id
    }

    fn fetch(reader: Reader<'_>, ids: HashSet<RoleId>) -> BoxFuture<'_, inbox::Result<Vec<role::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<role::Model>>,
        plan: &'a RolePlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let counts = if plan.users && !rows.is_empty() {
                Some(store::people(reader.db(), rows.iter().map(|row| row.id)).await?)
            } else {
                None
            };
            let assistants: Vec<_> = rows.iter().filter_map(|row| row.default_assistant_id).collect();
            let assistants =
                load::load_many::<Assistant>(reader, plan.assistant.then_some(&()), assistants).await?;
            let role = |row: Arc<role::Model>| Self {
                assistant: assistants.related(row.default_assistant_id),
                users: match &counts {
                    None => Related::NotRead,
                    Some(counts) => Related::Read(Some(counts.get(&row.id).copied().unwrap_or_default())),
                },
                row,
            };
            Ok(rows.into_iter().map(role).collect())
        }
        .boxed()
    }
}

#[derive(Default)]
pub(super) struct RoleQueries;

#[Object]
impl RoleQueries {
    /// The roles, newest first unless asked otherwise. Needs the permission ADMINISTER.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the schema")]
    async fn roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only roles whose name begins with this. At most 100 characters.")] search: Option<
            String,
        >,
        #[graphql(desc = "How the list is ordered; newest first if absent.")] order_by: Option<RoleOrder>,
        #[graphql(desc = "The first items, at most 100; 25 if neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only items behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "The last items instead of the first, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only items ahead of this cursor.")] before: Option<Cursor>,
    ) -> Result<Connection<Role>> {
        viewer(ctx)?.require(auth::Permission::Administer)?;
        let search = valid_search(search.as_deref())?;
        let list = Listing {
            list: List::Roles,
            max: MAX_SIZE,
            direction: direction(order_by.map(|order| order.direction)),
            arguments: PageArguments { first, after, last, before },
            position: store::position,
        };
        paging::connection(
            ctx,
            list,
            |reader, request| async move { store::page(reader.db(), reader.sight, search, &request).await },
            |reader| async move { store::count(reader.db(), reader.sight, search).await },
        )
        .await
    }
}
