//! What models cost.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE model_price (
    id uuid NOT NULL PRIMARY KEY,
    provider text NOT NULL,
    model text NOT NULL,
    valid_from bigint NOT NULL,
    input_micros bigint NOT NULL,
    output_micros bigint NOT NULL,
    cached_input_micros bigint,
    currency text NOT NULL,
    updated_at bigint NOT NULL,
    UNIQUE (provider, model, valid_from)
);

ALTER TABLE assistant_run ADD COLUMN currency text;
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
