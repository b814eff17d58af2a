//! The people who work the inbox.

use super::context::Reader;
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::Resource;
use super::scalars::DateTime;
use async_graphql::{Enum, ID, Object};
use entities::{UserId, user};
use futures_util::future::{BoxFuture, FutureExt};
use std::collections::HashSet;
use std::sync::Arc;

/// What a user stands for.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::UserKind")]
pub(super) enum UserKind {
    /// Somebody who can log in.
    Person,
    /// The one built-in owner of what nobody owns.
    Guest,
}

/// A user, as colleagues see it.
#[derive(Clone, Debug)]
pub(super) struct User(Arc<user::Model>);

/// Somebody who works the inbox, or the guest who owns what nobody owns.
#[Object]
impl User {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.0.id.global()
    }

    /// A person, or the one built-in guest.
    async fn kind(&self) -> UserKind {
        self.0.kind.into()
    }

    /// As shown to colleagues.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What the user logs in with, in lower case. The guest has none.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// BCP 47 tag (`es`, `pt-BR`): the language of the waiting messages to this user's customers.
    async fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }

    /// When the user was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// From then on the user can neither log in nor own anything new. Null for active users.
    async fn deactivated_at(&self) -> Option<DateTime> {
        self.0.deactivated_at.map(DateTime)
    }
}

impl From<user::Model> for User {
    fn from(row: user::Model) -> Self {
        Self(Arc::new(row))
    }
}

impl Resource for User {
    type Id = UserId;
    type Row = user::Model;
    type Plan = ();

    fn id_of(row: &user::Model) -> UserId {
        row.id
    }

    fn fetch(reader: Reader<'_>, ids: HashSet<UserId>) -> BoxFuture<'_, inbox::Result<Vec<user::Model>>> {
        inbox::store::users::by_ids(reader.db(), reader.reach, ids).boxed()
    }

    fn build<'a>(_: Reader<'a>, rows: Vec<Arc<user::Model>>, (): &'a ()) -> BoxFuture<'a, Result<Vec<Self>>> {
        std::future::ready(Ok(rows.into_iter().map(Self).collect())).boxed()
    }
}
