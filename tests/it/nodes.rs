//! Several nodes on one PostgreSQL.

use serde_json::json;
use simulator::RecordedRequest;
use std::collections::HashSet;
use std::time::Duration;
use tests::changes::head;
use tests::wait::until_true;
use tests::{Follower, TestApp, on_postgres, records, webhook};

const CUSTOMERS: usize = 10;
/// Longer than any lease.
const LEASES_END: Duration = Duration::from_secs(15);

fn phone(customer: usize) -> String {
    format!("346000{customer:05}")
}

fn body(number: usize, app: &TestApp) -> serde_json::Value {
    webhook::text(
        &phone(number % CUSTOMERS),
        &format!("wamid.{number}"),
        app.now(),
        &format!("written {number}"),
    )
}

/// Every customer opens the window at Meta.
async fn open_windows(app: &TestApp) {
    for customer in 0..CUSTOMERS {
        app.simulator().customer_writes(&phone(customer), json!({ "text": "Hola" })).await;
    }
    app.settled().await;
}

/// The calls that send something; read receipts go the same way and are none.
fn calls(app: &TestApp) -> Vec<RecordedRequest> {
    let requests = app.simulator().requests().into_iter();
    requests
        .filter(|request| request.path.ends_with("/messages") && request.body["status"].is_null())
        .collect()
}

/// Every message was sent by one call.
fn check_calls(app: &TestApp, sent: usize) {
    let calls = calls(app);
    let messages: HashSet<String> =
        calls.iter().map(|call| call.body["biz_opaque_callback_data"].to_string()).collect();
    assert_eq!((calls.len(), messages.len()), (sent, sent), "one call for each message");
}

async fn check_followers(app: &TestApp, followers: &mut [&mut Follower]) {
    let head = head(app.inbox()).await;
    for follower in followers {
        follower.reach(head).await;
        assert!(follower.seen().iter().copied().eq(1..=head), "{:?}", follower.seen());
    }
}

#[test]
fn two_nodes_share_the_work_and_everybody_sees_all_of_it_once() {
    on_postgres(async |database| {
        let one = TestApp::start(database).await;
        let two = one.another_node().await;
        let (at_one, at_two) = (one.admin().await, two.admin().await);
        let (mut sees_one, mut sees_two) = (Follower::new(at_one.clone()), Follower::new(at_two.clone()));
        open_windows(&one).await;
        let deliveries = (0..200).map(|number| {
            let (one, two) = (&one, &two);
            async move {
                let body = body(number, one);
                // Every fourth body comes to both nodes.
                tokio::join!(one.deliver(&body), async {
                    if number % 4 == 0 {
                        two.deliver(&body).await;
                    }
                });
            }
        });
        futures_util::future::join_all(deliveries).await;
        one.settled().await;
        for number in 0..40 {
            let client = if number % 2 == 0 { &at_one } else { &at_two };
            client.send(&phone(number % CUSTOMERS), &format!("sent {number:02}")).await;
        }
        let db = one.inbox().db.read();
        let waiting = [entities::OutboxState::Queued, entities::OutboxState::Sending];
        until_true("everything is sent", async || records::outbox(db, &waiting).await == 0).await;
        one.settled().await;

        let messages = records::messages(db).await;
        assert_eq!(messages.len(), CUSTOMERS + 200 + 40);
        records::check_log(&records::events(db).await, &messages);
        check_calls(&one, 40);
        for customer in 0..CUSTOMERS {
            let shown = one.simulator().phone_messages(&phone(customer));
            assert_eq!(shown.len(), 1 + 4);
            assert!(shown[1..].is_sorted_by(|first, next| first.text < next.text), "in the order of sending");
        }
        check_followers(&one, &mut [&mut sees_one, &mut sees_two]).await;
        two.finish().await;
        one.finish().await;
    });
}

#[test]
fn what_one_node_is_sent_the_other_tells_at_once() {
    on_postgres(async |database| {
        let one = TestApp::start(database).await;
        let two = one.another_node().await;
        let added = "subscription { messageAdded { content { ... on TextContent { body } } } }";
        let mut at_two = two.admin().await.subscribe(added, json!({})).await;
        two.subscribed(1).await;
        one.deliver(&body(1, &one)).await;
        assert_eq!(at_two.next().await["messageAdded"]["content"]["body"], "written 1");
        two.finish().await;
        one.finish().await;
    });
}

/// How the first node goes.
#[derive(Clone, Copy, Debug)]
enum Leaves {
    InOrder,
    AsByAPowerCut,
}

#[test]
fn the_other_node_goes_on_when_one_stops() {
    on_postgres(async |database| the_other_goes_on(database, Leaves::InOrder).await);
}

#[test]
fn the_other_node_goes_on_when_one_dies() {
    on_postgres(async |database| the_other_goes_on(database, Leaves::AsByAPowerCut).await);
}

async fn the_other_goes_on(database: &tests::Database, leaves: Leaves) {
    let mut one = TestApp::start(database).await;
    let two = one.another_node().await;
    let client = one.integration(&inbox::auth::Permission::ALL[1..], true).await;
    let at_two = client.at(&two.url());
    let mut follower = Follower::new(client.clone());
    open_windows(&one).await;
    for number in 0..50 {
        one.deliver(&body(number, &one)).await;
    }
    one.settled().await;
    for number in 0..20 {
        client.send(&phone(number % CUSTOMERS), &format!("sent {number:02}")).await;
    }
    follower.reach(50).await;

    // Some of this is under way when the first node goes.
    two.receive_webhooks().await;
    for number in 50..100 {
        two.deliver(&body(number, &two)).await;
    }
    match leaves {
        Leaves::InOrder => one.stop().await,
        Leaves::AsByAPowerCut => {
            one.crash();
            two.advance(LEASES_END);
        }
    }
    for number in 20..40 {
        at_two.send(&phone(number % CUSTOMERS), &format!("sent {number:02}")).await;
    }
    let db = two.inbox().db.read();
    let waiting = [entities::OutboxState::Queued, entities::OutboxState::Sending];
    until_true("everything is sent", async || records::outbox(db, &waiting).await == 0).await;
    two.settled().await;
    // A call that the dead node was about to make was perhaps never made: that stays unclear, everything else is resolved.
    let unclear = async || records::outbox(db, &[entities::OutboxState::Unknown]).await as usize;
    until_true("what Meta took is known", async || calls(&two).len() + unclear().await == 40).await;
    assert!(
        unclear().await == 0 || matches!(leaves, Leaves::AsByAPowerCut),
        "a node that stops finishes its calls"
    );
    assert_eq!(records::messages(db).await.len(), CUSTOMERS + 100 + 40);
    records::check_log(&records::events(db).await, &records::messages(db).await);
    check_calls(&two, 40 - unclear().await);
    follower.move_to(at_two);
    check_followers(&two, &mut [&mut follower]).await;
    two.finish().await;
}
