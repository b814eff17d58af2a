//! Message templates: kept level with what Meta has, made, changed and deleted there.

mod edit;
mod fill;
mod note;
mod refusal;
mod samples;
mod sync;
#[cfg(test)]
mod tests;

pub use edit::{TemplateCreate, TemplateUpdate, template_create, template_delete, template_update};
pub(crate) use fill::filled;
pub use fill::template_preview;
pub(crate) use note::{Book, message_refused};
pub use refusal::{TemplateError, TemplateRefusal, TemplateRefusalCode};
pub use sync::{SyncReport, look, templates_sync};

use crate::app::App;
use crate::error::Result;
use entities::template;
use providers::meta::GraphClient;
use providers::template::Definition;
use serde_json::Value;

/// What a stored template consists of.
#[must_use]
pub fn definition(row: &template::Model) -> Definition {
    let components: Value = serde_json::from_str(&row.components).unwrap_or_default();
    Definition::read(&components, row.parameter_format.as_deref())
}

fn client(app: &App) -> GraphClient {
    app.graph()
}

/// The accounts of the connected numbers, each once.
async fn accounts(app: &App) -> Result<Vec<String>> {
    let channels = crate::store::channels::all(app.db.read(), crate::auth::Reach::All).await?;
    let mut accounts: Vec<String> = channels.into_iter().filter_map(|row| row.business_account_id).collect();
    accounts.sort_unstable();
    accounts.dedup();
    Ok(accounts)
}
