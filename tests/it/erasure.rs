//! Erasing a person: nothing of it is left in the database.

use inbox::auth::Permission;
use sea_orm::{ConnectionTrait, Database as Connect, Statement};
use serde_json::{Value, json};
use tests::wait::until_true;
use tests::{Client, Database, TestApp, on_each_store, webhook};

const PHONE: &str = "34600777888";
const OTHER: &str = "34600999000";
/// What must not be found afterwards, wherever it was written.
const CANARIES: [&str; 7] = [
    PHONE,
    "canary-first",
    "canary-inbound",
    "canary-edited",
    "canary-outbound",
    "Canary Name",
    "canary-tag",
];

/// Everything that the database holds: on SQLite the bytes of its file, on PostgreSQL the text of all rows.
async fn everything(database: &Database) -> Vec<u8> {
    if let Some(path) = database.url.strip_prefix("sqlite://") {
        return std::fs::read(path).expect("the file can be read");
    }
    let db = Connect::connect(&database.url).await.expect("the database answers");
    let ask = async |sql: &str| {
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(statement).await.expect("the rows can be read");
        rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("a text")).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for table in
        ask("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'").await
    {
        for row in ask(&format!("SELECT t::text FROM \"{table}\" t")).await {
            found.extend(row.into_bytes());
        }
    }
    for body in ask("SELECT convert_from(body, 'UTF8') FROM webhook_receipt").await {
        found.extend(body.into_bytes());
    }
    db.close().await.expect("the connection can be closed");
    found
}

fn has(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

async fn contact(client: &Client, phone: &str) -> Value {
    let query = format!(
        "{{ contacts(search: \"{phone}\") {{ nodes {{ id name }} }} conversations {{ totalCount }} }}"
    );
    client.query(&query).await
}

/// A person who left traces everywhere, and another who wrote in the same webhooks.
async fn with_traces(app: &TestApp, client: &Client) -> Value {
    app.simulator().customer_writes(PHONE, json!({ "text": "canary-first" })).await;
    let at = app.now() - 60;
    app.deliver(&webhook::text(PHONE, "wamid.canary.1", at, "canary-inbound")).await;
    app.deliver(&webhook::text(OTHER, "wamid.other.1", at, "stays")).await;
    let edit = json!({ "type": "edit", "edit": { "original_message_id": "wamid.canary.1",
        "message": { "type": "text", "text": { "body": "canary-edited" } } } });
    app.deliver(&webhook::messages(PHONE, &[webhook::message(PHONE, "wamid.canary.2", at + 1, &edit)])).await;
    let reaction =
        json!({ "type": "reaction", "reaction": { "message_id": "wamid.canary.1", "emoji": "👍" } });
    app.deliver(&webhook::messages(PHONE, &[webhook::message(PHONE, "wamid.canary.3", at + 2, &reaction)]))
        .await;
    app.deliver(&webhook::text(PHONE, "wamid.canary.4", at + 3, "stop")).await;
    app.settled().await;
    client.message_in(&client.send(PHONE, "canary-outbound").await, "DELIVERED").await;
    let id = contact(client, PHONE).await["contacts"]["nodes"][0]["id"].take();
    let update = "mutation($id: ID!) { contactUpdate(id: $id, input: { name: \"Canary Name\", tags: [\"canary-tag\"] }) {
        userErrors { code } } }";
    client.ask(update, json!({ "id": id })).await;
    id
}

#[test]
fn nothing_is_left_of_who_was_erased() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let all = [Permission::ReadAll, Permission::Send, Permission::Edit, Permission::Administer];
        let client = app.integration(&all, true).await;
        let id = with_traces(&app, &client).await;
        let erase =
            "mutation($id: ID!) { contactErase(id: $id) { contactErasure { id } userErrors { code } } }";
        let begun = client.ask(erase, json!({ "id": id })).await;
        let erasure = &begun["contactErase"]["contactErasure"]["id"];
        let query = "query($id: ID!) { node(id: $id) { ... on ContactErasure { state finishedAt removed { kind count } } } }";
        until_true("it is done", async || {
            client.ask(query, json!({ "id": erasure })).await["node"]["state"] == "DONE"
        })
        .await;
        let done = client.ask(query, json!({ "id": erasure })).await;
        let removed = done["node"]["removed"].as_array().unwrap();
        let count = |kind: &str| {
            removed.iter().find(|each| each["kind"] == kind).map_or(0, |each| each["count"].as_u64().unwrap())
        };
        for kind in [
            "CONTACT",
            "CONVERSATION",
            "MESSAGE_VERSION",
            "REACTION",
            "TAG",
            "MARKETING_PREFERENCE",
            "IDEMPOTENCY_KEY",
        ] {
            assert_eq!(count(kind), 1, "{kind}: {done}");
        }
        assert_eq!(count("MESSAGE"), 4, "{done}");
        assert!(count("WEBHOOK_RECEIPT") >= 4 && count("IDENTITY") >= 1, "{done}");
        let left = contact(&client, PHONE).await;
        assert_eq!(
            (&left["contacts"]["nodes"], &left["conversations"]["totalCount"]),
            (&json!([]), &json!(1))
        );
        assert_eq!(client.code(erase, json!({ "id": id })).await, "NOT_FOUND");
        let audit = "{ auditEntries(filter: { actions: [CONTACT_ERASED] }) { nodes { subjectKind changes { field } } } }";
        let entries = client.query(audit).await;
        assert_eq!(entries["auditEntries"]["nodes"], json!([{ "subjectKind": "CONTACT", "changes": [] }]));
        app.finish().await;

        let kept = everything(database).await;
        for canary in CANARIES {
            assert!(!has(&kept, canary), "{canary} is still there");
        }
        assert!(has(&kept, OTHER) && has(&kept, "stays"), "what is not the person's stays");

        let app = TestApp::start(database).await;
        let client = app.integration(&all, true).await;
        app.deliver(&webhook::text(PHONE, "wamid.canary.5", app.now(), "hello again")).await;
        app.settled().await;
        let again = contact(&client, PHONE).await["contacts"]["nodes"][0]["id"].take();
        assert!(again.is_string() && again != id, "somebody new");
        app.finish().await;
    });
}
