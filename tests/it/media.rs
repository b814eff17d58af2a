//! Files: fetched from Meta, kept, given away, taken, and removed.

mod downloads;
mod giving;
mod headers;
mod sending;
mod taking;

use inbox::auth::{Permission, Viewer};
use inbox::services::access::{self, RoleCreate};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::wait::until;
use tests::{Client, TestApp};

const PHONE: &str = "34600000001";
/// The first file of the newest message with one.
const FILE: &str =
    "{ messages(first: 50) { nodes { id media { id state failure { code message } mimeType extension sha256
    fileName size width height preview url } } } }";

/// A picture of the simulator's.
pub(crate) fn photo() -> Vec<u8> {
    std::fs::read(tests::reference::workspace().join("simulator/src/samples/photo.png"))
        .expect("the sample is there")
}

pub(crate) async fn uploaded(app: &TestApp, client: &Client, content: &[u8], name: &str) -> String {
    let form = reqwest::multipart::Form::new()
        .part("file", reqwest::multipart::Part::bytes(content.to_vec()).file_name(name.to_owned()));
    let post = app.http().post(format!("{}/media", app.url())).bearer_auth(client.token()).multipart(form);
    let answer: Value = post.send().await.unwrap().json().await.unwrap();
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// A customer sends a file of this kind; gives its id in the schema.
async fn arrives(app: &TestApp, client: &Client, message: Value) -> String {
    app.simulator().customer_writes(PHONE, message).await;
    app.settled().await;
    newest(client).await["id"].as_str().expect("the message has a file").to_owned()
}

async fn newest(client: &Client) -> Value {
    let nodes = client.query(FILE).await["messages"]["nodes"].take();
    let nodes = nodes.as_array().expect("messages").clone();
    nodes
        .into_iter()
        .find(|node| node["media"].is_object())
        .map_or(Value::Null, |mut node| node["media"].take())
}

/// A file by its id.
async fn file(client: &Client, id: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on Media { state failure { code message } mimeType sha256 size width
        height preview url fileName } } }";
    client.ask(query, json!({ "id": id })).await["node"].take()
}

/// Waits until a file is in this state.
async fn in_state(client: &Client, id: &str, state: &str) -> Value {
    let seen = until("the file's state", async || {
        Some(file(client, id).await).filter(|file| file["state"] == state)
    });
    seen.await
}

/// Waits until the last try of a file failed in this way.
async fn failed_with(client: &Client, id: &str, code: &str) -> Value {
    let failed = until("the file's failure", async || {
        Some(file(client, id).await).filter(|file| file["failure"]["code"] == code)
    });
    failed.await
}

/// Moves time forward again and again, with a pause for what follows, until a condition holds.
async fn in_time(app: &TestApp, by: Duration, what: &str, look: impl AsyncFn() -> bool) {
    for _ in 0..20 {
        app.advance(by);
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(3) {
            if look().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    panic!("waited in vain: {what}");
}

/// A person who sees what is its own, and sends.
async fn owner(app: &TestApp) -> Client {
    let permissions = vec![Permission::ReadOwn, Permission::Send];
    let role =
        RoleCreate { name: "Owners".to_owned(), description: None, permissions, default_assistant_id: None };
    access::role_create(app.inbox(), &Viewer::system(), role).await.expect("the role can be made");
    app.person("owner@example.com", "Owners").await.1
}

/// What the storage of files holds.
fn objects(database: &tests::Database) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut folders = vec![database.media()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(std::fs::read(path).expect("a file")) }
        }
    }
    found
}
