//! What Meta decides about the templates.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State as Shared};
use axum::http::StatusCode;
use serde_json::Value;

use super::Refusal;
use crate::state::Core;
use crate::templates::Verdict;

/// Passes a verdict on a template: `{"status":"PAUSED"}`, `{"category":"MARKETING"}`.
pub(super) async fn change(
    Shared(core): Shared<Arc<Core>>,
    Path((name, language)): Path<(String, String)>,
    verdict: Result<Json<Verdict>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    if !verdict?.0.pass(&core, &name, &language) {
        return Err(Refusal(
            StatusCode::NOT_FOUND,
            "there is no template of that name and language".to_owned(),
        ));
    }
    let state = core.state.lock();
    Ok(Json(state.templates.find(&name, &language).cloned().unwrap_or_default()))
}
