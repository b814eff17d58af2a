//! What the transport needs of the service behind it.

use async_graphql::{Request, Response, Value};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use inbox::auth::{AccessChange, Authenticated, Viewer};
use tokio::sync::broadcast;

/// Says of a scalar, by its name, and a value what the value must be, if it is not that.
pub(super) type ScalarCheck = fn(&str, &Value) -> Result<(), &'static str>;

/// A schema and who may call it. The tests put a small schema of their own in the place of the service's.
pub(crate) trait Operations: Send + Sync + 'static {
    /// The schema's text.
    fn sdl(&self) -> String;

    /// For the scalars that the schema defines.
    fn check_scalar(&self) -> ScalarCheck;

    /// Who shows this token (without `Bearer`).
    fn authenticate<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, inbox::Result<Authenticated>>;

    /// Whose rights change, from now on: a connection that outlives a request looks up its caller again.
    fn access_changes(&self) -> broadcast::Receiver<AccessChange>;

    /// Runs a query or a mutation.
    fn execute(&self, request: Request, viewer: Option<Viewer>) -> BoxFuture<'_, Response>;

    /// Runs a subscription.
    fn subscribe(&self, request: Request, viewer: Option<Viewer>) -> BoxStream<'static, Response>;
}
