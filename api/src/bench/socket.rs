//! A GraphQL subscriber over `graphql-transport-ws`, with as little work as can be in the generator.

use super::server::{ADMIN_EMAIL, ADMIN_PASSWORD, Server};
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

pub(super) struct Subscriber(WebSocketStream<TcpStream>);

/// An access token for the run's administrator.
pub(super) async fn login(server: &Server) -> Result<String> {
    let query =
        "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { message } } }";
    let answer: Value = reqwest::Client::builder()
        .build()?
        .post(format!("http://{}/graphql", server.address))
        .json(&json!({ "query": query, "variables": { "input": { "email": ADMIN_EMAIL, "password": ADMIN_PASSWORD } } }))
        .send()
        .await?
        .json()
        .await?;
    let token = answer["data"]["login"]["accessToken"].as_str();
    Ok(token.with_context(|| format!("no login: {answer}"))?.to_owned())
}

impl Subscriber {
    /// Connects from this address and subscribes; returns once the server has acknowledged the connection.
    pub(super) async fn connect(
        server: &Server,
        from: Option<std::net::Ipv4Addr>,
        token: &str,
        query: &str,
    ) -> Result<Self> {
        let socket = tokio::net::TcpSocket::new_v4()?;
        if let Some(from) = from {
            socket.bind((from, 0).into())?;
        }
        let stream = socket.connect(server.address).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{}/graphql", server.address).into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
        let small = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
        let (mut socket, _) = client_async_with_config(request, stream, Some(small)).await?;
        send(
            &mut socket,
            json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } }),
        )
        .await?;
        let acknowledged = receive(&mut socket).await?;
        if !acknowledged.contains("connection_ack") {
            bail!("the server did not acknowledge the connection: {acknowledged}");
        }
        send(&mut socket, json!({ "id": "1", "type": "subscribe", "payload": { "query": query } })).await?;
        Ok(Self(socket))
    }

    /// The next event, as text.
    pub(super) async fn next(&mut self) -> Result<String> {
        loop {
            let text = receive(&mut self.0).await?;
            if text.contains(r#""type":"next""#) {
                return Ok(text);
            }
            if text.contains(r#""type":"ping""#) {
                send(&mut self.0, json!({ "type": "pong" })).await?;
            } else {
                bail!("the server sent {text}");
            }
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, message: Value) -> Result<()> {
    Ok(socket.send(Message::text(message.to_string())).await?)
}

async fn receive(socket: &mut WebSocketStream<TcpStream>) -> Result<String> {
    while let Some(message) = socket.next().await {
        match message? {
            Message::Text(text) => return Ok(text.to_string()),
            Message::Close(frame) => bail!("the server closed the socket: {frame:?}"),
            _ => {}
        }
    }
    bail!("the server closed the socket")
}
