//! The settings that are stored, secrets among them, and what Meta last said of them.

use crate::domain::settings::SettingName;
use crate::error::{Error, Result};
use crate::store::Tx;
use entities::{ChannelId, UserId, integration, secret, setting};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

/// A deployment has three secrets of its own and a few for each channel.
const MOST_SECRETS: u64 = 10_000;

/// The values that are set, secrets left out.
///
/// # Errors
/// If the database refuses.
pub async fn all<C: ConnectionTrait>(db: &C) -> Result<Vec<setting::Model>> {
    let names = SettingName::ALL.map(SettingName::as_str);
    Ok(setting::Entity::find().filter(setting::Column::Name.is_in(names)).all(db).await?)
}

/// The value of a row, which is a JSON text; none if nothing is set.
#[must_use]
pub fn value_of(row: &setting::Model) -> Option<String> {
    serde_json::from_str(&row.value).unwrap_or_default()
}

/// Sets a value, or removes it.
///
/// # Errors
/// If the database refuses.
pub async fn put(tx: &Tx, name: SettingName, value: Option<&str>, by: Option<UserId>) -> Result<()> {
    let Some(value) = value else {
        setting::Entity::delete_by_id(name.as_str()).exec(tx.conn()).await?;
        return Ok(());
    };
    let value = serde_json::to_string(value).map_err(Error::internal)?;
    let row = setting::Model { name: name.as_str().to_owned(), value, updated_at: tx.now(), updated_by: by };
    let again = OnConflict::column(setting::Column::Name)
        .update_columns([setting::Column::Value, setting::Column::UpdatedAt, setting::Column::UpdatedBy])
        .to_owned();
    setting::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(tx.conn())
        .await?;
    Ok(())
}

/// Where the deployment's secret of this name is kept.
#[must_use]
pub fn place(name: SettingName) -> String {
    format!("setting:{name}")
}

/// Where a channel's own secret of this name is kept.
#[must_use]
pub fn place_of_channel(name: SettingName, channel: ChannelId) -> String {
    format!("channel.{name}:{channel}")
}

/// All secrets, sealed.
///
/// # Errors
/// If the database refuses.
pub async fn secrets<C: ConnectionTrait>(db: &C) -> Result<Vec<secret::Model>> {
    Ok(secret::Entity::find().limit(MOST_SECRETS).all(db).await?)
}

/// Stores a sealed secret in place of what is there.
///
/// # Errors
/// If the database refuses.
pub async fn put_secret<C: ConnectionTrait>(db: &C, row: secret::Model) -> Result<()> {
    let again = OnConflict::column(secret::Column::Place)
        .update_columns([
            secret::Column::Sealed,
            secret::Column::LastFour,
            secret::Column::UpdatedAt,
            secret::Column::UpdatedBy,
        ])
        .to_owned();
    secret::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets a secret.
///
/// # Errors
/// If the database refuses.
pub async fn remove_secret<C: ConnectionTrait>(db: &C, place: &str) -> Result<()> {
    secret::Entity::delete_by_id(place).exec(db).await?;
    Ok(())
}

/// What Meta last said of the settings; none before it was first asked.
///
/// # Errors
/// If the database refuses.
pub async fn integration<C: ConnectionTrait>(db: &C) -> Result<Option<integration::Model>> {
    Ok(integration::Entity::find_by_id(1).one(db).await?)
}

/// Notes what Meta said of the settings.
///
/// # Errors
/// If the database refuses.
pub async fn put_integration(tx: &Tx, row: integration::Model) -> Result<()> {
    let again = OnConflict::column(integration::Column::Id)
        .update_columns([
            integration::Column::Fingerprint,
            integration::Column::State,
            integration::Column::Problems,
            integration::Column::Token,
            integration::Column::CheckedAt,
        ])
        .to_owned();
    integration::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(again)
        .exec_without_returning(tx.conn())
        .await?;
    Ok(())
}
