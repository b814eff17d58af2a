//! What assistants look things up in.

use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Related, Resource, Selection};
use crate::graphql::scalars::DateTime;
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{AssistantDocumentId, AssistantId, assistant_document};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::services::assistants::documents::{self as services, DocumentCreate, DocumentUpdate};
use inbox::store::assistants::documents as store;
use std::collections::HashSet;
use std::sync::Arc;

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct AssistantDocument {
    row: Arc<assistant_document::Model>,
    text: Related<Arc<str>>,
}

/// What a selection asks of a document beyond its row.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::graphql) struct AssistantDocumentPlan {
    text: bool,
}

/// A text that an assistant looks things up in, by its tool `search_knowledge`. It exists for administrators only; customers
/// read what the assistant makes of it.
#[Object]
impl AssistantDocument {
    /// Global id.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.row.id.global()
    }

    /// What it is about. Its words count when passages are looked for.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// Where it comes from. The assistant may send this address to customers when it used the document.
    async fn source_url(&self) -> Option<&str> {
        self.row.source_url.as_deref()
    }

    /// The whole text.
    async fn text(&self, ctx: &Context<'_>) -> Result<String> {
        let read = async { Ok(texts(Reader::new(ctx)?, &[self.row.id]).await?.remove(&self.row.id)) };
        Ok(self.text.or_read(read).await.transpose()?.map(|text| text.to_string()).unwrap_or_default())
    }

    /// SHA-256 of the text in hex, to tell whether it must be written anew. Lines end in a line feed, and there is no white
    /// space around the text.
    async fn text_hash(&self) -> &str {
        &self.row.text_hash
    }

    /// Length of the text in UTF-8, in bytes.
    async fn text_byte_count(&self) -> i32 {
        self.row.text_bytes
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Last change.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }
}

async fn texts(
    reader: Reader<'_>,
    ids: &[AssistantDocumentId],
) -> Result<std::collections::HashMap<AssistantDocumentId, Arc<str>>> {
    let texts = store::texts(reader.db(), ids.iter().copied()).await?;
    Ok(texts.into_iter().map(|(id, text)| (id, text.into())).collect())
}

impl Resource for AssistantDocument {
    type Id = AssistantDocumentId;
    type Row = assistant_document::Model;
    type Plan = AssistantDocumentPlan;

    fn plan(selection: &Selection<'_>) -> AssistantDocumentPlan {
        AssistantDocumentPlan { text: selection.has(&["text"]) }
    }

    fn id_of(row: &assistant_document::Model) -> AssistantDocumentId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<AssistantDocumentId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<assistant_document::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        reader: Reader<'a>,
        rows: Vec<Arc<assistant_document::Model>>,
        plan: &'a AssistantDocumentPlan,
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move {
            let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
            let mut texts =
                if plan.text && !ids.is_empty() { Some(texts(reader, &ids).await?) } else { None };
            let document = |row: Arc<assistant_document::Model>| {
                let text = match &mut texts {
                    None => Related::NotRead,
                    Some(texts) => Related::Read(texts.remove(&row.id)),
                };
                Self { row, text }
            };
            Ok(rows.into_iter().map(document).collect())
        }
        .boxed()
    }
}

refusals! {
    /// Why an assistant got no document.
    AssistantDocumentCreateUserError, AssistantDocumentCreateUserErrorCode {
        /// A title is one line of 1 to 200 characters.
        TitleInvalid,
        /// A text has words, and at most 100,000 bytes; it is plain text or Markdown.
        TextInvalid,
        /// A source is a web address of at most 2,000 characters.
        SourceUrlInvalid,
        /// An assistant has at most 200 documents.
        TooManyDocuments,
    }
}

refusals! {
    /// Why a document was not changed.
    AssistantDocumentUpdateUserError, AssistantDocumentUpdateUserErrorCode {
        /// A title is one line of 1 to 200 characters.
        TitleInvalid,
        /// A text has words, and at most 100,000 bytes; it is plain text or Markdown.
        TextInvalid,
        /// A source is a web address of at most 2,000 characters.
        SourceUrlInvalid,
    }
}

refusals! {
    /// Why a document was not deleted.
    AssistantDocumentDeleteUserError, AssistantDocumentDeleteUserErrorCode {
        /// There is no such document any more.
        DocumentNotFound,
    }
}

/// A document to make.
#[derive(InputObject)]
struct AssistantDocumentCreateInput {
    /// The assistant that looks things up in it. It has at most 200 documents.
    assistant_id: ID,
    /// What it is about: one line of 1 to 200 characters.
    title: String,
    /// Plain text or Markdown, at most 100,000 bytes in UTF-8. It is found in passages of at most 1,000 characters, cut
    /// between paragraphs where it can be.
    text: String,
    /// Where it comes from, for customers: a web address of at most 2,000 characters.
    source_url: Option<String>,
}

/// What is to change in a document. What is absent stays.
#[derive(InputObject)]
struct AssistantDocumentUpdateInput {
    /// What it is about: one line of 1 to 200 characters.
    title: Option<String>,
    /// The whole text from now on: plain text or Markdown, at most 100,000 bytes in UTF-8.
    text: Option<String>,
    /// Where it comes from: a web address of at most 2,000 characters, or null for nowhere.
    source_url: MaybeUndefined<String>,
}

/// A document that was made, or why none was.
#[derive(SimpleObject)]
struct AssistantDocumentCreatePayload {
    /// The document. Null if there are user errors.
    assistant_document: Option<AssistantDocument>,
    /// Why none was made.
    user_errors: Vec<AssistantDocumentCreateUserError>,
}

/// A document that was changed, or why it was not.
#[derive(SimpleObject)]
struct AssistantDocumentUpdatePayload {
    /// The document as it is now. Null if there are user errors.
    assistant_document: Option<AssistantDocument>,
    /// Why it was not changed.
    user_errors: Vec<AssistantDocumentUpdateUserError>,
}

/// A document that was deleted, or why it was not.
#[derive(SimpleObject)]
struct AssistantDocumentDeletePayload {
    /// The id of the document that is gone. Null if there are user errors.
    deleted_assistant_document_id: Option<ID>,
    /// Why it was not deleted.
    user_errors: Vec<AssistantDocumentDeleteUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct AssistantDocumentMutations;

#[Object]
impl AssistantDocumentMutations {
    /// Gives an assistant a text to look things up in. It is found as soon as this is answered. Needs `ADMINISTER`.
    async fn assistant_document_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document to make.")] input: AssistantDocumentCreateInput,
    ) -> Result<AssistantDocumentCreatePayload> {
        let input = DocumentCreate {
            assistant: AssistantId::parse("input.assistantId", &input.assistant_id)?,
            title: input.title,
            text: input.text,
            source_url: input.source_url,
        };
        let outcome = services::assistant_document_create(app(ctx), viewer(ctx)?, input).await;
        let (row, user_errors) = split(outcome)?;
        Ok(AssistantDocumentCreatePayload { assistant_document: shown(ctx, row).await?, user_errors })
    }

    /// Changes a document. It is found by what it says now as soon as this is answered. Needs `ADMINISTER`.
    async fn assistant_document_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: AssistantDocumentUpdateInput,
    ) -> Result<AssistantDocumentUpdatePayload> {
        let id = AssistantDocumentId::parse("id", &id)?;
        let source_url = input.source_url.as_opt_ref().map(|url| url.cloned());
        let input = DocumentUpdate { title: input.title, text: input.text, source_url };
        let outcome = services::assistant_document_update(app(ctx), viewer(ctx)?, id, input).await;
        let (row, user_errors) = split(outcome)?;
        Ok(AssistantDocumentUpdatePayload { assistant_document: shown(ctx, row).await?, user_errors })
    }

    /// Deletes a document. The assistant finds nothing of it any more. Needs `ADMINISTER`.
    async fn assistant_document_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document's id.")] id: ID,
    ) -> Result<AssistantDocumentDeletePayload> {
        let document = AssistantDocumentId::parse("id", &id)?;
        let outcome = services::assistant_document_delete(app(ctx), viewer(ctx)?, document).await;
        let (gone, user_errors) = split(outcome)?;
        Ok(AssistantDocumentDeletePayload { deleted_assistant_document_id: gone.map(|()| id), user_errors })
    }
}

async fn shown(
    ctx: &Context<'_>,
    row: Option<assistant_document::Model>,
) -> Result<Option<AssistantDocument>> {
    let Some(row) = row else { return Ok(None) };
    let plan = AssistantDocument::plan(&Selection::new([ctx.look_ahead().field("assistantDocument")]));
    load::build_one(Reader::new(ctx)?, row, &plan).await
}
