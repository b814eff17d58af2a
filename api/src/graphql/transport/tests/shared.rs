//! Shared execution.

use super::*;

#[tokio::test(start_paused = true)]
async fn equal_subscribers_share_one_execution() {
    let fixture = Fixture::new();
    let mut anna = fixture.log_in("anna").await;
    let mut ben = fixture.log_in("ben").await;
    anna.subscribe("a", "subscription { messageAdded }");
    fixture.settle().await;
    ben.subscribe("b", "subscription { messageAdded }");
    ben.subscribe("c", "subscription { messageAdded }");
    fixture.settle().await;
    assert_eq!((fixture.operations.subscribed(), fixture.operations.running()), (1, 1));

    fixture.operations.emit(7);
    let payload = json!({ "data": { "messageAdded": 7 } });
    assert_eq!(anna.next().await, json!({ "id": "a", "type": "next", "payload": payload }));
    let mut ids = [ben.next().await, ben.next().await].map(|message| {
        assert_eq!(message["payload"], payload);
        message["id"].as_str().unwrap().to_owned()
    });
    ids.sort();
    assert_eq!(ids, ["b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_group_lives_as_long_as_its_members() {
    let fixture = Fixture::new();
    let mut anna = fixture.log_in("anna").await;
    let ben = fixture.log_in("ben").await;
    anna.subscribe("a", "subscription { messageAdded }");
    ben.subscribe("b", "subscription { messageAdded }");
    fixture.settle().await;
    drop(ben);
    fixture.settle().await;
    assert_eq!(fixture.operations.running(), 1, "one is left");
    fixture.operations.emit(1);
    assert_eq!(anna.next().await["payload"]["data"]["messageAdded"], 1);

    anna.send(json!({ "id": "a", "type": "complete" }));
    fixture.settle().await;
    assert_eq!((fixture.operations.running(), fixture.endpoint.groups.len()), (0, 0), "none is left");
    anna.subscribe("a", "subscription { messageAdded }");
    fixture.settle().await;
    assert_eq!((fixture.operations.subscribed(), fixture.operations.running()), (2, 1), "and it begins anew");
}

#[tokio::test(start_paused = true)]
async fn what_differs_is_not_shared() {
    let subscribe = |query: &str, variables: Value| json!({ "query": query, "variables": variables });
    let events = "subscription($n: Int) { events(after: $n) }";
    let cases = [
        ("the same", "anna", subscribe("subscription { events }", json!({})), 1),
        ("the document", "anna", subscribe("subscription { other: events }", json!({})), 2),
        ("a value for no variable", "anna", subscribe("subscription { events }", json!({ "n": 1 })), 1),
        ("the rights", "carl", subscribe("subscription { events }", json!({})), 2),
        ("the past", "anna", subscribe(events, json!({})), 2),
        ("a fragment", "anna", subscribe("subscription { ... { events } }", json!({})), 2),
    ];
    for (name, token, payload, executions) in cases {
        let fixture = Fixture::new();
        let first = fixture.log_in("anna").await;
        first.subscribe("1", "subscription { events }");
        let second = fixture.log_in(token).await;
        second.send(json!({ "id": "2", "type": "subscribe", "payload": payload }));
        fixture.settle().await;
        assert_eq!(fixture.operations.subscribed(), executions, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_equal_variables_are_shared() {
    let fixture = Fixture::new();
    let mut clients = Vec::new();
    let query = "subscription($least: Int = 1) { messageAdded(least: $least) }";
    let cases = [
        (json!({ "least": 1 }), 1),
        (json!({}), 1),
        (json!({ "least": 1, "x": 2 }), 1),
        (json!({ "least": 2 }), 2),
    ];
    for (variables, executions) in cases {
        let client = fixture.log_in("anna").await;
        let payload = json!({ "query": query, "variables": variables });
        client.send(json!({ "id": "1", "type": "subscribe", "payload": payload }));
        fixture.settle().await;
        assert_eq!(fixture.operations.subscribed(), executions, "{variables}");
        clients.push(client);
    }
}

#[tokio::test(start_paused = true)]
async fn a_field_that_depends_on_the_caller_is_shared_only_by_the_caller() {
    let fixture = Fixture::new();
    let clients = [fixture.log_in("anna").await, fixture.log_in("anna").await, fixture.log_in("ben").await];
    for client in &clients {
        client.subscribe("1", "subscription { inboxNotification }");
    }
    fixture.settle().await;
    assert_eq!(fixture.operations.subscribed(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_shares_without_a_session() {
    let fixture = Fixture::new();
    let mut clients = [fixture.connect(), fixture.connect()];
    for client in &mut clients {
        client.send(json!({ "type": "connection_init" }));
        client.next().await;
        client.subscribe("1", "subscription { messageAdded }");
    }
    fixture.settle().await;
    assert_eq!(fixture.operations.subscribed(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_slow_member_holds_nobody_up_and_is_closed() {
    let fixture = Fixture::with(Limits { mailbox: 8, ..Limits::default() });
    let mut fast: Vec<Client> = Vec::new();
    for _ in 0..3 {
        let client = fixture.log_in("anna").await;
        client.subscribe("f", "subscription { messageAdded }");
        fast.push(client);
    }
    let mut slow = fixture.connect_slowly(1);
    slow.init("ben").await;
    slow.subscribe("s", "subscription { messageAdded }");
    fixture.settle().await;
    assert_eq!(fixture.operations.subscribed(), 1);

    let since = tokio::time::Instant::now();
    for number in 1..=100 {
        fixture.operations.emit(number);
        for client in &mut fast {
            assert_eq!(client.next().await["payload"]["data"]["messageAdded"], number);
        }
    }
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());

    let mut received = 0;
    let code = loop {
        match slow.frame().await {
            Some(Message::Text(_)) => received += 1,
            Some(Message::Close(Some(frame))) => break frame.code,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, 1013);
    assert!((8..20).contains(&received), "it got what was buffered, in order and without a hole: {received}");
    assert_eq!(fixture.operations.running(), 1, "the others go on");
}

#[tokio::test(start_paused = true)]
async fn many_events_at_once_cut_off_nobody_who_reads() {
    let fixture = Fixture::new();
    let mut clients = Vec::new();
    for _ in 0..20 {
        let client = fixture.log_in("anna").await;
        client.subscribe("x", "subscription { messageAdded }");
        clients.push(client);
    }
    fixture.settle().await;
    for number in 1..=5000 {
        fixture.operations.emit(number);
    }
    for client in &mut clients {
        for number in 1..=5000 {
            assert_eq!(client.next().await["payload"]["data"]["messageAdded"], number);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_ends_ends_for_all() {
    let fixture = Fixture::new();
    // Shared only by the same caller, but it ends by itself.
    let mut clients = [fixture.log_in("anna").await, fixture.log_in("anna").await];
    for client in &clients {
        client.subscribe("x", "subscription { falls }");
    }
    for client in &mut clients {
        assert_eq!(client.next().await["payload"]["data"]["falls"], 1);
        assert_eq!(client.next().await["type"], "error");
    }
    assert_eq!(fixture.endpoint.groups.len(), 0);
    clients[0].subscribe("x", "subscription { falls }");
    assert_eq!(clients[0].next().await["payload"]["data"]["falls"], 1, "and the next one begins anew");
}
