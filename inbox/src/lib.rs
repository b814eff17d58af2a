//! The inbox: what Recado decides and remembers. Knows neither HTTP nor GraphQL.
//!
//! `domain` holds the rules, `store` the queries, `services` the use cases (one function, one transaction), `jobs` what
//! runs beside the requests. Imports go down only: `jobs` → `services` → `domain` and `store` → `entities`.

#![recursion_limit = "256"]

pub mod app;
pub mod auth;
pub mod bus;
pub mod clock;
pub mod connection;
pub mod diagnostics;
pub mod domain;
pub mod error;
pub mod events;
pub mod jobs;
pub mod limits;
pub mod media;
pub mod model_client;
pub mod services;
pub mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod vault;

pub use app::{App, AppConfig, AutomaticConfig, ContactsConfig, Secret, SecretKey, WhatsAppConfig};
pub use error::{Error, Result};
