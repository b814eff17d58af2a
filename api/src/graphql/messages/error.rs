//! Why a message failed, in our own words.

use async_graphql::{Enum, SimpleObject};
use providers::inbound::ProviderError;
use providers::meta::catalogue::{Language, Retry, describe};

/// Who can do something about an error.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "providers::meta::catalogue::Fault")]
pub(super) enum ErrorFault {
    /// The request: its content, its recipient or its pace.
    Us,
    /// Meta's service, or its choice.
    Meta,
    /// The customer.
    Customer,
    /// The business's account with Meta: token, permissions, payment, quality.
    Account,
}

/// Why a message was not delivered.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct MessageError {
    /// Meta's code. Null if the message never reached Meta.
    code: Option<i32>,
    /// A few words.
    title: String,
    /// Meta's own most useful sentence.
    details: Option<String>,
    /// What happened, in a sentence or two.
    explanation: String,
    /// Who can do something about it. Null for a code that is not known.
    fault: Option<ErrorFault>,
    /// Whether sending it again can help, at once or after the remedy.
    retryable: bool,
    /// What to do.
    remedy: String,
}

impl MessageError {
    /// From the stored JSON.
    pub(super) fn from_stored(json: &str) -> Self {
        let error: ProviderError = serde_json::from_str(json).unwrap_or_default();
        let description = describe(&error, Language::English);
        Self {
            code: error.code.and_then(|code| i32::try_from(code).ok()),
            title: description.title.into_owned(),
            details: error.details.or(error.message),
            explanation: description.explanation.into_owned(),
            fault: description.fault.map(Into::into),
            retryable: description.retry != Retry::Never,
            remedy: description.remedy.into_owned(),
        }
    }
}
