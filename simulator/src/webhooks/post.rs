//! Posting: the workers that carry batches to the business, and the handshake.

use anyhow::{Context, bail};
use axum::http::StatusCode;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};

use super::{body, escape, sign};
use crate::state::Core;

/// What Meta calls itself when it posts.
const AGENT: &str = "facebookexternalua";

/// Delivers batches for ever. Every body is posted until it is answered 200; nothing is given up.
pub(crate) async fn work(core: &Core) {
    loop {
        let updates = core.webhooks.next_batch().await;
        let count = updates.len();
        let envelope = body::envelope(&core.config.business, core.clock.now(), updates);
        let body = Bytes::from(escape(&envelope));
        deliver(core, &body).await;
        let duplicate = core.faults.lock().duplicate_webhooks;
        if core.webhooks.roll(duplicate) {
            deliver(core, &body).await;
        }
        core.webhooks.delivered(count);
    }
}

async fn deliver(core: &Core, body: &Bytes) {
    let mut wait = core.config.retry.first;
    loop {
        // The address is read for each attempt: the service may have come back somewhere else.
        match post(core, body.clone()).await {
            Ok(StatusCode::OK) => return,
            Ok(status) => tracing::debug!(%status, "webhook not taken; it will be posted again"),
            Err(error) => tracing::debug!(%error, "webhook not delivered; it will be posted again"),
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(core.config.retry.max);
    }
}

/// Signs a body and posts it once.
pub(crate) async fn post(core: &Core, body: Bytes) -> anyhow::Result<StatusCode> {
    let url = core.webhooks.url().context("no webhook address is set: call set_webhook_url first")?;
    let signature = sign(&core.config.business.app_secret, &body);
    let request = core.http.post(url).header(CONTENT_TYPE, "application/json").header(USER_AGENT, AGENT);
    let response = request.header("X-Hub-Signature-256", signature).body(body).send().await?;
    let status = response.status();
    // Reading the body to its end lets the connection be used again.
    response.bytes().await?;
    Ok(status)
}

/// The handshake: the callback must answer 200 and exactly the challenge.
pub(crate) async fn verify(core: &Core, url: &str, verify_token: &str) -> anyhow::Result<()> {
    let challenge = core.state.lock().ids.number();
    let query = [
        ("hub.mode", "subscribe"),
        ("hub.challenge", challenge.as_str()),
        ("hub.verify_token", verify_token),
    ];
    let request = core.http.get(url).query(&query).header(USER_AGENT, AGENT);
    let response = request.send().await.context("the callback could not be reached")?;
    let status = response.status();
    if status != StatusCode::OK {
        bail!(
            "the callback answered {status} to the handshake instead of 200: is the verify token the same?"
        );
    }
    let answer = response.text().await?;
    if answer != challenge {
        bail!("the callback must answer the challenge and nothing else ({} bytes came back)", answer.len());
    }
    Ok(())
}
