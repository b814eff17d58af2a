//! What administrators do with webhooks.

use super::{WebhookEffect, WebhookReceipt, WebhookReceiptState, shown};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Resource, Selection};
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::WebhookReceiptId;
use inbox::services::receive as service;

refusals! {
    /// Why a webhook was not applied again.
    WebhookReceiptReplayUserError, WebhookReceiptReplayUserErrorCode {
        /// It waits to be applied for the first time.
        WebhookReceiptWaiting,
        /// Its body was erased along with a person.
        WebhookReceiptErased,
    }
}

/// How to apply a webhook again.
#[derive(InputObject)]
struct WebhookReceiptReplayInput {
    /// True to see what would change, and change nothing. Null or absent for the real thing.
    dry_run: Option<bool>,
}

/// What came of it, or why nothing was done.
#[derive(SimpleObject)]
struct WebhookReceiptReplayPayload {
    /// The webhook as it stands now. Null if there are user errors.
    webhook_receipt: Option<WebhookReceipt>,
    /// How it stands, or after a dry run would stand. Null if there are user errors.
    outcome: Option<WebhookReceiptState>,
    /// What changed by this, or would change: what was applied before is not applied twice.
    effects: Vec<WebhookEffect>,
    /// Why it, or a part of it, cannot be applied. Null if nothing stands against it.
    problem: Option<String>,
    /// Why nothing was done.
    user_errors: Vec<WebhookReceiptReplayUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct WebhookReceiptMutations;

#[Object]
impl WebhookReceiptMutations {
    /// Applies a webhook again, after what stood against it was mended. What was applied before is not doubled. Needs the
    /// permission ADMINISTER.
    async fn webhook_receipt_replay(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The webhook.")] id: ID,
        #[graphql(desc = "How.")] input: WebhookReceiptReplayInput,
    ) -> Result<WebhookReceiptReplayPayload> {
        let viewer = viewer(ctx)?;
        let id = WebhookReceiptId::parse("id", &id)?;
        let dry_run = input.dry_run.unwrap_or(false);
        let replayed = service::webhook_receipt_replay(app(ctx), viewer, id, dry_run).await;
        let (replay, user_errors) = split(replayed)?;
        let plan = WebhookReceipt::plan(&Selection::new([ctx.look_ahead().field("webhookReceipt")]));
        let webhook_receipt = match &replay {
            Some(replay) => load::load_one(Reader::new(ctx)?, &plan, replay.id).await?,
            None => None,
        };
        Ok(WebhookReceiptReplayPayload {
            webhook_receipt,
            outcome: replay.as_ref().map(|replay| replay.state.into()),
            effects: replay.as_ref().map(|replay| shown(&replay.effects)).unwrap_or_default(),
            problem: replay.and_then(|replay| replay.problem),
            user_errors,
        })
    }
}
