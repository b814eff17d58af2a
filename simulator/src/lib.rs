//! Meta's Graph API in a box: one ready-made business, customers that write, and faults on demand.
//!
//! The simulator speaks the part of the Graph API that a WhatsApp service uses, refuses what Meta refuses, and posts
//! webhooks as Meta posts them: escaped, signed, batched, in no certain order, and again until they are answered 200.
//! It is a library for tests and shares nothing with the service that it tests.
//!
//! ```no_run
//! # async fn example() -> anyhow::Result<()> {
//! use serde_json::json;
//! use simulator::{Config, Simulator};
//!
//! let simulator = Simulator::start(Config::default()).await?;
//! simulator.set_webhook_url("http://127.0.0.1:8080/api/WhatsApp/Webhook");
//! simulator.verify_webhook().await?;
//! simulator.customer_writes("+34 600 000 001", json!({ "text": "¿Está abierto?" })).await;
//! # Ok(())
//! # }
//! ```

mod catalog;
mod clock;
mod config;
mod control;
mod crowd;
mod customer;
mod customers;
mod faults;
mod graph;
mod ids;
mod inbound;
mod limits;
mod media;
mod requests;
mod server;
mod simulator;
mod state;
mod templates;
mod tokens;
mod webhooks;

#[cfg(test)]
mod tests;

pub use config::{Business, Config, Limits, Retry};
pub use crowd::CrowdHandle;
pub use customer::Customer;
pub use customers::{PhoneMessage, PhoneStatus};
pub use faults::{FailDelivery, FailMedia, FailSends, Faults, HoldTemplates, MediaFault};
pub use media::sample_file;
pub use requests::RecordedRequest;
pub use simulator::Simulator;
pub use templates::Verdict;
pub use webhooks::{escape, sign};
