//! Assistants, the ledger of their runs, and hand-offs.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE assistant (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    enabled boolean NOT NULL,
    provider text NOT NULL,
    base_url text,
    model text NOT NULL,
    api_key bytea,
    api_key_last_four text,
    instructions text NOT NULL,
    allowed_urls text NOT NULL,
    disclosure text,
    hand_off_message text,
    max_output_tokens integer NOT NULL,
    max_answers_per_day integer NOT NULL,
    max_tokens_per_day integer NOT NULL,
    monthly_budget_micros bigint,
    input_price_micros bigint,
    output_price_micros bigint,
    version integer NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    deleted_at bigint
);
CREATE UNIQUE INDEX assistant_name ON assistant (name) WHERE deleted_at IS NULL;

CREATE TABLE assistant_run (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    assistant_id uuid NOT NULL,
    assistant_version integer NOT NULL,
    model text NOT NULL,
    state text NOT NULL,
    last_message_id uuid NOT NULL,
    control_epoch bigint NOT NULL,
    attempt integer NOT NULL,
    reason text,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_micros bigint,
    rating text,
    rating_note text,
    rated_by uuid,
    started_at bigint NOT NULL,
    finished_at bigint
);
CREATE INDEX assistant_run_conversation ON assistant_run (conversation_id, started_at, id);
CREATE INDEX assistant_run_started_at ON assistant_run (started_at, id);
CREATE INDEX assistant_run_assistant ON assistant_run (assistant_id, started_at, id);

CREATE TABLE assistant_run_step (
    id uuid NOT NULL PRIMARY KEY,
    run_id uuid NOT NULL REFERENCES assistant_run (id),
    number integer NOT NULL,
    kind text NOT NULL,
    name text,
    input text,
    output text,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    duration_ms bigint NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (run_id, number)
);

ALTER TABLE message ADD COLUMN run_id uuid;
CREATE INDEX message_run_id ON message (run_id) WHERE run_id IS NOT NULL;

ALTER TABLE conversation ADD COLUMN handed_off_at bigint;
ALTER TABLE conversation ADD COLUMN assistant_context_at bigint;
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
