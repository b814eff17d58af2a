//! Sending over the API, and what becomes of it.

use crate::client::Client;
use crate::wait::until;
use serde_json::{Value, json};
use uuid::Uuid;

/// Queues a message.
pub const SEND: &str = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
    message { id status } userErrors { code field } } }";

/// The variables of [`SEND`] for a text to a phone, given in digits.
#[must_use]
pub fn text_to(phone: &str, body: &str, key: &str) -> Value {
    json!({ "input": {
        "to": { "phone": format!("+{phone}") },
        "content": { "text": { "body": body } },
        "idempotencyKey": key,
    }})
}

impl Client {
    /// Queues a text under a key of its own, and returns the message's id.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn send(&self, phone: &str, body: &str) -> String {
        let payload = self.try_send(&text_to(phone, body, &Uuid::new_v4().to_string())).await;
        let id = payload["message"]["id"].as_str();
        id.unwrap_or_else(|| panic!("{body} was refused: {payload}")).to_owned()
    }

    /// The payload of [`SEND`].
    ///
    /// # Panics
    /// If there are errors beside those that a person can mend.
    pub async fn try_send(&self, variables: &Value) -> Value {
        self.ask(SEND, variables.clone()).await["messageSend"].take()
    }

    /// The codes of the user errors with which a send is refused.
    ///
    /// # Panics
    /// If it is not.
    pub async fn refusals(&self, variables: &Value) -> Vec<String> {
        let payload = self.try_send(variables).await;
        assert!(payload["message"].is_null(), "it was to be refused: {payload}");
        let errors = payload["userErrors"].as_array().into_iter().flatten();
        errors.filter_map(|error| Some(error["code"].as_str()?.to_owned())).collect()
    }

    /// A message with what matters about a send.
    ///
    /// # Panics
    /// If there are errors.
    pub async fn message(&self, id: &str) -> Value {
        let query = "query($id: ID!) { message(id: $id) {
            id status origin replyTo { id } error { code title details explanation retryable remedy }
            statusTimes { acceptedAt sentAt deliveredAt readAt failedAt }
            conversation { mode sendability { canSendFreeForm reason } } } }";
        self.ask(query, json!({ "id": id })).await["message"].take()
    }

    /// Waits until a message is shown in this state, and returns it.
    ///
    /// # Panics
    /// If it does not get there.
    pub async fn message_in(&self, id: &str, status: &str) -> Value {
        until(&format!("the message is {status}"), async || {
            let message = self.message(id).await;
            (message["status"] == status).then_some(message)
        })
        .await
    }
}
