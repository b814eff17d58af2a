//! Refusals, in the shape of Meta's errors.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::catalog;

/// A refusal. It travels as a response extension; the layer around the Graph routes writes it out with its trace id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GraphError {
    pub(crate) status: StatusCode,
    pub(crate) code: i64,
    pub(crate) subcode: Option<i64>,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    pub(crate) details: Option<String>,
}

impl GraphError {
    /// A refusal by its code, with the status and the title that usually go with it.
    pub(crate) fn new(code: i64) -> Self {
        Self {
            status: StatusCode::from_u16(catalog::status(code)).unwrap_or(StatusCode::BAD_REQUEST),
            code,
            subcode: None,
            kind: "OAuthException",
            message: format!("(#{code}) {}", catalog::title(code)),
            details: None,
        }
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap_or(self.status), ..self }
    }

    pub(crate) fn subcode(self, subcode: i64) -> Self {
        Self { subcode: Some(subcode), ..self }
    }

    pub(crate) fn message(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    pub(crate) fn details(self, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..self }
    }

    /// 100: something about a parameter.
    pub(crate) fn parameter(details: impl Into<String>) -> Self {
        Self::new(100).details(details)
    }

    /// 100: the body is not JSON.
    pub(crate) fn not_json() -> Self {
        Self::new(100).message("(#100) The request body is not valid JSON.")
    }

    /// 100: a parameter of the request itself is not there.
    pub(crate) fn required(name: &str) -> Self {
        Self::new(100).message(format!("(#100) The parameter {name} is required."))
    }

    /// 131008: a part of a message is not there.
    pub(crate) fn missing(details: impl Into<String>) -> Self {
        Self::new(131008).details(details)
    }

    /// 131009: a part of a message does not have a value that Meta takes.
    pub(crate) fn value(details: impl Into<String>) -> Self {
        Self::new(131009).details(details)
    }

    /// 100, subcode 33: there is no such object, or not for this token.
    pub(crate) fn no_object(method: &str, id: &str) -> Self {
        let message = format!(
            "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation. Please read the Graph API documentation at \
             https://developers.facebook.com/docs/graph-api"
        );
        Self { kind: "GraphMethodException", ..Self::new(100).subcode(33).message(message) }
    }

    /// The body of the answer.
    pub(crate) fn body(&self, fbtrace_id: &str) -> Value {
        let mut error = json!({ "message": self.message, "type": self.kind, "code": self.code });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if let Some(details) = &self.details {
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        error["fbtrace_id"] = json!(fbtrace_id);
        json!({ "error": error })
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
