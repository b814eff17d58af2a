//! What the integration tests share: a whole service on a database of its own, Meta played by the simulator, and the
//! clients of both.
//!
//! A test runs on each of the two stores:
//!
//! ```text
//! #[test]
//! fn what_a_customer_writes_can_be_read() {
//!     on_each_store(async |database| {
//!         let app = TestApp::start(database).await;
//!         app.deliver(&webhook::text("34600000001", "wamid.A", 1_700_000_000, "Hola")).await;
//!         app.settled().await;
//!         …
//!         app.finish().await;
//!     });
//! }
//! ```
//!
//! Nothing here sleeps for a fixed time: tests wait for a condition ([`wait::until`]) or move the clock.

pub mod app;
pub mod changes;
pub mod child;
pub mod client;
pub mod event_stream;
pub mod follower;
pub mod records;
pub mod reference;
pub mod sending;
pub mod store;
pub mod subscriber;
pub mod wait;
pub mod webhook;

pub use app::TestApp;
pub use client::Client;
pub use event_stream::EventStream;
pub use follower::Follower;
pub use store::{Database, on_each_store, on_postgres, on_sqlite};
pub use subscriber::Subscriber;
