//! What models cost.

use super::assistants::{AssistantProvider, amount, micros};
use super::context::{Reader, app, viewer};
use super::errors::Result;
use super::global_id::GlobalId;
use super::load::{Resource, Selection};
use super::scalars::DateTime;
use super::user_errors::user_errors;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{ModelPriceId, model_price};
use futures_util::future::{BoxFuture, FutureExt};
use inbox::services::model_prices::{self as services, ModelPriceInput};
use inbox::store::model_prices as store;
use std::collections::HashSet;
use std::sync::Arc;

/// See the description in the schema.
#[derive(Clone, Debug)]
pub(super) struct ModelPrice(Arc<model_price::Model>);

/// What a model costs from a moment on. Of several that fit, the one of the model's whole name counts, else the one of the
/// longest beginning, and of those the newest that is valid.
#[Object]
impl ModelPrice {
    /// Global id.
    pub(super) async fn id(&self) -> ID {
        self.0.id.global()
    }

    /// Whose model.
    async fn provider(&self) -> AssistantProvider {
        self.0.provider.into()
    }

    /// Its name, or the beginning of names before a `*`.
    async fn model(&self) -> &str {
        &self.0.model
    }

    /// From when on: runs that begin then or later are counted so.
    async fn valid_from(&self) -> DateTime {
        self.0.valid_from.into()
    }

    /// Price of a million input tokens.
    async fn input_price(&self) -> f64 {
        amount(self.0.input_micros)
    }

    /// Price of a million output tokens.
    async fn output_price(&self) -> f64 {
        amount(self.0.output_micros)
    }

    /// Price of a million input tokens that the provider has in its cache. Null if they cost the same as others.
    async fn cached_input_price(&self) -> Option<f64> {
        self.0.cached_input_micros.map(amount)
    }

    /// ISO 4217.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// Last change.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

impl Resource for ModelPrice {
    type Id = ModelPriceId;
    type Row = model_price::Model;
    type Plan = ();

    fn plan(_: &Selection<'_>) {}

    fn id_of(row: &model_price::Model) -> ModelPriceId {
        row.id
    }

    fn fetch(
        reader: Reader<'_>,
        ids: HashSet<ModelPriceId>,
    ) -> BoxFuture<'_, inbox::Result<Vec<model_price::Model>>> {
        store::by_ids(reader.db(), reader.sight, ids).boxed()
    }

    fn build<'a>(
        _: Reader<'a>,
        rows: Vec<Arc<model_price::Model>>,
        (): &'a (),
    ) -> BoxFuture<'a, Result<Vec<Self>>> {
        async move { Ok(rows.into_iter().map(Self).collect()) }.boxed()
    }
}

user_errors! {
    /// Why a price was not set.
    ModelPriceSetUserError, ModelPriceSetUserErrorCode {
        /// A value cannot be used, for the reason in the message; `field` names it.
        Invalid,
    }
}

user_errors! {
    /// Why a price was not deleted.
    ModelPriceDeleteUserError, ModelPriceDeleteUserErrorCode {
        /// Somebody else changed it at the same moment. Read it again, then decide.
        Conflict,
    }
}

/// A price to set.
#[derive(InputObject)]
struct ModelPriceSetInput {
    /// Whose model.
    provider: AssistantProvider,
    /// Its name as the provider writes it, or the beginning of names and a `*`: `gpt-5-mini`, `claude-*`, `*`. At most 200
    /// characters.
    model: String,
    /// From when on; now if absent. The price of the same model and moment is written over.
    valid_from: Option<DateTime>,
    /// Price of a million input tokens, 0 or more.
    input_price: f64,
    /// Price of a million output tokens, 0 or more.
    output_price: f64,
    /// Price of a million input tokens that the provider has in its cache; as others if absent.
    cached_input_price: Option<f64>,
    /// ISO 4217: `USD`.
    currency: String,
}

/// A price that was set, or why none was.
#[derive(SimpleObject)]
struct ModelPriceSetPayload {
    /// The price. Null if there are user errors.
    model_price: Option<ModelPrice>,
    /// Why none was set.
    user_errors: Vec<ModelPriceSetUserError>,
}

/// A price that was deleted, or why none was.
#[derive(SimpleObject)]
struct ModelPriceDeletePayload {
    /// The id of the price that is gone. Null if there are user errors.
    deleted_model_price_id: Option<ID>,
    /// Why it was not deleted.
    user_errors: Vec<ModelPriceDeleteUserError>,
}

#[derive(Default)]
pub(super) struct ModelPriceQueries;

#[Object]
impl ModelPriceQueries {
    /// What models cost, by provider and model, the newest first; at most 500. None come with the service. Needs
    /// `ADMINISTER`.
    async fn model_prices(&self, ctx: &Context<'_>) -> Result<Vec<ModelPrice>> {
        let rows = services::model_prices(app(ctx), viewer(ctx)?).await?;
        Ok(rows.into_iter().map(|row| ModelPrice(Arc::new(row))).collect())
    }
}

#[derive(Default)]
pub(super) struct ModelPriceMutations;

#[Object]
impl ModelPriceMutations {
    /// Sets what a model costs from a moment on. What runs that began before cost stays as it is. Needs `ADMINISTER`.
    async fn model_price_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The price to set.")] input: ModelPriceSetInput,
    ) -> Result<ModelPriceSetPayload> {
        let input = ModelPriceInput {
            provider: input.provider.into(),
            model: input.model,
            valid_from: input.valid_from.map(|moment| moment.0),
            input_micros: micros(input.input_price),
            output_micros: micros(input.output_price),
            cached_input_micros: input.cached_input_price.map(micros),
            currency: input.currency,
        };
        match services::model_price_set(app(ctx), viewer(ctx)?, input).await {
            Ok(row) => {
                let model_price = Some(ModelPrice(Arc::new(row)));
                Ok(ModelPriceSetPayload { model_price, user_errors: Vec::new() })
            }
            Err(inbox::Error::Invalid { field, message }) => {
                let (code, field) = (ModelPriceSetUserErrorCode::Invalid, Some(vec![field.to_owned()]));
                let user_errors = vec![ModelPriceSetUserError::new(code, field, message)];
                Ok(ModelPriceSetPayload { model_price: None, user_errors })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a price; what was valid before it counts again. Needs `ADMINISTER`.
    async fn model_price_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The price's id.")] id: ID,
    ) -> Result<ModelPriceDeletePayload> {
        let deleted = ModelPriceId::parse("id", &id)?;
        match services::model_price_delete(app(ctx), viewer(ctx)?, deleted).await {
            Ok(()) => {
                Ok(ModelPriceDeletePayload { deleted_model_price_id: Some(id), user_errors: Vec::new() })
            }
            Err(inbox::Error::Conflict(message)) => {
                let code = ModelPriceDeleteUserErrorCode::Conflict;
                let user_errors = vec![ModelPriceDeleteUserError::new(code, None, message)];
                Ok(ModelPriceDeletePayload { deleted_model_price_id: None, user_errors })
            }
            Err(error) => Err(error.into()),
        }
    }
}
