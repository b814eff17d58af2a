//! The steps that make the tables, in order. One file a step, the same text for SQLite and PostgreSQL.
//!
//! Types are chosen so that one text serves both: `uuid` holds 16 bytes, every time is `bigint` milliseconds of the
//! Unix epoch (UTC), JSON is `text`, and there are no SQL defaults, so that a row is what the program wrote.

pub use sea_orm_migration::prelude::*;

mod m20261121_000001_foundation;
mod m20261122_000002_access;
mod m20261122_000003_media;
mod m20261122_000004_saved_messages;
mod m20261122_000005_templates;
mod m20261122_000006_contacts;
mod m20261122_000007_outbox;
mod m20261122_000008_contacts_io;
mod m20261122_000009_held_messages;
mod m20261122_000010_automatic_mode;
mod m20261122_000011_jobs;
mod m20261122_000012_assistants;
mod m20261123_000013_knowledge;
mod m20261123_000014_tool_servers;
mod m20261123_000015_prices;
mod m20261123_000016_connection;
mod m20261123_000017_diagnosis;

/// The steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_foundation::Migration),
            Box::new(m20261122_000002_access::Migration),
            Box::new(m20261122_000003_media::Migration),
            Box::new(m20261122_000004_saved_messages::Migration),
            Box::new(m20261122_000005_templates::Migration),
            Box::new(m20261122_000006_contacts::Migration),
            Box::new(m20261122_000007_outbox::Migration),
            Box::new(m20261122_000008_contacts_io::Migration),
            Box::new(m20261122_000009_held_messages::Migration),
            Box::new(m20261122_000010_automatic_mode::Migration),
            Box::new(m20261122_000011_jobs::Migration),
            Box::new(m20261122_000012_assistants::Migration),
            Box::new(m20261123_000013_knowledge::Migration),
            Box::new(m20261123_000014_tool_servers::Migration),
            Box::new(m20261123_000015_prices::Migration),
            Box::new(m20261123_000016_connection::Migration),
            Box::new(m20261123_000017_diagnosis::Migration),
        ]
    }
}
