//! Message templates: what Meta has of them, and what became of each.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE template (
    id uuid NOT NULL PRIMARY KEY,
    business_account_id text NOT NULL,
    provider_id text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    status text NOT NULL,
    status_reason text,
    status_at bigint,
    category text,
    previous_category text,
    correct_category text,
    category_change_at bigint,
    quality text,
    parameter_format text,
    components text NOT NULL,
    needs_sync boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint,
    UNIQUE (business_account_id, name, language)
);
CREATE INDEX template_created_at ON template (created_at, id);
CREATE INDEX template_provider_id ON template (provider_id);

CREATE TABLE template_change (
    id uuid NOT NULL PRIMARY KEY,
    template_id uuid NOT NULL REFERENCES template (id),
    property text NOT NULL,
    old_value text,
    new_value text,
    reason text,
    source text NOT NULL,
    occurred_at bigint NOT NULL
);
CREATE INDEX template_change_template ON template_change (template_id, occurred_at, id);
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
