//! The timelines of conversations: lines are only added.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::reach;
use entities::{ConversationChangeId, ConversationId, conversation_change};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, Select,
};

/// Adds a line.
///
/// # Errors
/// If the database refuses.
pub async fn insert<C: ConnectionTrait>(db: &C, row: conversation_change::Model) -> Result<()> {
    conversation_change::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A line's place in its timeline.
#[must_use]
pub fn position(row: &conversation_change::Model) -> Position {
    Position { key: row.occurred_at, id: row.id.0 }
}

/// A part of a conversation's timeline.
///
/// # Errors
/// If the database refuses.
pub async fn page<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    id: ConversationId,
    request: &PageRequest,
) -> Result<Page<conversation_change::Model>> {
    let keyset = Keyset { key: conversation_change::Column::OccurredAt, id: conversation_change::Column::Id };
    keyset.page(db, find(reach, id), request).await
}

/// How many lines it has.
///
/// # Errors
/// If the database refuses.
pub async fn count<C: ConnectionTrait>(db: &C, reach: Reach, id: ConversationId) -> Result<u64> {
    page::count(db, find(reach, id), conversation_change::Column::Id).await
}

/// Those of these lines that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = ConversationChangeId>,
) -> Result<Vec<conversation_change::Model>> {
    Ok(conversation_change::Entity::find()
        .filter(reach::of_conversation(reach, conversation_change::Column::ConversationId))
        .filter(conversation_change::Column::Id.is_in(ids))
        .all(db)
        .await?)
}

fn find(reach: Reach, id: ConversationId) -> Select<conversation_change::Entity> {
    conversation_change::Entity::find()
        .filter(reach::of_conversation(reach, conversation_change::Column::ConversationId))
        .filter(conversation_change::Column::ConversationId.eq(id))
}

/// Hangs the lines of a conversation on another.
pub(crate) async fn hand_over<C: ConnectionTrait>(
    db: &C,
    from: ConversationId,
    to: ConversationId,
) -> Result<()> {
    conversation_change::Entity::update_many()
        .set(conversation_change::ActiveModel { conversation_id: Set(to), ..Default::default() })
        .filter(conversation_change::Column::ConversationId.eq(from))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes the lines of these conversations.
pub(crate) async fn remove<C: ConnectionTrait>(
    db: &C,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<()> {
    conversation_change::Entity::delete_many()
        .filter(conversation_change::Column::ConversationId.is_in(conversations))
        .exec(db)
        .await?;
    Ok(())
}
