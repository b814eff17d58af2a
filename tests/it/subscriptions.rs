//! Changes as they happen, and as they happened.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::time::Duration;
use tests::changes::{emit, head};
use tests::follower::{EVENTS, cursor, place};
use tests::subscriber::{Received, Subscriber};
use tests::wait::until_true;
use tests::{Client, Follower, TestApp, on_each_store, on_sqlite, records, webhook};

const PHONE: &str = "34600000001";
/// The close code for a socket whose buffer is full: go on from the last cursor.
const FELL_BEHIND: u16 = 1013;

#[test]
fn messages_and_conversations_are_told_as_they_change() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.simulator().customer_writes(PHONE, json!({ "text": "before" })).await;
        app.settled().await;
        let client = app.admin().await;
        let data = client.query("{ conversations { nodes { id } } }").await;
        let id = data["conversations"]["nodes"][0]["id"].clone();
        let of_one = json!({ "id": id });
        let added = "subscription($id: ID) { messageAdded(conversationId: $id) {
            direction content { ... on TextContent { body } } conversation { unreadCount contact { name } } } }";
        let updated = "subscription($id: ID) { messageUpdated(conversationId: $id) { status } }";
        let mut added = client.subscribe(added, of_one.clone()).await;
        let mut updated = client.subscribe(updated, of_one).await;
        let conversations = "subscription { conversationUpdated { id mode unreadCount } }";
        let mut conversations = client.subscribe(conversations, json!({})).await;
        app.subscribed(3).await;

        app.deliver(&webhook::text("34600000002", "wamid.other", app.now(), "elsewhere")).await;
        app.deliver(&webhook::text(PHONE, "wamid.1", app.now(), "now")).await;
        let message = &added.next().await["messageAdded"];
        let conversation = json!({ "unreadCount": 2, "contact": { "name": format!("Customer {PHONE}") } });
        let expected =
            json!({ "direction": "INBOUND", "content": { "body": "now" }, "conversation": conversation });
        assert_eq!(*message, expected, "the other conversation's message is not told");
        until_conversation(&mut conversations, &id, "unreadCount", &json!(2)).await;

        client.send(PHONE, "answer").await;
        assert_eq!(added.next().await["messageAdded"]["content"]["body"], "answer");
        until_conversation(&mut conversations, &id, "mode", &json!("MANUAL")).await;
        while updated.next().await["messageUpdated"]["status"] != "DELIVERED" {}
        app.finish().await;
    });
}

async fn until_conversation(subscriber: &mut Subscriber, id: &Value, field: &str, value: &Value) {
    loop {
        let conversation = subscriber.next().await["conversationUpdated"].take();
        if conversation["id"] == *id && conversation[field] == *value {
            return;
        }
    }
}

#[test]
fn the_log_is_replayed_and_goes_on_live() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        for number in 0..5 {
            app.deliver(&webhook::text(PHONE, &format!("wamid.{number}"), app.now(), "before")).await;
        }
        app.settled().await;
        let client = app.admin().await;
        let mut from_start = client.subscribe(EVENTS, json!({ "after": cursor(0) })).await;
        let middle = head(app.inbox()).await / 2;
        let mut from_middle = client.subscribe(EVENTS, json!({ "after": cursor(middle) })).await;
        let mut live = client.subscribe(EVENTS, json!({})).await;
        let before = head(app.inbox()).await;
        app.subscribed(3).await;
        app.deliver(&webhook::text(PHONE, "wamid.live", app.now(), "live")).await;
        app.settled().await;

        let log = records::events(app.inbox().db.read()).await;
        assert!(log.len() as i64 > before, "something was told live");
        for (subscriber, after) in [(&mut from_start, 0), (&mut from_middle, middle), (&mut live, before)] {
            for row in log.iter().filter(|row| row.seq > after) {
                let event = subscriber.next().await["events"].take();
                let kind = row.kind.as_str().replace('_', "").to_lowercase() + "event";
                assert_eq!(event["__typename"].as_str().unwrap().to_lowercase(), kind);
                assert_eq!(place(&event["cursor"]), row.seq);
            }
        }
        app.finish().await;
    });
}

#[test]
fn a_filter_leaves_out_what_was_not_asked_for() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        for (phone, wamid) in [(PHONE, "wamid.1"), ("34600000002", "wamid.2"), (PHONE, "wamid.3")] {
            app.deliver(&webhook::text(phone, wamid, app.now(), wamid)).await;
            app.settled().await;
        }
        let client = app.admin().await;
        let data = client
            .query(
                "{ conversations(orderBy: { field: LAST_ACTIVITY_AT, direction: DESC }) {
            nodes { id contact { phone } } } }",
            )
            .await;
        let nodes = data["conversations"]["nodes"].as_array().unwrap();
        let first = nodes.iter().find(|node| node["contact"]["phone"] == format!("+{PHONE}")).unwrap();
        let query = "subscription($filter: EventFilter) { events(after: \"ZQAAAAAAAAAA\", filter: $filter) { __typename
            ... on MessageAddedEvent { message { content { ... on TextContent { body } } } } } }";
        assert_eq!(cursor(0), "ZQAAAAAAAAAA");
        let filter = json!({ "filter": { "conversationIds": [first["id"]], "kinds": ["MESSAGE_ADDED"] } });
        let mut events = client.subscribe(query, filter).await;
        for body in ["wamid.1", "wamid.3"] {
            assert_eq!(events.next().await["events"]["message"]["content"]["body"], body);
        }
        app.finish().await;
    });
}

#[test]
fn a_place_that_the_log_does_not_have_asks_for_a_fresh_start() {
    on_each_store(async |database| {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
        let app = TestApp::start(database).await;
        // Some came with the start.
        let begun = usize::try_from(head(app.inbox()).await).unwrap();
        emit(app.inbox(), 10 - begun, Duration::ZERO).await;
        let client = app.admin().await;
        let removed = entities::event::Column::Seq.lte(5);
        entities::event::Entity::delete_many().filter(removed).exec(&database.connect().await).await.unwrap();
        for lost in [cursor(0), cursor(4), cursor(11), cursor(i64::MAX)] {
            let mut events = client.subscribe(EVENTS, json!({ "after": lost })).await;
            let event = events.next().await["events"].take();
            assert_eq!(event, json!({ "__typename": "ResyncRequired", "cursor": cursor(10) }), "{lost}");
        }
        let mut kept = client.subscribe(EVENTS, json!({ "after": cursor(5) })).await;
        assert_eq!(place(&kept.next().await["events"]["cursor"]), 6, "the oldest that the log has");
        for wrong in ["", "x", "ZQAAAAAAAAAA=", "YQAAAAAAAAAA"] {
            let mut events = client.subscribe(EVENTS, json!({ "after": wrong })).await;
            let Received::Error(errors) = events.receive().await else { panic!("{wrong:?} is no cursor") };
            assert_eq!(errors[0]["extensions"]["code"], "BAD_USER_INPUT", "{wrong:?}");
        }
        app.finish().await;
    });
}

/// Many writers, each with transactions that stay open for random times.
async fn write_at_random(app: &TestApp, seed: u64) {
    let writer = |number: u64| async move {
        let mut rng = StdRng::seed_from_u64(seed + number);
        for _ in 0..25 {
            let open_for = Duration::from_millis(rng.random_range(0..8));
            emit(app.inbox(), rng.random_range(1..6), open_for).await;
        }
    };
    futures_util::future::join_all((0..8).map(writer)).await;
}

/// Follows to where the writers get, cut off again and again.
async fn follow_cut_at_random(follower: &mut Follower, seed: u64, written: impl Future<Output = ()>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut written = std::pin::pin!(written);
    loop {
        let cut_after = Duration::from_millis(rng.random_range(1..60));
        let until_cut = async {
            loop {
                follower.step().await
            }
        };
        tokio::select! {
            () = written.as_mut() => return,
            _ = tokio::time::timeout(cut_after, until_cut) => follower.cut(),
        }
    }
}

#[test]
fn who_is_cut_off_and_comes_back_sees_every_change_once() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let other = if database.is_postgres() { Some(app.another_node().await) } else { None };
        let client = app.integration(&[inbox::auth::Permission::ReadAll], false).await;
        let mut here = Follower::new(client.clone());
        let mut there = Follower::new(client.at(&other.as_ref().unwrap_or(&app).url()));
        let seed: u64 = rand::random();
        let writing = async {
            tokio::join!(write_at_random(&app, seed), async {
                if let Some(other) = &other {
                    write_at_random(other, seed + 100).await;
                }
            });
        };
        let (written, mut done) = tokio::sync::watch::channel(false);
        let mut done_too = done.clone();
        tokio::join!(
            async {
                writing.await;
                written.send_replace(true);
            },
            follow_cut_at_random(&mut here, seed, async { drop(done.wait_for(|done| *done).await) }),
            follow_cut_at_random(&mut there, seed + 1, async { drop(done_too.wait_for(|done| *done).await) }),
        );
        let head = head(app.inbox()).await;
        for follower in [&mut here, &mut there] {
            follower.reach(head).await;
            assert!(follower.seen().iter().copied().eq(1..=head), "seed {seed}: {:?}", follower.seen());
        }
        if let Some(other) = other {
            other.finish().await;
        }
        app.finish().await;
    });
}

/// Enough changes to fill every buffer on the way to a subscriber who does not read.
const FLOOD: usize = 40_000;
/// A change as a long text.
const LONG: &str = "subscription($after: Cursor) { events(after: $after) {
    __typename cursor a: cursor b: cursor c: cursor d: cursor e: cursor f: cursor g: cursor h: cursor } }";

async fn flood(app: &TestApp) {
    for _ in 0..FLOOD / 200 {
        emit(app.inbox(), 200, Duration::ZERO).await;
    }
}

#[test]
fn who_reads_slowly_alone_is_waited_for_and_misses_nothing() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        emit(app.inbox(), 1, Duration::ZERO).await;
        let client = app.admin().await;
        let mut slow = client.subscribe(LONG, json!({ "after": cursor(0) })).await;
        assert_eq!(place(&slow.next().await["events"]["cursor"]), 1);
        flood(&app).await;
        for expected in 2..=head(app.inbox()).await {
            assert_eq!(place(&slow.next().await["events"]["cursor"]), expected);
        }
        app.finish().await;
    });
}

#[test]
fn who_holds_up_others_is_closed_and_goes_on_from_its_cursor() {
    // On one store: it takes the ten seconds for which a socket may not take anything.
    on_sqlite(async |database| {
        let app = TestApp::start(database).await;
        let client: Client = app.admin().await;
        let mut slow = client.subscribe(LONG, json!({})).await;
        app.subscribed(1).await;
        let begun = head(app.inbox()).await;
        flood(&app).await;
        until_true("the slow one is let go", async || app.inbox().events.subscribers() == 0).await;
        let mut seen = Vec::new();
        let code = loop {
            match slow.receive().await {
                Received::Next(payload) => seen.push(place(&payload["data"]["events"]["cursor"])),
                Received::Closed(code) => break code,
                other => panic!("{other:?}"),
            }
        };
        assert!(code.is_none_or(|code| code == FELL_BEHIND), "{code:?}");
        assert!(seen.iter().copied().eq(begun + 1..=begun + seen.len() as i64), "what came is whole");
        let last = seen.last().copied().unwrap_or_default();
        let end = head(app.inbox()).await;
        assert!(last < end, "it did fall behind");
        let mut resumed = client.subscribe(LONG, json!({ "after": cursor(last) })).await;
        for expected in last + 1..=end {
            assert_eq!(place(&resumed.next().await["events"]["cursor"]), expected);
        }
        app.finish().await;
    });
}
