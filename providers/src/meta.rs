//! Meta's Cloud API: its webhooks coming in, its Graph calls going out, and what its errors mean.

pub mod catalogue;
pub mod client;
mod error;
mod outbound;
pub mod parse;
pub mod verify;

pub use client::{GraphClient, OutboundMessage, Recipient, SendOutcome};
pub use error::{GraphError, parse_graph_error};
pub use parse::{ParseError, parse};
pub use verify::{HandshakeError, SignatureError, Verified, handshake};
