//! What administrators do with roles.

use super::{Role, RolePlan};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::user_errors::{refusals, split};
use crate::graphql::viewer::Permission;
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{AssistantId, RoleId, role};
use inbox::services::access::{self, RoleCreate, RoleUpdate};

refusals! {
    /// Why a role was not made.
    RoleCreateUserError, RoleCreateUserErrorCode {
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// Another role has the name.
        NameTaken,
        /// A description has at most 500 characters.
        DescriptionInvalid,
        /// It would give a permission that you do not have yourself.
        PermissionNotHeld,
        /// There is no such assistant.
        AssistantNotFound,
    }
}

refusals! {
    /// Why a role was not changed.
    RoleUpdateUserError, RoleUpdateUserErrorCode {
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// Another role has the name.
        NameTaken,
        /// A description has at most 500 characters.
        DescriptionInvalid,
        /// It gives, or would give, a permission that you do not have yourself.
        PermissionNotHeld,
        /// There is no such assistant.
        AssistantNotFound,
        /// Built-in roles stay as they are.
        IsBuiltIn,
        /// Nobody who can administer would be left.
        LastAdministrator,
    }
}

refusals! {
    /// Why a role was not deleted.
    RoleDeleteUserError, RoleDeleteUserErrorCode {
        /// It gives a permission that you do not have yourself.
        PermissionNotHeld,
        /// Built-in roles stay as they are.
        IsBuiltIn,
        /// Users hold it; the message says how many.
        InUse,
    }
}

/// A role to make.
#[derive(InputObject)]
struct RoleCreateInput {
    /// One line of 1 to 100 characters; no other role may have it.
    name: String,
    /// What it is for, at most 500 characters.
    description: Option<String>,
    /// What its holders may do: nothing that you may not do yourself.
    permissions: Vec<Permission>,
    /// The assistant of new contacts that its holders own, unless one has `isDefault`; none if absent.
    default_assistant_id: Option<ID>,
}

/// What is to change in a role. What is absent stays.
#[derive(InputObject)]
struct RoleUpdateInput {
    /// One line of 1 to 100 characters; cannot be null.
    name: MaybeUndefined<String>,
    /// What it is for, at most 500 characters; null for nothing.
    description: MaybeUndefined<String>,
    /// What its holders may do from now on; null for nothing.
    permissions: MaybeUndefined<Vec<Permission>>,
    /// The assistant of new contacts that its holders own from now on, unless one has `isDefault`; null for none.
    default_assistant_id: MaybeUndefined<ID>,
}

/// A role that was made, or why none was.
#[derive(SimpleObject)]
struct RoleCreatePayload {
    /// The role. Null if there are user errors.
    role: Option<Role>,
    /// Why none was made.
    user_errors: Vec<RoleCreateUserError>,
}

/// A role that was changed, or why none was.
#[derive(SimpleObject)]
struct RoleUpdatePayload {
    /// The role as it is now. Null if there are user errors.
    role: Option<Role>,
    /// Why it was not changed.
    user_errors: Vec<RoleUpdateUserError>,
}

/// A role that was deleted, or why none was.
#[derive(SimpleObject)]
struct RoleDeletePayload {
    /// The id of the role that is gone. Null if there are user errors.
    deleted_role_id: Option<ID>,
    /// Why it was not deleted.
    user_errors: Vec<RoleDeleteUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct RoleMutations;

#[Object]
impl RoleMutations {
    /// Makes a role. Needs the permission ADMINISTER.
    async fn role_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role to make.")] input: RoleCreateInput,
    ) -> Result<RoleCreatePayload> {
        let assistant = input.default_assistant_id.as_ref();
        let input = RoleCreate {
            default_assistant_id: AssistantId::parse_option("input.defaultAssistantId", assistant)?,
            name: input.name,
            description: input.description,
            permissions: input.permissions.into_iter().map(Into::into).collect(),
        };
        let (row, user_errors) = split(access::role_create(app(ctx), viewer(ctx)?, input).await)?;
        Ok(RoleCreatePayload { role: written(ctx, row).await?, user_errors })
    }

    /// Changes a role, at once for all who hold it. Needs the permission ADMINISTER.
    async fn role_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: RoleUpdateInput,
    ) -> Result<RoleUpdatePayload> {
        let (viewer, id) = (viewer(ctx)?, RoleId::parse("id", &id)?);
        let permissions = |list: Option<&Vec<Permission>>| {
            list.map(|list| list.iter().copied().map(Into::into).collect()).unwrap_or_default()
        };
        let assistant = match input.default_assistant_id.as_opt_ref() {
            Some(id) => Some(AssistantId::parse_option("input.defaultAssistantId", id)?),
            None => None,
        };
        let input = RoleUpdate {
            default_assistant_id: assistant,
            name: input.name.as_opt_ref().map(|name| name.cloned().unwrap_or_default()),
            description: input.description.into(),
            permissions: input.permissions.as_opt_ref().map(permissions),
        };
        let (row, user_errors) = split(access::role_update(app(ctx), viewer, id, input).await)?;
        Ok(RoleUpdatePayload { role: written(ctx, row).await?, user_errors })
    }

    /// Deletes a role that nobody holds. Needs the permission ADMINISTER.
    async fn role_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The role's id.")] id: ID,
    ) -> Result<RoleDeletePayload> {
        let (viewer, role) = (viewer(ctx)?, RoleId::parse("id", &id)?);
        let (deleted, user_errors) = split(access::role_delete(app(ctx), viewer, role).await)?;
        Ok(RoleDeletePayload { deleted_role_id: deleted.map(|()| id), user_errors })
    }
}

async fn written(ctx: &Context<'_>, row: Option<role::Model>) -> Result<Option<Role>> {
    let Some(row) = row else { return Ok(None) };
    let plan = RolePlan::of(&Selection::new([ctx.look_ahead().field("role")]));
    load::build_one(Reader::new(ctx)?, row, &plan).await
}
