//! Why an assistant gives a conversation to people.

use serde::{Deserialize, Serialize};

/// Why an assistant gives a conversation to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The customer asked for a person.
    CustomerRequest,
    /// The customer is upset.
    Frustration,
    /// It is not what the assistant is for, or it does not know.
    OutOfScope,
    /// Who the customer is would have to be checked.
    CannotVerify,
    /// A rule of the business wants a person.
    Policy,
    /// Money or law.
    PaymentOrLegal,
    /// A tool does not work.
    ToolFailure,
    /// It tried and did not get further.
    RepeatedFailure,
    /// The model cannot be asked, or gives nothing that can be sent.
    ModelFailure,
    /// A limit of answers, tokens or money was reached.
    LimitReached,
    /// Two machines seem to be talking to each other.
    Loop,
    /// An answer could not be delivered.
    NotDelivered,
}

impl Reason {
    /// Those that a model may give.
    pub const ALL: [Self; 8] = [
        Self::CustomerRequest,
        Self::Frustration,
        Self::OutOfScope,
        Self::CannotVerify,
        Self::Policy,
        Self::PaymentOrLegal,
        Self::ToolFailure,
        Self::RepeatedFailure,
    ];

    /// As models, tables and the schema write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerRequest => "customer_request",
            Self::Frustration => "frustration",
            Self::OutOfScope => "out_of_scope",
            Self::CannotVerify => "cannot_verify",
            Self::Policy => "policy",
            Self::PaymentOrLegal => "payment_or_legal",
            Self::ToolFailure => "tool_failure",
            Self::RepeatedFailure => "repeated_failure",
            Self::ModelFailure => "model_failure",
            Self::LimitReached => "limit_reached",
            Self::Loop => "loop",
            Self::NotDelivered => "not_delivered",
        }
    }
}
