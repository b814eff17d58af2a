//! The simulator from outside: over HTTP on both sides.

mod control;
mod faults;
mod graph;
mod receiver;
mod refusals;
mod roads;
mod shapes;
mod webhooks;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Config, Retry, Simulator};
use receiver::Receiver;

const PHONE: &str = "34600000001";

/// A simulator with a receiver for its webhooks, a client for its API, and quick retries.
struct Setup {
    simulator: Simulator,
    receiver: Receiver,
    http: reqwest::Client,
}

impl Setup {
    async fn new() -> Self {
        Self::with(Config::default()).await
    }

    async fn with(config: Config) -> Self {
        let setup = Self::unconnected(config).await;
        setup.connect();
        setup
    }

    /// Webhooks wait until [`Self::connect`].
    async fn unconnected(config: Config) -> Self {
        let receiver = Receiver::start().await;
        let retry = Retry { first: Duration::from_millis(1), max: Duration::from_millis(5) };
        let simulator = Simulator::start(Config { retry, ..config }).await.expect("a free port");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { simulator, receiver, http }
    }

    fn connect(&self) {
        self.simulator.set_webhook_url(&self.receiver.url());
    }

    /// A customer who has written, so that the window is open, and no webhooks on the way.
    async fn with_open_window() -> Self {
        let setup = Self::new().await;
        setup.simulator.customer_writes(PHONE, json!({ "text": "Hi" })).await;
        setup.drained().await;
        setup
    }

    fn graph(&self, path: &str) -> String {
        format!("{}/v24.0/{path}", self.simulator.url())
    }

    /// Posts to the messages edge with the right token; the status and the answer.
    async fn try_send(&self, body: &Value) -> reqwest::Result<(u16, Value)> {
        let business = self.simulator.business();
        let url = self.graph(&format!("{}/messages", business.phone_number_id));
        let response = self.http.post(url).bearer_auth(&business.access_token).json(body).send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    /// The same with the connection held to stay up.
    async fn send(&self, body: Value) -> (u16, Value) {
        self.try_send(&body).await.expect("an answer")
    }

    /// Gets a path of the Graph API with the right token.
    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(reqwest::Method::GET, path, None).await
    }

    /// Asks the Graph API anything, with the right token.
    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let token = &self.simulator.business().access_token;
        let mut request = self.http.request(method, self.graph(path)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    async fn drained(&self) {
        assert!(self.simulator.drained(Duration::from_secs(5)).await, "webhooks are still pending");
    }
}

/// A text message to [`PHONE`].
fn text(body: &str) -> Value {
    json!({ "messaging_product": "whatsapp", "to": PHONE, "type": "text", "text": { "body": body } })
}
