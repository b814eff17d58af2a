//! Starts an operation whose results go into a mailbox: alone, or in a group with others who would be told the same.

use super::Endpoint;
use super::budget::Charge;
use super::documents::Document;
use super::events::Events;
use super::execute::execute;
use super::message::Operation;
use super::request::Params;
use super::shared::{Key, Mailbox, Membership};
use async_graphql::parser::types::OperationType;
use inbox::auth::Viewer;
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;

/// An operation that runs; dropping it ends it.
pub(super) enum Work {
    /// On a task of its own.
    Alone { _task: AbortOnDropHandle<()> },
    /// In a group.
    Shared { _membership: Membership },
}

/// Starts an operation. What happens after this returns is delivered when a subscription joined a group that runs, and
/// once its own execution has begun otherwise.
pub(super) fn launch(
    endpoint: &Endpoint,
    mailbox: &Arc<Mailbox>,
    operation: &Arc<Operation>,
    document: &Document,
    params: Params,
    viewer: Option<Viewer>,
    charge: Charge,
) -> Work {
    let kind = document.kind(params.operation_name.as_deref());
    if kind != Some(OperationType::Subscription) {
        let (operations, request) = (Arc::clone(&endpoint.operations), params.into_request(document));
        let result = async move {
            let mut response = execute(&*operations, request, viewer).await;
            charge.tell(&mut response);
            response
        };
        return alone(mailbox, operation, Events::once(result));
    }
    let key = Key::of(document, &params, viewer.as_ref());
    let start = || {
        let resumption = params.resumption();
        let request = params.into_request(document).data(resumption.clone());
        Events::many(endpoint.operations.subscribe(request, viewer), resumption)
    };
    match key {
        Some(key) => {
            let (mailbox, operation) = (Arc::clone(mailbox), Arc::clone(operation));
            Work::Shared { _membership: endpoint.groups.join(key, mailbox, operation, start) }
        }
        None => alone(mailbox, operation, start()),
    }
}

/// A task for an operation that is nobody else's. It waits when the mailbox is full.
fn alone(mailbox: &Arc<Mailbox>, operation: &Arc<Operation>, mut events: Events) -> Work {
    let (mailbox, operation) = (Arc::clone(mailbox), Arc::clone(operation));
    let task = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if !mailbox.send((Arc::clone(&operation), Arc::new(event))).await {
                return;
            }
        }
    });
    Work::Alone { _task: AbortOnDropHandle::new(task) }
}
