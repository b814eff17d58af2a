//! A response as it goes: bytes, and whether the request was understood at all.

pub(super) use crate::graphql::errors::ErrorCode as Code;
use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use serde::Serialize;
use std::collections::BTreeMap;

/// More errors tell nobody more.
pub(super) const ERRORS: usize = 10;

/// An error outside any field.
pub(super) fn error(message: impl Into<String>, code: Code) -> ServerError {
    let mut error = ServerError::new(message, None);
    set_code(&mut error, code);
    error
}

fn set_code(error: &mut ServerError, code: Code) {
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code.as_str());
}

/// Nothing was executed: GraphQL's "request error". The response then has no `data` at all.
pub(super) fn is_request_error(response: &Response) -> bool {
    !response.errors.is_empty()
        && response.data == Value::Null
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// Completes a response. What our resolvers refuse carries a code; errors without one come from GraphQL itself, which
/// could not make sense of the request.
pub(super) fn finish(response: &mut Response) {
    response.errors.truncate(ERRORS);
    for error in &mut response.errors {
        if error.extensions.as_ref().is_none_or(|extensions| extensions.get("code").is_none()) {
            set_code(error, Code::BadUserInput);
        }
    }
}

#[derive(Serialize)]
struct Refused<'a> {
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

/// The response as JSON.
pub(super) fn to_json(response: &Response) -> String {
    if is_request_error(response) {
        json(&Refused { errors: &response.errors, extensions: &response.extensions })
    } else {
        json(response)
    }
}

/// Errors as a JSON list, for the `error` message of a socket.
pub(super) fn errors_to_json(errors: &[ServerError]) -> String {
    json(&errors)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        // Only a float that is not a number could do this, and GraphQL has none.
        tracing::error!(%error, "a response could not be written as JSON");
        r#"{"errors":[{"message":"the response could not be written","extensions":{"code":"INTERNAL"}}]}"#
            .to_owned()
    })
}
