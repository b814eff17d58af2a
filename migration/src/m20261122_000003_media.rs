//! Files in our own storage: what is stored, how its download stands, and what the provider was given of it.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// `media` is made anew because SQLite cannot take `NOT NULL` off a column. What nobody fetched so far is due at once.
const TABLES: &str = r#"
CREATE TABLE blob (
    sha256 text NOT NULL PRIMARY KEY,
    object_key text NOT NULL UNIQUE,
    size bigint NOT NULL,
    mime_type text NOT NULL,
    animated boolean NOT NULL,
    width integer,
    height integer,
    preview text,
    created_at bigint NOT NULL
);

CREATE TABLE media_new (
    id uuid NOT NULL PRIMARY KEY,
    message_id uuid REFERENCES message (id),
    slot integer NOT NULL,
    channel_id uuid,
    state text NOT NULL,
    provider_id text,
    mime_type text,
    sha256 text,
    size bigint,
    file_name text,
    blob_sha256 text REFERENCES blob (sha256),
    attempts integer NOT NULL,
    not_before bigint NOT NULL,
    failure text,
    uploaded_by uuid,
    kept boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
INSERT INTO media_new (id, message_id, slot, channel_id, state, provider_id, mime_type, sha256, size, file_name,
        attempts, not_before, kept, created_at, updated_at)
    SELECT id, message_id, 0, channel_id, state, provider_id, mime_type, sha256, size, file_name,
        0, created_at, FALSE, created_at, updated_at FROM media;
DROP TABLE media;
ALTER TABLE media_new RENAME TO media;
CREATE INDEX media_message_id ON media (message_id, slot);
CREATE INDEX media_due ON media (state, not_before);
CREATE INDEX media_blob_sha256 ON media (blob_sha256);
CREATE INDEX media_unattached ON media (created_at) WHERE message_id IS NULL;

CREATE TABLE media_upload (
    blob_sha256 text NOT NULL REFERENCES blob (sha256),
    channel_id uuid NOT NULL,
    provider_id text NOT NULL,
    uploaded_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (blob_sha256, channel_id)
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
