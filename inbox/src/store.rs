//! Every query, one file a table family, and the door to the database.

pub mod audit;
pub mod bulk;
pub mod channels;
pub(crate) mod connect;
pub mod contacts;
pub mod conversations;
pub mod db;
pub(crate) mod diagnostics;
pub(crate) mod effects;
pub mod events;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod leases;
pub mod messages;
pub mod outbox;
pub mod page;
pub mod provider_updates;
mod reach;
pub mod receipts;
pub mod roles;
pub mod send;
pub mod tokens;
pub mod users;

pub use db::{Db, DbConfig, Priority, Tx, TxFuture};
