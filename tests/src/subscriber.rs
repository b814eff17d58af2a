//! One subscription over `graphql-transport-ws`, on a socket of its own.

use crate::wait::PATIENCE;
use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes that wait unread at this end: few, so that a reader who stops is felt by the service soon.
const RECEIVE_BUFFER: u32 = 16 * 1024;

/// A running subscription. Dropping it cuts the line without a word.
#[derive(Debug)]
pub struct Subscriber(WebSocketStream<TcpStream>);

/// What the service sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// The data of an event.
    Next(Value),
    /// The operation was refused with these errors, and is over.
    Error(Value),
    /// The operation is over.
    Complete,
    /// The socket is closed, with a code if the service gave one.
    Closed(Option<u16>),
}

impl Subscriber {
    /// Connects, shows the token, and subscribes.
    ///
    /// # Errors
    /// If the service cannot be reached, or does not accept the socket.
    pub async fn open(url: &str, token: Option<&str>, query: &str, variables: Value) -> anyhow::Result<Self> {
        let mut socket = Self::idle(url, token).await?;
        let payload = json!({ "query": query, "variables": variables });
        socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await?;
        Ok(socket)
    }

    /// What comes next.
    ///
    /// # Panics
    /// If nothing comes within the patience of a test.
    pub async fn receive(&mut self) -> Received {
        let message = tokio::time::timeout(PATIENCE, self.message()).await;
        let Some(mut message) = message.expect("something is received in time").ok() else {
            return Received::Closed(None);
        };
        match message["type"].as_str() {
            Some("next") => Received::Next(message["payload"].take()),
            Some("error") => Received::Error(message["payload"].take()),
            Some("complete") => Received::Complete,
            _ => Received::Closed(message["code"].as_u64().and_then(|code| u16::try_from(code).ok())),
        }
    }

    /// The data of the next event.
    ///
    /// # Panics
    /// If something else comes, or the event has errors.
    pub async fn next(&mut self) -> Value {
        match self.receive().await {
            Received::Next(mut payload) => {
                assert!(payload.get("errors").is_none(), "no errors expected: {payload}");
                payload["data"].take()
            }
            other => panic!("an event was expected: {other:?}"),
        }
    }

    /// Connects and shows the token, without an operation.
    ///
    /// # Errors
    /// If the service cannot be reached, or does not accept the socket.
    pub async fn idle(url: &str, token: Option<&str>) -> anyhow::Result<Self> {
        let mut socket = Self(connect(url).await?);
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket.send(json!({ "type": "connection_init", "payload": payload.unwrap_or(json!({})) })).await?;
        let ack = socket.message().await.context("no acknowledgement")?;
        if ack["type"] != "connection_ack" {
            bail!("the service did not acknowledge the connection: {ack}");
        }
        Ok(socket)
    }

    /// Says something to the service, without waiting for what it answers.
    ///
    /// # Errors
    /// If the line is broken.
    pub async fn send(&mut self, message: Value) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(message.to_string())).await?)
    }

    /// The next message but pings; `{"code": …}` for a close.
    async fn message(&mut self) -> anyhow::Result<Value> {
        while let Some(message) = self.0.next().await {
            match message? {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text)?;
                    if message["type"] != "ping" {
                        return Ok(message);
                    }
                    self.send(json!({ "type": "pong" })).await?;
                }
                Message::Close(frame) => {
                    return Ok(json!({ "code": frame.map(|frame| u16::from(frame.code)) }));
                }
                _ => {}
            }
        }
        bail!("the socket is closed")
    }
}

async fn connect(url: &str) -> anyhow::Result<WebSocketStream<TcpStream>> {
    let address = url.strip_prefix("http://").context("the address begins with http://")?;
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    let stream = socket.connect(address.parse()?).await?;
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}/graphql").into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", PROTOCOL.parse()?);
    Ok(client_async(request, stream).await?.0)
}
