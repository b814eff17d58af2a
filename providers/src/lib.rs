//! WhatsApp over its providers: wire types, verification, parsing, sending, limits and the catalogue of errors.
//! Knows no database, no GraphQL and no web framework.

pub mod content;
pub mod inbound;
pub mod limits;
pub mod meta;
pub mod phone;
pub mod template;
