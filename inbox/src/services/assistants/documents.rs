//! What assistants look things up in: documents are made, changed and deleted by administrators, and searched by the
//! assistant whose they are.

use crate::app::App;
use crate::auth::{Permission, Refusal, RefusalCode, Viewer};
use crate::clock::Ids;
use crate::domain::passages::{self, MAX_DOCUMENTS, MAX_SOURCE, MAX_TITLE};
use crate::domain::search_words::{Wanted, words};
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::store::assistants::documents::{self as store, Found};
use crate::store::{Priority, assistants};
use entities::{AssistantDocumentId, AssistantId, AuditAction, assistant_document, assistant_passage};
use sea_orm::DatabaseConnection;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use url::Url;

/// Passages that are looked at closely; the store chooses them.
const CANDIDATES: u64 = 100;

/// A document to make.
#[derive(Clone, Debug)]
pub struct DocumentCreate {
    /// Whose.
    pub assistant: AssistantId,
    /// One line.
    pub title: String,
    /// Plain text or Markdown.
    pub text: String,
    /// Where it comes from.
    pub source_url: Option<String>,
}

/// What is to change in a document; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct DocumentUpdate {
    /// One line.
    pub title: Option<String>,
    /// Plain text or Markdown.
    pub text: Option<String>,
    /// Where it comes from.
    pub source_url: Option<Option<String>>,
}

/// Gives an assistant a document.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`] for the assistant; [`Error::Refused`].
pub async fn assistant_document_create(
    app: &App,
    viewer: &Viewer,
    input: DocumentCreate,
) -> Result<assistant_document::Model> {
    viewer.require(Permission::Administer)?;
    let (title, text) = (title(&input.title)?, text(&input.text)?);
    let source_url = input.source_url.as_deref().map(source_url).transpose()?;
    let now = app.clock.now();
    let row = assistant_document::Model {
        id: app.ids.next(),
        assistant_id: input.assistant,
        title,
        source_url,
        text_hash: hash(&text),
        text_bytes: i32::try_from(text.len()).unwrap_or(i32::MAX),
        created_at: now,
        updated_at: now,
    };
    let passages = passages(&app.ids, row.id, &text);
    let held = Arc::new((app.ids.clone(), viewer.actor(), row.clone(), passages));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, actor, row, passages) = &*held;
                let assistant = assistants::lock(tx, row.assistant_id).await?;
                assistant.ok_or(Error::NotFound("assistant"))?;
                if store::count_all(tx.conn(), row.assistant_id).await? >= MAX_DOCUMENTS {
                    let message = format!(
                        "an assistant has at most {MAX_DOCUMENTS} documents; delete one, or put several into one"
                    );
                    return Err(Refusal::new(RefusalCode::TooManyDocuments, message).into());
                }
                store::insert(tx.conn(), row.clone()).await?;
                store::write(tx.conn(), row, passages.clone()).await?;
                let fields = vec![AuditChange::shown("title", None, Some(row.title.clone()))];
                let (action, subject) =
                    (AuditAction::AssistantDocumentCreated, Subject::AssistantDocument(row.id));
                record(ids, tx, *actor, action, subject, fields).await
            })
        })
        .await?;
    Ok(row)
}

/// Changes a document. It is found by what it says now as soon as this is done.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`].
pub async fn assistant_document_update(
    app: &App,
    viewer: &Viewer,
    id: AssistantDocumentId,
    input: DocumentUpdate,
) -> Result<assistant_document::Model> {
    viewer.require(Permission::Administer)?;
    let title = input.title.as_deref().map(title).transpose()?;
    let text = input.text.as_deref().map(text).transpose()?;
    let source_url = input.source_url.map(|url| url.as_deref().map(source_url).transpose()).transpose()?;
    let held = Arc::new((app.ids.clone(), viewer.actor(), title, text, source_url));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, actor, title, text, source_url) = &*held;
                let before = store::lock(tx, id).await?.ok_or(Error::NotFound("document"))?;
                let mut after = before.clone();
                after.title = title.clone().unwrap_or(after.title);
                after.source_url = source_url.clone().unwrap_or(after.source_url);
                if let Some(text) = text {
                    after.text_hash = hash(text);
                    after.text_bytes = i32::try_from(text.len()).unwrap_or(i32::MAX);
                }
                let fields = differences(&before, &after);
                if fields.is_empty() {
                    return Ok(before);
                }
                after.updated_at = tx.now();
                store::save(tx.conn(), after.clone()).await?;
                if (&before.title, &before.text_hash) != (&after.title, &after.text_hash) {
                    let text = match text {
                        Some(text) => text.clone(),
                        None => store::texts(tx.conn(), [id]).await?.remove(&id).unwrap_or_default(),
                    };
                    store::write(tx.conn(), &after, passages(ids, id, &text)).await?;
                }
                let (action, subject) =
                    (AuditAction::AssistantDocumentUpdated, Subject::AssistantDocument(id));
                record(ids, tx, *actor, action, subject, fields).await?;
                Ok(after)
            })
        })
        .await
}

/// Deletes a document. The assistant finds nothing of it any more.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`] if it is gone already.
pub async fn assistant_document_delete(app: &App, viewer: &Viewer, id: AssistantDocumentId) -> Result<()> {
    viewer.require(Permission::Administer)?;
    let held = Arc::new((app.ids.clone(), viewer.actor()));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (ids, actor) = &*held;
                let Some(row) = store::lock(tx, id).await? else {
                    let message = "there is no such document; somebody may have deleted it before";
                    return Err(Refusal::new(RefusalCode::DocumentNotFound, message).into());
                };
                store::remove(tx.conn(), id).await?;
                let fields = vec![AuditChange::shown("title", Some(row.title), None)];
                let (action, subject) =
                    (AuditAction::AssistantDocumentDeleted, Subject::AssistantDocument(id));
                record(ids, tx, *actor, action, subject, fields).await
            })
        })
        .await
}

/// The passages of an assistant's documents that fit a query best, at most `limit`, the best first.
pub(crate) async fn search(
    db: &DatabaseConnection,
    assistant: AssistantId,
    query: &str,
    limit: usize,
) -> Result<Vec<Found>> {
    let Some(wanted) = Wanted::any_of(query) else { return Ok(Vec::new()) };
    let found = store::find(db, assistant, wanted.clone(), CANDIDATES).await?;
    // The stores measure differently; this is the same on both. A word of the title counts in each passage of the document.
    let texts: Vec<Vec<String>> =
        found.iter().map(|passage| words(&passage.title).chain(words(&passage.text)).collect()).collect();
    let mut ranked: Vec<(f64, Found)> = wanted.scores(&texts).into_iter().zip(found).collect();
    ranked.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.id.cmp(&other.id)));
    Ok(ranked.into_iter().take(limit).map(|(_, passage)| passage).collect())
}

fn passages(ids: &Ids, document: AssistantDocumentId, text: &str) -> Vec<assistant_passage::Model> {
    let passage = |(number, text): (i32, &str)| assistant_passage::Model {
        id: ids.next(),
        document_id: document,
        number,
        text: text.to_owned(),
    };
    (1..).zip(passages::passages(text)).map(passage).collect()
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn differences(before: &assistant_document::Model, after: &assistant_document::Model) -> Vec<AuditChange> {
    let mut fields = Vec::new();
    if before.title != after.title {
        fields.push(AuditChange::shown("title", Some(before.title.clone()), Some(after.title.clone())));
    }
    if before.text_hash != after.text_hash {
        fields.push(AuditChange::hidden("text"));
    }
    if before.source_url != after.source_url {
        let (before, after) = (before.source_url.clone(), after.source_url.clone());
        fields.push(AuditChange::shown("sourceUrl", before, after));
    }
    fields
}

fn title(given: &str) -> Result<String> {
    let title = given.trim();
    let length = title.chars().count();
    if (1..=MAX_TITLE).contains(&length) && !title.contains(char::is_control) {
        return Ok(title.to_owned());
    }
    let message = format!("a title is one line of 1 to {MAX_TITLE} characters");
    Err(Refusal::of(RefusalCode::TitleInvalid, "title", message).into())
}

fn text(given: &str) -> Result<String> {
    passages::text(given)
        .map_err(|fault| Refusal::of(RefusalCode::TextInvalid, "text", fault.to_string()).into())
}

fn source_url(given: &str) -> Result<String> {
    let url = Url::parse(given.trim()).ok().filter(|url| {
        let is_plain = url.username().is_empty() && url.password().is_none();
        ["http", "https"].contains(&url.scheme()) && is_plain && url.as_str().len() <= MAX_SOURCE
    });
    let url = url.ok_or_else(|| {
        let message = format!(
            "write a web address of at most {MAX_SOURCE} characters, for example https://shop.example/returns"
        );
        Error::from(Refusal::of(RefusalCode::SourceUrlInvalid, "sourceUrl", message))
    })?;
    Ok(url.to_string())
}

#[cfg(test)]
mod tests;
