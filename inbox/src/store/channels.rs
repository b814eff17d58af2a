//! Reads of channels.

use crate::auth::Reach;
use crate::error::Result;
use crate::store::reach;
use entities::{ChannelId, channel};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// A deployment has a handful of channels; a list of them ends here.
const MOST: u64 = 1000;

/// All channels, in the order in which they were connected.
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(db: &C, reach: Reach) -> Result<Vec<channel::Model>> {
    let select = channel::Entity::find().filter(reach::shared(reach));
    Ok(select
        .order_by_asc(channel::Column::CreatedAt)
        .order_by_asc(channel::Column::Id)
        .limit(MOST)
        .all(db)
        .await?)
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    reach: Reach,
    ids: impl IntoIterator<Item = ChannelId>,
) -> Result<Vec<channel::Model>> {
    let select = channel::Entity::find().filter(reach::shared(reach));
    Ok(select.filter(channel::Column::Id.is_in(ids)).all(db).await?)
}

/// The number of a WhatsApp Business Account that was connected first.
///
/// # Errors
/// If the database refuses.
pub async fn of_account<C: ConnectionTrait>(db: &C, business_account_id: &str) -> Result<Option<ChannelId>> {
    Ok(channel::Entity::find()
        .select_only()
        .column(channel::Column::Id)
        .filter(channel::Column::BusinessAccountId.eq(business_account_id))
        .order_by_asc(channel::Column::CreatedAt)
        .order_by_asc(channel::Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?)
}

/// Changes the columns of a channel that are set in `row`, and returns it as it is then.
///
/// # Errors
/// If the database refuses.
pub async fn update<C: ConnectionTrait>(
    connection: &C,
    id: ChannelId,
    row: channel::ActiveModel,
) -> Result<Option<channel::Model>> {
    let updated = channel::Entity::update_many()
        .set(row)
        .filter(channel::Column::Id.eq(id))
        .exec_with_returning(connection)
        .await?;
    Ok(updated.into_iter().next())
}
