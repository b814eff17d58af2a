//! Server-sent events, and what ends them.

use inbox::auth::{Permission, Viewer};
use inbox::services::access;
use serde_json::json;
use tests::follower::EVENTS;
use tests::subscriber::Received;
use tests::wait::until_true;
use tests::{TestApp, follower, on_each_store, records, webhook};

const PHONE: &str = "34600000001";

/// The line is cut after every few events; what was seen last is shown again.
#[test]
fn a_stream_that_is_cut_goes_on_where_it_was() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let client = app.admin().await;
        let before = records::events(app.inbox().db.read()).await.len();
        let mut last = None;
        let mut seen = Vec::new();
        let mut stream = client.stream(EVENTS, json!({}), None).await;
        app.subscribed(1).await;
        for number in 0..30 {
            let wamid = format!("wamid.{number}");
            app.deliver(&webhook::text(PHONE, &wamid, app.now(), "hello")).await;
            if number % 7 == 3 {
                drop(stream);
                app.deliver(&webhook::text(PHONE, &format!("{wamid}.away"), app.now(), "hello")).await;
                stream = client.stream(EVENTS, json!({}), last.as_deref()).await;
            }
            let event = stream.next().await.expect("the stream goes on");
            assert_eq!(event.kind, "next");
            assert_eq!(event.data["data"]["events"]["cursor"].as_str(), event.id.as_deref());
            seen.push(event.id.clone().expect("an id"));
            last = event.id;
        }
        app.settled().await;
        let log = records::events(app.inbox().db.read()).await;
        while seen.len() < log.len() - before {
            seen.push(stream.next().await.expect("the rest").id.expect("an id"));
        }
        let expected: Vec<_> = log[before..].iter().map(|event| follower::cursor(event.seq)).collect();
        assert_eq!(seen, expected, "each event once, in the order of the log");
        drop(stream);
        app.finish().await;
    });
}

/// Losing a token ends what runs under it at once, here and on other nodes, and says so.
#[test]
fn a_revoked_token_ends_sockets_and_streams_at_once() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let second = if database.is_postgres() { Some(app.another_node().await) } else { None };
        let client = app.integration(&[Permission::ReadAll], false).await;
        let mut socket = client.subscribe(EVENTS, json!({})).await;
        let mut stream = client.stream(EVENTS, json!({}), None).await;
        let mut elsewhere = match &second {
            Some(node) => Some(client.at(&node.url()).subscribe(EVENTS, json!({})).await),
            None => None,
        };
        app.subscribed(1).await;
        let token = records::api_tokens(app.inbox().db.read()).await.pop().expect("a token");
        access::token_revoke(app.inbox(), &Viewer::system(), token.id).await.expect("revoked");
        assert_eq!(socket.receive().await, Received::Closed(Some(4403)));
        let event = stream.next().await.expect("the end is said");
        assert_eq!(event.data["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{event:?}");
        assert_eq!(stream.next().await.expect("and it is the end").kind, "complete");
        if let Some(socket) = &mut elsewhere {
            assert_eq!(socket.receive().await, Received::Closed(Some(4403)));
        }
        until_true("nothing runs for it", async || app.inbox().events.subscribers() == 0).await;
        if let Some(node) = second {
            node.finish().await;
        }
        app.finish().await;
    });
}
