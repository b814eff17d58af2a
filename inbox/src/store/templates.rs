//! Message templates, and what became of each.

use crate::auth::Sight;
use crate::error::Result;
use crate::store::Tx;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{TemplateId, template, template_change};
use sea_orm::sea_query::{Expr, Func, LikeExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

/// Which templates; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateFilter {
    /// Meta's word: one of these.
    pub statuses: Option<Vec<String>>,
    /// None of these statuses.
    pub not_statuses: Option<Vec<String>>,
    /// Meta's word: one of these.
    pub categories: Option<Vec<String>>,
    /// None of these categories.
    pub not_categories: Option<Vec<String>>,
    /// In this language.
    pub language: Option<String>,
    /// Of this WhatsApp Business Account.
    pub business_account_id: Option<String>,
    /// With this in the name, in lower case.
    pub search: Option<String>,
}

/// A template's place in the list.
#[must_use]
pub fn position(row: &template::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A change's place in the history.
#[must_use]
pub fn change_position(row: &template_change::Model) -> Position {
    Position { key: row.occurred_at, id: row.id.0 }
}

/// A part of the templates that Meta has, ordered by when they were seen first.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    sight: Sight,
    filter: &TemplateFilter,
    request: &PageRequest,
) -> Result<Page<template::Model>> {
    let keyset = Keyset { key: template::Column::CreatedAt, id: template::Column::Id };
    keyset.page(db, find(sight, filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, sight: Sight, filter: &TemplateFilter) -> Result<u64> {
    page::count(db, find(sight, filter), template::Column::Id).await
}

/// Those of these ids that exist for the caller, deleted ones too, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = TemplateId>,
) -> Result<Vec<template::Model>> {
    let select = template::Entity::find().filter(seen(sight));
    Ok(select.filter(template::Column::Id.is_in(ids)).all(db).await?)
}

/// The one of this name and language that an account has or had.
///
/// # Errors
/// If the database refuses.
pub async fn by_name<C: ConnectionTrait>(
    db: &C,
    business_account_id: &str,
    name: &str,
    language: &str,
) -> Result<Option<template::Model>> {
    Ok(template::Entity::find()
        .filter(template::Column::BusinessAccountId.eq(business_account_id))
        .filter(template::Column::Name.eq(name))
        .filter(template::Column::Language.eq(language))
        .one(db)
        .await?)
}

/// Those of these names, of any account and in any language.
///
/// # Errors
/// If the database refuses.
pub async fn by_names<C: ConnectionTrait>(
    db: &C,
    names: impl IntoIterator<Item = String>,
) -> Result<Vec<template::Model>> {
    let names: Vec<String> = names.into_iter().collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    Ok(template::Entity::find().filter(template::Column::Name.is_in(names)).all(db).await?)
}

/// A part of what became of a template, ordered by time.
///
/// # Errors
/// If the database refuses.
pub async fn changes<C: ConnectionTrait>(
    db: &C,
    id: TemplateId,
    request: &PageRequest,
) -> Result<Page<template_change::Model>> {
    let keyset = Keyset { key: template_change::Column::OccurredAt, id: template_change::Column::Id };
    keyset.page(db, find_changes(id), request).await
}

/// How many changes there are.
///
/// # Errors
/// If the database refuses.
pub async fn count_changes<C: ConnectionTrait>(db: &C, id: TemplateId) -> Result<u64> {
    page::count(db, find_changes(id), template_change::Column::Id).await
}

/// The names of an account's templates that are marked: Meta has more to tell of them. Each once.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn marked<C: ConnectionTrait>(db: &C, business_account_id: &str) -> Result<Vec<String>> {
    Ok(template::Entity::find()
        .select_only()
        .column(template::Column::Name)
        .distinct()
        .filter(template::Column::BusinessAccountId.eq(business_account_id))
        .filter(template::Column::NeedsSync.eq(true))
        .filter(template::Column::DeletedAt.is_null())
        .into_tuple()
        .all(db)
        .await?)
}

/// All templates of an account, or those of one name, deleted ones too, locked until commit in the order of their ids.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn lock_account(
    tx: &Tx,
    business_account_id: &str,
    name: Option<&str>,
) -> Result<Vec<template::Model>> {
    let wanted = Condition::all()
        .add(template::Column::BusinessAccountId.eq(business_account_id))
        .add_option(name.map(|name| template::Column::Name.eq(name)));
    lock(tx, wanted).await
}

/// Those with one of Meta's ids or one of these names, locked until commit in the order of their ids.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn lock_some(
    tx: &Tx,
    provider_ids: impl IntoIterator<Item = String>,
    names: impl IntoIterator<Item = String>,
) -> Result<Vec<template::Model>> {
    let provider_ids: Vec<String> = provider_ids.into_iter().collect();
    if provider_ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = Condition::any()
        .add(template::Column::ProviderId.is_in(provider_ids))
        .add(template::Column::Name.is_in(names));
    lock(tx, wanted).await
}

/// One of an account, locked until commit.
///
/// # Errors
/// If the database refuses.
pub(crate) async fn lock_by_name(
    tx: &Tx,
    business_account_id: &str,
    name: &str,
    language: &str,
) -> Result<Option<template::Model>> {
    let wanted = Condition::all()
        .add(template::Column::BusinessAccountId.eq(business_account_id))
        .add(template::Column::Name.eq(name))
        .add(template::Column::Language.eq(language));
    Ok(lock(tx, wanted).await?.pop())
}

async fn lock(tx: &Tx, wanted: Condition) -> Result<Vec<template::Model>> {
    let query = template::Entity::find().filter(wanted).order_by_asc(template::Column::Id);
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.all(tx.conn()).await?)
}

/// Templates are for all who see conversations, and for who administers them.
fn seen(sight: Sight) -> Condition {
    match sight {
        Sight::Full | Sight::Names => Condition::all(),
        Sight::Nothing => Condition::all().add(Expr::val(1).eq(0)),
    }
}

fn find_changes(id: TemplateId) -> Select<template_change::Entity> {
    template_change::Entity::find().filter(template_change::Column::TemplateId.eq(id))
}

fn find(sight: Sight, filter: &TemplateFilter) -> Select<template::Entity> {
    use template::Column;
    let mut select = template::Entity::find().filter(seen(sight)).filter(Column::DeletedAt.is_null());
    if let Some(statuses) = &filter.statuses {
        select = select.filter(Column::Status.is_in(statuses));
    }
    if let Some(statuses) = &filter.not_statuses {
        select = select.filter(Column::Status.is_not_in(statuses));
    }
    if let Some(categories) = &filter.categories {
        select = select.filter(Column::Category.is_in(categories));
    }
    if let Some(categories) = &filter.not_categories {
        select = select.filter(Column::Category.is_not_in(categories));
    }
    if let Some(language) = &filter.language {
        select = select.filter(Column::Language.eq(language));
    }
    if let Some(account) = &filter.business_account_id {
        select = select.filter(Column::BusinessAccountId.eq(account));
    }
    if let Some(search) = &filter.search {
        let pattern = format!("%{}%", page::literal(search));
        let name = Expr::expr(Func::lower(Expr::col((template::Entity, Column::Name))));
        select = select.filter(name.like(LikeExpr::new(pattern).escape('\\')));
    }
    select
}
