//! Templates.

use super::Composed;
use super::files::file;
use crate::app::App;
use crate::auth::Viewer;
use crate::domain::templates::blocked;
use crate::services::send::draft::{FileKind, TemplateDraft, TemplateValue};
use crate::services::send::{Refusal, RefusalCode, SendError};
use crate::services::templates::{definition, filled};
use crate::store::media::File;
use crate::store::templates;
use entities::template;
use providers::content::{self, Content, Template};
use providers::template::{Problem, VariableKind, form};

/// The template with its variables filled in. Whoever starts a conversation by a template (a new contact) comes here too,
/// by `message_send` with a [`Draft::Template`](crate::services::send::draft::Draft::Template).
pub(super) async fn compose(
    app: &App,
    viewer: &Viewer,
    draft: &TemplateDraft,
) -> Result<Composed, SendError> {
    let row = templates::by_ids(app.db.read(), viewer.sight(), [draft.template]).await?.pop();
    let Some(row) = row else {
        return Err(SendError::Refused(vec![Refusal::template_not_found()]));
    };
    if let Some(why) = blocked(&row) {
        return Err(SendError::Refused(vec![Refusal::template_blocked(why)]));
    }
    let filled = filled(&row, draft);
    if !filled.problems.is_empty() {
        return Err(SendError::Refused(filled.problems.into_iter().map(of_problem).collect()));
    }
    let files = files_of(app, viewer, &row, draft).await?;
    let mut content = Content::Template(Template {
        name: row.name,
        language: row.language,
        components: filled.components,
        rendered: Some(filled.rendered),
    });
    for (carried, file) in content.files_mut().into_iter().zip(&files) {
        *carried = content::File {
            mime_type: file.blob.as_ref().map(|blob| blob.mime_type.clone()),
            sha256: file.row.blob_sha256.clone(),
            // Meta takes a name with documents only, and leaves it out of other parameters.
            file_name: file.row.file_name.clone(),
            ..content::File::default()
        };
    }
    Ok(Composed { content, following: Vec::new(), files })
}

/// The files that were given, in the order in which the customer sees them: that of [`Content::files`].
async fn files_of(
    app: &App,
    viewer: &Viewer,
    row: &template::Model,
    draft: &TemplateDraft,
) -> Result<Vec<File>, SendError> {
    let (mut found, mut refusals) = (Vec::new(), Vec::new());
    for variable in form(&definition(row)) {
        let kind = match variable.kind {
            VariableKind::Image => FileKind::Image,
            VariableKind::Video => FileKind::Video,
            VariableKind::Document => FileKind::Document,
            _ => continue,
        };
        let given = draft.variables.iter().position(|(key, _)| *key == variable.key);
        let Some(index) = given else { continue };
        let TemplateValue::Media(source) = &draft.variables[index].1 else { continue };
        let index = index.to_string();
        match file(app, viewer, source, kind, &["content", "template", "variables", &index]).await {
            Ok(file) => found.push(file),
            Err(SendError::Refused(wrong)) => refusals.extend(wrong),
            Err(error) => return Err(error),
        }
    }
    if refusals.is_empty() { Ok(found) } else { Err(SendError::Refused(refusals)) }
}

fn of_problem(problem: Problem) -> Refusal {
    if problem.key.is_empty() {
        return Refusal::template_blocked(problem.message);
    }
    of_variable(problem.index, problem.message)
}

/// About one of the values that were given, or about one that was not.
fn of_variable(index: Option<usize>, message: String) -> Refusal {
    let index = index.map(|index| index.to_string());
    let field: Vec<&str> = ["content", "template", "variables"].into_iter().chain(index.as_deref()).collect();
    Refusal::new(RefusalCode::TemplateVariableInvalid, &field, message)
}
