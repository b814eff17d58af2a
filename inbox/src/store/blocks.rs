//! What Meta made of blocks of contacts.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::reach;
use entities::{BlockState, ChannelId, ContactId, Timestamp, contact_block, conversation};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

/// The channels on which a contact has a conversation.
pub(crate) async fn channels<C: ConnectionTrait>(db: &C, id: ContactId) -> Result<Vec<ChannelId>> {
    Ok(conversation::Entity::find()
        .select_only()
        .column(conversation::Column::ChannelId)
        .filter(conversation::Column::ContactId.eq(id))
        .order_by_asc(conversation::Column::ChannelId)
        .into_tuple()
        .all(db)
        .await?)
}

/// What was asked for last on a channel.
pub(crate) async fn put<C: ConnectionTrait>(db: &C, row: contact_block::Model) -> Result<()> {
    use contact_block::Column;
    let write_over = OnConflict::columns([Column::ContactId, Column::ChannelId])
        .update_columns([Column::Blocked, Column::State, Column::Error, Column::UpdatedAt])
        .to_owned();
    contact_block::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(write_over)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What became of it. False if nothing was asked for.
pub(crate) async fn show<C: ConnectionTrait>(
    db: &C,
    contact: ContactId,
    channel: ChannelId,
    state: BlockState,
    error: Option<String>,
    now: Timestamp,
) -> Result<bool> {
    let shown = contact_block::Entity::update_many()
        .set(contact_block::ActiveModel {
            state: Set(state),
            error: Set(error),
            updated_at: Set(now),
            ..Default::default()
        })
        .filter(contact_block::Column::ContactId.eq(contact))
        .filter(contact_block::Column::ChannelId.eq(channel))
        .exec(db)
        .await?;
    Ok(shown.rows_affected == 1)
}

/// What Meta made of the blocks of these contacts.
///
/// # Errors
/// If the database refuses.
pub async fn of_contacts<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    contacts: impl IntoIterator<Item = ContactId>,
) -> Result<Vec<contact_block::Model>> {
    Ok(contact_block::Entity::find()
        .filter(reach::of_contact(reach, contact_block::Column::ContactId))
        .filter(contact_block::Column::ContactId.is_in(contacts))
        .order_by_asc(contact_block::Column::ChannelId)
        .all(db)
        .await?)
}
