//! Assistants, and the ledger of what they did.

pub mod documents;

use crate::auth::Reach;
use crate::clock::Ids;
use crate::domain::settings::SettingName;
use crate::error::Result;
use crate::store::page::{self, Keyset, Page, PageRequest, Position};
use crate::store::{Tx, reach, settings};
use entities::{
    AssistantId, AssistantRunId, ConversationId, MessageId, RunState, Timestamp, UserId, assistant,
    assistant_run, assistant_run_step, message, setting,
};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

/// The assistants that are not deleted, in the order in which they were made. A deployment has a handful.
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<assistant::Model>> {
    let live = assistant::Entity::find().filter(assistant::Column::DeletedAt.is_null());
    Ok(live.order_by_asc(assistant::Column::CreatedAt).order_by_asc(assistant::Column::Id).all(db).await?)
}

/// Those of these ids, deleted ones too, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    ids: impl IntoIterator<Item = AssistantId>,
) -> Result<Vec<assistant::Model>> {
    Ok(assistant::Entity::find().filter(assistant::Column::Id.is_in(ids)).all(db).await?)
}

/// One that is not deleted.
///
/// # Errors
/// If the database refuses.
pub async fn get<C: ConnectionTrait>(db: &C, id: AssistantId) -> Result<Option<assistant::Model>> {
    let found = assistant::Entity::find_by_id(id).one(db).await?;
    Ok(found.filter(|row| row.deleted_at.is_none()))
}

/// One that is not deleted, locked until commit.
pub(crate) async fn lock(tx: &Tx, id: AssistantId) -> Result<Option<assistant::Model>> {
    let found = assistant::Entity::find_by_id(id);
    let found = if tx.has_row_locks() { found.lock_exclusive() } else { found };
    let found = found.one(tx.conn()).await?;
    Ok(found.filter(|row| row.deleted_at.is_none()))
}

/// The one of this name that is not deleted.
///
/// # Errors
/// If the database refuses.
pub async fn by_name<C: ConnectionTrait>(db: &C, name: &str) -> Result<Option<assistant::Model>> {
    Ok(assistant::Entity::find()
        .filter(assistant::Column::Name.eq(name))
        .filter(assistant::Column::DeletedAt.is_null())
        .one(db)
        .await?)
}

/// The assistant that answers new contacts, if one does.
///
/// # Errors
/// If the database refuses.
pub async fn default<C: ConnectionTrait>(db: &C) -> Result<Option<AssistantId>> {
    let row = setting::Entity::find_by_id(SettingName::DefaultAssistant.as_str()).one(db).await?;
    Ok(row.and_then(|row| serde_json::from_str(&row.value).ok()))
}

/// Sets the assistant that answers new contacts.
pub(crate) async fn set_default(tx: &Tx, id: Option<AssistantId>, user: Option<UserId>) -> Result<()> {
    settings::put(tx, SettingName::DefaultAssistant, id.map(|id| id.to_string()).as_deref(), user).await
}

/// A new one.
///
/// # Errors
/// If the database refuses: there may be one of this name.
pub async fn insert<C: ConnectionTrait>(db: &C, row: assistant::Model) -> Result<()> {
    assistant::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes one over.
///
/// # Errors
/// If the database refuses: there may be one of this name.
pub async fn save<C: ConnectionTrait>(db: &C, row: assistant::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Begins a run.
///
/// # Errors
/// If the database refuses.
pub async fn insert_run<C: ConnectionTrait>(db: &C, row: assistant_run::Model) -> Result<()> {
    assistant_run::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a run over.
///
/// # Errors
/// If the database refuses.
pub async fn save_run<C: ConnectionTrait>(db: &C, row: assistant_run::Model) -> Result<()> {
    row.into_active_model().reset_all().update(db).await?;
    Ok(())
}

/// Ends the runs of a conversation that are said to be under way: their turn was taken away, or their node is gone.
/// Returns them.
///
/// # Errors
/// If the database refuses.
pub async fn cancel_runs(tx: &Tx, conversations: &[ConversationId]) -> Result<Vec<assistant_run::Model>> {
    Ok(assistant_run::Entity::update_many()
        .set(assistant_run::ActiveModel {
            state: Set(RunState::Canceled),
            finished_at: Set(Some(tx.now())),
            ..Default::default()
        })
        .filter(assistant_run::Column::ConversationId.is_in(conversations.iter().copied()))
        .filter(assistant_run::Column::State.eq(RunState::Running))
        .exec_with_returning(tx.conn())
        .await?)
}

/// Adds a step.
///
/// # Errors
/// If the database refuses.
pub async fn insert_step<C: ConnectionTrait>(db: &C, row: assistant_run_step::Model) -> Result<()> {
    assistant_run_step::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The steps of these runs, in their order.
///
/// # Errors
/// If the database refuses.
pub async fn steps<C: ConnectionTrait>(
    db: &C,
    runs: impl IntoIterator<Item = AssistantRunId>,
) -> Result<Vec<assistant_run_step::Model>> {
    Ok(assistant_run_step::Entity::find()
        .filter(assistant_run_step::Column::RunId.is_in(runs))
        .order_by_asc(assistant_run_step::Column::RunId)
        .order_by_asc(assistant_run_step::Column::Number)
        .all(db)
        .await?)
}

/// Marks a message as written by a run.
///
/// # Errors
/// If the database refuses.
pub async fn mark_message<C: ConnectionTrait>(db: &C, message: MessageId, run: AssistantRunId) -> Result<()> {
    message::Entity::update_many()
        .set(message::ActiveModel { run_id: Set(Some(run)), ..Default::default() })
        .filter(message::Column::Id.eq(message))
        .exec(db)
        .await?;
    Ok(())
}

/// The newest messages of a conversation that were stored at or after a moment, oldest first, at most `limit`. What counts
/// is not when they were received: a message may be received before the moment and begin a turn after it.
///
/// # Errors
/// If the database refuses.
pub async fn context<C: ConnectionTrait>(
    db: &C,
    id: ConversationId,
    since: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<message::Model>> {
    let mut messages = message::Entity::find()
        .filter(message::Column::ConversationId.eq(id))
        .filter(message::Column::RevokedAt.is_null());
    if let Some(since) = since {
        messages = messages.filter(message::Column::Id.gte(Ids::first_at::<MessageId>(since)));
    }
    let mut rows = messages
        .order_by_desc(message::Column::SentAt)
        .order_by_desc(message::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.reverse();
    Ok(rows)
}

/// What the assistants did in a conversation since a moment: answers, and tokens.
///
/// # Errors
/// If the database refuses.
pub async fn spent<C: ConnectionTrait>(db: &C, id: ConversationId, since: Timestamp) -> Result<(u64, i64)> {
    let runs = assistant_run::Entity::find()
        .filter(assistant_run::Column::ConversationId.eq(id))
        .filter(assistant_run::Column::StartedAt.gte(since));
    let answers = runs.clone().filter(assistant_run::Column::State.eq(RunState::Answered)).count(db).await?;
    let sum = |column: assistant_run::Column| Expr::col(column).sum().cast_as("bigint");
    let tokens: Option<(Option<i64>, Option<i64>)> = runs
        .select_only()
        .column_as(sum(assistant_run::Column::InputTokens), "input")
        .column_as(sum(assistant_run::Column::OutputTokens), "output")
        .into_tuple()
        .one(db)
        .await?;
    let (input, output) = tokens.unwrap_or_default();
    Ok((answers, input.unwrap_or(0).saturating_add(output.unwrap_or(0))))
}

/// What an assistant cost since a moment in a currency, in millionths.
///
/// # Errors
/// If the database refuses.
pub async fn cost<C: ConnectionTrait>(
    db: &C,
    id: AssistantId,
    since: Timestamp,
    currency: Option<&str>,
) -> Result<i64> {
    let currency = match currency {
        Some(currency) => assistant_run::Column::Currency.eq(currency),
        None => assistant_run::Column::Currency.is_null(),
    };
    let cost: Option<Option<i64>> = assistant_run::Entity::find()
        .filter(assistant_run::Column::AssistantId.eq(id))
        .filter(assistant_run::Column::StartedAt.gte(since))
        .filter(currency)
        .select_only()
        .column_as(Expr::col(assistant_run::Column::CostMicros).sum().cast_as("bigint"), "cost")
        .into_tuple()
        .one(db)
        .await?;
    Ok(cost.flatten().unwrap_or(0))
}

/// Which runs; what is `None` does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// In which conversation.
    pub conversation_id: Option<ConversationId>,
    /// Of which assistant.
    pub assistant_id: Option<AssistantId>,
    /// How they stand.
    pub state: Option<RunState>,
}

/// A run's place in a list.
#[must_use]
pub fn position(row: &assistant_run::Model) -> Position {
    Position { key: row.started_at, id: row.id.0 }
}

/// A part of the runs, ordered by when they began.
///
/// # Errors
/// If the database refuses.
pub async fn runs<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    filter: &RunFilter,
    request: &PageRequest,
) -> Result<Page<assistant_run::Model>> {
    let keyset = Keyset { key: assistant_run::Column::StartedAt, id: assistant_run::Column::Id };
    keyset.page(db, find(reach, filter), request).await
}

/// How many there are.
///
/// # Errors
/// If the database refuses.
pub async fn count_runs<C: ConnectionTrait>(db: &C, reach: Reach, filter: &RunFilter) -> Result<u64> {
    page::count(db, find(reach, filter), assistant_run::Column::Id).await
}

/// Those of these runs that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn runs_by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = AssistantRunId>,
) -> Result<Vec<assistant_run::Model>> {
    let select = find(reach, &RunFilter::default()).filter(assistant_run::Column::Id.is_in(ids));
    Ok(select.all(db).await?)
}

fn find(reach: Reach, filter: &RunFilter) -> Select<assistant_run::Entity> {
    use assistant_run::Column;
    let mut select =
        assistant_run::Entity::find().filter(reach::of_conversation(reach, Column::ConversationId));
    if let Some(conversation) = filter.conversation_id {
        select = select.filter(Column::ConversationId.eq(conversation));
    }
    if let Some(assistant) = filter.assistant_id {
        select = select.filter(Column::AssistantId.eq(assistant));
    }
    if let Some(state) = filter.state {
        select = select.filter(Column::State.eq(state));
    }
    select
}

/// Hangs the runs of a conversation on another.
pub(crate) async fn hand_over<C: ConnectionTrait>(
    db: &C,
    from: ConversationId,
    to: ConversationId,
) -> Result<()> {
    assistant_run::Entity::update_many()
        .set(assistant_run::ActiveModel { conversation_id: Set(to), ..Default::default() })
        .filter(assistant_run::Column::ConversationId.eq(from))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes the runs of these conversations with all that they did.
pub(crate) async fn remove<C: ConnectionTrait>(
    db: &C,
    conversations: impl IntoIterator<Item = ConversationId>,
) -> Result<()> {
    let runs = assistant_run::Entity::find()
        .select_only()
        .column(assistant_run::Column::Id)
        .filter(assistant_run::Column::ConversationId.is_in(conversations));
    let ids: Vec<AssistantRunId> = runs.into_tuple().all(db).await?;
    assistant_run_step::Entity::delete_many()
        .filter(assistant_run_step::Column::RunId.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    assistant_run::Entity::delete_many().filter(assistant_run::Column::Id.is_in(ids)).exec(db).await?;
    Ok(())
}
