//! Language models and tool servers behind an interface of our own, so that no name of a vendor's library is known
//! outside. Knows no database, no GraphQL and no web framework.

mod error;
mod key;
mod model;
mod remote;
pub mod scripted;
pub mod tool_server;

pub use error::{MalformedCall, ModelError};
pub use key::Key;
pub use model::{Completion, LanguageModel, Request, Stop, Tool, ToolCall, ToolChoice, Turn, Usage};
pub use remote::{ConnectError, Endpoint, Kind, connect};
