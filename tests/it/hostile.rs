//! Clients that mean harm, or are broken: the service goes on for everybody else.

use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};
use tests::child::Program;
use tests::subscriber::Received;
use tests::wait::until_true;
use tests::{Client, TestApp, on_each_store, on_sqlite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The service as a process: two sides of so many sockets are more than one may have files.
const EXECUTABLE: &str = env!("CARGO_BIN_EXE_recado-under-test");
/// As many as a large deployment has on one node.
const IDLE: usize = 10_000;
/// Sockets that are opened at the same time: fewer than wait to be accepted.
const AT_ONCE: usize = 200;

/// Answers to others take milliseconds, whatever a hostile client does; more, so that a busy machine does not decide.
const SOON: Duration = Duration::from_secs(5);

async fn answers_soon(client: &Client) {
    let since = Instant::now();
    client.query("{ conversations { nodes { id } } }").await;
    assert!(since.elapsed() < SOON, "an answer took {:?}", since.elapsed());
}

/// Each of these begins an execution and ends it.
#[test]
fn a_flood_of_subscriptions_leaves_nothing_behind() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let mut socket = client.idle().await;
        for number in 0..5000 {
            let id = number.to_string();
            // Different variables: no two can share an execution.
            let payload = json!({ "query": "subscription($k: [ID!]) { events(filter: { conversationIds: $k }) { cursor } }",
                "variables": { "k": [] , "n": number } });
            socket.send(json!({ "id": id, "type": "subscribe", "payload": payload })).await.expect("sent");
            socket.send(json!({ "id": id, "type": "complete" })).await.expect("sent");
        }
        answers_soon(&client).await;
        socket
            .send(json!({ "id": "last", "type": "subscribe", "payload": { "query": "{ __typename }" } }))
            .await
            .expect("sent");
        let answer = loop {
            match socket.receive().await {
                Received::Next(payload) => break payload,
                Received::Complete => {}
                Received::Error(errors) => panic!("{errors}"),
                Received::Closed(code) => panic!("closed: {code:?}"),
            }
        };
        assert!(answer.get("errors").is_none(), "{answer}");
        until_true("no subscription is left", async || app.inbox().events.subscribers() == 0).await;
        app.finish().await;
    });
}

#[test]
fn more_operations_than_a_socket_carries_are_refused() {
    on_sqlite(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let mut socket = client.idle().await;
        for number in 0..300 {
            let payload = json!({ "query": "subscription { events { cursor } }" });
            socket
                .send(json!({ "id": number.to_string(), "type": "subscribe", "payload": payload }))
                .await
                .expect("sent");
        }
        for _ in 0..200 {
            let Received::Error(errors) = socket.receive().await else { panic!("a refusal was expected") };
            assert_eq!(errors[0]["extensions"]["code"], "RATE_LIMITED");
        }
        assert_eq!(app.inbox().events.subscribers(), 1, "the hundred share one execution");
        drop(socket);
        until_true("who is gone listens to nothing", async || app.inbox().events.subscribers() == 0).await;
        app.finish().await;
    });
}

/// Connections on which nothing ever comes, or only half a request.
#[test]
fn half_open_connections_keep_nobody_waiting() {
    on_sqlite(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let address = app.url().trim_start_matches("http://").to_owned();
        let halves: [&[u8]; 5] = [
            b"",
            b"POST /graphql HT",
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
            b"POST /graphql/stream HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{",
            b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        ];
        let mut open = Vec::new();
        for number in 0..500 {
            let mut stream = TcpStream::connect(&address).await.expect("connected");
            stream.write_all(halves[number % halves.len()]).await.expect("sent");
            open.push(stream);
        }
        answers_soon(&client).await;
        drop(open);
        app.finish().await;
    });
}

/// A client that asks for a lot and reads none of it holds up nobody, and is let go.
#[test]
fn who_never_reads_is_let_go() {
    on_sqlite(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let mut deaf = client.idle().await;
        let query = "{ __schema { types { name description fields { name description } } } }";
        let asking = async {
            for number in 0.. {
                let message =
                    json!({ "id": number.to_string(), "type": "subscribe", "payload": { "query": query } });
                if deaf.send(message).await.is_err() {
                    return;
                }
            }
        };
        // The service stops reading from who does not read, and closes after a while.
        let gone = tokio::time::timeout(Duration::from_secs(40), asking).await;
        answers_soon(&client).await;
        assert!(gone.is_ok(), "the service still listens to it");
        app.finish().await;
    });
}

#[test]
fn ten_thousand_idle_sockets_cost_others_nothing() {
    on_sqlite(async |database| {
        let simulator = simulator::Simulator::start(simulator::Config::default()).await.expect("a simulator");
        let program = Program::new(EXECUTABLE, database, &simulator);
        let _process = program.start().await;
        let client = program.admin().await;
        let mut idle = Vec::with_capacity(IDLE);
        while idle.len() < IDLE {
            idle.extend(join_all((0..AT_ONCE).map(|_| client.idle())).await);
        }
        answers_soon(&client).await;
        let mut one = idle.pop().expect("one of them");
        let payload = json!({ "query": "{ __typename }" });
        one.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await.expect("sent");
        assert!(matches!(one.receive().await, Received::Next(_)));
        drop(idle);
        let mut answer = String::new();
        let mut plain =
            TcpStream::connect(program.url().trim_start_matches("http://")).await.expect("connected");
        plain
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .await
            .expect("sent");
        plain.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    });
}
