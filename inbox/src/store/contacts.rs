//! Contacts and their identities.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::{Tx, reach, tags};
use entities::{ContactId, IdentityKind, UserId, contact, contact_identity};
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

/// Fewer digits than this are not looked for among the phone numbers.
const FEWEST_DIGITS: usize = 3;

/// Which contacts; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactFilter {
    /// The beginning of a name, or some digits of a phone number in a row.
    pub search: Option<String>,
    /// With this tag, in its normal form.
    pub tag: Option<String>,
    /// Who answers for it.
    pub owner_id: Option<UserId>,
    /// Blocked, or not.
    pub blocked: Option<bool>,
    /// Without marketing messages, or with them.
    pub marketing_opted_out: Option<bool>,
}

/// A contact's place in the list.
#[must_use]
pub fn position(row: &contact::Model) -> Position {
    Position { key: row.created_at, id: row.id.0 }
}

/// A part of the contacts, ordered by when they were made.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    filter: &ContactFilter,
    request: &PageRequest,
) -> Result<Page<contact::Model>> {
    if reach == Reach::Nothing {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: contact::Column::CreatedAt, id: contact::Column::Id };
    keyset.page(db, find(reach, filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, reach: Reach, filter: &ContactFilter) -> Result<u64> {
    page::count(db, find(reach, filter), contact::Column::Id).await
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

/// A contact within reach, locked until commit.
///
/// # Errors
/// If the database refuses.
pub async fn lock(tx: &Tx, reach: Reach, id: ContactId) -> Result<Option<contact::Model>> {
    let query = contact::Entity::find_by_id(id).filter(reach::of_contact(reach, contact::Column::Id));
    let query = if tx.has_row_locks() { query.lock_exclusive() } else { query };
    Ok(query.one(tx.conn()).await?)
}

/// A new contact with what names it.
///
/// # Errors
/// If the database refuses: another may have the identity.
pub async fn insert<C: ConnectionTrait>(
    db: &C,
    contact: contact::Model,
    identity: contact_identity::Model,
) -> Result<()> {
    contact::Entity::insert(contact.into_active_model().reset_all()).exec_without_returning(db).await?;
    contact_identity::Entity::insert(identity.into_active_model().reset_all())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes a name of a contact over.
///
/// # Errors
/// If the database refuses: another may have it.
pub async fn save_identity<C: ConnectionTrait>(db: &C, row: contact_identity::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Writes a contact over.
///
/// # Errors
/// If the database refuses.
pub async fn save<C: ConnectionTrait>(db: &C, row: contact::Model) -> Result<contact::Model> {
    Ok(row.into_active_model().reset_all().update(db).await?)
}

fn find(reach: Reach, filter: &ContactFilter) -> Select<contact::Entity> {
    use contact::Column;
    let mut select = contact::Entity::find().filter(reach::of_contact(reach, Column::Id));
    if let Some(search) = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
        select = select.filter(matches(search));
    }
    if let Some(tag) = &filter.tag {
        select = select.filter(Column::Id.in_subquery(tags::contacts_with(tag)));
    }
    if let Some(owner) = filter.owner_id {
        select = select.filter(Column::OwnerId.eq(owner));
    }
    for (wanted, column) in
        [(filter.blocked, Column::BlockedAt), (filter.marketing_opted_out, Column::MarketingOptedOutAt)]
    {
        match wanted {
            Some(true) => select = select.filter(column.is_not_null()),
            Some(false) => select = select.filter(column.is_null()),
            None => {}
        }
    }
    select
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
