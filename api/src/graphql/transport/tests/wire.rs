//! The upgrade, over a real line.

use super::*;
use crate::config::CorsOrigins;
use axum::http::{HeaderValue, header};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

async fn serve(fixture: &Fixture) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/graphql", listener.local_addr().unwrap());
    let endpoint = Arc::clone(&fixture.endpoint);
    let router = axum::Router::new()
        .route("/graphql", axum::routing::get(crate::graphql::transport::ws::get))
        .with_state(endpoint);
    drop(crate::http::server::Server::start(listener, router, fixture.stop.clone()));
    url
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// The socket and the sub-protocol that the server chose.
async fn open(url: &str, protocols: &str, authorization: Option<&str>) -> Result<(Socket, String), Error> {
    let mut request = url.into_client_request()?;
    let headers = request.headers_mut();
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_str(protocols).unwrap());
    if let Some(authorization) = authorization {
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(authorization).unwrap());
    }
    let (socket, response) = connect_async(request).await?;
    let chosen = response.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
    Ok((socket, chosen.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()))
}

async fn text(socket: &mut Socket) -> Value {
    match socket.next().await {
        Some(Ok(Frame::Text(text))) => serde_json::from_str(&text).unwrap(),
        other => panic!("{other:?}"),
    }
}

async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        match socket.next().await {
            Some(Ok(Frame::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_newer_protocol_is_chosen_wherever_it_stands() {
    let fixture = Fixture::new();
    let url = serve(&fixture).await;
    for protocols in ["graphql-transport-ws", "graphql-ws, graphql-transport-ws"] {
        let (mut socket, chosen) = open(&url, protocols, None).await.unwrap();
        assert_eq!(chosen, "graphql-transport-ws");
        socket.send(Frame::text(r#"{"type":"connection_init"}"#)).await.unwrap();
        assert_eq!(text(&mut socket).await, json!({ "type": "connection_ack" }));
    }
}

#[tokio::test]
async fn only_pages_of_known_origins_may_connect() {
    let list = |origins: &[&'static str]| {
        CorsOrigins::List(origins.iter().map(|origin| HeaderValue::from_static(origin)).collect())
    };
    let cases = [
        (CorsOrigins::Any, Some("https://elsewhere.example"), true),
        (list(&["https://inbox.example"]), Some("https://inbox.example"), true),
        (list(&["https://inbox.example"]), Some("https://elsewhere.example"), false),
        (list(&["https://inbox.example"]), Some("null"), false),
        (list(&[]), Some("http://SELF"), true),
        (list(&[]), Some("http://SELF.elsewhere.example"), false),
        (list(&[]), None, true),
    ];
    for (origins, origin, allowed) in cases {
        let mut fixture = Fixture::new();
        Arc::get_mut(&mut fixture.endpoint).unwrap().origins = origins;
        let url = serve(&fixture).await;
        let own = url.trim_start_matches("ws://").trim_end_matches("/graphql");
        let mut request = url.as_str().into_client_request().unwrap();
        request
            .headers_mut()
            .insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("graphql-transport-ws"));
        if let Some(origin) = origin {
            request.headers_mut().insert(header::ORIGIN, origin.replace("SELF", own).parse().unwrap());
        }
        match connect_async(request).await {
            Ok(_) => assert!(allowed, "{origin:?}"),
            Err(Error::Http(response)) => {
                assert_eq!((response.status().as_u16(), allowed), (403, false), "{origin:?}")
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn the_token_may_come_with_the_upgrade() {
    let fixture = Fixture::new();
    let url = serve(&fixture).await;
    let (mut socket, _) = open(&url, "graphql-transport-ws", Some("Bearer anna")).await.unwrap();
    socket.send(Frame::text(r#"{"type":"connection_init"}"#)).await.unwrap();
    text(&mut socket).await;
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ me }" } });
    socket.send(Frame::text(subscribe.to_string())).await.unwrap();
    assert!(text(&mut socket).await["payload"]["data"]["me"].as_str().unwrap().starts_with("user:"));
}

#[tokio::test]
async fn too_long_a_message_ends_the_socket_and_nothing_else() {
    let fixture = Fixture::new();
    let url = serve(&fixture).await;
    let (mut socket, _) = open(&url, "graphql-transport-ws", None).await.unwrap();
    let _ = socket.send(Frame::text("x".repeat(70_000))).await;
    assert!(!matches!(socket.next().await, Some(Ok(Frame::Text(_)))));
    open(&url, "graphql-transport-ws", None).await.unwrap();
}

#[tokio::test]
async fn a_stop_says_goodbye_and_waits_for_the_sockets() {
    let fixture = Fixture::new();
    let url = serve(&fixture).await;
    let (mut socket, _) = open(&url, "graphql-transport-ws", None).await.unwrap();
    fixture.stop.cancel();
    let finished = tokio::spawn({
        let sockets = fixture.endpoint.sockets.clone();
        async move { sockets.finish().await }
    });
    assert_eq!(close_code(&mut socket).await, 1001);
    finished.await.unwrap();
    assert!(open(&url, "graphql-transport-ws", None).await.is_err(), "nobody is let in any more");
}

#[tokio::test]
async fn a_client_that_closes_gets_its_answer() {
    let fixture = Fixture::new();
    let url = serve(&fixture).await;
    let (mut socket, _) = open(&url, "graphql-transport-ws", None).await.unwrap();
    socket.close(None).await.unwrap();
    // Without the answer this ends in a broken line.
    while let Some(frame) = socket.next().await {
        frame.unwrap();
    }
}
