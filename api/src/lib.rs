//! Recado speaks: HTTP, GraphQL and the command line, in front of the [`inbox`].

#![recursion_limit = "256"]

mod bench;
pub mod cli;
pub mod config;
mod graphql;
mod http;
mod running;
pub mod telemetry;

pub use config::Config;
pub use running::{Running, start};
