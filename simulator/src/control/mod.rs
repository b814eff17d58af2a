//! The control API and the web phone: how people and tests act as the customers. It is open to whoever can reach the
//! address.

mod customers;
mod page;
mod settings;
mod templates;

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::state::Core;

pub(crate) fn router() -> Router<Arc<Core>> {
    Router::new()
        .route("/", get(page::phone))
        .route("/simulator/media/{id}", get(page::media))
        .route("/simulator/customers", get(customers::list))
        .route("/simulator/customers/{phone}", get(customers::show).post(customers::change))
        .route("/simulator/customers/{phone}/messages", get(customers::messages).post(customers::write))
        .route("/simulator/customers/{phone}/read", post(customers::read))
        .route("/simulator/templates/{name}/{language}", post(templates::change))
        .route("/simulator/business", get(settings::business))
        .route("/simulator/webhook", get(settings::webhook).post(settings::set_webhook))
        .route("/simulator/faults", get(settings::faults).post(settings::set_faults))
        .route("/simulator/held", post(settings::release_held))
        .route("/simulator/requests", get(settings::requests))
        .route("/simulator/clock", get(settings::clock).post(settings::advance_clock))
}

/// A refusal of the control API: a status and a sentence, as `{"error":"…"}`.
#[derive(Debug)]
pub(crate) struct Refusal(StatusCode, String);

impl Refusal {
    fn bad_request(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

/// A phone number of 7 to 15 digits, however it is written.
fn phone(text: &str) -> Result<String, Refusal> {
    let digits = crate::customers::digits(text);
    if (7..=15).contains(&digits.len()) {
        return Ok(digits);
    }
    Err(Refusal::bad_request("a phone number has 7 to 15 digits, with the country code"))
}
