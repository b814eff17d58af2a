//! Automatic mode, as customers and their business see it.

use inbox::auth::Permission;
use inbox::bus::Topic;
use serde_json::{Value, json};
use std::time::Duration;
use tests::wait::until_true;
use tests::{Client, TestApp, on_each_store};

const PHONE: &str = "34600000001";
const EMPLOY: &str =
    "mutation { assistantCreate(input: { name: \"Baker\", provider: SCRIPTED, isDefault: true,
    settings: { disclosure: \"I am a machine.\" } }) { assistant { id } userErrors { message } } }";
const CONVERSATIONS: &str = "{ conversations { nodes { id mode assistantActive handedOffAt assistant { name }
    timeline(orderBy: { field: OCCURRED_AT, direction: ASC }) { nodes { kind cause actorKind mode assistantActive
        reason } } } } }";

async fn staff(app: &TestApp) -> Client {
    let all = [Permission::ReadAll, Permission::Send, Permission::Edit, Permission::Administer];
    app.integration(&all, true).await
}

async fn conversation(client: &Client) -> Value {
    client.query(CONVERSATIONS).await["conversations"]["nodes"][0].take()
}

/// What the customer's phone shows of the business.
fn shown(app: &TestApp) -> Vec<String> {
    let messages = app.simulator().phone_messages(PHONE);
    messages.into_iter().filter(|message| !message.from_customer).map(|message| message.text).collect()
}

/// Lets the time pass in which the customer could go on writing, until the phone shows so many messages.
async fn answered(app: &TestApp, count: usize) {
    app.settled().await;
    app.advance(Duration::from_secs(5));
    app.inbox().bus.wake(Topic::Turns);
    until_true("the answer on the customer's phone", async || shown(app).len() >= count).await;
}

async fn write(app: &TestApp, body: &str) {
    app.simulator().customer_writes(PHONE, json!({ "text": body })).await;
}

#[test]
fn an_assistant_answers_hands_over_and_is_silent_when_a_person_writes() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.receive_webhooks().await;
        let client = staff(&app).await;
        client.query(EMPLOY).await;
        write(&app, "Hola, ¿a qué hora abrís?").await;
        answered(&app, 2).await;
        assert_eq!(shown(&app)[0], "I am a machine.");
        let now = conversation(&client).await;
        assert_eq!(
            (&now["mode"], &now["assistant"]["name"]),
            (&json!("AUTOMATIC"), &json!("Baker")),
            "{now}"
        );

        write(&app, "Quiero hablar con una persona, por favor").await;
        answered(&app, 3).await;
        let now = conversation(&client).await;
        assert_eq!((&now["assistantActive"], &now["mode"]), (&json!(false), &json!("AUTOMATIC")));
        assert!(now["handedOffAt"].is_string());
        let lines = now["timeline"]["nodes"].as_array().expect("lines");
        let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap_or_default()).collect();
        assert_eq!(kinds, ["OPENED", "HANDED_OFF"]);
        assert_eq!(
            (&lines[1]["reason"], &lines[1]["actorKind"]),
            (&json!("customer_request"), &json!("ASSISTANT"))
        );

        let send = format!(
            "mutation {{ messageSend(input: {{ conversationId: {}, idempotencyKey: \"k\",
                content: {{ text: {{ body: \"Soy Marta\" }} }} }}) {{ userErrors {{ message }} }} }}",
            now["id"]
        );
        client.query(&send).await;
        answered(&app, 4).await;
        let now = conversation(&client).await;
        assert_eq!(now["mode"], "MANUAL");
        let last =
            now["timeline"]["nodes"].as_array().and_then(|lines| lines.last().cloned()).expect("a line");
        assert_eq!((&last["kind"], &last["cause"]), (&json!("MODE_CHANGED"), &json!("MESSAGE_SENT")));

        let runs = client
            .query("{ assistantRuns { nodes { state reason steps { kind } lastMessage { id } assistant { name } } } }")
            .await;
        let runs = runs["assistantRuns"]["nodes"].as_array().expect("runs").clone();
        let states: Vec<_> = runs.iter().map(|run| run["state"].as_str().unwrap_or_default()).collect();
        assert_eq!(states, ["HANDED_OFF", "ANSWERED"]);
        assert_eq!(runs[1]["steps"][0]["kind"], "MODEL");
        app.finish().await;
    });
}

#[test]
fn who_waits_for_a_person_is_told_once() {
    on_each_store(async |database| {
        let app = TestApp::start_set(database, &[("waiting_messages", "true")]).await;
        app.receive_webhooks().await;
        let client = staff(&app).await;
        let change = "mutation { waitingMessageUpdate(input: { language: \"en\", variant: STANDARD,
            body: \"One moment.\" }) { waitingMessage { changed } } }";
        client.query(change).await;
        write(&app, "Hola").await;
        write(&app, "¿Hay alguien?").await;
        answered(&app, 1).await;
        app.settled().await;
        assert_eq!(shown(&app), ["One moment."]);
        let texts = client.query("{ waitingMessages { language changed } }").await;
        let changed = texts["waitingMessages"].as_array().expect("texts").iter();
        assert_eq!(changed.filter(|text| text["changed"] == true).count(), 1);
        app.finish().await;
    });
}
