//! Looks after the token that authorises calls to Meta.

use crate::app::App;
use crate::services::jobs::{Failure, Report};
use entities::Timestamp;
use providers::inbound::ProviderError;
use std::time::Duration;

/// Who runs the service is warned so long before the token ends.
const WARN_BEFORE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Asks Meta how long the configured token is good for.
pub(crate) async fn look_after(app: &App) -> Result<Report, Failure> {
    let whatsapp = app.whatsapp();
    let mut report = Report::default();
    if whatsapp.access_token.is_empty() {
        report.add("skipped", "no access token is configured");
        return Ok(report);
    }
    if whatsapp.app_id.is_empty() || whatsapp.app_secret.is_empty() {
        report.add("skipped", "Meta is asked about a token in the app's name: set the app's id and secret");
        return Ok(report);
    }
    // Exposed to be shown to Meta.
    let (secret, token) = (whatsapp.app_secret.expose(), whatsapp.access_token.expose());
    let info = app.graph().debug_token(&whatsapp.app_id, secret, token).await.map_err(of_meta)?;
    if !info.is_valid {
        let why = info.error.unwrap_or_else(|| "it gave no reason".to_owned());
        return Err(Failure::new(format!(
            "Meta does not accept the access token: {why}. Nothing can be sent until RECADO_WHATSAPP_ACCESS_TOKEN is another."
        )));
    }
    report.add("valid", true);
    if let Some(kind) = info.kind {
        report.add("kind", kind);
    }
    report.add("exchanged", false);
    report.add("note", "a token from the configuration cannot be exchanged here; replace it where it is set");
    let Some(seconds) = info.expires_at else {
        report.add("expires", "never");
        return Ok(report);
    };
    let ends = Timestamp::from_seconds(seconds);
    let rest = ends.since(app.clock.now());
    let days = rest.as_secs() / (24 * 60 * 60);
    report.add_time("expiresAt", ends);
    report.add("daysLeft", days);
    if rest < WARN_BEFORE {
        tracing::warn!(days, "the access token for Meta ends soon; put another into the configuration");
    }
    Ok(report)
}

fn of_meta(error: ProviderError) -> Failure {
    let said = error.details.or(error.message).or(error.title);
    let code = error.code.map(|code| format!(" (code {code})")).unwrap_or_default();
    Failure::new(format!(
        "Meta could not be asked about the access token: {}{code}",
        said.unwrap_or_else(|| "it gave no reason".to_owned())
    ))
}
