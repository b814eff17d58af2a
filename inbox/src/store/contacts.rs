//! Reads of contacts and their identities.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::reach;
use entities::{ContactId, IdentityKind, contact, contact_identity};
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};

/// Fewer digits than this are not looked for among the phone numbers.
const FEWEST_DIGITS: usize = 3;

/// A contact's place in the list.
#[must_use]
pub fn position(row: &contact::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of the contacts, ordered by when they were made. `search` is the beginning of a name, or some digits of a
/// phone number in a row.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    search: Option<&str>,
    request: &PageRequest,
) -> Result<Page<contact::Model>> {
    if reach == Reach::Nothing {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: contact::Column::CreatedAt, id: contact::Column::Id };
    keyset.page(db, find(reach, search), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, reach: Reach, search: Option<&str>) -> Result<u64> {
    page::count(db, find(reach, search), contact::Column::Id).await
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<contact::Model>> {
    let select = contact::Entity::find().filter(reach::of_contact(reach, contact::Column::Id));
    Ok(select.filter(contact::Column::Id.is_in(ids)).all(db).await?)
}

/// The identities of these contacts, oldest first.
///
/// # Errors
/// If the database refuses.
pub async fn identities<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<contact_identity::Model>> {
    Ok(contact_identity::Entity::find()
        .filter(reach::of_contact(reach, contact_identity::Column::ContactId))
        .filter(contact_identity::Column::ContactId.is_in(contacts))
        .order_by_asc(contact_identity::Column::CreatedAt)
        .order_by_asc(contact_identity::Column::Id)
        .all(db)
        .await?)
}

fn find(reach: Reach, search: Option<&str>) -> Select<contact::Entity> {
    let select = contact::Entity::find().filter(reach::of_contact(reach, contact::Column::Id));
    match search.map(str::trim).filter(|search| !search.is_empty()) {
        Some(search) => select.filter(matches(search)),
        None => select,
    }
}

fn matches(search: &str) -> Condition {
    let mut any = Condition::any()
        .add(begins_with(contact::Column::Name, search))
        .add(begins_with(contact::Column::ProfileName, search))
        .add(begins_with(contact::Column::Username, search));
    let is_phone = search.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let digits: String = search.chars().filter(char::is_ascii_digit).collect();
    if is_phone && digits.len() >= FEWEST_DIGITS {
        let phones = contact_identity::Entity::find()
            .select_only()
            .column(contact_identity::Column::ContactId)
            .filter(contact_identity::Column::Kind.eq(IdentityKind::Phone))
            .filter(contact_identity::Column::Value.contains(&digits))
            .into_query();
        any = any.add(contact::Column::Id.in_subquery(phones));
    }
    any
}

/// Compares in the database's lower case: Unicode's on PostgreSQL, that of ASCII on SQLite. No pattern is involved, so
/// nothing needs escaping.
pub(super) fn begins_with(column: impl ColumnTrait, prefix: &str) -> Expr {
    let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
    let beginning = Func::cust("substr").arg(column.into_expr()).arg(Expr::val(1)).arg(Expr::val(length));
    Expr::expr(Func::lower(beginning)).eq(Func::lower(Expr::val(prefix)))
}
