//! The timeline of who may answer, turns that wait for an automatic answer, and waiting messages.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
ALTER TABLE conversation ADD COLUMN waiting_message_at bigint;

CREATE TABLE conversation_change (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    kind text NOT NULL,
    cause text NOT NULL,
    occurred_at bigint NOT NULL,
    actor_kind text,
    actor_id uuid,
    message_id uuid,
    owner_id uuid NOT NULL,
    mode text NOT NULL,
    assistant_id uuid,
    assistant_active boolean NOT NULL,
    archived boolean NOT NULL,
    control_epoch bigint NOT NULL,
    reason text,
    summary text
);
CREATE INDEX conversation_change_conversation ON conversation_change (conversation_id, occurred_at, id);

CREATE TABLE turn (
    conversation_id uuid NOT NULL PRIMARY KEY REFERENCES conversation (id),
    last_message_id uuid NOT NULL,
    begun_at bigint NOT NULL,
    due_at bigint NOT NULL,
    attempts integer NOT NULL,
    superseded integer NOT NULL,
    claimed_by uuid,
    claimed_until bigint
);
CREATE INDEX turn_due_at ON turn (due_at);

CREATE TABLE waiting_message (
    language text NOT NULL,
    variant text NOT NULL,
    body text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by uuid,
    PRIMARY KEY (language, variant)
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
