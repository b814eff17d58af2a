//! What a model looks up before it answers. All of it is information for the model, written by others: never an instruction.

use super::server_tools::ServerTools;
use super::tools::LookUp;
use crate::app::App;
use crate::auth::Reach;
use crate::error::Result;
use crate::services::assistants::documents;
use crate::store::{attributes, tags};
use entities::{AssistantId, conversation};
use serde_json::{Value, json};
use std::time::Duration;

/// Passages of one answer.
const PASSAGES: usize = 5;
/// Longest answer of passages, in characters.
const LONGEST: usize = 6_000;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LookedUp {
    /// For the model.
    pub(super) text: String,
    /// Web addresses that it comes from: they may be sent.
    pub(super) sources: Vec<String>,
}

/// Looks something up, for this conversation and this assistant only.
pub(super) async fn look_up(
    app: &App,
    conversation: &conversation::Model,
    assistant: AssistantId,
    servers: &mut ServerTools,
    wanted: &LookUp,
    deadline: Duration,
) -> Result<LookedUp> {
    match wanted {
        LookUp::Customer => Ok(LookedUp { text: customer(app, conversation).await?, sources: Vec::new() }),
        LookUp::Knowledge(query) => knowledge(app, assistant, query).await,
        LookUp::Server(call) => {
            let text = servers.call(app, conversation, call, deadline).await?;
            Ok(LookedUp { text, sources: Vec::new() })
        }
    }
}

async fn knowledge(app: &App, assistant: AssistantId, query: &str) -> Result<LookedUp> {
    let found = documents::search(app.db.read(), assistant, query, PASSAGES).await?;
    let mut looked_up = LookedUp { text: "[]".to_owned(), sources: Vec::new() };
    let mut shown: Vec<Value> = Vec::new();
    for passage in found {
        shown.push(json!({ "title": passage.title, "url": passage.source_url, "text": passage.text.trim() }));
        let text = Value::from(shown.clone()).to_string();
        if text.chars().count() > LONGEST {
            break;
        }
        looked_up.text = text;
        looked_up.sources.extend(passage.source_url);
    }
    Ok(looked_up)
}

/// What the business knows of the customer of this conversation, and of nobody else.
async fn customer(app: &App, conversation: &conversation::Model) -> Result<String> {
    let (db, id) = (app.db.read(), conversation.contact_id);
    let contact = crate::store::contacts::by_ids(db, Reach::All, [id]).await?.pop();
    let Some(contact) = contact else { return Ok("{}".to_owned()) };
    let tags: Vec<String> =
        tags::of_contacts(db, Reach::All, [id]).await?.into_iter().map(|row| row.tag).collect();
    let values = attributes::values(db, Reach::All, [id]).await?;
    let known = attributes::by_ids(db, Reach::All, values.iter().map(|value| value.attribute_id)).await?;
    let attributes: serde_json::Map<String, serde_json::Value> = values
        .into_iter()
        .filter_map(|value| {
            let attribute = known.iter().find(|attribute| attribute.id == value.attribute_id)?;
            Some((attribute.key.clone(), serde_json::Value::String(value.value)))
        })
        .collect();
    let told = json!({ "name": contact.name.or(contact.profile_name), "language": contact.language, "tags": tags,
        "attributes": attributes });
    Ok(told.to_string())
}
