//! Servers of tools, what they offer, and calls that must not be made twice. Servers exist for administrators, and for the
//! assistant whose they are.

use crate::auth::Sight;
use crate::error::Result;
use crate::store::Tx;
use crate::store::bulk::{insert_all, save_all};
use entities::{
    AssistantId, ConversationId, Timestamp, ToolCallState, ToolServerId, tool_call, tool_server,
    tool_server_tool,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

/// The servers of these assistants, in the order in which they were made; for whoever sees them.
///
/// # Errors
/// If the database refuses.
pub async fn of_assistants<C: ConnectionTrait>(
    db: &C,
    sight: Sight,
    assistants: impl IntoIterator<Item = AssistantId>,
) -> Result<Vec<tool_server::Model>> {
    if sight != Sight::Full {
        return Ok(Vec::new());
    }
    Ok(tool_server::Entity::find()
        .filter(tool_server::Column::AssistantId.is_in(assistants))
        .order_by_asc(tool_server::Column::CreatedAt)
        .order_by_asc(tool_server::Column::Id)
        .all(db)
        .await?)
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = ToolServerId>,
) -> Result<Vec<tool_server::Model>> {
    if sight != Sight::Full {
        return Ok(Vec::new());
    }
    Ok(tool_server::Entity::find().filter(tool_server::Column::Id.is_in(ids)).all(db).await?)
}

/// What these servers offer, or offered and was allowed, by name.
///
/// # Errors
/// If the database refuses.
pub async fn tools<C: ConnectionTrait>(
    db: &C,
    servers: impl IntoIterator<Item = ToolServerId>,
) -> Result<Vec<tool_server_tool::Model>> {
    Ok(tool_server_tool::Entity::find()
        .filter(tool_server_tool::Column::ServerId.is_in(servers))
        .order_by_asc(tool_server_tool::Column::ServerId)
        .order_by_asc(tool_server_tool::Column::Name)
        .all(db)
        .await?)
}

/// One, locked until commit.
pub(crate) async fn lock(tx: &Tx, id: ToolServerId) -> Result<Option<tool_server::Model>> {
    let found = tool_server::Entity::find_by_id(id);
    let found = if tx.has_row_locks() { found.lock_exclusive() } else { found };
    Ok(found.one(tx.conn()).await?)
}

/// A new one.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, row: tool_server::Model) -> Result<()> {
    tool_server::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes one over.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, row: tool_server::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Gives a server these tools in place of those that it has.
pub(crate) async fn replace_tools<C: ConnectionTrait>(
    db: &C,
    server: ToolServerId,
    rows: Vec<tool_server_tool::Model>,
) -> Result<()> {
    tool_server_tool::Entity::delete_many()
        .filter(tool_server_tool::Column::ServerId.eq(server))
        .exec(db)
        .await?;
    insert_all::<tool_server_tool::Entity, _>(db, rows).await
}

/// Writes tools over that exist.
pub(crate) async fn save_tools<C: ConnectionTrait>(db: &C, rows: Vec<tool_server_tool::Model>) -> Result<()> {
    save_all::<tool_server_tool::Entity, _>(db, rows).await
}

/// Removes servers with their tools.
pub(crate) async fn remove<C: ConnectionTrait>(db: &C, ids: &[ToolServerId]) -> Result<()> {
    tool_server_tool::Entity::delete_many()
        .filter(tool_server_tool::Column::ServerId.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    tool_server::Entity::delete_many()
        .filter(tool_server::Column::Id.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

/// Writes down that a call is about to be made. None if it is; else what is known of it.
pub(crate) async fn claim_call(tx: &Tx, row: tool_call::Model) -> Result<Option<tool_call::Model>> {
    if let Some(known) = tool_call::Entity::find_by_id(row.key.clone()).one(tx.conn()).await? {
        return Ok(Some(known));
    }
    tool_call::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx.conn()).await?;
    Ok(None)
}

/// Writes down what came of a call.
pub(crate) async fn settle_call<C: ConnectionTrait>(
    db: &C,
    key: &str,
    state: ToolCallState,
    result: String,
) -> Result<()> {
    tool_call::Entity::update_many()
        .set(tool_call::ActiveModel { state: Set(state), result: Set(Some(result)), ..Default::default() })
        .filter(tool_call::Column::Key.eq(key))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes the calls of other turns of a conversation than this: nobody makes these again.
pub(crate) async fn forget_calls<C: ConnectionTrait>(
    db: &C,
    conversation: ConversationId,
    but_of: Timestamp,
) -> Result<()> {
    tool_call::Entity::delete_many()
        .filter(tool_call::Column::ConversationId.eq(conversation))
        .filter(tool_call::Column::TurnBegunAt.ne(but_of))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes all calls of these conversations.
pub(crate) async fn remove_calls<C: ConnectionTrait>(
    db: &C,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<()> {
    tool_call::Entity::delete_many()
        .filter(tool_call::Column::ConversationId.is_in(conversations))
        .exec(db)
        .await?;
    Ok(())
}
