//! Timed jobs with their settings, what each run did, and what people are told about their inbox.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// No version wrote a row of `job_run` so far.
const TABLES: &str = r#"
CREATE TABLE job (
    name text NOT NULL PRIMARY KEY,
    cron text,
    time_zone text,
    enabled boolean NOT NULL,
    settled_up_to bigint NOT NULL,
    updated_at bigint,
    updated_by_kind text,
    updated_by uuid
);

DROP TABLE job_run;
CREATE TABLE job_run (
    id uuid NOT NULL PRIMARY KEY,
    job text NOT NULL,
    slot bigint NOT NULL,
    cause text NOT NULL,
    actor_kind text,
    actor_id uuid,
    state text NOT NULL,
    attempts integer NOT NULL,
    claimed_by uuid,
    claimed_until bigint NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    report text,
    error text,
    UNIQUE (job, slot)
);
CREATE INDEX job_run_started_at ON job_run (started_at, id);
CREATE INDEX job_run_job ON job_run (job, started_at, id);
CREATE INDEX job_run_unfinished ON job_run (job) WHERE finished_at IS NULL;

ALTER TABLE job_position ADD COLUMN seq bigint;

CREATE TABLE inbox_notification (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES "user" (id),
    unread_messages bigint NOT NULL,
    unread_conversations bigint NOT NULL,
    new_messages bigint NOT NULL,
    conversations text NOT NULL,
    created_at bigint NOT NULL
);

CREATE INDEX conversation_unread ON conversation (owner_id) WHERE unread_count > 0;
CREATE INDEX idempotency_key_created_at ON idempotency_key (created_at);
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
