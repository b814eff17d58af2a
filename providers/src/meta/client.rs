//! Calls to the Graph API that send: messages, reactions, read receipts and the typing indicator.
//!
//! A send has no idempotency key at Meta, so what matters is to know what an answer proves: that the message went out,
//! that it did not, or neither. [`SendOutcome`] keeps these apart.

mod media;
mod nodes;
mod numbers;
mod outcome;
mod samples;
mod templates;
#[cfg(test)]
mod tests;
mod token;

pub use media::{MediaError, MediaInfo, UploadOutcome, UploadedFile};
pub use nodes::NodeKind;
pub use numbers::PhoneNumberInfo;
pub use samples::SampleError;
pub use templates::{CreatedTemplate, ListedTemplate, TemplatePage};
pub use token::TokenInfo;

use super::outbound::{self, Unsendable};
use crate::content::Content;
use crate::inbound::ProviderError;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use url::Url;

/// Longest answer that is read, in bytes; Meta's are under 2 KB.
const MAX_ANSWER: usize = 256 * 1024;

/// A client of the Graph API for any number and token.
#[derive(Clone)]
pub struct GraphClient {
    http: reqwest::Client,
    base_url: Url,
    version: String,
}

/// Whom a message is for. With both ids Meta takes the phone number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipient {
    /// The phone number as Meta gave it; sent as `+` and its digits.
    pub wa_id: Option<String>,
    /// The business-scoped user id, own or parent.
    pub user_id: Option<String>,
}

/// A message to send.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundMessage {
    /// The customer.
    pub to: Recipient,
    /// What to send. Kinds that only customers send are rejected.
    pub content: Content,
    /// The message that is quoted.
    pub reply_to_wamid: Option<String>,
    /// Our id of the message, at most 512 characters; comes back on the message's statuses. Left out when empty.
    pub biz_opaque_callback_data: String,
}

/// What an attempt to send proved.
#[derive(Debug, Clone, PartialEq)]
pub enum SendOutcome {
    /// Meta took the message. Whether it arrives is told by webhooks.
    Accepted {
        /// The message's id from now on.
        wamid: String,
        /// The recipient's phone number as Meta resolved it; may differ from the one given.
        wa_id: Option<String>,
        /// The recipient's business-scoped user id; only for messages sent to one.
        user_id: Option<String>,
        /// `accepted`, `held_for_quality_assessment` or `paused`; templates only.
        message_status: Option<String>,
    },
    /// Refused before it was processed: the same message may be sent again.
    Retry {
        /// Why.
        error: ProviderError,
        /// How long Meta wants us to wait, where it says so.
        after: Option<Duration>,
    },
    /// Not sent, and the same message will be refused again.
    Rejected(ProviderError),
    /// It may have gone out or not. Never send it again by itself: its status webhook, if one comes, carries
    /// [`OutboundMessage::biz_opaque_callback_data`].
    Unknown(ProviderError),
}

/// What became of a call that may be repeated, because a second one changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskOutcome {
    /// Done.
    Done,
    /// Not done, or nobody knows: call again.
    Retry {
        /// Why.
        error: ProviderError,
        /// How long Meta wants us to wait, where it says so.
        after: Option<Duration>,
    },
    /// Refused, and it will be refused again.
    Rejected(ProviderError),
}

/// What came back, before anything was concluded from it.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
enum NoAnswer {
    /// Nothing was sent, and would not be the next time: a token or an address that HTTP cannot carry.
    Unsendable(String),
    /// No connection: nothing was sent.
    NotConnected(String),
    /// The connection was lost, or the time was up, when Meta may have had the request.
    Lost(String),
}

impl GraphClient {
    /// A client that calls `base_url` (`https://graph.facebook.com`) in `version` (`v24.0`).
    ///
    /// `http` should have a timeout for connecting and one for the whole call, and follow no redirects.
    #[must_use]
    pub fn new(http: reqwest::Client, base_url: Url, version: String) -> Self {
        Self { http, base_url, version }
    }

    /// Sends `message` from the number `phone_number_id`. One attempt; nothing is repeated here.
    pub async fn send(
        &self,
        access_token: &str,
        phone_number_id: &str,
        message: &OutboundMessage,
    ) -> SendOutcome {
        self.send_body(access_token, phone_number_id, outbound::message(message)).await
    }

    /// Reacts with `emoji` to a message in the conversation with `to`; `None` takes the reaction back. May be repeated:
    /// each side has one reaction to a message. `biz_opaque_callback_data` as in [`OutboundMessage`].
    pub async fn react(
        &self,
        access_token: &str,
        phone_number_id: &str,
        to: &Recipient,
        target_wamid: &str,
        emoji: Option<&str>,
        biz_opaque_callback_data: &str,
    ) -> TaskOutcome {
        match outbound::reaction(to, target_wamid, emoji, biz_opaque_callback_data) {
            Ok(body) => self.task(access_token, phone_number_id, &body).await,
            Err(error) => TaskOutcome::Rejected(outcome::ours(error.to_string())),
        }
    }

    /// Shows the blue ticks on the inbound message `wamid` and on those before it. May be repeated.
    pub async fn mark_read(&self, access_token: &str, phone_number_id: &str, wamid: &str) -> TaskOutcome {
        self.task(access_token, phone_number_id, &outbound::read(wamid, false)).await
    }

    /// Shows "typing…" to the writer of the inbound message `wamid` until the answer comes, at most 25 s. Marks the
    /// message as read too.
    pub async fn typing(&self, access_token: &str, phone_number_id: &str, wamid: &str) -> TaskOutcome {
        self.task(access_token, phone_number_id, &outbound::read(wamid, true)).await
    }

    /// Blocks somebody on this number, or lets them through again. Meta blocks only who wrote within the last 24 hours. May
    /// be repeated.
    pub async fn block(
        &self,
        access_token: &str,
        phone_number_id: &str,
        whom: &Recipient,
        blocked: bool,
    ) -> TaskOutcome {
        let Some(body) = outbound::block(whom) else {
            return TaskOutcome::Rejected(outcome::ours(
                "the contact has neither a phone nor a user id".to_owned(),
            ));
        };
        let method = if blocked { Method::POST } else { Method::DELETE };
        let answer = self.call(method, access_token, &[phone_number_id, "block_users"], &body).await;
        outcome::of_block(answer)
    }

    async fn task(&self, access_token: &str, phone_number_id: &str, body: &Value) -> TaskOutcome {
        outcome::of_task(self.post(access_token, phone_number_id, body).await)
    }

    async fn send_body(
        &self,
        access_token: &str,
        phone_number_id: &str,
        body: Result<Value, Unsendable>,
    ) -> SendOutcome {
        match body {
            Ok(body) => outcome::of_send(self.post(access_token, phone_number_id, &body).await),
            Err(error) => SendOutcome::Rejected(outcome::ours(error.to_string())),
        }
    }

    async fn post(
        &self,
        access_token: &str,
        phone_number_id: &str,
        body: &Value,
    ) -> Result<Answer, NoAnswer> {
        self.call(Method::POST, access_token, &[phone_number_id, "messages"], body).await
    }

    async fn call(
        &self,
        method: Method,
        access_token: &str,
        path: &[&str],
        body: &Value,
    ) -> Result<Answer, NoAnswer> {
        let request = self.http.request(method, self.url(path)?).bearer_auth(access_token).json(body);
        exchange(request, MAX_ANSWER).await
    }

    fn url(&self, path: &[&str]) -> Result<Url, NoAnswer> {
        let mut url = self.base_url.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => {
                segments.pop_if_empty().push(&self.version).extend(path);
            }
            Err(()) => {
                return Err(NoAnswer::Unsendable(
                    "the Graph URL has no host; set it to https://…".to_owned(),
                ));
            }
        }
        Ok(url)
    }
}

/// Makes a call, and reads an answer of at most `longest` bytes.
async fn exchange(request: reqwest::RequestBuilder, longest: usize) -> Result<Answer, NoAnswer> {
    let mut response = request.send().await.map_err(|error| NoAnswer::from_reqwest(&error))?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| NoAnswer::lost(&error))? {
        if body.len() + chunk.len() > longest {
            return Err(NoAnswer::Lost(format!("the answer is longer than {longest} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status: response.status(), headers: response.headers().clone(), body })
}

/// Leaves the HTTP client out.
impl fmt::Debug for GraphClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GraphClient")
            .field("base_url", &self.base_url.as_str())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl NoAnswer {
    fn from_reqwest(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            Self::Unsendable(
                "the request could not be built; check the access token and the Graph URL for stray characters"
                    .to_owned(),
            )
        } else if error.is_connect() {
            Self::NotConnected(format!("no connection to Meta: {}", innermost(error)))
        } else {
            Self::lost(error)
        }
    }

    fn lost(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Lost("Meta did not answer in time".to_owned())
        } else {
            Self::Lost(format!("the connection was lost before the answer: {}", innermost(error)))
        }
    }
}

/// The cause at the bottom. The errors above it repeat the URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if std::ptr::addr_eq(cause, error) { "the request failed".to_owned() } else { cause.to_string() }
}
