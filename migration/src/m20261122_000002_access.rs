//! Who may do what: invitations, outside identities, the audit.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Everybody who was there before could log in, and so has joined.
const TABLES: &str = r#"
ALTER TABLE role ADD COLUMN description text;

ALTER TABLE "user" ADD COLUMN joined_at bigint;
ALTER TABLE "user" ADD COLUMN last_seen_at bigint;
UPDATE "user" SET joined_at = created_at;
CREATE INDEX user_created_at ON "user" (created_at, id);
CREATE INDEX user_role_id ON "user" (role_id);

CREATE INDEX api_token_created_at ON api_token (created_at, id);
CREATE INDEX api_token_created_by ON api_token (created_by);
CREATE INDEX refresh_token_user_id ON refresh_token (user_id);

CREATE TABLE invitation (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL UNIQUE REFERENCES "user" (id),
    token_hash text NOT NULL UNIQUE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE user_identity (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES "user" (id),
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (issuer, subject)
);

CREATE TABLE audit_entry (
    id uuid NOT NULL PRIMARY KEY,
    occurred_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    changes text NOT NULL
);
CREATE INDEX audit_entry_occurred_at ON audit_entry (occurred_at, id);
CREATE INDEX audit_entry_subject ON audit_entry (subject_id, occurred_at, id);
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
