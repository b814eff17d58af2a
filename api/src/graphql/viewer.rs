//! Who is calling.

use super::context::{app, viewer};
use super::errors::Result;
use super::users::User;
use async_graphql::{Context, Enum, Object};

/// One thing that a role or token may do.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "inbox::auth::Permission")]
pub(super) enum Permission {
    /// See the conversations that one owns, with their contacts and messages.
    ReadOwn,
    /// See all conversations, contacts and messages.
    ReadAll,
    /// Send messages in the conversations that one sees.
    Send,
    /// Change contacts and conversations that one sees.
    Edit,
    /// Manage users, roles, tokens, settings, channels and templates.
    Administer,
}

/// A caller, as shown to itself.
#[derive(Clone, Debug)]
pub(super) struct Viewer(pub(super) inbox::auth::Viewer);

/// Who is calling, and what it may do.
#[Object]
impl Viewer {
    /// The user behind the call, with all there is about it. Null for API tokens.
    async fn user(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let user = inbox::store::users::of_viewer(app(ctx).db.read(), &self.0).await;
        user.map(|found| found.map(User::own)).map_err(Into::into).transpose()
    }

    /// What the caller may do.
    async fn permissions(&self) -> Vec<Permission> {
        self.0.permissions().iter().copied().map(Permission::from).collect()
    }
}

#[derive(Default)]
pub(super) struct ViewerQueries;

#[Object]
impl ViewerQueries {
    /// Who is calling, and what it may do.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Viewer> {
        Ok(Viewer(viewer(ctx)?.clone()))
    }
}
