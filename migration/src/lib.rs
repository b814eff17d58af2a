//! The steps that make the tables, in order. One file a step, the same text for SQLite and PostgreSQL.
//!
//! Types are chosen so that one text serves both: `uuid` holds 16 bytes, every time is `bigint` milliseconds of the
//! Unix epoch (UTC), JSON is `text`, and there are no SQL defaults, so that a row is what the program wrote.

pub use sea_orm_migration::prelude::*;

mod m20261121_000001_foundation;
mod m20261122_000002_access;

/// The steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261121_000001_foundation::Migration), Box::new(m20261122_000002_access::Migration)]
    }
}
