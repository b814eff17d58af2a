//! What a model costs, from a moment on.

use crate::{AssistantProvider, ModelPriceId, Timestamp};
use sea_orm::entity::prelude::*;

/// A row of `model_price`. Amounts are millionths, for a million tokens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "model_price")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ModelPriceId,
    /// Whose model.
    pub provider: AssistantProvider,
    /// Its name, or the beginning of names before a `*`.
    pub model: String,
    /// From when on; unique for provider and model.
    pub valid_from: Timestamp,
    /// Of what the model reads.
    pub input_micros: i64,
    /// Of what it writes.
    pub output_micros: i64,
    /// Of what it reads again from the provider's cache; none if that costs the same.
    pub cached_input_micros: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Last change.
    pub updated_at: Timestamp,
}

/// Relations are followed by the store, in batches.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
