//! What an operation sends to its socket.

use super::execute::panicked;
use super::response;
use crate::graphql::context::Resumption;
use async_graphql::{Response, Value};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// One message of an operation, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A result.
    Next {
        /// The response as JSON.
        payload: String,
        /// The cursor behind which a subscription goes on after this result, if it can.
        cursor: Option<Arc<str>>,
    },
    /// The operation could not be carried out, and is over.
    Error(String),
    /// The operation is over.
    Complete,
}

impl Event {
    /// Nothing comes after it.
    pub(super) fn is_last(&self) -> bool {
        !matches!(self, Self::Next { .. })
    }
}

/// The events of one operation: results, then one that ends it.
pub(super) struct Events {
    responses: BoxStream<'static, Response>,
    resumption: Resumption,
    /// A subscription that has given nothing yet.
    beginning: bool,
    over: bool,
}

impl Events {
    /// The one result of a query or a mutation.
    pub(super) fn once(response: impl Future<Output = Response> + Send + 'static) -> Self {
        let responses = stream::once(response).boxed();
        Self { responses, resumption: Resumption::default(), beginning: false, over: false }
    }

    /// The results of a subscription that was given this resumption.
    pub(super) fn many(responses: BoxStream<'static, Response>, resumption: Resumption) -> Self {
        Self { responses, resumption, beginning: true, over: false }
    }

    /// The next, or none after the last. Cancel-safe.
    pub(super) async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        let event = match AssertUnwindSafe(self.responses.next()).catch_unwind().await {
            Ok(Some(response)) => self.event(response),
            Ok(None) => Event::Complete,
            Err(_) => self.event(panicked()),
        };
        self.over = event.is_last();
        Some(event)
    }

    fn event(&mut self, mut response: Response) -> Event {
        response::finish(&mut response);
        let refused = response::is_request_error(&response) || (self.beginning && did_not_begin(&response));
        self.beginning = false;
        if refused {
            Event::Error(response::errors_to_json(&response.errors))
        } else {
            Event::Next { payload: response::to_json(&response), cursor: self.resumption.reached() }
        }
    }
}

/// The resolver of the root field refused to give a stream. GraphQL calls that a request error; the executor reports it
/// as an error of the field. An error inside a first event has a longer path.
fn did_not_begin(response: &Response) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.len() <= 1)
}
