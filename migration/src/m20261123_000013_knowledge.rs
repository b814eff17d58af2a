//! What assistants look things up in: documents, their passages, and the words of these.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: &str = r#"
CREATE TABLE assistant_document (
    id uuid NOT NULL PRIMARY KEY,
    assistant_id uuid NOT NULL REFERENCES assistant (id),
    title text NOT NULL,
    source_url text,
    text_hash text NOT NULL,
    text_bytes integer NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE INDEX assistant_document_assistant ON assistant_document (assistant_id, created_at, id);

CREATE TABLE assistant_passage (
    id uuid NOT NULL PRIMARY KEY,
    document_id uuid NOT NULL REFERENCES assistant_document (id),
    number integer NOT NULL,
    text text NOT NULL,
    UNIQUE (document_id, number)
);
"#;

/// Full-text search is the one thing that has no common text. Both tables are called the same, have the same columns and are
/// given the same words (`inbox::domain::search_words`), which the tokenizer `ascii` cuts at the spaces between them.
const WORDS_SQLITE: &str = "CREATE VIRTUAL TABLE assistant_passage_words USING fts5(passage_id UNINDEXED, words, tokenize = 'ascii');";
const WORDS_POSTGRES: &str = "
CREATE TABLE assistant_passage_words (passage_id uuid NOT NULL PRIMARY KEY, words tsvector NOT NULL);
CREATE INDEX assistant_passage_words_words ON assistant_passage_words USING gin (words);
";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A step that fails half-way leaves nothing behind, on SQLite too.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection.execute_unprepared(TABLES).await?;
        let words = match manager.get_database_backend() {
            DbBackend::Sqlite => WORDS_SQLITE,
            _ => WORDS_POSTGRES,
        };
        connection.execute_unprepared(words).await?;
        Ok(())
    }
}
