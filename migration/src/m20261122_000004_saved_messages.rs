//! What was written once to be sent many times.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE saved_message (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL UNIQUE,
    language text,
    kind text NOT NULL,
    draft text NOT NULL,
    created_by uuid,
    updated_by uuid,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX saved_message_created_at ON saved_message (created_at, id);
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
