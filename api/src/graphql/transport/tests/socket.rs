//! `graphql-transport-ws`, probe by probe.

use super::*;
use entities::UserId;
use inbox::auth::AccessChange;
use uuid::Uuid;

#[tokio::test(start_paused = true)]
async fn a_query_and_a_subscription() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("anna").await;
    client.subscribe("q", "{ hello }");
    let cost = json!({ "requested": 1, "available": 4_999_999, "restoreRate": 500_000 });
    let payload = json!({ "data": { "hello": "world" }, "extensions": { "cost": cost } });
    assert_eq!(client.next().await, json!({ "id": "q", "type": "next", "payload": payload }));
    assert_eq!(client.next().await, json!({ "id": "q", "type": "complete" }));

    client.subscribe("s", "subscription { count(to: 2) }");
    for number in 1..=2 {
        let payload = json!({ "data": { "count": number } });
        assert_eq!(client.next().await, json!({ "id": "s", "type": "next", "payload": payload }));
    }
    assert_eq!(client.next().await, json!({ "id": "s", "type": "complete" }));

    client.subscribe("s", "mutation { change }");
    let payload = client.next().await["payload"].take();
    assert_eq!(payload["data"], json!({ "change": true }), "an id can be used again");
    assert_eq!(payload["extensions"]["cost"]["requested"], 11);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_of_the_protocol_closes_the_socket() {
    let cases = [
        Message::Text("nonsense".into()),
        Message::Text("{}".into()),
        Message::Text(r#"{"type":"connection_terminate"}"#.into()),
        Message::Text(r#"{"type":"subscribe","payload":{"query":"{hello}"}}"#.into()),
        Message::Text(r#"{"id":"1","type":"subscribe","payload":{"query":7}}"#.into()),
        Message::Text(format!(r#"{{"id":"{}","type":"complete"}}"#, "x".repeat(300)).into()),
        Message::Binary(bytes::Bytes::from_static(br#"{"type":"ping"}"#)),
    ];
    for message in cases {
        let mut client = Fixture::new().log_in("anna").await;
        let shown = format!("{message:?}");
        client.send_raw(message);
        let frame = client.close_frame().await;
        assert_eq!((frame.code, frame.reason.as_str()), (4400, "Invalid message received"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_before_the_acknowledgement() {
    let fixture = Fixture::new();
    let mut client = fixture.connect();
    client.subscribe("1", "{ hello }");
    let frame = client.close_frame().await;
    assert_eq!((frame.code, frame.reason.as_str()), (4401, "Unauthorized"));
}

#[tokio::test(start_paused = true)]
async fn the_socket_closes_without_an_initialisation() {
    let fixture = Fixture::with(Limits { init: Duration::from_millis(300), ..Limits::default() });
    let mut client = fixture.connect();
    let since = tokio::time::Instant::now();
    let frame = client.close_frame().await;
    assert_eq!((frame.code, frame.reason.as_str()), (4408, "Connection initialisation timeout"));
    assert!(since.elapsed() >= Duration::from_millis(300) && since.elapsed() < Duration::from_millis(400));
}

#[tokio::test(start_paused = true)]
async fn the_socket_is_initialised_once() {
    let mut client = Fixture::new().log_in("anna").await;
    client.send(json!({ "type": "connection_init" }));
    let frame = client.close_frame().await;
    assert_eq!((frame.code, frame.reason.as_str()), (4429, "Too many initialisation requests"));
}

#[tokio::test(start_paused = true)]
async fn tokens_are_checked_at_initialisation() {
    let cases = [
        ("Bearer nobody", 4403),
        ("anna", 4403),
        ("Basic anna", 4403),
        ("", 4403),
        ("Bearer down", 1013),
        ("Bearer broken", 4500),
    ];
    for (authorization, code) in cases {
        let mut client = Fixture::new().connect();
        client.send(json!({ "type": "connection_init", "payload": { "authorization": authorization } }));
        assert_eq!(client.code().await, code, "{authorization:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_without_a_token_is_nobodys() {
    let mut client = Fixture::new().connect();
    client.send(json!({ "type": "connection_init" }));
    assert_eq!(client.next().await, json!({ "type": "connection_ack" }));
    client.subscribe("1", "{ me }");
    let message = client.next().await;
    assert_eq!(message["type"], "next", "{message}");
    assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{message}");
}

#[tokio::test(start_paused = true)]
async fn an_id_names_one_operation_at_a_time() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("anna").await;
    client.subscribe("x", "subscription { messageAdded }");
    client.subscribe("x", "{ hello }");
    let frame = client.close_frame().await;
    assert_eq!((frame.code, frame.reason.as_str()), (4409, "Subscriber for x already exists"));
    fixture.settle().await;
    assert_eq!(fixture.operations.running(), 0, "a closed socket has left its groups");
}

#[tokio::test(start_paused = true)]
async fn a_completed_operation_sends_nothing_more_and_gets_no_echo() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("anna").await;
    for subscription in ["subscription { messageAdded }", "subscription { events(after: 10) }"] {
        client.subscribe("x", subscription);
        fixture.settle().await;
        fixture.operations.emit(1);
        assert_eq!(client.next().await["type"], "next");
        // Both are on their way when the server learns that the client wants no more.
        client.send(json!({ "id": "x", "type": "complete" }));
        fixture.settle().await;
        fixture.operations.emit(2);
        fixture.settle().await;
        assert!(client.has_nothing());
        assert_eq!(fixture.operations.running(), 0);
    }
    client.send(json!({ "id": "never-was", "type": "complete" }));
    client.subscribe("x", "{ hello }");
    assert_eq!(client.next().await["payload"]["data"]["hello"], "world", "and the id is free again");
}

#[tokio::test(start_paused = true)]
async fn requests_that_graphql_refuses_get_an_error_message() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("anna").await;
    let cases = [
        ("{", "BAD_USER_INPUT"),
        ("{ unknown }", "BAD_USER_INPUT"),
        ("subscription { unknown }", "BAD_USER_INPUT"),
        ("subscription { events a: events }", "BAD_USER_INPUT"),
        ("subscription { __typename }", "BAD_USER_INPUT"),
        ("subscription($x: Int!) { count(to: $x) }", "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", "BAD_USER_INPUT"),
        ("subscription { forbidden }", "UNAUTHENTICATED"),
    ];
    for (query, code) in cases {
        client.subscribe("x", query);
        let message = client.next().await;
        assert_eq!((&message["id"], &message["type"]), (&json!("x"), &json!("error")), "{query}: {message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message}");
    }
    fixture.settle().await;
    assert!(client.has_nothing(), "an error ends the operation, and no complete follows");
    client.subscribe("x", "{ broken }");
    let message = client.next().await;
    assert_eq!(message["type"], "next", "an error of a field is a result");
    assert_eq!(message["payload"]["data"], json!({ "broken": null }));
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_the_operation_and_not_the_socket() {
    let mut client = Fixture::new().log_in("anna").await;
    client.subscribe("q", "{ panics }");
    assert_eq!(client.next().await["payload"][0]["extensions"]["code"], "INTERNAL");
    client.subscribe("s", "subscription { falls }");
    assert_eq!(client.next().await["payload"]["data"]["falls"], 1);
    assert_eq!(client.next().await["payload"][0]["extensions"]["code"], "INTERNAL");
    client.subscribe("q", "{ hello }");
    assert_eq!(client.next().await["payload"]["data"]["hello"], "world");
}

#[tokio::test(start_paused = true)]
async fn a_stalled_operation_is_given_up_and_the_socket_goes_on() {
    let mut client = Fixture::new().log_in("anna").await;
    let since = tokio::time::Instant::now();
    client.subscribe("slow", "{ hangs }");
    client.subscribe("quick", "{ hello }");
    assert_eq!(client.next().await["id"], "quick");
    assert_eq!(client.next().await, json!({ "id": "quick", "type": "complete" }));
    let message = client.next().await;
    assert_eq!(
        (&message["id"], &message["payload"][0]["extensions"]["code"]),
        (&json!("slow"), &json!("INTERNAL"))
    );
    assert!(since.elapsed() >= Duration::from_secs(10) && since.elapsed() < Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_with_their_payload() {
    let mut client = Fixture::new().connect();
    client.send(json!({ "type": "ping" }));
    assert_eq!(client.next().await, json!({ "type": "pong" }), "also before initialisation");
    client.init("anna").await;
    client.send(json!({ "type": "ping", "payload": { "a": [1] } }));
    assert_eq!(client.next().await, json!({ "type": "pong", "payload": { "a": [1] } }));
    client.send(json!({ "type": "pong" }));
    client.subscribe("q", "{ hello }");
    assert_eq!(client.next().await["id"], "q");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_answers_no_ping_is_gone() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("anna").await;
    client.subscribe("x", "subscription { messageAdded }");
    for _ in 0..5 {
        assert!(matches!(client.frame().await, Some(Message::Ping(_))));
        client.send_raw(Message::Pong(bytes::Bytes::new()));
    }
    assert!(matches!(client.frame().await, Some(Message::Ping(_))));
    assert!(client.frame().await.is_none(), "the next ping finds that the last was not answered");
    assert_eq!(fixture.operations.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_socket_does_not_outlive_its_token() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("short").await;
    let since = tokio::time::Instant::now();
    // The service's clock does not move with tokio's, so the token ends between two pings.
    fixture.clock.advance(Duration::from_secs(61));
    let frame = loop {
        match client.frame().await {
            Some(Message::Close(Some(frame))) => break frame,
            Some(_) => client.send_raw(Message::Pong(bytes::Bytes::new())),
            None => panic!("cut without a close frame"),
        }
    };
    assert_eq!(frame.code, 4403);
    assert!(since.elapsed() <= Duration::from_secs(20), "at the next ping at the latest");
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_noticed() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("anna").await;
    client.subscribe("x", "subscription { messageAdded }");
    fixture.operations.revoke("anna");
    let since = tokio::time::Instant::now();
    let code = loop {
        match client.frame().await {
            Some(Message::Close(Some(frame))) => break frame.code,
            Some(_) => client.send_raw(Message::Pong(bytes::Bytes::new())),
            None => panic!("cut without a close frame"),
        }
    };
    assert_eq!(code, 4403);
    assert!(since.elapsed() <= Duration::from_secs(61));
    assert_eq!(fixture.operations.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_rights_is_looked_at_at_once_by_whom_it_concerns() {
    let fixture = Fixture::new();
    let (mut anna, mut ben) = (fixture.log_in("anna").await, fixture.log_in("ben").await);
    let mut nobody = fixture.connect();
    nobody.send(json!({ "type": "connection_init" }));
    nobody.next().await;
    for client in [&anna, &ben] {
        client.subscribe("x", "subscription { messageAdded }");
    }
    fixture.operations.revoke("anna");
    fixture.operations.revoke("ben");
    let since = tokio::time::Instant::now();
    fixture.operations.tell(AccessChange::Session(UserId(Uuid::from_u128(1))));
    assert_eq!(anna.code().await, 4403);
    fixture.settle().await;
    assert!(ben.has_nothing(), "it was not about him");
    fixture.operations.tell(AccessChange::Anyone);
    assert_eq!(ben.code().await, 4403);
    assert!(nobody.has_nothing());
    assert!(since.elapsed() < Duration::from_millis(1));
    assert_eq!(fixture.operations.running(), 0);
}

#[tokio::test(start_paused = true)]
async fn operations_are_counted() {
    let fixture = Fixture::with(Limits { operations: 3, ..Limits::default() });
    let mut client = fixture.log_in("anna").await;
    for id in ["1", "2", "3"] {
        client.subscribe(id, "subscription { messageAdded }");
    }
    client.subscribe("4", "subscription { messageAdded }");
    let message = client.next().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("4"), &json!("error")));
    assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    client.send(json!({ "id": "1", "type": "complete" }));
    client.subscribe("4", "{ hello }");
    assert_eq!(client.next().await["type"], "next", "there is room again");
}

#[tokio::test(start_paused = true)]
async fn a_stop_closes_sockets_so_that_clients_come_back() {
    let fixture = Fixture::new();
    let mut client = fixture.log_in("anna").await;
    fixture.stop.cancel();
    assert_eq!(client.code().await, 1001);
}

#[tokio::test(start_paused = true)]
async fn what_runs_alone_waits_for_a_slow_reader() {
    let fixture = Fixture::with(Limits { mailbox: 4, write: Duration::from_secs(1000), ..Limits::default() });
    let mut client = fixture.connect_slowly(2);
    client.init("anna").await;
    client.subscribe("x", "subscription { count(to: 500) }");
    fixture.settle().await;
    for number in 1..=500 {
        assert_eq!(client.next().await["payload"]["data"]["count"], number);
    }
    assert_eq!(client.next().await["type"], "complete");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_takes_nothing_is_cut() {
    let fixture = Fixture::new();
    let mut client = fixture.connect_slowly(1);
    client.init("anna").await;
    client.subscribe("x", "subscription { count(to: 50000) }");
    let since = tokio::time::Instant::now();
    while !client.to_server.is_closed() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(since.elapsed() >= Duration::from_secs(10) && since.elapsed() < Duration::from_secs(12));
}
