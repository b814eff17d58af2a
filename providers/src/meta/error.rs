//! Errors in Meta's two shapes: of a Graph answer (`{"error": {…}}`) and of a webhook (`{"code": …, "title": …}`).

use crate::inbound::ProviderError;
use serde::Deserialize;
use serde_json::Value;

/// The error object of a Graph answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GraphError {
    /// Code, message and details in our own shape.
    pub error: ProviderError,
    /// Narrows the code down. Meta says that it is gone since version 16; it is still seen.
    pub subcode: Option<i64>,
    /// Meta says that the same call may work later.
    pub transient: bool,
    /// What Meta's support asks for.
    pub trace_id: Option<String>,
}

/// Reads a Graph answer's error. `None` when the body is not JSON or holds no error object.
#[must_use]
pub fn parse_graph_error(body: &[u8]) -> Option<GraphError> {
    let answer: Answer = serde_json::from_slice(body).ok()?;
    Some(answer.error.into())
}

#[derive(Deserialize)]
struct Answer {
    error: Wire,
}

/// Both shapes at once. Scalars are [`Value`]s, because Meta changes their types from endpoint to endpoint.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Wire {
    code: Value,
    title: Value,
    #[serde(rename = "type")]
    kind: Value,
    message: Value,
    error_data: Value,
    details: Value,
    error_user_msg: Value,
    error_subcode: Value,
    is_transient: Value,
    fbtrace_id: Value,
    href: Value,
}

impl From<&Wire> for ProviderError {
    fn from(wire: &Wire) -> Self {
        wire.clone().into()
    }
}

impl From<Wire> for ProviderError {
    fn from(wire: Wire) -> Self {
        Self {
            code: integer(&wire.code),
            title: text(wire.title).or_else(|| text(wire.kind)),
            message: text(wire.message),
            details: details(wire.error_data)
                .or_else(|| text(wire.details))
                .or_else(|| text(wire.error_user_msg)),
            href: text(wire.href),
        }
    }
}

impl From<Wire> for GraphError {
    fn from(mut wire: Wire) -> Self {
        Self {
            subcode: integer(&wire.error_subcode),
            transient: wire.is_transient.as_bool().unwrap_or_default(),
            trace_id: text(wire.fbtrace_id.take()),
            error: wire.into(),
        }
    }
}

/// `error_data` is an object with `details`, or the details themselves.
fn details(mut data: Value) -> Option<String> {
    match data.get_mut("details") {
        Some(details) => text(details.take()),
        None => text(data),
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(error: &str) -> Option<GraphError> {
        parse_graph_error(format!(r#"{{"error":{error}}}"#).as_bytes())
    }

    #[test]
    fn every_field() {
        let error = parse(
            r#"{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429,"error_subcode":2494055,
                "is_transient":true,"error_data":{"messaging_product":"whatsapp","details":"Too many"},
                "fbtrace_id":"AbC1"}"#,
        );
        let expected = GraphError {
            error: ProviderError {
                code: Some(130_429),
                title: Some("OAuthException".to_owned()),
                message: Some("(#130429) Rate limit hit".to_owned()),
                details: Some("Too many".to_owned()),
                href: None,
            },
            subcode: Some(2_494_055),
            transient: true,
            trace_id: Some("AbC1".to_owned()),
        };
        assert_eq!(error, Some(expected));
    }

    #[test]
    fn details_in_all_their_places() {
        let cases = [
            (r#"{"error_data":{"details":"a"}}"#, Some("a")),
            (r#"{"error_data":"b"}"#, Some("b")),
            (r#"{"error_data":{}}"#, None),
            (r#"{"error_data":null,"error_user_msg":"c"}"#, Some("c")),
            (r#"{"error_data":[1],"error_user_msg":"d"}"#, Some("d")),
            (r#"{"details":"e"}"#, Some("e")),
            (r"{}", None),
        ];
        for (error, details) in cases {
            assert_eq!(parse(error).unwrap().error.details.as_deref(), details, "{error}");
        }
    }

    #[test]
    fn codes_as_numbers_and_strings() {
        assert_eq!(parse(r#"{"code":190}"#).unwrap().error.code, Some(190));
        assert_eq!(parse(r#"{"code":"190"}"#).unwrap().error.code, Some(190));
        assert_eq!(parse(r#"{"code":"x"}"#).unwrap().error.code, None);
    }

    #[test]
    fn what_is_no_graph_error() {
        for body in ["", "<html>502</html>", "[]", "{}", r#"{"error":"oops"}"#, r#"{"error":null}"#, "\u{0}"]
        {
            assert_eq!(parse_graph_error(body.as_bytes()), None, "{body}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(body in any::<Vec<u8>>()) {
            let _ = parse_graph_error(&body);
        }
    }
}
