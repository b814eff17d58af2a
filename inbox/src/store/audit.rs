//! Who changed what about users, roles and tokens.

use crate::auth::Sight;
use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use entities::{AuditAction, AuditEntryId, Timestamp, audit_entry};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select,
};
use uuid::Uuid;

/// Which entries; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// What was done: one of these.
    pub actions: Option<Vec<AuditAction>>,
    /// By this user or token.
    pub actor_id: Option<Uuid>,
    /// To this user, role or token.
    pub subject_id: Option<Uuid>,
    /// At or after this moment.
    pub occurred_after: Option<Timestamp>,
    /// Before this moment.
    pub occurred_before: Option<Timestamp>,
}

/// An entry's place in the list.
#[must_use]
pub fn position(row: &audit_entry::Model) -> Position {
    Position { key: row.occurred_at, id: row.id.0 }
}

/// A part of the audit, ordered by time.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    filter: &AuditFilter,
    request: &PageRequest,
) -> Result<Page<audit_entry::Model>> {
    if sight != Sight::Full {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: audit_entry::Column::OccurredAt, id: audit_entry::Column::Id };
    keyset.page(connection, find(filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(connection: &C, sight: Sight, filter: &AuditFilter) -> Result<u64> {
    match sight {
        Sight::Full => page::count(connection, find(filter), audit_entry::Column::Id).await,
        Sight::Names | Sight::Nothing => Ok(0),
    }
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    connection: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = AuditEntryId>,
) -> Result<Vec<audit_entry::Model>> {
    match sight {
        Sight::Full => {
            let select = audit_entry::Entity::find().filter(audit_entry::Column::Id.is_in(ids));
            Ok(select.all(connection).await?)
        }
        Sight::Names | Sight::Nothing => Ok(Vec::new()),
    }
}

/// A new entry.
///
/// # Errors
/// If the database refuses.
pub async fn insert<C: ConnectionTrait>(connection: &C, row: audit_entry::Model) -> Result<()> {
    audit_entry::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

fn find(filter: &AuditFilter) -> Select<audit_entry::Entity> {
    use audit_entry::Column;
    let mut select = audit_entry::Entity::find();
    if let Some(actions) = &filter.actions {
        select = select.filter(Column::Action.is_in(actions.iter().copied()));
    }
    if let Some(actor) = filter.actor_id {
        select = select.filter(Column::ActorId.eq(actor));
    }
    if let Some(subject) = filter.subject_id {
        select = select.filter(Column::SubjectId.eq(subject));
    }
    if let Some(after) = filter.occurred_after {
        select = select.filter(Column::OccurredAt.gte(after));
    }
    if let Some(before) = filter.occurred_before {
        select = select.filter(Column::OccurredAt.lt(before));
    }
    select
}
