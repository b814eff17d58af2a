//! The business's reactions.

use crate::error::Result;
use entities::{Direction, MessageId, ReactionId, ReactionState, Timestamp, message, reaction};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

/// The business's reaction to a message, in place of the one before; without an emoji it is taken back.
///
/// # Errors
/// If the database refuses.
pub async fn put<C: ConnectionTrait>(
    connection: &C,
    id: ReactionId,
    message_id: MessageId,
    emoji: Option<String>,
    now: Timestamp,
) -> Result<()> {
    let row = reaction::Model {
        id,
        message_id,
        sender: Direction::Outbound,
        emoji,
        reacted_at: now,
        state: Some(ReactionState::Queued),
        error: None,
    };
    let write_over = OnConflict::columns([reaction::Column::MessageId, reaction::Column::Sender])
        .update_columns([
            reaction::Column::Emoji,
            reaction::Column::ReactedAt,
            reaction::Column::State,
            reaction::Column::Error,
        ])
        .to_owned();
    reaction::Entity::insert(row.into_active_model())
        .on_conflict(write_over)
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Shows how far the business's reaction got. Returns the message, if there is such a reaction.
///
/// # Errors
/// If the database refuses.
pub async fn show<C: ConnectionTrait>(
    connection: &C,
    message_id: MessageId,
    state: ReactionState,
    error: Option<String>,
) -> Result<Option<message::Model>> {
    let shown = reaction::Entity::update_many()
        .set(reaction::ActiveModel { state: Set(Some(state)), error: Set(error), ..Default::default() })
        .filter(reaction::Column::MessageId.eq(message_id))
        .filter(reaction::Column::Sender.eq(Direction::Outbound))
        .exec(connection)
        .await?;
    if shown.rows_affected == 0 {
        return Ok(None);
    }
    Ok(message::Entity::find_by_id(message_id).one(connection).await?)
}
