//! Server-sent events, over a router in memory.

use super::*;
use crate::graphql::transport::sse;
use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use axum::routing::get;
use entities::UserId;
use futures_util::StreamExt;
use inbox::auth::AccessChange;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

/// A stream that a client reads.
struct Reader {
    frames: BodyDataStream,
    text: String,
}

/// One event: its type, its id and its data.
#[derive(Debug, PartialEq)]
struct Sent(String, Option<String>, Value);

fn next_of(data: Value) -> Sent {
    Sent("next".to_owned(), None, data)
}

fn complete() -> Sent {
    Sent("complete".to_owned(), None, Value::Null)
}

impl Reader {
    /// The next event; `None` at the end of the stream. Comments are passed over.
    async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if event.starts_with(':') {
                    continue;
                }
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                let data = field("data:").filter(|data| !data.is_empty());
                let data = data.map_or(Value::Null, |data| serde_json::from_str(&data).expect("JSON"));
                return Some(Sent(field("event:").expect("a type"), field("id:"), data));
            }
            let frame =
                tokio::time::timeout(Duration::from_secs(3600), self.frames.next()).await.expect("a frame");
            self.text.push_str(std::str::from_utf8(&frame?.expect("a frame")).expect("UTF-8"));
        }
    }
}

async fn send(fixture: &Fixture, request: Request<Body>) -> Response<Body> {
    let router = Router::new()
        .route("/graphql/stream", get(sse::get).post(sse::post))
        .with_state(Arc::clone(&fixture.endpoint));
    router.oneshot(request).await.unwrap()
}

fn post(query: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::post("/graphql/stream")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(json!({ "query": query }).to_string().into()).unwrap()
}

const ANNA: (&str, &str) = ("authorization", "Bearer anna");

async fn open(fixture: &Fixture, query: &str, headers: &[(&str, &str)]) -> Reader {
    let response = send(fixture, post(query, headers)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream; charset=utf-8");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let reader = Reader { frames: response.into_body().into_data_stream(), text: String::new() };
    fixture.settle().await;
    reader
}

#[tokio::test(start_paused = true)]
async fn results_come_as_events_and_end_with_complete() {
    let fixture = Fixture::new();
    let data = |data: Value| next_of(json!({ "data": data }));
    let once = |data: Value, cost: u64| {
        let cost = json!({ "requested": cost, "available": null, "restoreRate": null });
        next_of(json!({ "data": data, "extensions": { "cost": cost } }))
    };
    let cases = [
        ("{ hello }", vec![once(json!({ "hello": "world" }), 1)]),
        ("mutation { change }", vec![once(json!({ "change": true }), 11)]),
        ("subscription { count(to: 2) }", vec![data(json!({ "count": 1 })), data(json!({ "count": 2 }))]),
    ];
    for (query, expected) in cases {
        let mut reader = open(&fixture, query, &[]).await;
        for event in expected {
            assert_eq!(reader.next().await, Some(event), "{query}");
        }
        assert_eq!(reader.next().await, Some(complete()), "{query}");
        assert_eq!(reader.next().await, None, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_carried_out_is_said_on_the_stream() {
    let fixture = Fixture::new();
    let cases = [
        ("{ hello", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("subscription { forbidden }", "UNAUTHENTICATED"),
    ];
    for (query, code) in cases {
        let mut reader = open(&fixture, query, &[]).await;
        let Some(Sent(kind, _, data)) = reader.next().await else { panic!("{query}: no event") };
        assert_eq!(kind, "next");
        assert_eq!(data["errors"][0]["extensions"]["code"], code, "{query}: {data}");
        assert_eq!(data.get("data"), None, "{query}");
        assert_eq!(reader.next().await, Some(complete()), "{query}");
        assert_eq!(reader.next().await, None, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_behind_the_last_event_id() {
    let fixture = Fixture::new();
    for after in [0_u64, 40] {
        let last = after.to_string();
        let mut headers = vec![ANNA];
        if after > 0 {
            headers.push(("last-event-id", &last));
        }
        // What the address or the body says is older than the header.
        let mut reader = open(&fixture, "subscription { events(after: 0) }", &headers).await;
        fixture.operations.emit(2);
        let expected = Sent(
            "next".to_owned(),
            Some((after + 2).to_string()),
            json!({ "data": { "events": after + 2 } }),
        );
        assert_eq!(reader.next().await, Some(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn streams_and_sockets_share_an_execution() {
    let fixture = Fixture::new();
    let query = "subscription { events }";
    let mut readers = Vec::new();
    for _ in 0..10 {
        readers.push(open(&fixture, query, &[ANNA]).await);
    }
    let mut client = fixture.log_in("ben").await;
    client.subscribe("x", query);
    fixture.settle().await;
    assert_eq!((fixture.operations.subscribed(), fixture.operations.running()), (1, 1));
    fixture.operations.emit(7);
    let expected = json!({ "data": { "events": 7 } });
    assert_eq!(client.next().await["payload"], expected);
    for reader in &mut readers {
        assert_eq!(
            reader.next().await,
            Some(Sent("next".to_owned(), Some("7".to_owned()), expected.clone()))
        );
    }
    drop((readers, client));
    fixture.settle().await;
    assert_eq!(fixture.operations.running(), 0, "who goes leaves the group");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_session_is_said() {
    let fixture = Fixture::new();
    let query = "subscription { messageAdded }";
    let mut short = open(&fixture, query, &[("authorization", "Bearer short")]).await;
    let mut ben = open(&fixture, query, &[("authorization", "Bearer ben")]).await;
    let mut anna = open(&fixture, query, &[ANNA]).await;
    fixture.operations.revoke("anna");
    fixture.operations.revoke("ben");
    fixture.operations.tell(AccessChange::Session(UserId(Uuid::from_u128(2))));
    fixture.settle().await;
    fixture.clock.advance(Duration::from_secs(61));
    for reader in [&mut ben, &mut short, &mut anna] {
        let Some(Sent(kind, _, data)) = reader.next().await else { panic!("cut without a word") };
        assert_eq!(kind, "next");
        assert_eq!(data["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert_eq!(reader.next().await, Some(complete()));
        assert_eq!(reader.next().await, None);
    }
    assert_eq!(fixture.operations.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_while_its_stream_begins_is_noticed() {
    let fixture = Fixture::new();
    let response = send(&fixture, post("subscription { messageAdded }", &[ANNA])).await;
    // The caller has been looked up, and the stream does not listen yet.
    fixture.operations.revoke("anna");
    fixture.operations.tell(AccessChange::Anyone);
    let since = tokio::time::Instant::now();
    let mut reader = Reader { frames: response.into_body().into_data_stream(), text: String::new() };
    let Some(Sent(_, _, data)) = reader.next().await else { panic!("cut without a word") };
    assert_eq!(data["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert!(since.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_stream_so_that_the_client_connects_again() {
    let fixture = Fixture::new();
    let mut reader = open(&fixture, "subscription { messageAdded }", &[ANNA]).await;
    fixture.stop.cancel();
    assert_eq!(reader.next().await, None, "without complete");
    fixture.endpoint.sockets.finish().await;
}

#[tokio::test(start_paused = true)]
async fn who_reads_too_slowly_is_let_go() {
    let fixture = Fixture::with(Limits { mailbox: 8, ..Limits::default() });
    let mut reader = open(&fixture, "subscription { events }", &[ANNA]).await;
    for number in 0..1000 {
        fixture.operations.emit(number);
        fixture.settle().await;
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(fixture.operations.running(), 0, "nothing is kept for it");
    let mut last = None;
    while let Some(Sent(kind, id, _)) = reader.next().await {
        assert_eq!(kind, "next", "no complete: it is to go on behind its last event");
        last = id;
    }
    assert!(last.is_some_and(|last| last.parse::<u64>().unwrap() < 999));
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_kept_alive() {
    let fixture = Fixture::new();
    let mut reader = open(&fixture, "subscription { messageAdded }", &[ANNA]).await;
    let since = tokio::time::Instant::now();
    let mut frames = 0;
    while since.elapsed() < Duration::from_secs(100) {
        let frame =
            tokio::time::timeout(Duration::from_secs(30), reader.frames.next()).await.expect("in time");
        assert_eq!(frame.unwrap().unwrap(), ":\n\n");
        frames += 1;
    }
    assert_eq!(frames, 6, "at the start, then every 20 seconds");
}

#[tokio::test]
async fn what_is_no_request_is_refused_by_its_status() {
    let fixture = Fixture::new();
    let with = |change: fn(&mut HeaderMap)| {
        let mut request = post("{ hello }", &[]);
        change(request.headers_mut());
        request
    };
    let get = |query: &str| Request::get(format!("/graphql/stream?{query}")).body(Body::empty()).unwrap();
    let cases = [
        (with(|headers| drop(headers.insert("accept", "application/json".parse().unwrap()))), 406),
        (with(|headers| drop(headers.insert("content-type", "text/plain".parse().unwrap()))), 415),
        (with(|headers| drop(headers.insert("authorization", "Bearer nobody".parse().unwrap()))), 401),
        (with(|headers| drop(headers.insert("authorization", "anna".parse().unwrap()))), 401),
        (with(|headers| drop(headers.remove("accept"))), 200),
        (get("query=mutation{change}"), 405),
        (get("query={hello}"), 200),
        (get("query=subscription{count(to:1)}"), 200),
        (get("nothing"), 400),
    ];
    for (request, status) in cases {
        let shown = format!("{request:?}");
        assert_eq!(send(&fixture, request).await.status(), status, "{shown}");
    }
}
