//! Meta's webhooks: a signature over the raw bytes, a durable receipt, 200. Nothing is parsed here.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use entities::ChannelId;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use inbox::{App, WhatsAppConfig};
use metrics::Counter;
use providers::meta::{self, SignatureError, Verified};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// Meta's largest webhook.
const BODY_LIMIT: usize = 3 * 1024 * 1024;
const SIGNATURE: &str = "x-hub-signature-256";
/// Meta tries again by itself for seven days; this is for others that read it. Seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

#[derive(Clone)]
struct Webhooks {
    app: App,
    outcomes: Arc<Outcomes>,
}

/// Counters looked up once.
struct Outcomes {
    stored: Counter,
    unsigned: Counter,
    malformed: Counter,
    mismatch: Counter,
    too_large: Counter,
    incomplete: Counter,
    unavailable: Counter,
}

impl Outcomes {
    fn new() -> Self {
        let outcome = |name: &'static str| metrics::counter!("recado_webhooks_total", "outcome" => name);
        Self {
            stored: outcome("stored"),
            unsigned: outcome("signature_missing"),
            malformed: outcome("signature_malformed"),
            mismatch: outcome("signature_mismatch"),
            too_large: outcome("too_large"),
            incomplete: outcome("incomplete"),
            unavailable: outcome("unavailable"),
        }
    }
}

pub(super) fn routes(app: App) -> Router {
    Router::new()
        .route("/api/WhatsApp/Webhook", get(handshake).post(receive))
        .route("/api/WhatsApp/Webhook/{channelId}", get(handshake_of_channel).post(receive_for_channel))
        .with_state(Webhooks { app, outcomes: Arc::new(Outcomes::new()) })
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    #[serde(rename = "hub.verify_token")]
    verify_token: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
}

async fn handshake(State(webhooks): State<Webhooks>, Query(query): Query<Handshake>) -> Response {
    webhooks.handshake(query, None)
}

async fn handshake_of_channel(
    State(webhooks): State<Webhooks>,
    Path(channel): Path<Uuid>,
    Query(query): Query<Handshake>,
) -> Response {
    webhooks.handshake(query, Some(ChannelId(channel)))
}

async fn receive(State(webhooks): State<Webhooks>, headers: HeaderMap, body: Body) -> Response {
    webhooks.receive(&headers, body, None).await
}

async fn receive_for_channel(
    State(webhooks): State<Webhooks>,
    Path(channel): Path<Uuid>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    webhooks.receive(&headers, body, Some(ChannelId(channel))).await
}

impl Webhooks {
    fn handshake(&self, query: Handshake, channel: Option<ChannelId>) -> Response {
        let whatsapp = self.connection(channel);
        // Exposed to be compared, in constant time.
        let configured = whatsapp.verify_token.expose();
        let Handshake { mode, verify_token, challenge } = query;
        match meta::handshake(mode.as_deref(), verify_token.as_deref(), challenge.as_deref(), configured) {
            Ok(challenge) => ([(header::X_CONTENT_TYPE_OPTIONS, "nosniff")], challenge).into_response(),
            Err(error) => {
                tracing::warn!(%error, "a webhook handshake was refused");
                (StatusCode::FORBIDDEN, error.to_string()).into_response()
            }
        }
    }

    async fn receive(&self, headers: &HeaderMap, body: Body, channel: Option<ChannelId>) -> Response {
        let body = match collect(headers, body).await {
            Ok(body) => body,
            Err(Unread::TooLarge) => {
                self.outcomes.too_large.increment(1);
                return (StatusCode::PAYLOAD_TOO_LARGE, "a webhook has at most 3 MiB\n").into_response();
            }
            Err(Unread::Incomplete) => {
                self.outcomes.incomplete.increment(1);
                return StatusCode::BAD_REQUEST.into_response();
            }
        };
        let verified = match self.verify(headers, body, channel) {
            Ok(verified) => verified,
            Err(error) => {
                self.count_refusal(error);
                return (StatusCode::UNAUTHORIZED, "the signature is missing or wrong\n").into_response();
            }
        };
        match self.app.receipts.store(verified, channel).await {
            Ok(()) => {
                self.outcomes.stored.increment(1);
                StatusCode::OK.into_response()
            }
            Err(error) => {
                self.outcomes.unavailable.increment(1);
                tracing::error!(%error, "a webhook could not be stored; Meta was asked to send it again");
                (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)]).into_response()
            }
        }
    }

    /// What connects the channel that the address names, or the deployment.
    fn connection(&self, channel: Option<ChannelId>) -> Arc<WhatsAppConfig> {
        channel.map_or_else(|| self.app.whatsapp(), |channel| self.app.whatsapp_of(channel))
    }

    fn verify(
        &self,
        headers: &HeaderMap,
        body: Bytes,
        channel: Option<ChannelId>,
    ) -> Result<Verified, SignatureError> {
        let whatsapp = self.connection(channel);
        if !whatsapp.verifies_signatures() {
            // Switched off for a test: taken as if it came from our own store.
            return Ok(Verified::from_store(body));
        }
        let signature = headers.get(SIGNATURE).map(|value| value.to_str().unwrap_or_default());
        // Exposed to compute the signature.
        Verified::verify(&[whatsapp.app_secret.expose()], signature, body)
    }

    fn count_refusal(&self, error: SignatureError) {
        let counter = match error {
            SignatureError::Missing => &self.outcomes.unsigned,
            SignatureError::Malformed => &self.outcomes.malformed,
            SignatureError::Mismatch => &self.outcomes.mismatch,
        };
        counter.increment(1);
    }
}

enum Unread {
    TooLarge,
    Incomplete,
}

/// The whole body. A length that is announced too large is refused before a byte is read.
async fn collect(headers: &HeaderMap, body: Body) -> Result<Bytes, Unread> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > BODY_LIMIT) {
        return Err(Unread::TooLarge);
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Err(_) => Err(Unread::Incomplete),
    }
}
