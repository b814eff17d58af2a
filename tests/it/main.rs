//! The service from outside: HTTP, GraphQL and WebSockets in front, Meta behind, both stores below. One module a subject.

mod access;
mod attacks;
mod dependencies;
mod documents;
mod hostile;
mod house;
mod ingest;
mod kill;
mod nodes;
mod operation;
mod queries;
mod sending;
mod shapes;
mod streams;
mod subscriptions;
