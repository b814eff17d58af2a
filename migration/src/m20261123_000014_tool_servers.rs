//! Servers of tools that assistants may call, what they offer, and the calls that must not be made twice.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE tool_server (
    id uuid NOT NULL PRIMARY KEY,
    assistant_id uuid NOT NULL REFERENCES assistant (id),
    name text NOT NULL,
    url text NOT NULL,
    token bytea,
    token_last_four text,
    enabled boolean NOT NULL,
    bound_arguments text NOT NULL,
    looked_at bigint,
    failure text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE UNIQUE INDEX tool_server_name ON tool_server (assistant_id, name);

CREATE TABLE tool_server_tool (
    server_id uuid NOT NULL REFERENCES tool_server (id),
    name text NOT NULL,
    description text NOT NULL,
    parameters text NOT NULL,
    read_only boolean NOT NULL,
    hash text NOT NULL,
    offered boolean NOT NULL,
    allowed_hash text,
    mutating boolean,
    PRIMARY KEY (server_id, name)
);

CREATE TABLE tool_call (
    key text NOT NULL PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    turn_begun_at bigint NOT NULL,
    server_id uuid NOT NULL,
    tool text NOT NULL,
    state text NOT NULL,
    result text,
    created_at bigint NOT NULL
);
CREATE INDEX tool_call_conversation ON tool_call (conversation_id, turn_begun_at);
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
