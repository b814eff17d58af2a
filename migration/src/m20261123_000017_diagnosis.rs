//! What webhooks changed, by kind, and the orders in which they are listed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Most webhooks carry messages only; lists of the others, and of those that failed, do not walk past them.
const TABLES: &str = r#"
ALTER TABLE webhook_receipt ADD COLUMN report text;
CREATE INDEX webhook_receipt_received_at ON webhook_receipt (received_at, id);
CREATE INDEX webhook_receipt_failed ON webhook_receipt (received_at, id) WHERE state = 'FAILED';
CREATE INDEX webhook_receipt_other ON webhook_receipt (received_at, id) WHERE fields <> 'messages';
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
