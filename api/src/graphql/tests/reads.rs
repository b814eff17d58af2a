//! What is shown of each thing.

use super::Api;
use super::seed::{EPOCH, House, at, phone, update};
use entities::{Direction, Mode, Timestamp, conversation, message};
use inbox::testing::for_each_store;
use serde_json::{Value, json};

#[tokio::test]
async fn a_message_shows_all_that_hangs_on_it() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let conversation = house.conversation(0, house.ana);
        let quoted = house.message(&conversation, 1);
        house.rich_message(&quoted, 10);
        house.save().await;
        let api = Api::new(&app);
        let data = api
            .data(
                "{ messages(first: 1) { nodes { direction origin kind status sentAt
                    actor { kind user { name email } } content { __typename ... on TextContent { body } }
                    statusTimes { acceptedAt sentAt failedAt }
                    error { code title explanation fault retryable remedy } replyTo { kind sentAt }
                    reactions { emoji sender } media { state fileName size mimeType }
                    pricing { billable category type } versions { content { ... on TextContent { body } } } } } }",
            )
            .await;
        let mut node = data["messages"]["nodes"][0].clone();
        let error = node["error"].take();
        assert_eq!(
            node,
            json!({
                "direction": "OUTBOUND", "origin": "API", "kind": "TEXT", "status": "FAILED",
                "sentAt": "2025-10-09T08:53:20.010Z",
                "actor": { "kind": "USER", "user": { "name": "Ana", "email": "ana@example.com" } },
                "content": { "__typename": "TextContent", "body": "hello 1" },
                "statusTimes": { "acceptedAt": "2025-10-09T08:53:20.011Z", "sentAt": null,
                    "failedAt": "2025-10-09T08:53:20.012Z" },
                "error": null,
                "replyTo": { "kind": "TEXT", "sentAt": "2025-10-09T08:53:20.001Z" },
                "reactions": [{ "emoji": "👍", "sender": "INBOUND" }],
                "media": { "state": "STORED", "fileName": "offer.pdf", "size": 1234,
                    "mimeType": "application/pdf" },
                "pricing": { "billable": true, "category": "service", "type": "regular" },
                "versions": [{ "content": { "body": "before" } }],
            })
        );
        assert_eq!(error["code"], 131_047);
        for part in ["title", "explanation", "remedy"] {
            assert!(error[part].as_str().is_some_and(|text| !text.is_empty()), "{part}: {error}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_for_everyone_is_not_shown() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let conversation = house.conversation(0, house.ana);
        let revoked = house.rich_message(&house.message(&conversation, 1), 10);
        house.quoting(&conversation, &revoked, 20);
        house.save().await;
        let api = Api::new(&app);
        let said = "kind revokedAt content { __typename ... on TextContent { body } } media { id } reactions { emoji }
            versions { replacedAt content { __typename ... on TextContent { body } } }";
        let query = format!("{{ messages(first: 2) {{ nodes {{ {said} replyTo {{ {said} }} }} }} }}");
        let before = api.data(&query).await;
        let media = before["messages"]["nodes"][1]["media"]["id"].as_str().expect("a file").to_owned();
        let file = format!("{{ node(id: \"{media}\") {{ id }} }}");
        assert_eq!(api.data(&file).await["node"]["id"], media.as_str());

        update(&app, message::Model { revoked_at: Some(at(30)), ..revoked }).await;
        let expected = json!({
            "kind": "TEXT", "revokedAt": "2025-10-09T08:53:20.030Z",
            "content": { "__typename": "RevokedContent" }, "media": null, "reactions": [{ "emoji": "👍" }],
            "versions": [{ "replacedAt": "2025-10-09T08:53:20.013Z", "content": { "__typename": "RevokedContent" } }],
        });
        let after = api.data(&query).await;
        let [quoting, mut shown] = [0, 1].map(|place| after["messages"]["nodes"][place].clone());
        assert_eq!(quoting["replyTo"], expected);
        assert_eq!(quoting["content"]["body"], "hello 20");
        shown.as_object_mut().expect("a message").remove("replyTo");
        assert_eq!(shown, expected);
        assert_eq!(api.data(&file).await["node"], Value::Null);
    })
    .await;
}

/// An edited conversation must match exactly these filters of each pair.
#[tokio::test]
async fn conversations_are_filtered() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let now = app.clock.now();
        let special = house.conversation(1, house.guest);
        let plain = house.conversation(2, house.ana);
        house.save().await;
        update(
            &app,
            conversation::Model {
                archived: true,
                mode: Mode::Manual,
                unread_count: 0,
                updated_at: at(5000),
                last_inbound_at: Some(now),
                ..special.clone()
            },
        )
        .await;
        let day_ago = Timestamp(now.millis() - 24 * 60 * 60 * 1000);
        update(&app, conversation::Model { last_inbound_at: Some(day_ago), ..plain }).await;
        let ana = crate::graphql::global_id::GlobalId::global(house.ana).0;
        let channel = crate::graphql::global_id::GlobalId::global(house.channel).0;
        let api = Api::new(&app);
        let (both, special, plain): (&[i64], &[i64], &[i64]) = (&[2, 1], &[1], &[2]);
        for (filter, expected) in [
            (String::new(), both),
            ("archived: null".to_owned(), both),
            ("archived: true".to_owned(), special),
            ("archived: false".to_owned(), plain),
            ("mode: MANUAL".to_owned(), special),
            ("mode: AUTOMATIC".to_owned(), plain),
            ("unassigned: true".to_owned(), special),
            ("unassigned: false".to_owned(), plain),
            (format!("ownerId: \"{ana}\""), plain),
            ("unread: false".to_owned(), special),
            ("unread: true".to_owned(), plain),
            ("windowOpen: true".to_owned(), special),
            ("windowOpen: false".to_owned(), plain),
            (format!("channelId: \"{channel}\""), both),
            ("updatedSince: \"2025-10-09T08:53:24Z\"".to_owned(), special),
            ("archived: true, unread: true".to_owned(), &[]),
        ] {
            let query = format!(
                "{{ conversations(filter: {{ {filter} }}) {{ totalCount nodes {{ contact {{ phone }} }} }} }}"
            );
            let data = api.data(&query).await;
            let found: Vec<_> =
                nodes(&data, "conversations").iter().map(|node| node["contact"]["phone"].clone()).collect();
            let wanted: Vec<_> =
                expected.iter().map(|number| json!(format!("+{}", phone(*number)))).collect();
            assert_eq!(found, wanted, "{filter}");
            assert_eq!(data["conversations"]["totalCount"], wanted.len(), "{filter}");
        }
    })
    .await;
}

#[tokio::test]
async fn messages_are_filtered() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let first = house.conversation(0, house.ana);
        let second = house.conversation(1000, house.ana);
        let answer = house.rich_message(&house.message(&second, 2000), 3000);
        house.save().await;
        assert_eq!(answer.direction, Direction::Outbound);
        let conversation = crate::graphql::global_id::GlobalId::global(first.id).0;
        let api = Api::new(&app);
        for (filter, expected) in [
            (String::new(), &[3000, 2000, 1000, 0][..]),
            (format!("conversationId: \"{conversation}\""), &[0]),
            ("direction: OUTBOUND".to_owned(), &[3000]),
            ("status: FAILED".to_owned(), &[3000]),
            ("status: READ".to_owned(), &[]),
            ("kind: TEXT, direction: INBOUND".to_owned(), &[2000, 1000, 0]),
            ("kind: IMAGE".to_owned(), &[]),
            ("sentAfter: \"2025-10-09T08:53:21Z\"".to_owned(), &[3000, 2000, 1000]),
            ("sentBefore: \"2025-10-09T08:53:21Z\"".to_owned(), &[0]),
            // Learnt of half a second after they were sent; the answer carries the times of what it quotes.
            ("receivedAfter: \"2025-10-09T08:53:22Z\"".to_owned(), &[3000, 2000]),
            ("receivedBefore: \"2025-10-09T08:53:21.500Z\"".to_owned(), &[0]),
        ] {
            let query = format!("{{ messages(filter: {{ {filter} }}) {{ totalCount nodes {{ sentAt }} }} }}");
            let data = api.data(&query).await;
            let found: Vec<_> = nodes(&data, "messages").iter().map(|node| node["sentAt"].clone()).collect();
            let wanted: Vec<_> = expected.iter().map(|number| moment(*number)).collect();
            assert_eq!(found, wanted, "{filter}");
            assert_eq!(data["messages"]["totalCount"], wanted.len(), "{filter}");
        }
    })
    .await;
}

#[tokio::test]
async fn contacts_are_found_by_name_and_phone() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        for number in [1, 22, 333] {
            house.conversation(number, house.ana);
        }
        house.save().await;
        let api = Api::new(&app);
        for (search, expected) in [
            ("", 3),
            ("  ", 3),
            ("customer", 3),
            ("CUSTOMER 2", 1),
            ("ustomer", 0),
            ("%", 0),
            ("Customer _", 0),
            ("333", 1),
            ("+34 600-000", 3),
            ("34600000022", 1),
            ("34", 0),
            ("'; DROP TABLE contact; --", 0),
        ] {
            let query = "query($search: String) { contacts(search: $search) { totalCount } }";
            let data = api.data_as(super::everything(), query, json!({ "search": search })).await;
            assert_eq!(data["contacts"]["totalCount"], expected, "{search}");
        }
        let long = format!("{{ contacts(search: \"{}\") {{ totalCount }} }}", "x".repeat(101));
        assert_eq!(api.code(Some(super::everything()), &long).await, "BAD_USER_INPUT");
    })
    .await;
}

#[tokio::test]
async fn ids_that_are_none_name_nothing_and_are_refused_where_a_type_is_meant() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        house.conversation(0, house.ana);
        house.save().await;
        let api = Api::new(&app);
        let data = api.data("{ conversations { nodes { id contact { id } } } }").await;
        let contact = &data["conversations"]["nodes"][0]["contact"]["id"];
        let unknown =
            crate::graphql::global_id::GlobalId::global(entities::ConversationId(uuid::Uuid::nil())).0;
        let query = format!(
            "{{ node(id: \"nonsense\") {{ id }} conversation(id: \"{unknown}\") {{ id }}
                nodes(ids: [\"\", {contact}, \"{unknown}\"]) {{ __typename }} }}"
        );
        let data = api.data(&query).await;
        assert_eq!(
            data,
            json!({ "node": null, "conversation": null, "nodes": [null, { "__typename": "Contact" }, null] })
        );
        for id in [contact.to_string(), "\"nonsense\"".to_owned()] {
            let query = format!("{{ conversation(id: {id}) {{ id }} }}");
            assert_eq!(api.code(Some(super::everything()), &query).await, "BAD_USER_INPUT");
        }
        let many = format!("{{ nodes(ids: [{}]) {{ id }} }}", "\"x\",".repeat(101));
        assert_eq!(api.code(Some(super::everything()), &many).await, "BAD_USER_INPUT");
    })
    .await;
}

/// A field that fails is null beside its error, its siblings stay, and keys keep the document's order.
#[tokio::test]
async fn a_failing_field_leaves_its_siblings() {
    for_each_store(async |app| {
        let api = Api::new(&app);
        let query = "{ z: channels { id } bad: conversation(id: \"x\") { id } a: viewer { permissions } }";
        let response = api.execute(Some(super::everything()), query, json!({})).await;
        assert_eq!(response.errors.len(), 1);
        let text = response.data.to_string();
        assert!(text.starts_with("{z: [], bad: null, a: {permissions: ["), "{text}");
    })
    .await;
}

fn nodes<'a>(data: &'a Value, list: &str) -> &'a [Value] {
    data[list]["nodes"].as_array().expect("nodes")
}

fn moment(number: i64) -> Value {
    let moment = chrono::DateTime::from_timestamp_millis(EPOCH + number).expect("a moment");
    json!(moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}
