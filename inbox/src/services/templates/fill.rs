//! A template with the values of a send in it: the one way for previews and for messages.

use super::definition;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;
use crate::services::send::draft::{MediaSource, TemplateDraft, TemplateValue};
use crate::store::templates as store;
use entities::template;
use providers::content::File;
use providers::template::{Filled, Value, fill};

/// What the customer would see, and what is wrong with the values. None if there is no such template for the caller.
///
/// # Errors
/// If the database refuses.
pub async fn template_preview(app: &App, viewer: &Viewer, draft: &TemplateDraft) -> Result<Option<Filled>> {
    let row = store::by_ids(app.db.read(), viewer.sight(), [draft.template]).await?.pop();
    Ok(row.filter(|row| row.deleted_at.is_none()).map(|row| filled(&row, draft)))
}

/// The template filled in. Its files are to be looked up yet.
pub(crate) fn filled(row: &template::Model, draft: &TemplateDraft) -> Filled {
    let values: Vec<_> = draft.variables.iter().map(|(key, given)| (key.clone(), value(given))).collect();
    fill(&definition(row), &values)
}

fn value(given: &TemplateValue) -> Value {
    match given {
        TemplateValue::Text(text) => Value::Text(text.clone()),
        TemplateValue::Location(place) => Value::Location(place.clone()),
        TemplateValue::DateTime(at) => Value::Time(at.millis()),
        TemplateValue::Media(MediaSource::Url(url)) => {
            Value::File(File { link: Some(url.to_string()), ..File::default() })
        }
        TemplateValue::Media(MediaSource::Media(_)) => Value::File(File::default()),
    }
}
