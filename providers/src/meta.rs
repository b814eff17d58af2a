//! Meta's Cloud API: its webhooks coming in, its Graph calls going out, and what its errors mean.

pub mod catalogue;
pub mod client;
mod error;
mod outbound;
pub mod parse;
#[cfg(test)]
mod reference;
pub mod verify;

pub use client::{
    CreatedTemplate, GraphClient, ListedTemplate, MediaError, MediaInfo, NodeKind, OutboundMessage,
    PhoneNumberInfo, Recipient, SendOutcome, TaskOutcome, TemplatePage, TokenInfo,
};
pub use error::{GraphError, parse_graph_error};
pub use parse::{ParseError, parse};
pub use verify::{HandshakeError, SignatureError, Verified, handshake};
