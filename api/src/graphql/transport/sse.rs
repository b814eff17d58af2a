//! GraphQL over server-sent events, one connection an operation ("distinct connections mode").
//!
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>
//!
//! Results of a subscription that can be resumed carry their cursor as the event's id, so that a client which lost the line
//! sends it as `Last-Event-ID` and misses nothing.

use super::events::Event;
use super::http::{caller, not_by_get, not_readable, refuse, unauthenticated};
use super::launch::launch;
use super::message::Operation;
use super::negotiate::{self, MediaType};
use super::request::Params;
use super::response::{self, Code};
use super::session::Session;
use super::shared::Mailbox;
use super::{Endpoint, body};
use async_graphql::parser::types::OperationType;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use std::convert::Infallible;
use std::fmt::Write;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

/// What a client that lost the line saw last.
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Frames that wait for the line; more wait in the mailbox.
const BUFFER: usize = 16;
/// A line without meaning, against proxies that cut silent lines.
const KEEP_ALIVE: Bytes = Bytes::from_static(b":\n\n");

/// `GET /graphql/stream`.
pub(super) async fn get(
    State(endpoint): State<Arc<Endpoint>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let session = match caller(&*endpoint.operations, &headers).await {
        Ok(session) => session,
        Err(error) => return unauthenticated(MediaType::Json, &error),
    };
    match Params::from_address(query.as_deref().unwrap_or_default()) {
        Ok(params) => open(endpoint, &headers, session, params, true).await,
        Err(error) => not_readable(MediaType::Json, &error.into()),
    }
}

/// `POST /graphql/stream`.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Body) -> Response {
    let session = match caller(&*endpoint.operations, &headers).await {
        Ok(session) => session,
        Err(error) => return unauthenticated(MediaType::Json, &error),
    };
    match body::read(&headers, body, &session, endpoint.upload_limit).await {
        Ok(params) => open(endpoint, &headers, session, params, false).await,
        Err(error) => not_readable(MediaType::Json, &error),
    }
}

async fn open(
    endpoint: Arc<Endpoint>,
    headers: &HeaderMap,
    session: Session,
    mut params: Params,
    by_get: bool,
) -> Response {
    if !negotiate::accepts_event_stream(headers) {
        let message = "the answer is a text/event-stream; accept that, or post to /graphql";
        return refuse(MediaType::Json, StatusCode::NOT_ACCEPTABLE, message, Code::BadUserInput);
    }
    let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok());
    params.last_event_id = last.filter(|id| !id.is_empty()).map(Box::from);
    let (frames, line) = mpsc::channel(BUFFER);
    let document = endpoint.document(&params);
    let kind = document.as_ref().ok().and_then(|document| document.kind(params.operation_name.as_deref()));
    if by_get && kind == Some(OperationType::Mutation) {
        return not_by_get(MediaType::Json);
    }
    let admitted = document.and_then(|document| {
        let charge = endpoint.admit(&document, &mut params, session.viewer.as_ref())?;
        Ok((document, charge))
    });
    match admitted {
        Ok((document, charge)) => {
            let (mailbox, deliveries) = Mailbox::new(endpoint.limits.mailbox);
            let operation = Arc::new(Operation::new(""));
            let viewer = session.viewer.clone();
            let work = launch(&endpoint, &mailbox, &operation, &document, params, viewer, charge);
            let tracker = endpoint.sockets.tracker.clone();
            let stream = Stream { endpoint, session, frames };
            tracker.spawn(async move {
                stream.run(&mailbox, deliveries).await;
                drop(work);
            });
        }
        // Said on the stream, as the protocol wants: an event source that is answered 400 cannot show why.
        Err(refusal) => {
            let refused = Event::Error(response::errors_to_json(&refusal.into_response().errors));
            let _ = frames.try_send(frame(&refused));
        }
    }
    let body = stream::unfold(line, |mut line| async {
        let frame = line.recv().await?;
        Some((Ok::<_, Infallible>(frame), line))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx would hold events back until it has a portion of them.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(body)).into_response()
}

/// The way to one client.
struct Stream {
    endpoint: Arc<Endpoint>,
    session: Session,
    frames: mpsc::Sender<Bytes>,
}

impl Stream {
    /// Writes what comes until it is over. Ends without `complete` when the client is to connect again: at a stop of the
    /// service, and when it fell behind.
    async fn run(&self, mailbox: &Mailbox, mut deliveries: mpsc::Receiver<super::shared::Delivery>) {
        let open = metrics::gauge!("recado_event_streams");
        open.increment(1.0);
        // Some browsers take the stream for open only when something came.
        let mut alive = self.write(KEEP_ALIVE).await;
        let mut stopped = pin!(self.endpoint.sockets.stop.cancelled());
        let mut access = self.endpoint.operations.access_changes();
        let mut timer = pin!(sleep_until(self.next_wake()));
        let mut wakes = 0_u32;
        // What changed between the request's own look and the listening above is not told again.
        if alive && !self.holds().await {
            alive = self.end_session().await;
        }
        while alive {
            alive = tokio::select! {
                Some((_, event)) = deliveries.recv() => {
                    self.write(frame(&event)).await && !event.is_last() && !mailbox.fell_behind()
                }
                () = timer.as_mut() => {
                    wakes = wakes.wrapping_add(1);
                    timer.as_mut().reset(self.next_wake());
                    let expired = self.session.has_expired(self.endpoint.clock.now());
                    let look = wakes.is_multiple_of(self.endpoint.limits.pings_per_check);
                    if expired || (look && !self.holds().await) {
                        self.end_session().await
                    } else {
                        self.write(KEEP_ALIVE).await
                    }
                }
                change = access.recv() => {
                    !self.session.is_concerned_by(change) || self.holds().await || self.end_session().await
                }
                () = stopped.as_mut() => false,
                () = self.frames.closed() => false,
            };
        }
        open.decrement(1.0);
    }

    fn next_wake(&self) -> Instant {
        Instant::now() + self.session.left(self.endpoint.clock.now(), self.endpoint.limits.ping)
    }

    async fn holds(&self) -> bool {
        self.session.still_holds(&*self.endpoint.operations).await
    }

    /// Says that the caller may not go on. Always false: nothing comes after it.
    async fn end_session(&self) -> bool {
        let message = "the token has ended or its rights have changed; connect again";
        let error = response::error(message, Code::Unauthenticated);
        self.write(frame(&Event::Error(response::errors_to_json(&[error])))).await;
        false
    }

    /// False if the client is gone, or takes nothing.
    async fn write(&self, frame: Bytes) -> bool {
        matches!(timeout(self.endpoint.limits.write, self.frames.send(frame)).await, Ok(Ok(())))
    }
}

/// An event as it goes over the line. Payloads are JSON without line breaks.
fn frame(event: &Event) -> Bytes {
    const COMPLETE: &str = "event: complete\ndata:\n\n";
    let mut text = String::new();
    let written = match event {
        Event::Next { payload, cursor: Some(cursor) } => {
            write!(text, "event: next\nid: {cursor}\ndata: {payload}\n\n")
        }
        Event::Next { payload, cursor: None } => write!(text, "event: next\ndata: {payload}\n\n"),
        Event::Error(errors) => write!(text, "event: next\ndata: {{\"errors\":{errors}}}\n\n{COMPLETE}"),
        Event::Complete => write!(text, "{COMPLETE}"),
    };
    debug_assert!(written.is_ok(), "a string takes everything");
    text.into()
}
