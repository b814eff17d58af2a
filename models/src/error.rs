//! Why there is no answer.

use crate::model::Usage;
use std::fmt;
use std::time::Duration;

/// Why a model gave no answer. Neither `Display` nor `Debug` shows a customer's text, a prompt or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No whole answer within the deadline.
    #[error("the model did not answer in time; choose a faster model, or allow it more time")]
    Timeout,
    /// No connection, or it broke before the whole answer was here.
    #[error("the model cannot be reached; check its address, and whether it runs")]
    Unreachable,
    /// Asked too often, or too much.
    #[error("the provider of the model limits how often it is asked; wait, or raise the limit there")]
    RateLimited {
        /// How long the provider wants us to wait, where it says so.
        retry_after: Option<Duration>,
    },
    /// The provider failed or has too much to do.
    #[error("the provider of the model has too much to do or failed; try again later")]
    Overloaded,
    /// The key is missing, wrong, or may not use this model.
    #[error("the provider of the model does not accept the key; check it")]
    Unauthorized,
    /// The request was refused, and would be again: a model that does not exist, too long a text, a wrong address.
    #[error("the provider refused the request with status {status}; check the model's name and its address")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// There was an answer that is not what the protocol says. Ask again, best with what was wrong.
    #[error("the model's answer cannot be read")]
    Malformed {
        /// The call whose arguments were no JSON object, if that is what was wrong: for a repair.
        call: Option<MalformedCall>,
    },
}

impl ModelError {
    /// Whether the same request may be answered later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Timeout | Self::Unreachable | Self::RateLimited { .. } | Self::Overloaded => true,
            Self::Unauthorized | Self::Refused { .. } | Self::Malformed { .. } => false,
        }
    }
}

/// A call of a tool with arguments that are no JSON object. Its `Debug` is mute.
#[derive(Clone, PartialEq, Eq)]
pub struct MalformedCall {
    /// The tool.
    pub name: String,
    /// What the model gave as arguments.
    pub arguments: String,
    /// What the answer cost all the same.
    pub usage: Usage,
}

impl fmt::Debug for MalformedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MalformedCall(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_model_said_is_not_shown() {
        let call = MalformedCall {
            name: "send_text".to_owned(),
            arguments: "{\"body\": \"Lucía".to_owned(),
            usage: Usage::default(),
        };
        let error = ModelError::Malformed { call: Some(call) };
        for shown in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
            assert!(!shown.contains("Luc"), "{shown}");
        }
    }
}
