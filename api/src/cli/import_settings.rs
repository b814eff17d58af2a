//! `recado import-settings`: takes over settings from a file, by their names or by those of the older system.

use super::{open, print};
use crate::Config;
use anyhow::{Context, bail};
use entities::IntegrationState;
use inbox::auth::Viewer;
use inbox::domain::settings_file::{self, SettingsFile};
use inbox::services::settings::{Changed, Settings, SettingsRefusal, settings_import};
use std::fmt::Write;
use std::path::Path;

/// A file of settings has some hundred lines.
const LARGEST: u64 = 1024 * 1024;

pub(super) async fn run(config: Config, path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("{shown} cannot be read"))?.len();
    if size > LARGEST {
        bail!("{shown} has {size} bytes; a file of settings has at most {LARGEST}");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("{shown} cannot be read as text"))?;
    let file = settings_file::parse(&text).with_context(|| format!("{shown} is no file of settings"))?;
    if file.values.is_empty() {
        bail!("{shown} names no setting; docs/operations.md lists them with their aliases");
    }
    let app = open(config).await?;
    let outcome = settings_import(&app, &Viewer::system(), file.values.clone()).await;
    app.close().await?;
    match outcome? {
        Changed::Settings(settings) => print(&report(&file, &settings)),
        Changed::Refused(refusals) => bail!("nothing was changed. {}", listed(&refusals)),
    }
}

fn listed(refusals: &[SettingsRefusal]) -> String {
    let lines =
        refusals.iter().map(|SettingsRefusal { setting, message, .. }| format!("{setting}: {message}"));
    lines.collect::<Vec<_>>().join("; ")
}

fn report(file: &SettingsFile, settings: &Settings) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    for name in file.values.keys() {
        let _ = writeln!(text, "set      {name}");
    }
    for name in &file.others {
        let _ = writeln!(text, "left out {name}: no setting of Recado's");
    }
    let integration = &settings.integration;
    let _ = writeln!(text, "The integration with WhatsApp is {}.", integration.state.as_str());
    if integration.state != IntegrationState::Active {
        for name in &integration.missing {
            let _ = writeln!(text, "missing  {name}");
        }
        for problem in &integration.problems {
            let _ = writeln!(text, "problem  {}", problem.message);
        }
    }
    text
}
