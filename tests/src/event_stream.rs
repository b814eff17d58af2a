//! One operation over server-sent events.

use crate::wait::PATIENCE;
use serde_json::{Value, json};

/// A running stream. Dropping it cuts the line without a word.
#[derive(Debug)]
pub struct EventStream {
    response: reqwest::Response,
    text: String,
}

/// One event of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamEvent {
    /// `next` or `complete`.
    pub kind: String,
    /// What to show as `Last-Event-ID` to go on behind it.
    pub id: Option<String>,
    /// The result; null with `complete`.
    pub data: Value,
}

impl EventStream {
    /// Begins an operation, behind an event that was seen before if there is one.
    ///
    /// # Errors
    /// If the service cannot be reached, or does not answer with a stream.
    pub async fn open(
        url: &str,
        token: Option<&str>,
        query: &str,
        variables: Value,
        last_event_id: Option<&str>,
    ) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let mut request = http
            .post(format!("{url}/graphql/stream"))
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await?.error_for_status()?;
        Ok(Self { response, text: String::new() })
    }

    /// What comes next, comments passed over; none at the end of the stream.
    ///
    /// # Panics
    /// If nothing comes within the patience of a test.
    pub async fn next(&mut self) -> Option<StreamEvent> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let parsed = parse(event);
                self.text = rest.to_owned();
                match parsed {
                    Some(event) => return Some(event),
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("something is received in time").ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).expect("a chunk ends where an event does"));
        }
    }
}

fn parse(event: &str) -> Option<StreamEvent> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let data = field("data:").filter(|data| !data.is_empty());
    Some(StreamEvent {
        kind: field("event:")?.to_owned(),
        id: field("id:").map(str::to_owned),
        data: data.map_or(Value::Null, |data| serde_json::from_str(data).expect("data is JSON")),
    })
}
