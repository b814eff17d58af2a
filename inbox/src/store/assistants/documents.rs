//! The documents of assistants, and what is found in them. They exist for administrators, and for the assistant itself.

use crate::auth::Sight;
use crate::domain::search_words::{Wanted, mark, words};
use crate::error::Result;
use crate::store::bulk::insert_all;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::{Tx, search};
use entities::{AssistantDocumentId, AssistantId, AssistantPassageId, assistant_document, assistant_passage};
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DeriveIden, EntityTrait, FromQueryResult,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;

/// The table of words, which is no entity: its columns have other types on each store.
#[derive(Clone, Copy, DeriveIden)]
enum AssistantPassageWords {
    Table,
    PassageId,
    Words,
}

/// A document's place in the list.
#[must_use]
pub fn position(row: &assistant_document::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of an assistant's documents, ordered by when they were made.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    sight: Sight,
    assistant: AssistantId,
    request: &PageRequest,
) -> Result<Page<assistant_document::Model>> {
    if sight != Sight::Full {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: assistant_document::Column::CreatedAt, id: assistant_document::Column::Id };
    keyset.page(db, of(assistant), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, sight: Sight, assistant: AssistantId) -> Result<u64> {
    if sight != Sight::Full {
        return Ok(0);
    }
    page::count(db, of(assistant), assistant_document::Column::Id).await
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = AssistantDocumentId>,
) -> Result<Vec<assistant_document::Model>> {
    if sight != Sight::Full {
        return Ok(Vec::new());
    }
    Ok(assistant_document::Entity::find().filter(assistant_document::Column::Id.is_in(ids)).all(db).await?)
}

/// The texts of these documents, which the caller sees.
///
/// # Errors
/// If the database refuses.
pub async fn texts<C: ConnectionTrait>(
    db: &C,
    ids: impl IntoIterator<Item = AssistantDocumentId>,
) -> Result<HashMap<AssistantDocumentId, String>> {
    let passages = assistant_passage::Entity::find()
        .filter(assistant_passage::Column::DocumentId.is_in(ids))
        .order_by_asc(assistant_passage::Column::DocumentId)
        .order_by_asc(assistant_passage::Column::Number)
        .all(db)
        .await?;
    let mut texts: HashMap<AssistantDocumentId, String> = HashMap::new();
    for passage in passages {
        texts.entry(passage.document_id).or_default().push_str(&passage.text);
    }
    Ok(texts)
}

/// Whether an assistant has any.
pub(crate) async fn any<C: ConnectionTrait>(db: &C, assistant: AssistantId) -> Result<bool> {
    let id = of(assistant).select_only().column(assistant_document::Column::Id).limit(1);
    Ok(id.into_tuple::<AssistantDocumentId>().one(db).await?.is_some())
}

/// How many an assistant has.
pub(crate) async fn count_all<C: ConnectionTrait>(db: &C, assistant: AssistantId) -> Result<u64> {
    Ok(of(assistant).count(db).await?)
}

/// One, locked until commit.
pub(crate) async fn lock(tx: &Tx, id: AssistantDocumentId) -> Result<Option<assistant_document::Model>> {
    let found = assistant_document::Entity::find_by_id(id);
    let found = if tx.has_row_locks() { found.lock_exclusive() } else { found };
    Ok(found.one(tx.conn()).await?)
}

/// A new one. Its passages come with [`write`].
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, row: assistant_document::Model) -> Result<()> {
    assistant_document::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes one over, without its passages.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, row: assistant_document::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Gives a document these passages, in place of those that it has. They are found by the document's title as well.
pub(crate) async fn write<C: ConnectionTrait>(
    db: &C,
    document: &assistant_document::Model,
    passages: Vec<assistant_passage::Model>,
) -> Result<()> {
    remove_passages(db, document.id).await?;
    if passages.is_empty() {
        return Ok(());
    }
    let marks = [mark(document.assistant_id.0), mark(document.id.0)];
    let title: Vec<String> = words(&document.title).collect();
    let mut insert = Query::insert();
    insert
        .into_table(AssistantPassageWords::Table)
        .columns([AssistantPassageWords::PassageId, AssistantPassageWords::Words]);
    for passage in &passages {
        let text: Vec<String> = words(&passage.text).collect();
        let all = marks.iter().chain(&title).chain(&text).map(String::as_str);
        let words = search::written(db.get_database_backend(), all);
        insert.values_panic([Expr::val(passage.id.0), words]);
    }
    insert_all::<assistant_passage::Entity, _>(db, passages).await?;
    db.execute(&insert).await?;
    Ok(())
}

async fn remove_passages<C: ConnectionTrait>(db: &C, document: AssistantDocumentId) -> Result<()> {
    remove_words(db, &Wanted::mark(document.0)).await?;
    assistant_passage::Entity::delete_many()
        .filter(assistant_passage::Column::DocumentId.eq(document))
        .exec(db)
        .await?;
    Ok(())
}

async fn remove_words<C: ConnectionTrait>(db: &C, wanted: &Wanted) -> Result<()> {
    let table: DynIden = AssistantPassageWords::Table.into_iden();
    let mut delete = Query::delete();
    delete.from_table(table.clone()).and_where(search::holds(db.get_database_backend(), &table, wanted));
    db.execute(&delete).await?;
    Ok(())
}

/// Removes one with its passages.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, id: AssistantDocumentId) -> Result<()> {
    remove_passages(db, id).await?;
    assistant_document::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Removes all of an assistant.
pub(crate) async fn remove_all<C: ConnectionTrait>(db: &C, assistant: AssistantId) -> Result<()> {
    let ids = of(assistant).select_only().column(assistant_document::Column::Id);
    let ids: Vec<AssistantDocumentId> = ids.into_tuple().all(db).await?;
    assistant_passage::Entity::delete_many()
        .filter(assistant_passage::Column::DocumentId.is_in(ids))
        .exec(db)
        .await?;
    assistant_document::Entity::delete_many()
        .filter(assistant_document::Column::AssistantId.eq(assistant))
        .exec(db)
        .await?;
    // Last: now nobody who was changing a document can leave words behind.
    remove_words(db, &Wanted::mark(assistant.0)).await
}

/// A passage with what is known of its document.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Found {
    /// Which passage.
    pub id: AssistantPassageId,
    /// The document's title.
    pub title: String,
    /// Where the document comes from.
    pub source_url: Option<String>,
    /// The passage.
    pub text: String,
}

/// Passages of an assistant's documents that hold what is wanted, at most `limit`: those that the store thinks best.
pub(crate) async fn find<C: ConnectionTrait>(
    db: &C,
    assistant: AssistantId,
    wanted: Wanted,
    limit: u64,
) -> Result<Vec<Found>> {
    use assistant_document::{Column as Document, Entity as Documents};
    use assistant_passage::{Column as Passage, Entity as Passages};
    let backend = db.get_database_backend();
    let (table, wanted): (DynIden, _) =
        (AssistantPassageWords::Table.into_iden(), wanted.marked(assistant.0));
    let (rank, order) = search::rank(backend, &table, &wanted);
    let words_of = Expr::col((table.clone(), AssistantPassageWords::PassageId));
    let mut select = Query::select();
    select
        .columns([(Passages, Passage::Id), (Passages, Passage::Text)])
        .columns([(Documents, Document::Title), (Documents, Document::SourceUrl)])
        .from(table.clone())
        .inner_join(Passages, words_of.equals((Passages, Passage::Id)))
        .inner_join(Documents, Expr::col((Passages, Passage::DocumentId)).equals((Documents, Document::Id)))
        .and_where(search::holds(backend, &table, &wanted))
        // The mark alone would do; no mistake about marks shall show one assistant another's documents.
        .and_where(Expr::col((Documents, Document::AssistantId)).eq(assistant.0))
        .order_by_expr(rank, order)
        .order_by((Passages, Passage::Id), sea_orm::Order::Asc)
        .limit(limit);
    Ok(Found::find_by_statement(backend.build(&select)).all(db).await?)
}

fn of(assistant: AssistantId) -> Select<assistant_document::Entity> {
    assistant_document::Entity::find().filter(assistant_document::Column::AssistantId.eq(assistant))
}
