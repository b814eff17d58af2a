//! The service's own schema.

use super::operations::{Operations, ScalarCheck};
use crate::graphql::{self, Schema};
use crate::http::media::FileAddress;
use async_graphql::{Request, Response};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use inbox::App;
use inbox::auth::{AccessChange, Authenticated, Viewer};
use inbox::services::access;
use tokio::sync::broadcast;

/// The schema over the inbox.
pub(crate) struct Service {
    app: App,
    schema: Schema,
}

impl Service {
    /// The schema over this inbox, whose files are at this address.
    pub(crate) fn new(app: App, files: FileAddress) -> Self {
        Self { schema: graphql::schema(app.clone(), files), app }
    }
}

impl Operations for Service {
    fn sdl(&self) -> String {
        self.schema.sdl_with_options(graphql::sdl_options())
    }

    fn check_scalar(&self) -> ScalarCheck {
        graphql::scalars::check
    }

    fn authenticate<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, inbox::Result<Authenticated>> {
        access::authenticate(&self.app, bearer).boxed()
    }

    fn access_changes(&self) -> broadcast::Receiver<AccessChange> {
        self.app.access_changes()
    }

    fn execute(&self, request: Request, viewer: Option<Viewer>) -> BoxFuture<'_, Response> {
        self.schema.execute(graphql::prepare_single(request, &self.app, viewer)).boxed()
    }

    fn subscribe(&self, request: Request, viewer: Option<Viewer>) -> BoxStream<'static, Response> {
        self.schema.execute_stream(graphql::prepare(request, &self.app, viewer))
    }
}
