//! A subscriber to the whole change log who goes on where it was cut off.

use crate::client::Client;
use crate::subscriber::{Received, Subscriber};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::time::Duration;

/// Every event with its cursor.
pub const EVENTS: &str = "subscription($after: Cursor) { events(after: $after) { __typename cursor } }";
/// Between two tries to reach a service that is away.
const PAUSE: Duration = Duration::from_millis(10);

/// Follows the log from its beginning. What it saw stays when the line is cut.
#[derive(Debug)]
pub struct Follower {
    client: Client,
    line: Option<Subscriber>,
    seen: Vec<i64>,
}

impl Follower {
    /// Follows at this client's node, once it is asked to.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, line: None, seen: Vec::new() }
    }

    /// Goes on at another node.
    pub fn move_to(&mut self, client: Client) {
        self.cut();
        self.client = client;
    }

    /// Cuts the line without a word to the service.
    pub fn cut(&mut self) {
        self.line = None;
    }

    /// The places that it saw, in the order in which it saw them.
    #[must_use]
    pub fn seen(&self) -> &[i64] {
        &self.seen
    }

    /// The last place that it saw; 0 if none.
    #[must_use]
    pub fn place(&self) -> i64 {
        self.seen.last().copied().unwrap_or_default()
    }

    /// Follows until it has seen this place, over as many lines as it takes.
    ///
    /// # Panics
    /// If the service says that it lost the place, or refuses.
    pub async fn reach(&mut self, place: i64) {
        while self.place() < place {
            self.step().await;
        }
    }

    /// Takes one item, or notices that the line is cut. Cancel-safe.
    ///
    /// # Panics
    /// As [`reach`](Self::reach).
    pub async fn step(&mut self) {
        let Some(line) = &mut self.line else { return self.connect().await };
        match line.receive().await {
            Received::Next(payload) => {
                let event = &payload["data"]["events"];
                match event["__typename"].as_str() {
                    Some("Heartbeat") => {}
                    Some("ResyncRequired") | None => panic!("the log cannot be followed: {payload}"),
                    Some(_) => self.seen.push(place(&event["cursor"])),
                }
            }
            Received::Error(errors) => panic!("the subscription was refused: {errors}"),
            Received::Complete | Received::Closed(_) => self.cut(),
        }
    }

    async fn connect(&mut self) {
        let after = json!({ "after": cursor(self.place()) });
        match self.client.try_subscribe(EVENTS, after).await {
            Ok(line) => self.line = Some(line),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// The cursor of a place. Callers may not know what a cursor says; these tests compare it with the table.
#[must_use]
pub fn cursor(place: i64) -> String {
    let mut bytes = vec![b'e'];
    bytes.extend(place.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a cursor names.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn place(cursor: &Value) -> i64 {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str().unwrap_or_default()).ok();
    let place = bytes.and_then(|bytes| bytes.strip_prefix(b"e")?.try_into().ok().map(i64::from_be_bytes));
    place.unwrap_or_else(|| panic!("not a cursor of the log: {cursor}"))
}
