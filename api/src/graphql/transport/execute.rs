//! Runs a request so that neither a panic nor a stall of a resolver reaches anybody else.

use super::operations::Operations;
use super::response::{self, Code};
use async_graphql::{Request, Response};
use futures_util::FutureExt;
use inbox::auth::Viewer;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// A query that takes longer is given up.
const EXECUTION: Duration = Duration::from_secs(10);

/// Runs a query or a mutation.
pub(super) async fn execute(
    operations: &dyn Operations,
    request: Request,
    viewer: Option<Viewer>,
) -> Response {
    let run = AssertUnwindSafe(operations.execute(request, viewer)).catch_unwind();
    let mut response = match tokio::time::timeout(EXECUTION, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => panicked(),
        Err(_) => {
            tracing::error!(seconds = EXECUTION.as_secs(), "a request was given up");
            let message =
                "the request took too long and was given up; what it began to write may have been kept";
            Response::from_errors(vec![response::error(message, Code::Internal)])
        }
    };
    response::finish(&mut response);
    response
}

/// What is answered in the place of a resolver that panicked.
pub(super) fn panicked() -> Response {
    tracing::error!("a resolver panicked; the log says above where");
    let message = "the service failed to carry out the request; try again, and report it if it happens again";
    Response::from_errors(vec![response::error(message, Code::Internal)])
}
