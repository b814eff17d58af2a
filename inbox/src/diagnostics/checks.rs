//! The checks, one a function.

use super::Check;
use crate::store::diagnostics as store;
use crate::{App, WhatsAppConfig};
use entities::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// A queued send that is older than this waits for something other than its turn.
const QUEUE_AGE: Duration = Duration::from_secs(5 * 60);
/// A stored webhook that is older than this should have been applied.
const RECEIPT_AGE: Duration = Duration::from_secs(60);

pub(super) async fn database(app: &App) -> Vec<Check> {
    let migrations = match app.db.pending_migrations().await {
        Ok(0) => Check::passed("migrations", "all applied"),
        Ok(count) => Check::failed(
            "migrations",
            format!("{count} pending"),
            "the program is newer than the database",
            "run: recado migrate",
        ),
        Err(error) => {
            return vec![Check::failed(
                "database",
                error.to_string(),
                "the database does not answer",
                "check that it runs and that RECADO_DATABASE_URL names it",
            )];
        }
    };
    let kind = match app.db.backend() {
        sea_orm::DbBackend::Sqlite => "SQLite answers",
        _ => "PostgreSQL answers",
    };
    vec![Check::passed("database", kind), migrations]
}

pub(super) fn secret_key(app: &App) -> Check {
    let now = app.clock.now();
    let user = app.ids.next();
    let readable =
        app.sessions.issue(user, user.0, now).and_then(|(token, _)| app.sessions.verify(&token, now));
    match readable {
        Ok(claims) if claims.sub == user => {
            Check::passed("secretKey", format!("{} in use", app.config.secret_keys.len()))
        }
        _ => Check::failed(
            "secretKey",
            "a session signed with it cannot be read",
            "the key is damaged",
            "restore the key file from a backup, or set RECADO_SECRET_KEY",
        ),
    }
}

pub(super) fn ids(whatsapp: &WhatsAppConfig) -> Vec<Check> {
    let ids = [
        ("appId", "RECADO_WHATSAPP_APP_ID", &whatsapp.app_id),
        ("businessAccountId", "RECADO_WHATSAPP_BUSINESS_ACCOUNT_ID", &whatsapp.business_account_id),
        ("phoneNumberId", "RECADO_WHATSAPP_PHONE_NUMBER_ID", &whatsapp.phone_number_id),
    ];
    let check = |&(name, variable, id): &(&'static str, &str, &String)| {
        if id.is_empty() {
            return unset(name, variable);
        }
        match ids.iter().find(|other| other.0 != name && other.2 == id) {
            Some((other, ..)) => Check::failed(
                name,
                format!("{id}, the same as {other}"),
                "one id was entered in two places",
                "copy each id from its own place in Meta's developer pages",
            ),
            None => Check::passed(name, id.clone()),
        }
    };
    ids.iter().map(check).collect()
}

fn unset(name: &'static str, what: &str) -> Check {
    Check::failed(name, "not set", "the connection with Meta is not complete", &format!("set {what}"))
}

pub(super) fn webhook_signature(whatsapp: &WhatsAppConfig) -> Check {
    const NAME: &str = "webhookSignature";
    if !whatsapp.verifies_signatures() {
        return Check::failed(
            NAME,
            "SWITCHED OFF: anybody can write into the inbox",
            "RECADO_WHATSAPP_VERIFY_SIGNATURE is false",
            "set it to true; false is for tests only",
        );
    }
    if whatsapp.app_secret.is_empty() {
        return Check::failed(
            NAME,
            "no app secret, so every webhook is refused",
            "webhooks are signed with the secret of the Meta app",
            "set RECADO_WHATSAPP_APP_SECRET to the app secret under App settings, Basic",
        );
    }
    Check::passed(NAME, "verified with the app secret")
}

pub(super) fn verify_token(whatsapp: &WhatsAppConfig) -> Check {
    const NAME: &str = "verifyToken";
    if whatsapp.verify_token.is_empty() {
        return unset(NAME, "RECADO_WHATSAPP_VERIFY_TOKEN, and enter the same text in the Meta app");
    }
    Check::passed(NAME, "set")
}

/// Reads the phone number's own record: that needs a token which is valid and may use this number.
pub(super) async fn access_token(app: &App) -> Check {
    const NAME: &str = "accessToken";
    let whatsapp = app.whatsapp();
    if whatsapp.access_token.is_empty() {
        return unset(NAME, "RECADO_WHATSAPP_ACCESS_TOKEN, preferably to a system user's token");
    }
    if whatsapp.phone_number_id.is_empty() {
        let cause = "there is no phone number to ask for";
        return Check::warning(NAME, "not tried", cause, "set RECADO_WHATSAPP_PHONE_NUMBER_ID first");
    }
    let address = format!(
        "{}/{}/{}?fields=id",
        whatsapp.graph_url.as_str().trim_end_matches('/'),
        whatsapp.graph_version,
        whatsapp.phone_number_id
    );
    // Exposed to authorise the call.
    let answer = app.http.get(address).bearer_auth(whatsapp.access_token.expose()).send().await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            return Check::failed(
                NAME,
                format!("not tried: {}", error.without_url()),
                "Meta's Graph API cannot be reached from here",
                "check the network, a proxy, and RECADO_GRAPH_URL",
            );
        }
    };
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    if status.is_success() && body["id"] == whatsapp.phone_number_id.as_str() {
        return Check::passed(NAME, "Meta accepts it for this number");
    }
    refused(NAME, status.as_u16(), body["error"]["code"].as_i64().unwrap_or_default())
}

/// Codes as in Meta's error reference for the Cloud API.
pub(super) fn refused(name: &'static str, status: u16, code: i64) -> Check {
    let (cause, fix) = match code {
        190 => (
            "the token has expired or was revoked",
            "make a new one, preferably of a system user, and set RECADO_WHATSAPP_ACCESS_TOKEN",
        ),
        100 => (
            "there is no such number, or the token may not use it",
            "check RECADO_WHATSAPP_PHONE_NUMBER_ID (the id, not the number), and the token's assets",
        ),
        10 | 200..=299 => (
            "the token lacks a permission",
            "make one with whatsapp_business_messaging and whatsapp_business_management",
        ),
        _ => ("Meta refused for another reason", "look the code up in Meta's error reference"),
    };
    Check::failed(name, format!("Meta answered {status}, code {code}"), cause, fix)
}

pub(super) async fn receipts(app: &App) -> Check {
    const NAME: &str = "webhooks";
    let now = app.clock.now();
    let receipts = match store::receipts(app.db.read()).await {
        Ok(receipts) => receipts,
        Err(error) => return unreadable(NAME, &error),
    };
    match (receipts.newest, receipts.oldest_waiting) {
        (None, _) => Check::warning(
            NAME,
            "none received yet",
            "Meta does not know our address, or nobody wrote yet",
            "enter the address /api/WhatsApp/Webhook in the Meta app and subscribe to messages",
        ),
        (Some(_), Some(waiting)) if now.since(waiting) > RECEIPT_AGE => Check::failed(
            NAME,
            format!("the oldest that is not applied came {} ago", age(now, waiting)),
            "no worker runs, or it cannot keep up",
            "start a node with the role worker, and look at its log",
        ),
        (Some(newest), _) => Check::passed(NAME, format!("the last came {} ago", age(now, newest))),
    }
}

pub(super) async fn send_queue(app: &App) -> Check {
    const NAME: &str = "sendQueue";
    let now = app.clock.now();
    match store::oldest_queued_send(app.db.read()).await {
        Err(error) => unreadable(NAME, &error),
        Ok(Some(oldest)) if now.since(oldest) > QUEUE_AGE => Check::failed(
            NAME,
            format!("the oldest message that waits was queued {} ago", age(now, oldest)),
            "no worker runs, the channel is paused, or Meta limits it",
            "start a node with the role worker, and look at the channel's state",
        ),
        Ok(Some(oldest)) => Check::passed(NAME, format!("the oldest was queued {} ago", age(now, oldest))),
        Ok(None) => Check::passed(NAME, "empty"),
    }
}

fn unreadable(name: &'static str, error: &crate::Error) -> Check {
    Check::failed(name, error.to_string(), "the database does not answer", "see the check database")
}

/// `6 s`, `5 min`, `4 h` or `3 d`.
pub(super) fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.since(then).as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
