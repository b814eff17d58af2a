//! What people do with the queue, and calls to the provider that are no messages.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
ALTER TABLE channel ADD COLUMN read_receipts text NOT NULL DEFAULT 'ON_OPEN';

ALTER TABLE conversation ADD COLUMN read_receipt_at bigint;
CREATE INDEX conversation_last_inbound_at ON conversation (last_inbound_at);

ALTER TABLE reaction ADD COLUMN state text;
ALTER TABLE reaction ADD COLUMN error text;

CREATE TABLE provider_task (
    id uuid NOT NULL PRIMARY KEY,
    channel_id uuid NOT NULL REFERENCES channel (id),
    subject text NOT NULL,
    payload text NOT NULL,
    attempts integer NOT NULL,
    not_before bigint NOT NULL,
    error text,
    created_at bigint NOT NULL,
    UNIQUE (subject, channel_id)
);
CREATE INDEX provider_task_due ON provider_task (not_before, id);

CREATE TABLE scheduled_message (
    message_id uuid NOT NULL PRIMARY KEY REFERENCES message (id),
    channel_id uuid NOT NULL,
    send_at bigint NOT NULL,
    fallback text
);
CREATE INDEX scheduled_message_send_at ON scheduled_message (send_at, message_id);

CREATE TABLE message_retry (
    message_id uuid NOT NULL PRIMARY KEY REFERENCES message (id),
    retry_id uuid NOT NULL UNIQUE REFERENCES message (id)
);

CREATE TABLE marketing_hold (
    subject_id uuid NOT NULL PRIMARY KEY,
    code integer NOT NULL,
    until bigint NOT NULL
);

CREATE TABLE job_position (
    job text NOT NULL PRIMARY KEY,
    at bigint NOT NULL
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
