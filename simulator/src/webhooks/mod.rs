//! Webhooks: what is told to the business, in which body, and how it is posted until it is taken.

mod body;
mod bytes;
mod post;
mod queue;
mod updates;

#[cfg(test)]
pub(crate) use body::envelope;
pub(crate) use body::{Update, metadata};
pub use bytes::{escape, sign};
pub(crate) use post::{post, verify, work};
pub(crate) use queue::Queue;
pub(crate) use updates::{Phase, StatusOf, contact, status};
