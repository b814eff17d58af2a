//! The nouns of the main job: one message in, one message out.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE role (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL UNIQUE,
    permissions text NOT NULL,
    default_assistant_id uuid,
    built_in boolean NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE "user" (
    id uuid NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    email text UNIQUE,
    name text NOT NULL,
    password_hash text,
    role_id uuid NOT NULL REFERENCES role (id),
    language text,
    phone text,
    phone_match_key text,
    created_at bigint NOT NULL,
    deactivated_at bigint
);
CREATE INDEX user_phone_match_key ON "user" (phone_match_key);

CREATE TABLE api_token (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    token_hash text NOT NULL UNIQUE,
    last_four text NOT NULL,
    permissions text NOT NULL,
    acts_for_people boolean NOT NULL,
    created_by uuid REFERENCES "user" (id),
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    revoked_at bigint
);

CREATE TABLE refresh_token (
    id uuid NOT NULL PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES "user" (id),
    family uuid NOT NULL,
    token_hash text NOT NULL UNIQUE,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    revoked_at bigint
);
CREATE INDEX refresh_token_family ON refresh_token (family);

CREATE TABLE setting (
    name text NOT NULL PRIMARY KEY,
    value text NOT NULL,
    updated_at bigint NOT NULL,
    updated_by uuid
);

CREATE TABLE channel (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    provider text NOT NULL,
    state text NOT NULL,
    is_default boolean NOT NULL,
    phone_number_id text UNIQUE,
    business_account_id text,
    display_phone_number text,
    messages_per_second integer NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

CREATE TABLE contact (
    id uuid NOT NULL PRIMARY KEY,
    name text,
    profile_name text,
    username text,
    language text,
    owner_id uuid NOT NULL REFERENCES "user" (id),
    assistant_id uuid,
    marketing_opted_out_at bigint,
    marketing_preference_at bigint,
    blocked_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX contact_created_at ON contact (created_at, id);

CREATE TABLE contact_identity (
    id uuid NOT NULL PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contact (id),
    kind text NOT NULL,
    scope text NOT NULL,
    value text NOT NULL,
    match_key text NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (match_key, kind, scope)
);
CREATE INDEX contact_identity_contact_id ON contact_identity (contact_id);

CREATE TABLE conversation (
    id uuid NOT NULL PRIMARY KEY,
    contact_id uuid NOT NULL REFERENCES contact (id),
    channel_id uuid NOT NULL REFERENCES channel (id),
    owner_id uuid NOT NULL REFERENCES "user" (id),
    mode text NOT NULL,
    assistant_id uuid,
    assistant_active boolean NOT NULL,
    control_epoch bigint NOT NULL,
    archived boolean NOT NULL,
    unread_count integer NOT NULL,
    last_message_id uuid,
    last_message_at bigint,
    last_activity_at bigint NOT NULL,
    last_inbound_at bigint,
    window_closed_by_provider boolean NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    UNIQUE (contact_id, channel_id)
);
CREATE INDEX conversation_last_activity_at ON conversation (last_activity_at, id);
CREATE INDEX conversation_owner_id ON conversation (owner_id, last_activity_at, id);

CREATE TABLE message (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation (id),
    channel_id uuid NOT NULL,
    direction text NOT NULL,
    origin text NOT NULL,
    actor_kind text,
    actor_id uuid,
    kind text NOT NULL,
    content text NOT NULL,
    context text,
    wamid text,
    reply_to_wamid text,
    status text,
    sent_at bigint NOT NULL,
    received_at bigint NOT NULL,
    accepted_at bigint,
    status_sent_at bigint,
    delivered_at bigint,
    read_at bigint,
    played_at bigint,
    failed_at bigint,
    error text,
    pricing text,
    edited_at bigint,
    revoked_at bigint,
    UNIQUE (wamid, channel_id)
);
CREATE INDEX message_conversation ON message (conversation_id, sent_at, id);
CREATE INDEX message_sent_at ON message (sent_at, id);

CREATE TABLE message_version (
    id uuid NOT NULL PRIMARY KEY,
    message_id uuid NOT NULL REFERENCES message (id),
    content text NOT NULL,
    replaced_at bigint NOT NULL
);
CREATE INDEX message_version_message_id ON message_version (message_id, replaced_at);

CREATE TABLE message_update (
    id uuid NOT NULL PRIMARY KEY,
    channel_id uuid NOT NULL,
    wamid text NOT NULL,
    effect text NOT NULL,
    payload text NOT NULL,
    occurred_at bigint NOT NULL,
    message_id uuid,
    created_at bigint NOT NULL,
    UNIQUE (wamid, effect, channel_id)
);
CREATE INDEX message_update_parked ON message_update (created_at) WHERE message_id IS NULL;

CREATE TABLE reaction (
    id uuid NOT NULL PRIMARY KEY,
    message_id uuid NOT NULL REFERENCES message (id),
    sender text NOT NULL,
    emoji text,
    reacted_at bigint NOT NULL,
    UNIQUE (message_id, sender)
);

CREATE TABLE media (
    id uuid NOT NULL PRIMARY KEY,
    message_id uuid NOT NULL REFERENCES message (id),
    channel_id uuid NOT NULL,
    state text NOT NULL,
    provider_id text,
    mime_type text,
    sha256 text,
    size bigint,
    file_name text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX media_message_id ON media (message_id);

CREATE TABLE outbox (
    id uuid NOT NULL PRIMARY KEY,
    message_id uuid NOT NULL UNIQUE REFERENCES message (id),
    conversation_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    not_before bigint NOT NULL,
    claimed_by uuid,
    claimed_at bigint,
    error text,
    created_at bigint NOT NULL
);
CREATE INDEX outbox_channel ON outbox (channel_id, state, id);
CREATE INDEX outbox_conversation_id ON outbox (conversation_id, id);

CREATE TABLE idempotency_key (
    scope text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    message_id uuid NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE TABLE webhook_receipt (
    id uuid NOT NULL PRIMARY KEY,
    received_at bigint NOT NULL,
    channel_id uuid,
    state text NOT NULL,
    attempts integer NOT NULL,
    effects integer NOT NULL,
    fields text,
    error text,
    body bytea NOT NULL
);
CREATE INDEX webhook_receipt_pending ON webhook_receipt (id) WHERE state = 'RECEIVED';

CREATE TABLE provider_update (
    id uuid NOT NULL PRIMARY KEY,
    content_hash text NOT NULL UNIQUE,
    receipt_id uuid NOT NULL,
    channel_id uuid,
    entry_id text NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    occurred_at bigint NOT NULL
);
CREATE INDEX provider_update_field ON provider_update (field, occurred_at);

CREATE TABLE event (
    seq bigint NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    occurred_at bigint NOT NULL,
    conversation_id uuid,
    channel_id uuid,
    contact_id uuid,
    message_id uuid,
    subject_id uuid
);

CREATE TABLE event_head (
    id integer NOT NULL PRIMARY KEY,
    seq bigint NOT NULL
);
INSERT INTO event_head (id, seq) VALUES (1, 0);

CREATE TABLE lease (
    name text NOT NULL PRIMARY KEY,
    holder uuid NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE job_run (
    id uuid NOT NULL PRIMARY KEY,
    job text NOT NULL,
    slot bigint NOT NULL,
    state text NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    report text,
    UNIQUE (job, slot)
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
