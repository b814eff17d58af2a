//! Use cases: one function, one transaction. Each takes the [`App`](crate::App) and, unless nobody is known yet, the
//! [`Viewer`](crate::auth::Viewer).

pub mod access;
pub mod connect;
pub mod conversations;
pub mod receipts;
pub mod receive;
pub mod send;
pub mod settle;
