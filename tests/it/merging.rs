//! Contacts that turn out to be one person.

use crate::contacts::{contacts, create, in_brazil, update};
use serde_json::{Value, json};
use tests::wait::until_true;
use tests::{Client, on_each_store, records, webhook};

const MERGE: &str = "mutation($id: ID!, $other: ID!) { contactMerge(id: $id, input: { contactId: $other }) {
    contact { id name tags identities { value } marketingOptedOutAt
        mergedFrom { sourceId name identities { value } actorKind } marketingPreferences { value source } }
    userErrors { code } } }";

/// The thread of the only conversation, oldest first, with what the conversation says of itself.
async fn thread(client: &Client) -> (Value, Vec<String>) {
    let query = "{ conversations { totalCount nodes { unreadCount contact { id } lastMessage { content { ... on TextContent { body } } }
        messages(orderBy: { field: SENT_AT, direction: ASC }, first: 100) { nodes { content { ... on TextContent { body } } } } } } }";
    let mut data = client.query(query).await;
    assert_eq!(data["conversations"]["totalCount"], 1, "{data}");
    let mut conversation = data["conversations"]["nodes"][0].take();
    let messages = conversation["messages"]["nodes"].take();
    let bodies = messages
        .as_array()
        .unwrap()
        .iter()
        .map(|each| each["content"]["body"].as_str().unwrap_or("-").to_owned());
    (conversation, bodies.collect())
}

#[test]
fn two_contacts_become_one() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let (a, b) = ("34600000001", "34600000002");
        let now = app.now() - 100;
        for (phone, at, body) in [(a, 0, "a0"), (b, 1, "b1"), (a, 2, "a2"), (b, 3, "stop")] {
            app.deliver(&webhook::text(phone, &format!("wamid.{body}"), now + at, body)).await;
        }
        app.settled().await;
        let all = contacts(&client, "").await;
        let id_of =
            |phone: &str| all.iter().find(|each| each["phone"] == format!("+{phone}")).unwrap()["id"].clone();
        let (target, source) = (id_of(a), id_of(b));
        update(&client, &target, json!({ "name": "Ana", "tags": ["x"] })).await;
        update(&client, &source, json!({ "name": "Ana María", "tags": ["y"] })).await;
        let alone = client.ask(MERGE, json!({ "id": target, "other": target })).await;
        assert_eq!(alone["contactMerge"]["userErrors"][0]["code"], "SAME_CONTACT");
        // Both go on writing at the same moment.
        let merge = client.ask(MERGE, json!({ "id": target, "other": source }));
        let writing = async {
            for n in 0..10 {
                let phone = if n % 2 == 0 { b } else { a };
                app.deliver(&webhook::text(phone, &format!("wamid.c{n}"), now + 10 + n, &format!("c{n}")))
                    .await;
            }
        };
        let (merged, ()) = futures_util::future::join(merge, writing).await;
        app.settled().await;
        let contact = &merged["contactMerge"]["contact"];
        assert_eq!((&contact["name"], &contact["tags"]), (&json!("Ana"), &json!(["x", "y"])), "{merged}");
        assert_eq!(contact["identities"], json!([{ "value": a }, { "value": b }]));
        assert!(contact["marketingOptedOutAt"].is_string());
        assert_eq!(contact["marketingPreferences"], json!([{ "value": "STOP", "source": "KEYWORD" }]));
        assert_eq!(
            contact["mergedFrom"],
            json!([{ "sourceId": source, "name": "Ana María", "identities": [{ "value": b }], "actorKind": "API_TOKEN" }])
        );
        let (conversation, bodies) = thread(&client).await;
        let later = (0..10).map(|n| format!("c{n}"));
        let expected: Vec<String> =
            ["a0", "b1", "a2", "stop"].map(str::to_owned).into_iter().chain(later).collect();
        assert_eq!(bodies, expected);
        assert_eq!((&conversation["unreadCount"], &conversation["contact"]["id"]), (&json!(14), &target));
        assert_eq!(conversation["lastMessage"]["content"]["body"], "c9");
        let again = client.ask(MERGE, json!({ "id": target, "other": source })).await;
        assert_eq!(again["contactMerge"]["userErrors"][0]["code"], "SAME_CONTACT", "{again}");
        app.finish().await;
    });
}

/// The ids of contacts that became a part of another lead to it, over several merges too; erased, they lead nowhere.
#[test]
fn old_ids_lead_to_the_contact_that_stays() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let mut ids = Vec::new();
        for n in 1..=3 {
            let made = create(&client, json!({ "phone": format!("+3460000000{n}") })).await;
            ids.push(made["contact"]["id"].clone());
        }
        let [first, second, third] = &ids[..] else { panic!("three contacts") };
        client.ask(MERGE, json!({ "id": second, "other": first })).await;
        client.ask(MERGE, json!({ "id": third, "other": first })).await;
        let read = "query($id: ID!, $ids: [ID!]!) { contact(id: $id) { id } nodes(ids: $ids) { id } }";
        let found = client.ask(read, json!({ "id": first, "ids": ids })).await;
        let third_only = json!({ "id": third });
        let expected = json!({ "contact": third_only, "nodes": [third_only, third_only, third_only] });
        assert_eq!(found, expected);
        let named = update(&client, first, json!({ "name": "Ana", "tags": ["x"] })).await;
        assert_eq!((&named["contact"]["id"], &named["contact"]["name"]), (third, &json!("Ana")));
        let block = "mutation($id: ID!) { contactBlock(id: $id) { contact { id } } contactUnblock(id: $id) { contact { id } } }";
        let blocked = client.ask(block, json!({ "id": second })).await;
        assert_eq!(
            (&blocked["contactBlock"]["contact"], &blocked["contactUnblock"]["contact"]),
            (&third_only, &third_only)
        );
        let (_, own) = app.person("own@example.com", "Own conversations").await;
        let hidden = own.ask(read, json!({ "id": first, "ids": ids })).await;
        assert_eq!(hidden, json!({ "contact": null, "nodes": [null, null, null] }));
        let to = json!({ "input": { "to": { "contactId": first }, "idempotencyKey": "x",
            "content": { "text": { "body": "x" } } } });
        assert_eq!(client.refusals(&to).await, ["WINDOW_CLOSED"], "the contact is found");

        let audit =
            "{ auditEntries(orderBy: { field: OCCURRED_AT, direction: ASC }, filter: { subjectId: THIRD }) {
            nodes { action subjectKind subject { id } changes { field } } } }";
        let entries = client.query(&audit.replace("THIRD", &third.to_string())).await;
        let actions: Vec<_> = entries["auditEntries"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each["action"].clone())
            .collect();
        assert_eq!(actions, ["CONTACT_MERGED", "CONTACT_BLOCKED", "CONTACT_UNBLOCKED"]);
        assert_eq!(entries["auditEntries"]["nodes"][0]["subject"], third_only);

        client
            .ask(
                "mutation($id: ID!) { contactErase(id: $id) { userErrors { code } } }",
                json!({ "id": first }),
            )
            .await;
        let gone = client.ask(read, json!({ "id": first, "ids": [first, second] })).await;
        assert_eq!(gone, json!({ "contact": null, "nodes": [null, null] }));
        app.finish().await;
    });
}

#[test]
fn a_new_number_that_wrote_already_is_the_same_person() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let (old, new) = ("34600000001", "34600000002");
        let now = app.now() - 100;
        app.deliver(&webhook::text(old, "wamid.1", now, "one")).await;
        app.deliver(&webhook::text(new, "wamid.2", now + 1, "two")).await;
        app.settled().await;
        let changed = json!({ "type": "system", "system": { "type": "user_changed_number",
            "body": "changed", "wa_id": new } });
        app.deliver(&webhook::messages(old, &[webhook::message(old, "wamid.3", now + 2, &changed)])).await;
        app.settled().await;
        let all = contacts(&client, "").await;
        assert_eq!(all.iter().map(|each| &each["phone"]).collect::<Vec<_>>(), [&json!(format!("+{new}"))]);
        let (conversation, bodies) = thread(&client).await;
        assert_eq!((bodies.len(), &conversation["unreadCount"]), (3, &json!(2)), "{bodies:?}");
        // The old number is somebody else's now.
        app.deliver(&webhook::text(old, "wamid.4", now + 3, "who?")).await;
        app.settled().await;
        assert_eq!(contacts(&client, "").await.len(), 2);
        app.finish().await;
    });
}

#[test]
fn the_number_is_the_one_by_which_meta_knows_it() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        app.deliver(&webhook::text("34600000001", "wamid.1", app.now(), "one")).await;
        app.settled().await;
        let conversations = records::conversations(app.inbox().db.read()).await;
        let known_as = async |address: &str, wa_id: &str| {
            let known = inbox::services::contacts::known_as(app.inbox(), conversations[0].id, address, wa_id);
            known.await.unwrap();
        };
        known_as("34600000001", "34600000007").await;
        assert_eq!(contacts(&client, "").await[0]["phone"], "+34600000007");
        known_as("34600000001", "34600000008").await;
        assert_eq!(contacts(&client, "").await[0]["phone"], "+34600000007", "an old answer changes nothing");
        let other =
            create(&client, json!({ "phone": "+34600000009", "name": "Ana" })).await["contact"]["id"].take();
        known_as("34600000007", "34600000009").await;
        let all = contacts(&client, "").await;
        assert_eq!(
            (all.len(), &all[0]["phone"], &all[0]["name"]),
            (1, &json!("+34600000009"), &json!("Ana"))
        );
        assert_ne!(all[0]["id"], other, "who was there first stays");
        until_true("the conversation is the same", async || thread(&client).await.1 == ["one"]).await;
        app.finish().await;
    });
}
