//! Tokens: the login dialog, the exchange of codes and tokens, and what a token is.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State as Shared};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{GraphError, nodes};
use crate::state::Core;
use crate::tokens::{CodeError, LONG_LIVED_SECONDS, Token, TokenKind};

type Params = HashMap<String, String>;

const SCOPES: [&str; 3] =
    ["business_management", "whatsapp_business_management", "whatsapp_business_messaging"];

/// `GET /dialog/oauth`: everybody agrees at once, so the browser goes straight back with a code.
pub(crate) async fn dialog(
    Shared(core): Shared<Arc<Core>>,
    Query(query): Query<Params>,
) -> Result<Response, GraphError> {
    check_app(&core, &query)?;
    let redirect_uri = query.get("redirect_uri").ok_or_else(|| GraphError::required("redirect_uri"))?;
    let mut back: reqwest::Url =
        redirect_uri.parse().map_err(|_| GraphError::parameter("Param redirect_uri is not a valid URL."))?;
    let state = &mut *core.state.lock();
    let code = format!("AQ{}", state.ids.hex(40));
    state.tokens.insert_code(code.clone(), redirect_uri.clone(), core.clock.now());
    back.query_pairs_mut().append_pair("code", &code);
    if let Some(state) = query.get("state") {
        back.query_pairs_mut().append_pair("state", state);
    }
    Ok((StatusCode::FOUND, [(LOCATION, back.to_string())]).into_response())
}

/// `GET /oauth/access_token`
pub(crate) async fn access_token(
    Shared(core): Shared<Arc<Core>>,
    Query(query): Query<Params>,
) -> Result<Json<Value>, GraphError> {
    exchange(&core, &query).map(Json)
}

/// `POST /oauth/access_token`, with the same parameters as a form, or still in the query.
pub(crate) async fn access_token_form(
    Shared(core): Shared<Arc<Core>>,
    Query(mut params): Query<Params>,
    form: Result<Form<Params>, FormRejection>,
) -> Result<Json<Value>, GraphError> {
    params.extend(form.map(|form| form.0).unwrap_or_default());
    exchange(&core, &params).map(Json)
}

fn exchange(core: &Core, params: &Params) -> Result<Value, GraphError> {
    check_app(core, params)?;
    if params.get("client_secret") != Some(&core.config.business.app_secret) {
        return Err(GraphError::new(1).status(400).message("Error validating client secret."));
    }
    match params.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {
            Ok(json!({ "access_token": core.config.business.app_token(), "token_type": "bearer" }))
        }
        Some("fb_exchange_token") => exchange_token(core, params),
        Some("authorization_code") | None => exchange_code(core, params),
        Some(_) => Err(GraphError::parameter("Param grant_type has an unknown value.")),
    }
}

fn check_app(core: &Core, params: &Params) -> Result<(), GraphError> {
    if params.get("client_id") == Some(&core.config.business.app_id) {
        return Ok(());
    }
    Err(GraphError::new(101)
        .message("Error validating application. Cannot get application info due to a system error."))
}

fn exchange_code(core: &Core, params: &Params) -> Result<Value, GraphError> {
    let code = params.get("code").ok_or_else(|| GraphError::required("code"))?;
    let redirect_uri = params.get("redirect_uri").map(String::as_str).unwrap_or_default();
    let taken = core.state.lock().tokens.use_code(code, redirect_uri, core.clock.now());
    let refusal = |subcode, message: &str| GraphError::new(100).subcode(subcode).message(message);
    taken.map_err(|error| match error {
        CodeError::Unknown => GraphError::new(100).message("Invalid verification code format."),
        CodeError::Expired => refusal(36007, "This authorization code has expired."),
        CodeError::OtherRedirect => refusal(
            36008,
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you used \
             in the OAuth dialog request",
        ),
        CodeError::Used => refusal(36009, "This authorization code has been used."),
    })?;
    Ok(long_lived(core, TokenKind::User))
}

/// A token that is good for one that lasts sixty days from now.
fn exchange_token(core: &Core, params: &Params) -> Result<Value, GraphError> {
    let token = params.get("fb_exchange_token").ok_or_else(|| GraphError::required("fb_exchange_token"))?;
    let expired = core.faults.lock().expired_token;
    let kind =
        core.state.lock().tokens.valid(token, core.clock.now()).filter(|_| !expired).map(|token| token.kind);
    let kind = kind.ok_or_else(|| {
        GraphError::new(190).subcode(463).message("Error validating access token: Session has expired")
    })?;
    Ok(long_lived(core, kind))
}

fn long_lived(core: &Core, kind: TokenKind) -> Value {
    let now = core.clock.now();
    let state = &mut *core.state.lock();
    let token = format!("EAAsimulated{}", state.ids.hex(48));
    let details = Token { kind, issued_at: now, expires_at: Some(now + LONG_LIVED_SECONDS) };
    state.tokens.insert(token.clone(), details);
    json!({ "access_token": token, "token_type": "bearer", "expires_in": LONG_LIVED_SECONDS })
}

/// `GET /debug_token`: what a token is and whether it is good.
pub(crate) async fn debug_token(
    Shared(core): Shared<Arc<Core>>,
    Query(query): Query<Params>,
) -> Result<Json<Value>, GraphError> {
    let input = query.get("input_token").ok_or_else(|| GraphError::required("input_token"))?;
    let business = &core.config.business;
    let state = core.state.lock();
    let Some(token) = state.tokens.get(input) else {
        let error = json!({ "code": 190, "message": "Invalid OAuth access token." });
        return Ok(Json(json!({ "data": { "error": error, "is_valid": false, "scopes": [] } })));
    };
    let expired = token.kind != TokenKind::App && core.faults.lock().expired_token;
    let valid = !expired && state.tokens.valid(input, core.clock.now()).is_some();
    let mut data = json!({
        "app_id": business.app_id,
        "type": kind_name(token.kind),
        "application": nodes::APP_NAME,
        "data_access_expires_at": 0,
        "expires_at": token.expires_at.unwrap_or(0),
        "is_valid": valid,
        "issued_at": token.issued_at,
        "scopes": SCOPES,
        "granular_scopes": [
            { "scope": "whatsapp_business_management", "target_ids": [business.business_account_id] },
            { "scope": "whatsapp_business_messaging", "target_ids": [business.business_account_id] },
        ],
        "user_id": "122100000000000001",
    });
    if !valid {
        data["error"] = json!({ "code": 190, "subcode": 463, "message": "Session has expired" });
    }
    Ok(Json(json!({ "data": data })))
}

fn kind_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::App => "APP",
        TokenKind::User => "USER",
        TokenKind::SystemUser => "SYSTEM_USER",
    }
}
