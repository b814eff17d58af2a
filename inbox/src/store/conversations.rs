//! Reads of conversations.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::{Tx, reach, tags};
use entities::{ChannelId, ConversationId, Mode, Timestamp, UserId, UserKind, conversation, user};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
};

/// Which conversations; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Out of the inbox, or in it.
    pub archived: Option<bool>,
    /// Who may answer.
    pub mode: Option<Mode>,
    /// Who answers for it.
    pub owner_id: Option<UserId>,
    /// Owned by the guest, or by a person.
    pub unassigned: Option<bool>,
    /// With inbound messages that nobody has read, or without.
    pub unread: Option<bool>,
    /// The 24-hour window.
    pub window: Option<WindowFilter>,
    /// Over which number.
    pub channel_id: Option<ChannelId>,
    /// With this tag, in its normal form.
    pub tag: Option<String>,
    /// Changed at or after this moment.
    pub updated_since: Option<Timestamp>,
}

/// Whether the customer may be written to freely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowFilter {
    /// Windows that are open, or that are closed.
    pub open: bool,
    /// A window is open if the customer wrote after this moment.
    pub wrote_after: Timestamp,
}

/// A conversation's place in the inbox.
#[must_use]
pub fn position(row: &conversation::Model) -> Position {
    Position { key: row.last_activity_at, id: row.id.0 }
}

/// A part of the inbox, ordered by last activity.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    filter: &ConversationFilter,
    request: &PageRequest,
) -> Result<Page<conversation::Model>> {
    if reach == Reach::Nothing {
        return Ok(Page::EMPTY);
    }
    let keyset = Keyset { key: conversation::Column::LastActivityAt, id: conversation::Column::Id };
    keyset.page(db, find(reach, filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, reach: Reach, filter: &ConversationFilter) -> Result<u64> {
    page::count(db, find(reach, filter), conversation::Column::Id).await
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = ConversationId>,
) -> Result<Vec<conversation::Model>> {
    let select = conversation::Entity::find().filter(reach::conversations(reach));
    Ok(select.filter(conversation::Column::Id.is_in(ids)).all(db).await?)
}

fn find(reach: Reach, filter: &ConversationFilter) -> Select<conversation::Entity> {
    use conversation::Column;
    let mut select = conversation::Entity::find().filter(reach::conversations(reach));
    if let Some(archived) = filter.archived {
        select = select.filter(Column::Archived.eq(archived));
    }
    if let Some(mode) = filter.mode {
        select = select.filter(Column::Mode.eq(mode));
    }
    if let Some(owner) = filter.owner_id {
        select = select.filter(Column::OwnerId.eq(owner));
    }
    if let Some(unassigned) = filter.unassigned {
        let guest = user::Entity::find()
            .select_only()
            .column(user::Column::Id)
            .filter(user::Column::Kind.eq(UserKind::Guest))
            .into_query();
        select = select.filter(if unassigned {
            Column::OwnerId.in_subquery(guest)
        } else {
            Column::OwnerId.not_in_subquery(guest)
        });
    }
    if let Some(unread) = filter.unread {
        select = select.filter(if unread { Column::UnreadCount.gt(0) } else { Column::UnreadCount.lte(0) });
    }
    if let Some(window) = filter.window {
        select = select.filter(in_window(window));
    }
    if let Some(channel) = filter.channel_id {
        select = select.filter(Column::ChannelId.eq(channel));
    }
    if let Some(tag) = &filter.tag {
        select = select.filter(Column::Id.in_subquery(tags::conversations_with(tag)));
    }
    if let Some(since) = filter.updated_since {
        select = select.filter(Column::UpdatedAt.gte(since));
    }
    select
}

/// Conversations in manual mode that have an assistant and whose last message came before a moment, locked, in the order of
/// their ids from `after` on.
///
/// # Errors
/// If the database refuses.
pub async fn lock_quiet(
    tx: &Tx,
    before: Timestamp,
    after: Option<ConversationId>,
    limit: u64,
) -> Result<Vec<conversation::Model>> {
    use conversation::Column;
    let mut select = conversation::Entity::find()
        .filter(Column::Mode.eq(Mode::Manual))
        .filter(Column::AssistantId.is_not_null())
        .filter(Column::LastMessageAt.lt(before));
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after));
    }
    let select = select.order_by_asc(Column::Id).limit(limit);
    let select = if tx.has_row_locks() { select.lock_exclusive() } else { select };
    Ok(select.all(tx.conn()).await?)
}

fn in_window(window: WindowFilter) -> Condition {
    use conversation::Column;
    if window.open {
        Condition::all()
            .add(Column::WindowClosedByProvider.eq(false))
            .add(Column::LastInboundAt.gt(window.wrote_after))
    } else {
        Condition::any()
            .add(Column::WindowClosedByProvider.eq(true))
            .add(Column::LastInboundAt.is_null())
            .add(Column::LastInboundAt.lte(window.wrote_after))
    }
}
