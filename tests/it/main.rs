//! The service from outside: HTTP, GraphQL and WebSockets in front, Meta behind, both stores below. One module a subject.

mod access;
mod attacks;
mod automatic;
mod contacts;
mod contacts_io;
mod dependencies;
mod documents;
mod erasure;
mod hostile;
mod house;
mod ingest;
mod kill;
mod limits;
mod media;
mod merging;
mod nodes;
mod operation;
mod queries;
mod sending;
mod settings;
mod shapes;
mod streams;
mod subscriptions;
mod templates;
