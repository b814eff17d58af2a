//! What models cost: a table that the business fills.

#[cfg(test)]
mod tests;

use crate::app::App;
use crate::auth::{Permission, Viewer};
use crate::domain::price::{Price, valid};
use crate::error::{Error, Result};
use crate::services::access::{AuditChange, Subject, record};
use crate::services::assistants::amount;
use crate::store::{Priority, model_prices as store};
use entities::{AssistantProvider, AuditAction, ModelPriceId, Timestamp, assistant, model_price};
use std::sync::Arc;

/// Most prices.
pub const MOST: u64 = 500;
/// Longest name of a model, in characters.
const NAME: usize = 200;

/// A price to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPriceInput {
    /// Whose model.
    pub provider: AssistantProvider,
    /// Its name, or the beginning of names before a `*`.
    pub model: String,
    /// From when on; now if unset.
    pub valid_from: Option<Timestamp>,
    /// Millionths for a million tokens of what it reads.
    pub input_micros: i64,
    /// The same of what it writes.
    pub output_micros: i64,
    /// The same of what it reads again from a cache; as what it reads if unset.
    pub cached_input_micros: Option<i64>,
    /// ISO 4217.
    pub currency: String,
}

/// All prices, by provider and model, the newest first: at most [`MOST`].
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`].
pub async fn model_prices(app: &App, viewer: &Viewer) -> Result<Vec<model_price::Model>> {
    viewer.require(Permission::Administer)?;
    store::all(app.db.read()).await
}

/// Sets the price of a model from a moment on, in place of the one of the same moment. Runs that began are not counted anew.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Invalid`] at the field that is wrong.
pub async fn model_price_set(
    app: &App,
    viewer: &Viewer,
    input: ModelPriceInput,
) -> Result<model_price::Model> {
    viewer.require(Permission::Administer)?;
    let input = checked(input)?;
    let actor = viewer.actor();
    let held = Arc::new((app.clone(), input));
    app.db
        .write(Priority::Interactive, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move {
                let (app, input) = &*held;
                let valid_from = input.valid_from.unwrap_or_else(|| tx.now());
                let known = store::find(tx.conn(), input.provider, &input.model, valid_from).await?;
                if known.is_none() && store::count(tx.conn()).await? >= MOST {
                    let message = format!("there are {MOST} prices already; delete some that are past first");
                    return Err(Error::invalid("model", message));
                }
                let row = model_price::Model {
                    id: known.as_ref().map_or_else(|| app.ids.next(), |known| known.id),
                    provider: input.provider,
                    model: input.model.clone(),
                    valid_from,
                    input_micros: input.input_micros,
                    output_micros: input.output_micros,
                    cached_input_micros: input.cached_input_micros,
                    currency: input.currency.clone(),
                    updated_at: tx.now(),
                };
                store::save(tx.conn(), row.clone()).await?;
                let fields = differences(known.as_ref(), Some(&row));
                let (action, subject) = (AuditAction::ModelPriceSet, Subject::ModelPrice(row.id));
                record(&app.ids, tx, actor, action, subject, fields).await?;
                Ok(row)
            })
        })
        .await
}

/// Deletes a price: what was valid before it counts again.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`].
pub async fn model_price_delete(app: &App, viewer: &Viewer, id: ModelPriceId) -> Result<()> {
    viewer.require(Permission::Administer)?;
    let (ids, actor) = (app.ids.clone(), viewer.actor());
    app.db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let row = store::delete(tx.conn(), id).await?.ok_or(Error::NotFound("model price"))?;
                let (action, subject) = (AuditAction::ModelPriceDeleted, Subject::ModelPrice(id));
                record(&ids, tx, actor, action, subject, differences(Some(&row), None)).await
            })
        })
        .await
}

/// What an assistant's model costs now: by the assistant's own prices, else by the table.
pub(super) async fn price_of(app: &App, assistant: &assistant::Model) -> Result<Option<Price>> {
    if let Some((input, output)) = assistant.input_price_micros.zip(assistant.output_price_micros) {
        return Ok(Some(Price { input, cached_input: input, output, currency: None }));
    }
    let rows = store::of(app.db.read(), assistant.provider).await?;
    Ok(valid(&rows, &assistant.model, app.clock.now()))
}

fn checked(input: ModelPriceInput) -> Result<ModelPriceInput> {
    let model = input.model.trim().to_owned();
    let beginning = model.strip_suffix('*').unwrap_or(&model);
    if model.is_empty() || model.chars().count() > NAME || beginning.contains('*') {
        let message = format!(
            "write the name of a model, or the beginning of names and a * at the end; at most {NAME} characters"
        );
        return Err(Error::invalid("model", message));
    }
    let prices = [
        ("inputPrice", Some(input.input_micros)),
        ("outputPrice", Some(input.output_micros)),
        ("cachedInputPrice", input.cached_input_micros),
    ];
    if let Some((field, _)) = prices.into_iter().find(|(_, price)| price.is_some_and(|price| price < 0)) {
        return Err(Error::invalid(field, "a price is 0 or more"));
    }
    let currency = input.currency.trim().to_ascii_uppercase();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Error::invalid("currency", "write a currency as ISO 4217 does, for example USD"));
    }
    Ok(ModelPriceInput { model, currency, ..input })
}

fn differences(before: Option<&model_price::Model>, after: Option<&model_price::Model>) -> Vec<AuditChange> {
    let shown = |row: Option<&model_price::Model>| {
        let of = |value: fn(&model_price::Model) -> String| row.map(value);
        [
            ("provider", of(|row| row.provider.as_str().to_owned())),
            ("model", of(|row| row.model.clone())),
            ("inputPrice", of(|row| amount(row.input_micros))),
            ("outputPrice", of(|row| amount(row.output_micros))),
            ("cachedInputPrice", row.and_then(|row| row.cached_input_micros).map(amount)),
            ("currency", of(|row| row.currency.clone())),
        ]
    };
    // What it is the price of stands there, changed or not.
    let fields = shown(before).into_iter().zip(shown(after)).enumerate();
    fields
        .filter(|(place, (before, after))| *place < 2 || before.1 != after.1)
        .map(|(_, ((field, before), (_, after)))| AuditChange::shown(field, before, after))
        .collect()
}
