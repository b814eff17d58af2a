//! The messages of `graphql-transport-ws`, and the codes by which sockets are closed.
//!
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use super::request::Params;
use axum::extract::ws::{CloseFrame, Utf8Bytes};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The WebSocket sub-protocol.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";
/// Ids of operations stand in each message, and clients' are short.
const ID_LIMIT: usize = 256;
/// A close frame has 125 bytes, of which the code takes two.
const REASON_LIMIT: usize = 123;

/// What a client says.
#[derive(Debug)]
pub(super) enum ClientMessage {
    /// Who it is.
    Init(Init),
    /// Asks for a pong with the same payload.
    Ping(Option<Box<RawValue>>),
    /// Answers a ping.
    Pong,
    /// Begins an operation.
    Subscribe(String, Box<Params>),
    /// Wants no more of an operation.
    Complete(String),
}

/// The payload of `connection_init`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Init {
    /// `authorization`, as in the HTTP header.
    pub(super) authorization: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl ClientMessage {
    /// None if it is not a message of the protocol.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Envelope { kind, id, payload } = serde_json::from_str(text).ok()?;
        let id = id.filter(|id| id.len() <= ID_LIMIT);
        Some(match &*kind {
            "connection_init" => Self::Init(Init::parse(payload)?),
            "ping" => Self::Ping(payload.map(ToOwned::to_owned)),
            "pong" => Self::Pong,
            "subscribe" => Self::Subscribe(id?, Params::from_json(payload?.get().as_bytes()).ok()?.into()),
            "complete" => Self::Complete(id?),
            _ => return None,
        })
    }
}

impl Init {
    fn parse(payload: Option<&RawValue>) -> Option<Self> {
        let payload: Option<Map<String, Value>> =
            serde_json::from_str(payload.map_or("null", RawValue::get)).ok()?;
        let payload = payload.unwrap_or_default();
        let mut members = payload.into_iter();
        let authorization = members.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        match authorization {
            None | Some((_, Value::Null)) => Some(Self::default()),
            Some((_, Value::String(text))) => Some(Self { authorization: Some(text) }),
            Some(_) => None,
        }
    }
}

/// One operation of a socket, from `subscribe` to `complete`. Two operations that had the same id one after the other
/// are two of these.
#[derive(Debug)]
pub(super) struct Operation {
    /// As the client named it.
    pub(super) id: Arc<str>,
    /// The same as a JSON text.
    quoted: Box<str>,
}

impl Operation {
    pub(super) fn new(id: &str) -> Self {
        Self { id: id.into(), quoted: Value::from(id).to_string().into() }
    }

    /// A message about this operation; the payload is JSON.
    pub(super) fn message(&self, kind: &str, payload: Option<&str>) -> Utf8Bytes {
        let mut text = String::with_capacity(self.quoted.len() + payload.map_or(0, str::len) + 40);
        text.push_str("{\"id\":");
        text.push_str(&self.quoted);
        text.push_str(",\"type\":\"");
        text.push_str(kind);
        text.push('"');
        if let Some(payload) = payload {
            text.push_str(",\"payload\":");
            text.push_str(payload);
        }
        text.push('}');
        text.into()
    }
}

/// The answer to a good `connection_init`.
pub(super) fn ack() -> Utf8Bytes {
    Utf8Bytes::from_static(r#"{"type":"connection_ack"}"#)
}

/// The answer to a `ping`.
pub(super) fn pong(payload: Option<&RawValue>) -> Utf8Bytes {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{}}}"#, payload.get()).into(),
        None => Utf8Bytes::from_static(r#"{"type":"pong"}"#),
    }
}

/// Why this side closes a socket.
///
/// The codes from 4400 are the protocol's. `graphql-ws`, the usual client, does not connect again after 4400, 4401, 4409,
/// 4429 and 4500, so those are for its own mistakes; after 1001, 1013 and 4403 it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    /// The code.
    pub(super) code: u16,
    reason: Cow<'static, str>,
}

impl Close {
    /// The process stops.
    pub(super) const GOING_AWAY: Self = Self::new(1001, "the service is stopping; connect again");
    /// The client reads too slowly.
    pub(super) const FELL_BEHIND: Self =
        Self::new(1013, "fell behind; connect again and resume after the last cursor");
    /// Not a message of the protocol.
    pub(super) const INVALID_MESSAGE: Self = Self::new(4400, "Invalid message received");
    /// An operation before the acknowledgement.
    pub(super) const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    /// The token is refused.
    pub(super) const FORBIDDEN: Self = Self::new(4403, "Forbidden: the token is refused; get a new one");
    /// The token has ended, or its rights have changed.
    pub(super) const EXPIRED: Self =
        Self::new(4403, "Forbidden: the token has ended or its rights have changed; connect again");
    /// None of the client's sub-protocols is ours.
    pub(super) const SUBPROTOCOL: Self =
        Self::new(4406, "Subprotocol not acceptable: offer graphql-transport-ws");
    /// No `connection_init` in time.
    pub(super) const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    /// A second `connection_init`.
    pub(super) const SECOND_INIT: Self = Self::new(4429, "Too many initialisation requests");
    /// This side is broken: the same would happen again.
    pub(super) const INTERNAL: Self = Self::new(4500, "Internal server error; it has been logged");
    /// Who calls cannot be looked up now.
    pub(super) const UNAVAILABLE: Self = Self::new(1013, "the service cannot look up the token; try again");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }

    /// The id names an operation that still runs.
    pub(super) fn duplicate(id: &str) -> Self {
        Self { code: 4409, reason: Cow::Owned(format!("Subscriber for {id} already exists")) }
    }

    /// The frame; a reason that is too long for one is cut.
    pub(super) fn frame(&self) -> CloseFrame {
        let end = self.reason.floor_char_boundary(REASON_LIMIT);
        CloseFrame { code: self.code, reason: self.reason[..end].into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages() {
        let cases = [
            (r#"{"type":"connection_init"}"#, "Init(Init { authorization: None })"),
            (r#"{"type":"connection_init","payload":null}"#, "Init(Init { authorization: None })"),
            (
                r#"{"type":"connection_init","payload":{"Authorization":"Bearer x","y":1}}"#,
                r#"Init(Init { authorization: Some("Bearer x") })"#,
            ),
            (r#"{"type":"connection_init","payload":{"authorization":1}}"#, ""),
            (r#"{"type":"connection_init","payload":[]}"#, ""),
            (r#"{"type":"pong","payload":{"any":"thing"}}"#, "Pong"),
            (r#"{"id":"1","type":"complete"}"#, r#"Complete("1")"#),
            (r#"{"type":"complete"}"#, ""),
            (r#"{"id":1,"type":"complete"}"#, ""),
            (r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, ""),
            (r#"{"id":"1","type":"subscribe"}"#, ""),
            (r#"{"id":"1","type":"subscribe","payload":{}}"#, ""),
            (r#"{"id":"1","type":"subscribe","payload":{"query":7}}"#, ""),
            (r#"{"id":"1","type":"start","payload":{"query":"{a}"}}"#, ""),
            (r#"{"id":"1"}"#, ""),
            ("[]", ""),
            ("nonsense", ""),
            ("", ""),
        ];
        for (text, expected) in cases {
            let found = ClientMessage::parse(text).map(|message| format!("{message:?}"));
            assert_eq!(found.unwrap_or_default(), expected, "{text}");
        }
        let subscribe = ClientMessage::parse(r#"{"id":"é","type":"subscribe","payload":{"query":"{a}"}}"#);
        assert!(matches!(subscribe, Some(ClientMessage::Subscribe(id, _)) if id == "é"));
    }

    #[test]
    fn a_long_reason_is_cut_where_a_character_ends() {
        for id in ["x".repeat(200), "é".repeat(100), "😀".repeat(60)] {
            let frame = Close::duplicate(&id).frame();
            assert!((119..=REASON_LIMIT).contains(&frame.reason.len()), "{}", frame.reason.len());
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in ".*") {
            let _ = ClientMessage::parse(&text);
        }

        #[test]
        fn what_is_sent_is_json_whatever_the_id(id in ".*") {
            let message = Operation::new(&id).message("next", Some("{\"data\":null}"));
            let read: Value = serde_json::from_str(message.as_str()).unwrap();
            prop_assert_eq!(read, serde_json::json!({ "id": id, "type": "next", "payload": { "data": null } }));
        }

        #[test]
        fn a_pong_carries_the_payload_of_its_ping(text in ".*") {
            let payload = serde_json::json!({ "text": text });
            let ping = serde_json::json!({ "type": "ping", "payload": payload }).to_string();
            let Some(ClientMessage::Ping(Some(carried))) = ClientMessage::parse(&ping) else { panic!("no ping") };
            let read: Value = serde_json::from_str(pong(Some(&carried)).as_str()).unwrap();
            prop_assert_eq!(&read["payload"], &payload);
        }
    }
}
