//! What people know of contacts: tags, attributes, preferences, and what became one of two.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE contact_tag (
    contact_id uuid NOT NULL REFERENCES contact (id),
    tag text NOT NULL,
    PRIMARY KEY (contact_id, tag)
);
CREATE INDEX contact_tag_tag ON contact_tag (tag, contact_id);

CREATE TABLE conversation_tag (
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    tag text NOT NULL,
    PRIMARY KEY (conversation_id, tag)
);
CREATE INDEX conversation_tag_tag ON conversation_tag (tag, conversation_id);

CREATE TABLE contact_attribute (
    id uuid NOT NULL PRIMARY KEY,
    key text NOT NULL UNIQUE,
    label text NOT NULL,
    kind text NOT NULL,
    choices text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE contact_attribute_value (
    contact_id uuid NOT NULL REFERENCES contact (id),
    attribute_id uuid NOT NULL REFERENCES contact_attribute (id),
    value text NOT NULL,
    PRIMARY KEY (contact_id, attribute_id)
);
CREATE INDEX contact_attribute_value_attribute_id ON contact_attribute_value (attribute_id);

CREATE TABLE marketing_preference (
    id uuid NOT NULL PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contact (id),
    value text NOT NULL,
    source text NOT NULL,
    occurred_at bigint NOT NULL,
    actor_kind text,
    actor_id uuid,
    message_id uuid,
    created_at bigint NOT NULL,
    UNIQUE (contact_id, occurred_at, source, value)
);
CREATE INDEX marketing_preference_contact_id ON marketing_preference (contact_id, occurred_at, id);

CREATE TABLE contact_merge (
    id uuid NOT NULL PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contact (id),
    source_id uuid NOT NULL,
    source text NOT NULL,
    merged_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid
);
CREATE INDEX contact_merge_contact_id ON contact_merge (contact_id, merged_at, id);

CREATE TABLE contact_block (
    contact_id uuid NOT NULL REFERENCES contact (id),
    channel_id uuid NOT NULL REFERENCES channel (id),
    blocked boolean NOT NULL,
    state text NOT NULL,
    error text,
    updated_at bigint NOT NULL,
    PRIMARY KEY (contact_id, channel_id)
);

CREATE TABLE contact_erasure (
    id uuid NOT NULL PRIMARY KEY,
    contact_id uuid NOT NULL UNIQUE,
    state text NOT NULL,
    progress text,
    removed text NOT NULL,
    requested_at bigint NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    finished_at bigint
);
CREATE INDEX contact_erasure_running ON contact_erasure (id) WHERE state = 'RUNNING';
CREATE INDEX provider_update_receipt_id ON provider_update (receipt_id);
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
