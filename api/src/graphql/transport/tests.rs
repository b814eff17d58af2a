//! The transport before a small schema, over sockets in memory and time that can be moved.

mod admission;
mod hostile;
mod http;
mod persisted;
mod schema;
mod shared;
mod socket;
mod sse;
mod upload;
mod wire;

use super::socket::Limits;
use super::{Endpoint, Rate, Settings, Sockets};
use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Sink, Stream};
use inbox::clock::Clock;
use schema::TestOperations;
use serde_json::{Value, json};
use std::num::NonZeroU64;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, PollSender};

/// As a service that nobody has configured.
fn settings() -> Settings {
    let restore = NonZeroU64::new(500_000).expect("not zero");
    Settings {
        introspection: true,
        budget: Rate { size: 5_000_000, restore },
        persisted_documents: None,
        persisted_documents_only: false,
    }
}

/// An endpoint before the test schema.
struct Fixture {
    operations: Arc<TestOperations>,
    endpoint: Arc<Endpoint>,
    clock: Clock,
    stop: CancellationToken,
}

impl Fixture {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        Self::set_up(limits, &settings())
    }

    fn set_up(limits: Limits, settings: &Settings) -> Self {
        let (clock, stop) = (Clock::default(), CancellationToken::new());
        let operations = Arc::new(TestOperations::new(clock.clone()));
        let shared: Arc<TestOperations> = Arc::clone(&operations);
        let sockets = Sockets::new(stop.clone());
        let mut endpoint = Endpoint::new(shared, clock.clone(), sockets, settings).expect("an endpoint");
        endpoint.limits = limits;
        endpoint.upload_limit = 2 * 1024 * 1024;
        Self { operations, endpoint: Arc::new(endpoint), clock, stop }
    }

    /// A socket that takes everything at once.
    fn connect(&self) -> Client {
        self.connect_slowly(100_000)
    }

    /// A socket whose line takes so many messages before it waits for the client to read.
    fn connect_slowly(&self, line: usize) -> Client {
        let (to_server, from_client) = mpsc::unbounded_channel();
        let (to_client, from_server) = mpsc::channel(line);
        let line = Line { from_client, to_client: PollSender::new(to_client) };
        tokio::spawn(super::socket::run(line, Arc::clone(&self.endpoint), None));
        Client { to_server, from_server }
    }

    /// A socket with a session.
    async fn log_in(&self, token: &str) -> Client {
        let mut client = self.connect();
        client.init(token).await;
        client
    }

    /// Lets all tasks run until each waits for something.
    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
}

/// The server's end of a socket.
struct Line {
    from_client: mpsc::UnboundedReceiver<Message>,
    to_client: PollSender<Message>,
}

#[derive(Debug)]
struct Broken;

impl Stream for Line {
    type Item = Result<Message, Broken>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.from_client.poll_recv(context).map(|message| message.map(Ok))
    }
}

impl Sink<Message> for Line {
    type Error = Broken;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.to_client.poll_reserve(context).map_err(|_| Broken)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Broken> {
        self.to_client.send_item(message).map_err(|_| Broken)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }
}

/// The client's end of a socket.
struct Client {
    to_server: mpsc::UnboundedSender<Message>,
    from_server: mpsc::Receiver<Message>,
}

impl Client {
    fn send(&self, message: Value) {
        self.send_raw(Message::Text(message.to_string().into()));
    }

    fn send_raw(&self, message: Message) {
        let _ = self.to_server.send(message);
    }

    async fn init(&mut self, token: &str) {
        self.send(
            json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } }),
        );
        assert_eq!(self.next().await, json!({ "type": "connection_ack" }));
    }

    fn subscribe(&self, id: &str, query: &str) {
        self.send(json!({ "id": id, "type": "subscribe", "payload": { "query": query } }));
    }

    async fn frame(&mut self) -> Option<Message> {
        // Longer than any timeout of the server; time stands still in these tests unless nothing else can happen.
        tokio::time::timeout(Duration::from_secs(3600), self.from_server.recv())
            .await
            .expect("a frame in an hour")
    }

    /// The next message of the protocol.
    async fn next(&mut self) -> Value {
        loop {
            match self.frame().await {
                Some(Message::Text(text)) => return serde_json::from_str(text.as_str()).expect("JSON"),
                Some(Message::Ping(_)) => self.send_raw(Message::Pong(bytes::Bytes::new())),
                other => panic!("a text was expected, not {other:?}"),
            }
        }
    }

    /// The close frame behind whatever else is on the line.
    async fn close_frame(&mut self) -> CloseFrame {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => return frame,
                Some(_) => {}
                None => panic!("the line was cut without a close frame"),
            }
        }
    }

    async fn code(&mut self) -> u16 {
        self.close_frame().await.code
    }

    fn has_nothing(&mut self) -> bool {
        self.from_server.try_recv().is_err()
    }
}
