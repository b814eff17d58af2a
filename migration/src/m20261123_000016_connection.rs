//! Secrets of the connection with WhatsApp, those of a channel's own app, and what Meta last said of all of them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE secret (
    place text NOT NULL PRIMARY KEY,
    sealed bytea NOT NULL,
    last_four text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by uuid
);

ALTER TABLE channel ADD COLUMN app_id text;

CREATE TABLE integration (
    id integer NOT NULL PRIMARY KEY,
    fingerprint text NOT NULL,
    state text NOT NULL,
    problems text NOT NULL,
    token text,
    checked_at bigint NOT NULL
);
"#;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A step that fails half-way leaves nothing behind, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(TABLES).await?;
        Ok(())
    }
}
