//! What a resolver finds in its context.

use super::errors::{Failure, Result};
use super::scalars::Cursor;
use async_graphql::Context;
use entities::Timestamp;
use inbox::App;
use inbox::auth::{Permission, Reach, Sight, Viewer};
use inbox::events::LoggedEvent;
use parking_lot::Mutex;
use sea_orm::DatabaseConnection;
use std::sync::Arc;

/// The service. [`super::schema`] puts it there.
pub(super) fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked()
}

/// Who is calling. [`super::prepare`] and [`super::prepare_single`] put it there.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody said.
pub(super) fn viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer> {
    ctx.data_opt().ok_or_else(Failure::unauthenticated)
}

/// Where a subscription goes on, for a transport that keeps the place itself (`Last-Event-ID`), and where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Resumption {
    after: Option<Box<str>>,
    reached: Arc<Mutex<Option<Arc<str>>>>,
}

impl Resumption {
    /// Behind this cursor.
    pub(super) fn new(after: Option<Box<str>>) -> Self {
        Self { after, reached: Arc::default() }
    }

    /// That of the current request, if its transport has one.
    pub(super) fn of(ctx: &Context<'_>) -> Self {
        ctx.data_opt().cloned().unwrap_or_default()
    }

    /// The cursor behind which to go on. It is newer than what the request's arguments say.
    pub(super) fn after(&self) -> Option<Cursor> {
        self.after.as_deref().map(|cursor| Cursor(cursor.to_owned()))
    }

    /// Notes the cursor of the item that is resolved next.
    pub(super) fn reach(&self, cursor: &Cursor) {
        *self.reached.lock() = Some(cursor.0.as_str().into());
    }

    /// The cursor of the item that was resolved last.
    pub(super) fn reached(&self) -> Option<Arc<str>> {
        self.reached.lock().clone()
    }
}

/// What exists for a caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rights {
    pub(super) reach: Reach,
    pub(super) sight: Sight,
    /// Whether it may change contacts: then imports exist for it.
    pub(super) may_edit: bool,
}

impl Rights {
    /// Of this caller.
    pub(super) fn of(viewer: &Viewer) -> Self {
        Self { reach: viewer.reach(), sight: viewer.sight(), may_edit: viewer.may(Permission::Edit) }
    }
}

/// Reads for a caller: nothing that it may not see.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) app: &'a App,
    pub(super) reach: Reach,
    pub(super) sight: Sight,
    pub(super) may_edit: bool,
    /// Rows that need not be read again.
    pub(super) at_hand: Option<&'a LoggedEvent>,
}

impl<'a> Reader<'a> {
    /// For this request's caller.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`.
    pub(super) fn new(ctx: &Context<'a>) -> Result<Self> {
        Ok(Self::with(app(ctx), Rights::of(viewer(ctx)?)))
    }

    /// For a caller with these rights.
    pub(super) fn with(app: &'a App, Rights { reach, sight, may_edit }: Rights) -> Self {
        Self { app, reach, sight, may_edit, at_hand: None }
    }

    /// Where reads go.
    pub(super) fn db(&self) -> &'a DatabaseConnection {
        self.app.db.read()
    }

    /// Now.
    pub(super) fn now(&self) -> Timestamp {
        self.app.clock.now()
    }
}
