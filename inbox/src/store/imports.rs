//! Imports of contacts, and what a portion of their rows reads and writes: some statements, however many rows.

use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::{Tx, bulk};
use entities::{
    ContactId, ContactsImportId, ContactsImportState, IdentityKind, Timestamp, contact,
    contact_attribute_value, contact_identity, contact_tag, contacts_import, contacts_import_problem, user,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

const UNFINISHED: [ContactsImportState; 2] = [ContactsImportState::Queued, ContactsImportState::Running];

/// An import's place in the list.
#[must_use]
pub fn position(row: &contacts_import::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of the imports, ordered by when they were asked for. They exist for those who may import.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    may_import: bool,
    request: &PageRequest,
) -> Result<Page<contacts_import::Model>> {
    if !may_import {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: contacts_import::Column::CreatedAt, id: contacts_import::Column::Id };
    keyset.page(db, contacts_import::Entity::find(), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, may_import: bool) -> Result<u64> {
    if !may_import {
        return Ok(0);
    }
    page::count(db, contacts_import::Entity::find(), contacts_import::Column::Id).await
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    may_import: bool,
    ids: impl IntoIterator<Item = ContactsImportId>,
) -> Result<Vec<contacts_import::Model>> {
    if !may_import {
        return Ok(Vec::new());
    }
    Ok(contacts_import::Entity::find().filter(contacts_import::Column::Id.is_in(ids)).all(db).await?)
}

/// A problem's place in the list: by the row.
#[must_use]
pub fn problem_position(row: &contacts_import_problem::Model) -> Position {
    Position { key: Timestamp(row.row_number), id: row.id.0 }
}

/// A part of what was wrong with the rows of an import, in the order of the rows. Who sees the import sees it.
///
/// # Errors
/// If the database refuses.
pub async fn problems<C: ConnectionTrait>(
    db: &C,
    import: ContactsImportId,
    request: &PageRequest,
) -> Result<Page<contacts_import_problem::Model>> {
    use contacts_import_problem::{Column, Entity};
    let keyset = Keyset { key: Column::RowNumber, id: Column::Id };
    keyset.page(db, Entity::find().filter(Column::ImportId.eq(import)), request).await
}

/// How many problems an import has.
///
/// # Errors
/// If the database refuses.
pub async fn count_problems<C: ConnectionTrait>(db: &C, import: ContactsImportId) -> Result<u64> {
    use contacts_import_problem::{Column, Entity};
    Ok(Entity::find().filter(Column::ImportId.eq(import)).count(db).await?)
}

/// What a caller's key stands for, if it was used.
pub(crate) async fn by_key<C: ConnectionTrait>(
    db: &C,
    scope: &str,
    key: &str,
) -> Result<Option<contacts_import::Model>> {
    use contacts_import::{Column, Entity};
    Ok(Entity::find().filter(Column::Scope.eq(scope)).filter(Column::IdempotencyKey.eq(key)).one(db).await?)
}

/// How many wait, or are under way.
pub(crate) async fn count_unfinished<C: ConnectionTrait>(db: &C) -> Result<u64> {
    Ok(contacts_import::Entity::find()
        .filter(contacts_import::Column::State.is_in(UNFINISHED))
        .count(db)
        .await?)
}

/// A new import. A key that another transaction took meanwhile is a unique violation, which is tried again.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, row: contacts_import::Model) -> Result<()> {
    contacts_import::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// The oldest import whose file is still there: to be gone on with or, if it ended, to be cleared away.
pub(crate) async fn next<C: ConnectionTrait>(db: &C) -> Result<Option<contacts_import::Model>> {
    Ok(contacts_import::Entity::find()
        .filter(contacts_import::Column::ObjectKey.is_not_null())
        .order_by_asc(contacts_import::Column::Id)
        .one(db)
        .await?)
}

/// Those of these names in the storage that are files of imports.
pub(crate) async fn known_keys<C: ConnectionTrait>(db: &C, keys: &[String]) -> Result<Vec<String>> {
    Ok(contacts_import::Entity::find()
        .select_only()
        .column(contacts_import::Column::ObjectKey)
        .filter(contacts_import::Column::ObjectKey.is_in(keys.iter().map(String::as_str)))
        .into_tuple()
        .all(db)
        .await?)
}

/// An import, locked until commit.
pub(crate) async fn lock(tx: &Tx, id: ContactsImportId) -> Result<Option<contacts_import::Model>> {
    let query = contacts_import::Entity::find_by_id(id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// Writes an import over.
pub(crate) async fn save<C: ConnectionTrait>(
    db: &C,
    row: contacts_import::Model,
) -> Result<contacts_import::Model> {
    Ok(row.into_active_model().reset_all().update(db).await?)
}

/// The file is gone from the storage.
pub(crate) async fn forget_file<C: ConnectionTrait>(db: &C, id: ContactsImportId) -> Result<()> {
    contacts_import::Entity::update_many()
        .set(contacts_import::ActiveModel { object_key: Set(None), ..Default::default() })
        .filter(contacts_import::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Writes down what was wrong with rows.
pub(crate) async fn insert_problems<C: ConnectionTrait>(
    db: &C,
    rows: Vec<contacts_import_problem::Model>,
) -> Result<()> {
    bulk::insert_all::<contacts_import_problem::Entity, _>(db, rows).await
}

/// Takes back what was wrong with rows: they are looked at anew.
pub(crate) async fn remove_problems<C: ConnectionTrait>(db: &C, import: ContactsImportId) -> Result<()> {
    use contacts_import_problem::{Column, Entity};
    Entity::delete_many().filter(Column::ImportId.eq(import)).exec(db).await?;
    Ok(())
}

/// Whose phones these are, by their match keys.
pub(crate) async fn phones<C: ConnectionTrait>(
    db: &C,
    keys: impl IntoIterator<Item = String>,
) -> Result<Vec<contact_identity::Model>> {
    Ok(contact_identity::Entity::find()
        .filter(contact_identity::Column::Kind.eq(IdentityKind::Phone))
        .filter(contact_identity::Column::MatchKey.is_in(keys))
        .all(db)
        .await?)
}

/// Contacts, locked in the order of their ids until commit.
pub(crate) async fn lock_contacts(
    tx: &Tx,
    ids: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<contact::Model>> {
    let query =
        contact::Entity::find().filter(contact::Column::Id.is_in(ids)).order_by_asc(contact::Column::Id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.all(tx.conn()).await?)
}

/// Who has one of these addresses.
pub(crate) async fn users_by_email<C: ConnectionTrait>(
    db: &C,
    emails: impl IntoIterator<Item = String>,
) -> Result<Vec<user::Model>> {
    Ok(user::Entity::find().filter(user::Column::Email.is_in(emails)).all(db).await?)
}

/// New contacts, and those that changed.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) new: Vec<contact::Model>,
    pub(crate) identities: Vec<contact_identity::Model>,
    pub(crate) changed: Vec<contact::Model>,
    /// Contacts with all their tags from now on.
    pub(crate) tagged: Vec<(ContactId, Vec<String>)>,
    pub(crate) values: Vec<contact_attribute_value::Model>,
}

/// Writes contacts down.
pub(crate) async fn write<C: ConnectionTrait>(db: &C, written: Written) -> Result<()> {
    let Written { new, identities, changed, tagged, values } = written;
    bulk::insert_all::<contact::Entity, _>(db, new).await?;
    bulk::insert_all::<contact_identity::Entity, _>(db, identities).await?;
    bulk::save_all::<contact::Entity, _>(db, changed).await?;
    if !tagged.is_empty() {
        let contacts = tagged.iter().map(|(id, _)| *id);
        let of_these = contact_tag::Column::ContactId.is_in(contacts);
        contact_tag::Entity::delete_many().filter(of_these).exec(db).await?;
    }
    let tags = tagged.into_iter().flat_map(|(contact_id, tags)| {
        tags.into_iter().map(move |tag| contact_tag::Model { contact_id, tag })
    });
    bulk::insert_all::<contact_tag::Entity, _>(db, tags.collect()).await?;
    bulk::save_all::<contact_attribute_value::Entity, _>(db, values).await
}
