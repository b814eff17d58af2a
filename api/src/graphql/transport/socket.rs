//! One WebSocket: a single task that reads and writes, and a mailbox for what its operations send.
//!
//! Memory counts here, for there are ten thousand of these: operations that are shared have no task of their own, the
//! mailbox holds pairs of pointers, and there is one timer.

mod session;

use super::Endpoint;
use super::admission::Refusal;
use super::events::Event;
use super::launch::{Work, launch};
use super::message::{self, ClientMessage, Close, Operation};
use super::request::Params;
use super::response::{self, Code};
use super::session::Session;
use super::shared::{Delivery, Mailbox};
use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

/// What a socket may do, and for how long it may do nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// From opening to `connection_init`.
    pub(super) init: Duration,
    /// Between two pings; who answers none of them until the next is gone.
    pub(super) ping: Duration,
    /// Every so many pings the token is looked up again.
    pub(super) pings_per_check: u32,
    /// For one portion of messages to be taken by the other side.
    pub(super) write: Duration,
    /// For the other side to answer a close frame.
    pub(super) close: Duration,
    /// Operations at the same time.
    pub(super) operations: usize,
    /// Events that wait to be written. A socket of a shared execution that has more is closed. The change log is read in
    /// portions of 500.
    pub(super) mailbox: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            init: Duration::from_secs(3),
            ping: Duration::from_secs(20),
            pings_per_check: 3,
            write: Duration::from_secs(10),
            close: Duration::from_secs(1),
            operations: 100,
            mailbox: 1024,
        }
    }
}

/// Events written before the rest of the socket gets its turn.
const BURST: usize = 64;

/// How a socket ends.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// This side closes it.
    Close(Close),
    /// The other side closes it; the answer is on its way.
    Closed,
    /// The line is broken, or nobody answers.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

struct Socket {
    endpoint: Arc<Endpoint>,
    /// None until `connection_init`.
    session: Option<Session>,
    /// From the upgrade's header, for clients that can set one.
    header: Option<Box<str>>,
    running: HashMap<Arc<str>, Running>,
    mailbox: Arc<Mailbox>,
    deliveries: mpsc::Receiver<Delivery>,
    /// Of the socket itself; go before what is in the mailbox.
    replies: VecDeque<Message>,
    /// Something came since the last ping.
    heard: bool,
    pings: u32,
    wake_at: Instant,
}

struct Running {
    operation: Arc<Operation>,
    /// Ends the work when dropped.
    _work: Work,
}

/// Serves a socket to its end. `header` is the value of the upgrade's `Authorization`.
pub(super) async fn run<S, E>(mut stream: S, endpoint: Arc<Endpoint>, header: Option<Box<str>>)
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    let open = metrics::gauge!("recado_websockets");
    open.increment(1.0);
    let patience = endpoint.limits.close;
    let mut socket = Socket::new(endpoint, header);
    let end = AssertUnwindSafe(socket.serve(&mut stream)).catch_unwind().await;
    let end = end.unwrap_or_else(|_| {
        tracing::error!("a socket panicked; the log says above where");
        Close::INTERNAL.into()
    });
    let crashed = socket.endpoint.sockets.crashed.load(Ordering::Relaxed);
    // Operations end at once, not when the other side has answered.
    drop(socket);
    match end {
        _ if crashed => {}
        End::Close(reason) => close(&mut stream, &reason, patience).await,
        End::Closed => drain(&mut stream, patience).await,
        End::Gone => {}
    }
    open.decrement(1.0);
}

/// Closes a socket, and waits a little for the other side to do the same.
pub(super) async fn close<S, E>(stream: &mut S, reason: &Close, patience: Duration)
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
{
    metrics::counter!("recado_websockets_closed_total", "code" => reason.code.to_string()).increment(1);
    let frame = Message::Close(Some(reason.frame()));
    if matches!(timeout(patience, stream.send(frame)).await, Ok(Ok(()))) {
        drain(stream, patience).await;
    }
}

/// Reads to the end. That also sends the answer to a close frame of the other side.
async fn drain<S, E>(stream: &mut S, patience: Duration)
where
    S: Stream<Item = Result<Message, E>> + Unpin,
{
    let _ = timeout(patience, async { while let Some(Ok(_)) = stream.next().await {} }).await;
}

impl Socket {
    fn new(endpoint: Arc<Endpoint>, header: Option<Box<str>>) -> Self {
        let (mailbox, deliveries) = Mailbox::new(endpoint.limits.mailbox);
        let wake_at = Instant::now() + endpoint.limits.init;
        Self {
            endpoint,
            session: None,
            header,
            running: HashMap::new(),
            mailbox,
            deliveries,
            replies: VecDeque::new(),
            heard: false,
            pings: 0,
            wake_at,
        }
    }

    async fn serve<S, E>(&mut self, stream: &mut S) -> End
    where
        S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    {
        let stop = self.endpoint.sockets.stop.clone();
        let mut stopped = pin!(stop.cancelled());
        let mut access = self.endpoint.operations.access_changes();
        let mut timer = pin!(sleep_until(self.wake_at));
        loop {
            let step = tokio::select! {
                message = stream.next() => match message {
                    Some(Ok(message)) => self.receive(message).await,
                    Some(Err(_)) | None => Err(End::Gone),
                },
                Some(delivery) = self.deliveries.recv() => self.write(stream, Some(delivery)).await,
                () = timer.as_mut() => self.wake().await,
                change = access.recv() => self.recheck(change).await,
                () = stopped.as_mut() => Err(Close::GOING_AWAY.into()),
            };
            let step = match step {
                Ok(()) if !self.replies.is_empty() => self.write(stream, None).await,
                step => step,
            };
            if let Err(end) = step {
                return end;
            }
            if timer.deadline() != self.wake_at {
                timer.as_mut().reset(self.wake_at);
            }
        }
    }

    /// Writes replies, then this delivery and those behind it.
    async fn write<S, E>(&mut self, stream: &mut S, first: Option<Delivery>) -> Result<(), End>
    where
        S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    {
        let patience = self.endpoint.limits.write;
        let writing = async {
            while let Some(reply) = self.replies.pop_front() {
                stream.feed(reply).await?;
            }
            if let Some(first) = first {
                self.feed(stream, first).await?;
                for _ in 1..BURST {
                    let Ok(next) = self.deliveries.try_recv() else { break };
                    self.feed(stream, next).await?;
                }
            }
            stream.flush().await
        };
        match timeout(patience, writing).await {
            Ok(Ok(())) if self.mailbox.fell_behind() => Err(Close::FELL_BEHIND.into()),
            Ok(Ok(())) => Ok(()),
            // A close frame would not get through either.
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn feed<S: Sink<Message> + Unpin>(
        &mut self,
        stream: &mut S,
        delivery: Delivery,
    ) -> Result<(), S::Error> {
        match self.message(delivery) {
            Some(message) => stream.feed(Message::Text(message)).await,
            None => Ok(()),
        }
    }

    /// The message of an event, unless its operation is over. The last event ends it.
    fn message(&mut self, (operation, event): Delivery) -> Option<Utf8Bytes> {
        let current = self.running.get(&operation.id)?;
        if !Arc::ptr_eq(&current.operation, &operation) {
            return None;
        }
        if event.is_last() {
            self.running.remove(&operation.id);
        }
        Some(match &*event {
            Event::Next { payload, .. } => operation.message("next", Some(payload)),
            Event::Error(payload) => operation.message("error", Some(payload)),
            Event::Complete => operation.message("complete", None),
        })
    }

    async fn receive(&mut self, message: Message) -> Result<(), End> {
        self.heard = true;
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return Err(Close::INVALID_MESSAGE.into()),
            Message::Close(_) => return Err(End::Closed),
            // Answered below us.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match ClientMessage::parse(text.as_str()).ok_or(Close::INVALID_MESSAGE)? {
            ClientMessage::Init(init) => Ok(self.init(init).await?),
            ClientMessage::Ping(payload) => {
                self.reply(message::pong(payload.as_deref()));
                Ok(())
            }
            ClientMessage::Pong => Ok(()),
            ClientMessage::Subscribe(id, params) => Ok(self.subscribe(&id, *params)?),
            ClientMessage::Complete(id) => {
                self.running.remove(&*id);
                Ok(())
            }
        }
    }

    fn reply(&mut self, text: Utf8Bytes) {
        self.replies.push_back(Message::Text(text));
    }

    fn subscribe(&mut self, id: &str, mut params: Params) -> Result<(), Close> {
        let session = self.session.as_ref().ok_or(Close::UNAUTHORIZED)?;
        if self.running.contains_key(id) {
            return Err(Close::duplicate(id));
        }
        let operation = Arc::new(Operation::new(id));
        if self.running.len() >= self.endpoint.limits.operations {
            let message = format!(
                "a socket carries at most {} operations; complete one, or open another socket",
                self.endpoint.limits.operations
            );
            self.refuse(&operation, response::error(message, Code::RateLimited).into());
            return Ok(());
        }
        let admitted = self.endpoint.document(&params).and_then(|document| {
            let charge = self.endpoint.admit(&document, &mut params, session.viewer.as_ref())?;
            Ok((document, charge))
        });
        match admitted {
            Ok((document, charge)) => {
                let viewer = session.viewer.clone();
                let work =
                    launch(&self.endpoint, &self.mailbox, &operation, &document, params, viewer, charge);
                self.running.insert(Arc::clone(&operation.id), Running { operation, _work: work });
            }
            Err(refusal) => self.refuse(&operation, refusal),
        }
        Ok(())
    }

    fn refuse(&mut self, operation: &Operation, refusal: Refusal) {
        let payload = response::errors_to_json(&refusal.into_response().errors);
        self.reply(operation.message("error", Some(&payload)));
    }
}
