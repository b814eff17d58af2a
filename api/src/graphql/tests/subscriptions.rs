//! Changes as they reach a subscriber.

use super::seed::House;
use super::{Api, everything};
use crate::graphql::global_id::GlobalId;
use crate::graphql::prepare;
use async_graphql::{Request, Response, Variables};
use entities::{EventKind, UserId, conversation};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use inbox::App;
use inbox::auth::{Caller, Permission, Viewer};
use inbox::store::Priority;
use inbox::store::db::NewEvent;
use inbox::testing::for_each_store;
use serde_json::{Value, json};
use std::time::Duration;

const EVENTS: &str =
    "subscription($after: Cursor, $filter: EventFilter) { events(after: $after, filter: $filter) {
    __typename cursor occurredAt
    ... on MessageAddedEvent { message { id conversation { id contact { name } } } }
    ... on MessageUpdatedEvent { message { id } }
    ... on ConversationUpdatedEvent { conversation { id owner { name } } }
    ... on ContactUpdatedEvent { contact { id name phone } }
    ... on ConversationAccessLost { conversationId } } }";

impl Api {
    pub(super) fn subscribe(
        &self,
        viewer: Option<Viewer>,
        query: &str,
        variables: Value,
    ) -> BoxStream<'static, Response> {
        let request = Request::new(query).variables(Variables::from_json(variables));
        self.schema.execute_stream(prepare(request, &self.app, viewer)).boxed()
    }
}

/// The next item. Nothing is waited for but what has been committed, so the limit is only there to fail.
pub(super) async fn next(stream: &mut BoxStream<'static, Response>) -> Value {
    let response = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
    let response = response.expect("an item in time").expect("the stream goes on");
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().expect("JSON")
}

/// Starts a subscription: it listens once it was polled.
pub(super) fn begin(stream: &mut BoxStream<'static, Response>) {
    assert!(stream.next().now_or_never().is_none(), "nothing has happened yet");
}

pub(super) async fn emit(app: &App, kind: EventKind, row: &conversation::Model) {
    let event = NewEvent {
        conversation_id: Some(row.id),
        channel_id: Some(row.channel_id),
        contact_id: Some(row.contact_id),
        message_id: matches!(kind, EventKind::MessageAdded | EventKind::MessageUpdated)
            .then_some(row.last_message_id)
            .flatten(),
        ..NewEvent::new(kind)
    };
    emit_event(app, event).await;
}

pub(super) async fn emit_event(app: &App, event: NewEvent) {
    let work = app.db.write(Priority::Interactive, move |tx| {
        let event = event.clone();
        Box::pin(async move {
            tx.emit(event);
            Ok(())
        })
    });
    work.await.expect("an event can be written");
}

fn own(user: UserId) -> Viewer {
    Viewer::new(Caller::User(user), vec![Permission::ReadOwn])
}

#[tokio::test]
async fn the_log_is_replayed_and_then_goes_on() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        house.save().await;
        let api = Api::new(&app);
        let start = cursor_of(0);
        emit(&app, EventKind::MessageAdded, &row).await;
        emit(&app, EventKind::ConversationUpdated, &row).await;
        let mut events = api.subscribe(Some(everything()), EVENTS, json!({ "after": start }));
        let first = next(&mut events).await["events"].take();
        assert_eq!(first["__typename"], "MessageAddedEvent");
        assert_eq!(first["message"]["conversation"]["contact"]["name"], "Customer 0");
        let second = next(&mut events).await["events"].take();
        assert_eq!(second["__typename"], "ConversationUpdatedEvent");
        assert_eq!(second["conversation"]["owner"]["name"], "Ana");
        emit(&app, EventKind::ContactUpdated, &row).await;
        let third = next(&mut events).await["events"].take();
        assert_eq!(third["contact"]["phone"], "+34600000000");
        let mut resumed = api.subscribe(Some(everything()), EVENTS, json!({ "after": first["cursor"] }));
        assert_eq!(next(&mut resumed).await["events"]["cursor"], second["cursor"]);
        assert_eq!(next(&mut resumed).await["events"]["cursor"], third["cursor"]);

        let beyond = cursor_of(1_000_000);
        let mut lost = api.subscribe(Some(everything()), EVENTS, json!({ "after": beyond }));
        let resync = next(&mut lost).await["events"].take();
        assert_eq!(resync["__typename"], "ResyncRequired");
        assert_eq!(resync["cursor"], third["cursor"]);
    })
    .await;
}

#[tokio::test]
async fn subscribers_receive_what_they_may_see_and_asked_for() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let (mine, theirs) = (house.conversation(0, house.ana), house.conversation(1, house.ben));
        house.save().await;
        let api = Api::new(&app);
        let after = json!(cursor_of(0));
        let only = json!({ "after": after, "filter": { "conversationIds": [mine.id.global().0] } });
        let kind = json!({ "after": after, "filter": { "kinds": ["MESSAGE_UPDATED"] } });
        let all = json!({ "after": after });
        for row in [&theirs, &mine] {
            emit(&app, EventKind::ConversationUpdated, row).await;
            emit(&app, EventKind::MessageAdded, row).await;
            emit_event(
                &app,
                NewEvent { contact_id: Some(row.contact_id), ..NewEvent::new(EventKind::ContactUpdated) },
            )
            .await;
            emit_event(&app, NewEvent::new(EventKind::ProviderUpdated)).await;
            emit(&app, EventKind::MessageUpdated, row).await;
        }
        let names =
            ["ConversationUpdated", "MessageAdded", "ContactUpdated", "ProviderUpdated", "MessageUpdated"];
        for (viewer, variables, expected) in [
            (everything(), all.clone(), vec![0, 1, 2, 3, 4, 0, 1, 2, 3, 4]),
            (own(house.ana), all.clone(), vec![0, 1, 2, 4]),
            (own(house.ana), only.clone(), vec![0, 1, 4]),
            (everything(), only, vec![0, 1, 4]),
            (everything(), kind, vec![4, 4]),
        ] {
            let mut events = api.subscribe(Some(viewer.clone()), EVENTS, variables.clone());
            let mut seen = Vec::new();
            for at in expected {
                let event = next(&mut events).await["events"].take();
                assert_eq!(event["__typename"], format!("{}Event", names[at]), "{viewer:?} {variables}");
                seen.push(event);
            }
            if viewer != everything() {
                assert!(!json!(seen).to_string().contains(&theirs.id.global().0));
                assert!(!json!(seen).to_string().contains(&theirs.contact_id.global().0));
            }
            assert!(events.next().now_or_never().is_none(), "no more for {viewer:?} {variables}");
        }
    })
    .await;
}

#[tokio::test]
async fn live_subscriptions_need_no_statement_for_what_the_event_carries() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let (mine, theirs) = (house.conversation(0, house.ana), house.conversation(1, house.ben));
        house.save().await;
        let api = Api::new(&app);
        let added = "subscription { messageAdded { id kind content { ... on TextContent { body } }
            conversation { id unreadCount contact { name } } } }";
        let mut subscribers: Vec<_> =
            (0..20).map(|_| api.subscribe(Some(own(house.ana)), added, json!({}))).collect();
        let one = "subscription($id: ID) { messageUpdated(conversationId: $id) { id } }";
        let mut updated = api.subscribe(Some(everything()), one, json!({ "id": theirs.id.global().0 }));
        let inbox = "subscription { conversationUpdated { id mode } }";
        let mut conversations = api.subscribe(Some(own(house.ana)), inbox, json!({}));
        subscribers.iter_mut().for_each(begin);
        begin(&mut updated);
        begin(&mut conversations);
        for row in [&theirs, &mine] {
            emit(&app, EventKind::MessageAdded, row).await;
            emit(&app, EventKind::MessageUpdated, row).await;
        }
        let before = app.db.statements();
        for subscriber in &mut subscribers {
            let message = next(subscriber).await["messageAdded"].take();
            assert_eq!(message["conversation"]["id"], json!(mine.id.global().0));
            assert_eq!(message["conversation"]["contact"]["name"], "Customer 0");
        }
        // The node's own reader of the log takes a few, however many listen.
        assert!(app.db.statements() - before < 20, "{}", app.db.statements() - before);
        let theirs = theirs.last_message_id.map(|id| id.global().0);
        assert_eq!(next(&mut updated).await["messageUpdated"]["id"], json!(theirs));
        assert_eq!(next(&mut conversations).await["conversationUpdated"]["id"], json!(mine.id.global().0));
    })
    .await;
}

const ASSIGN: &str =
    "mutation($id: ID!, $input: ConversationAssignInput!) { conversationAssign(id: $id, input: $input) {
    conversation { id owner { name } } userErrors { code field } } }";

/// Somebody else's conversation does not exist for who sees only its own: losing one is said, and ends what was about it.
#[tokio::test]
async fn who_loses_a_conversation_is_told_and_hears_no_more_of_it() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        house.save().await;
        let api = Api::new(&app);
        let id = row.id.global().0;
        let one = "subscription($id: ID) { messageAdded(conversationId: $id) { id } }";
        let mut events = api.subscribe(Some(own(house.ana)), EVENTS, json!({}));
        let kinds = json!({ "filter": { "kinds": ["MESSAGE_ADDED"] } });
        let mut messages = api.subscribe(Some(own(house.ana)), EVENTS, kinds);
        let mut gained = api.subscribe(Some(own(house.ben)), EVENTS, json!({}));
        let mut everybody = api.subscribe(Some(everything()), EVENTS, json!({}));
        let mut all = api.subscribe(Some(own(house.ana)), "subscription { messageAdded { id } }", json!({}));
        let streams = [&mut events, &mut messages, &mut gained, &mut everybody, &mut all];
        streams.into_iter().for_each(begin);
        let mut added = api.subscribe(Some(own(house.ana)), one, json!({ "id": id }));
        // Listens already while the conversation is looked up.
        begin(&mut added);
        emit(&app, EventKind::MessageAdded, &row).await;
        next(&mut added).await;
        for stream in [&mut events, &mut messages, &mut everybody] {
            assert_eq!(next(stream).await["events"]["__typename"], "MessageAddedEvent");
        }

        let give = json!({ "id": id, "input": { "ownerId": house.ben.global().0 } });
        let given = api.data_as(everything(), ASSIGN, give.clone()).await["conversationAssign"].take();
        assert_eq!(given["conversation"]["owner"]["name"], "Ben");
        emit(&app, EventKind::MessageAdded, &row).await;
        for stream in [&mut events, &mut messages] {
            let lost = next(stream).await["events"].take();
            assert_eq!(lost["__typename"], "ConversationAccessLost");
            assert!(stream.next().now_or_never().is_none(), "nothing more");
        }
        let response = added.next().await.expect("the end is said");
        assert_eq!(super::code_of(&response), "NOT_FOUND");
        assert!(added.next().await.is_none(), "and it is the end");
        for stream in [&mut gained, &mut everybody] {
            assert_eq!(next(stream).await["events"]["conversation"]["owner"]["name"], "Ben");
            assert_eq!(next(stream).await["events"]["__typename"], "MessageAddedEvent");
        }
        assert!(all.next().now_or_never().flatten().is_some(), "the one before the change");

        let mut late = api.subscribe(Some(own(house.ana)), one, json!({ "id": id }));
        assert_eq!(super::code_of(&late.next().await.expect("an answer")), "NOT_FOUND");
        let mut replayed = api.subscribe(Some(own(house.ana)), EVENTS, json!({ "after": cursor_of(0) }));
        assert_eq!(next(&mut replayed).await["events"]["__typename"], "ConversationAccessLost");
        // Once it is back, it is there again, also in what is replayed.
        let back = json!({ "id": id, "input": { "ownerId": house.ana.global().0 } });
        api.data_as(everything(), ASSIGN, back).await;
        assert_eq!(next(&mut events).await["events"]["conversation"]["owner"]["name"], "Ana");
        let mut replayed = api.subscribe(Some(own(house.ana)), EVENTS, json!({ "after": cursor_of(0) }));
        assert_eq!(next(&mut replayed).await["events"]["__typename"], "MessageAddedEvent");
    })
    .await;
}

#[tokio::test]
async fn bad_subscriptions_are_refused() {
    for_each_store(async |app| {
        let api = Api::new(&app);
        let events = "subscription { events { cursor } }";
        let cases = [
            (None, events.to_owned(), "UNAUTHENTICATED"),
            (None, "subscription { messageAdded { id } }".to_owned(), "UNAUTHENTICATED"),
            (None, "subscription { conversationUpdated { id } }".to_owned(), "UNAUTHENTICATED"),
            (Some(()), "subscription { events(after: \"x\") { cursor } }".to_owned(), "BAD_USER_INPUT"),
            (
                Some(()),
                "subscription { messageUpdated(conversationId: \"x\") { id } }".to_owned(),
                "BAD_USER_INPUT",
            ),
            (
                Some(()),
                format!(
                    "subscription {{ events(filter: {{ channelIds: [{}] }}) {{ cursor }} }}",
                    "\"x\",".repeat(101)
                ),
                "BAD_USER_INPUT",
            ),
        ];
        for (viewer, query, code) in cases {
            let mut stream = api.subscribe(viewer.map(|()| everything()), &query, json!({}));
            let response = stream.next().await.expect("an answer");
            assert_eq!(super::code_of(&response), code, "{query}");
            assert!(stream.next().await.is_none(), "{query} goes on");
        }
    })
    .await;
}

pub(super) fn cursor_of(place: i64) -> String {
    crate::graphql::events::cursor(place).0
}
