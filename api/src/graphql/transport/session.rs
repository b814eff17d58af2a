//! Who is on the other side of a connection that outlives a request, and whether it still is.

use super::operations::Operations;
use entities::Timestamp;
use inbox::auth::{AccessChange, Viewer};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// The caller of a connection.
#[derive(Default)]
pub(super) struct Session {
    /// None: nobody said who calls.
    pub(super) viewer: Option<Viewer>,
    token: Box<str>,
    expires_at: Option<Timestamp>,
}

impl Session {
    /// Of this token, without `Bearer`.
    ///
    /// # Errors
    /// If the token is refused, or nobody can tell now.
    pub(super) async fn of(operations: &dyn Operations, token: &str) -> inbox::Result<Self> {
        let caller = operations.authenticate(token).await?;
        Ok(Self { viewer: Some(caller.viewer), token: token.into(), expires_at: caller.expires_at })
    }

    /// How long the token is good for, at most `longest`.
    pub(super) fn left(&self, now: Timestamp, longest: Duration) -> Duration {
        self.expires_at.map_or(longest, |at| at.since(now).min(longest))
    }

    /// The token has ended.
    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether the token must be looked up again.
    pub(super) fn is_concerned_by(&self, change: Result<AccessChange, RecvError>) -> bool {
        match (change, &self.viewer) {
            (Ok(change), Some(viewer)) => change.concerns(viewer),
            (Err(_), Some(_)) => true,
            (_, None) => false,
        }
    }

    /// Whether the token still stands for the same rights. A store that does not answer now is asked again later.
    pub(super) async fn still_holds(&self, operations: &dyn Operations) -> bool {
        if self.viewer.is_none() {
            return true;
        }
        match operations.authenticate(&self.token).await {
            Ok(now) => Some(&now.viewer) == self.viewer.as_ref(),
            Err(inbox::Error::Unauthenticated(_)) => false,
            Err(error) => {
                tracing::error!(%error, "a caller could not be looked up again");
                true
            }
        }
    }
}
