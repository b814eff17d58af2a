//! Use cases: one function, one transaction. Each takes the [`App`](crate::App) and, unless nobody is known yet, the
//! [`Viewer`](crate::auth::Viewer).

pub mod access;
mod access_token;
mod assign;
pub mod assistants;
pub mod channels;
pub mod connect;
pub mod contacts;
pub mod conversations;
mod inactive;
pub mod integration;
pub mod jobs;
mod marketing_holds;
pub mod media;
pub mod model_prices;
mod notifications;
pub mod provider_tasks;
pub mod reactions;
mod read_receipts;
pub mod receipts;
pub mod receive;
mod retention;
pub mod saved_messages;
pub mod send;
pub mod settings;
pub mod settle;
pub mod templates;
mod timeline;
pub mod tool_servers;
pub mod turns;
pub mod typing;
pub mod waiting;
pub mod windows;
