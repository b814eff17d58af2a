//! What a resolver finds in its context.

use super::errors::{Failure, Result};
use async_graphql::Context;
use entities::Timestamp;
use inbox::App;
use inbox::auth::{Reach, Viewer};
use inbox::events::LoggedEvent;
use sea_orm::DatabaseConnection;

/// The service. [`super::schema`] puts it there.
pub(super) fn app<'a>(ctx: &Context<'a>) -> &'a App {
    ctx.data_unchecked()
}

/// Who is calling. [`super::prepare`] puts it there.
///
/// # Errors
/// `UNAUTHENTICATED` if nobody said.
pub(super) fn viewer<'a>(ctx: &Context<'a>) -> Result<&'a Viewer> {
    ctx.data_opt().ok_or_else(Failure::unauthenticated)
}

/// Reads for a caller: nothing that it may not see.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) app: &'a App,
    pub(super) reach: Reach,
    /// Rows that need not be read again.
    pub(super) at_hand: Option<&'a LoggedEvent>,
}

impl<'a> Reader<'a> {
    /// For this request's caller.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`.
    pub(super) fn new(ctx: &Context<'a>) -> Result<Self> {
        Ok(Self { app: app(ctx), reach: viewer(ctx)?.reach(), at_hand: None })
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
