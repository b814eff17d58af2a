//! Files of contacts, and the ids of contacts that were merged away.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE contacts_import (
    id uuid NOT NULL PRIMARY KEY,
    state text NOT NULL,
    dry_run boolean NOT NULL,
    on_existing text NOT NULL,
    object_key text,
    total_rows integer NOT NULL,
    position bigint NOT NULL,
    processed_rows integer NOT NULL,
    created_rows integer NOT NULL,
    updated_rows integer NOT NULL,
    unchanged_rows integer NOT NULL,
    refused_rows integer NOT NULL,
    failure text,
    scope text NOT NULL,
    idempotency_key text NOT NULL,
    request_hash text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    created_at bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    updated_at bigint NOT NULL,
    UNIQUE (scope, idempotency_key)
);
CREATE INDEX contacts_import_created_at ON contacts_import (created_at, id);
CREATE INDEX contacts_import_file ON contacts_import (id) WHERE object_key IS NOT NULL;

CREATE TABLE contacts_import_problem (
    id uuid NOT NULL PRIMARY KEY,
    import_id uuid NOT NULL REFERENCES contacts_import (id),
    row_number bigint NOT NULL,
    field text,
    code text NOT NULL,
    message text NOT NULL
);
CREATE INDEX contacts_import_problem_import_id ON contacts_import_problem (import_id, row_number, id);

CREATE INDEX contact_merge_source_id ON contact_merge (source_id);
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
