//! What models cost.

use crate::auth::Sight;
use crate::error::Result;
use entities::{AssistantProvider, ModelPriceId, Timestamp, model_price};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

/// All prices, by provider and model, the newest first.
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<model_price::Model>> {
    Ok(model_price::Entity::find()
        .order_by_asc(model_price::Column::Provider)
        .order_by_asc(model_price::Column::Model)
        .order_by_desc(model_price::Column::ValidFrom)
        .all(db)
        .await?)
}

/// Those of a provider's models, in no order.
pub(crate) async fn of<C: ConnectionTrait>(
    db: &C,
    provider: AssistantProvider,
) -> Result<Vec<model_price::Model>> {
    Ok(model_price::Entity::find().filter(model_price::Column::Provider.eq(provider)).all(db).await?)
}

/// Those of these ids that exist for the caller, in no order.
///
/// # Errors
/// If the database refuses.
pub async fn by_ids<C: ConnectionTrait>(
    db: &C,
    sight: Sight,
    ids: impl IntoIterator<Item = ModelPriceId>,
) -> Result<Vec<model_price::Model>> {
    match sight {
        Sight::Full => {
            Ok(model_price::Entity::find().filter(model_price::Column::Id.is_in(ids)).all(db).await?)
        }
        Sight::Names | Sight::Nothing => Ok(Vec::new()),
    }
}

/// How many there are.
pub(crate) async fn count<C: ConnectionTrait>(db: &C) -> Result<u64> {
    Ok(model_price::Entity::find().count(db).await?)
}

/// The one of a model from a moment on.
pub(crate) async fn find<C: ConnectionTrait>(
    db: &C,
    provider: AssistantProvider,
    model: &str,
    valid_from: Timestamp,
) -> Result<Option<model_price::Model>> {
    Ok(model_price::Entity::find()
        .filter(model_price::Column::Provider.eq(provider))
        .filter(model_price::Column::Model.eq(model))
        .filter(model_price::Column::ValidFrom.eq(valid_from))
        .one(db)
        .await?)
}

/// Adds a price, or writes the one of this id over.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, row: model_price::Model) -> Result<()> {
    use model_price::Column;
    let again = OnConflict::column(Column::Id)
        .update_columns([
            Column::InputMicros,
            Column::OutputMicros,
            Column::CachedInputMicros,
            Column::Currency,
            Column::UpdatedAt,
        ])
        .to_owned();
    model_price::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Deletes a price. Returns what it was.
pub(crate) async fn delete<C: ConnectionTrait>(
    db: &C,
    id: ModelPriceId,
) -> Result<Option<model_price::Model>> {
    let row = model_price::Entity::find_by_id(id).one(db).await?;
    model_price::Entity::delete_by_id(id).exec(db).await?;
    Ok(row)
}
