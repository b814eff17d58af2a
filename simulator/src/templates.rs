//! The templates of the business, and whether a send fits one.

use serde_json::{Value, json};

/// The templates of the account, in Meta's form.
#[derive(Debug)]
pub(crate) struct Templates {
    all: Vec<Value>,
}

/// Why a template cannot be sent: Meta's code and the details.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) code: i64,
    pub(crate) details: String,
}

/// A template that fits.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// In lower case, as pricing names it.
    pub(crate) category: String,
    /// The body with its variables filled in.
    pub(crate) text: String,
}

impl Default for Templates {
    /// Two approved templates: one without variables, one with three and two quick replies.
    fn default() -> Self {
        let hello = json!({
            "name": "hello_world", "parameter_format": "POSITIONAL",
            "components": [
                { "type": "HEADER", "format": "TEXT", "text": "Hello World" },
                { "type": "BODY", "text": "This template comes with every account, and has no variables." },
                { "type": "FOOTER", "text": "A sample message" },
            ],
            "language": "en_US", "status": "APPROVED", "category": "UTILITY", "id": "594425479261596",
        });
        let appointment = json!({
            "name": "recordatorio_cita", "parameter_format": "POSITIONAL",
            "components": [
                { "type": "BODY", "text": "Hola {{1}}, te recordamos tu cita del {{2}} a las {{3}}. ¿Podrás venir?",
                  "example": { "body_text": [["Núria", "12 de mayo", "10:30"]] } },
                { "type": "BUTTONS", "buttons": [
                    { "type": "QUICK_REPLY", "text": "Confirmar" },
                    { "type": "QUICK_REPLY", "text": "Cambiar la cita" },
                ] },
            ],
            "language": "es", "status": "APPROVED", "category": "UTILITY", "id": "694425479261597",
        });
        Self { all: vec![hello, appointment] }
    }
}

impl Templates {
    pub(crate) fn all(&self) -> &[Value] {
        &self.all
    }

    pub(crate) fn insert(&mut self, template: Value) {
        self.all.push(template);
    }

    /// Deletes a template in every language, or in the one whose id is given; tells how many went.
    pub(crate) fn remove(&mut self, name: &str, id: Option<&str>) -> usize {
        let before = self.all.len();
        self.all.retain(|template| template["name"] != name || id.is_some_and(|id| template["id"] != id));
        before - self.all.len()
    }

    /// Whether there is one of that name and language.
    pub(crate) fn find(&self, name: &str, language: &str) -> Option<&Value> {
        self.all.iter().find(|template| template["name"] == name && template["language"] == language)
    }

    /// Fills the `template` object of a send into the template that it names.
    pub(crate) fn render(&self, send: &Value) -> Result<Rendered, Mismatch> {
        let name = send["name"].as_str().unwrap_or_default();
        let language = send["language"]["code"].as_str().unwrap_or_default();
        let template = self.find(name, language).filter(|template| template["status"] == "APPROVED");
        let template = template.ok_or_else(|| Mismatch {
            code: 132001,
            details: format!("template name ({name}) does not exist in {language}"),
        })?;
        let body = component(&template["components"], "body");
        let mut text = body["text"].as_str().unwrap_or_default().to_owned();
        for part in ["header", "body"] {
            let wanted =
                variables(component(&template["components"], part)["text"].as_str().unwrap_or_default());
            let given =
                component(&send["components"], part)["parameters"].as_array().cloned().unwrap_or_default();
            check_count(part, wanted.len(), given.len(), template)?;
            if part == "body" {
                text = fill(&text, &wanted, &given)?;
            }
        }
        let category = template["category"].as_str().unwrap_or_default().to_lowercase();
        Ok(Rendered { category, text })
    }
}

/// The component of a type, compared without regard to case; null if there is none.
fn component<'a>(components: &'a Value, kind: &str) -> &'a Value {
    let found = components.as_array().and_then(|all| {
        all.iter().find(|one| one["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind)))
    });
    found.unwrap_or(&Value::Null)
}

fn check_count(part: &str, wanted: usize, given: usize, template: &Value) -> Result<(), Mismatch> {
    // A header that is a file or a place takes that as its one parameter.
    let format = component(&template["components"], part)["format"].as_str().unwrap_or("TEXT");
    let wanted = if part == "header" && !format.eq_ignore_ascii_case("TEXT") { 1 } else { wanted };
    if wanted == given {
        return Ok(());
    }
    let details = format!(
        "{part}: number of localizable_params ({given}) does not match the expected number of params ({wanted})"
    );
    Err(Mismatch { code: 132000, details })
}

/// The names of the variables of a text, each once, in order of appearance.
fn variables(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in text.split("{{").skip(1) {
        let name = part.split_once("}}").map(|(name, _)| name.trim());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

/// The text with its variables replaced: by name where the parameters have names, else by position.
fn fill(text: &str, names: &[&str], given: &[Value]) -> Result<String, Mismatch> {
    let mut filled = text.to_owned();
    for (position, name) in names.iter().enumerate() {
        let named = given.iter().find(|parameter| parameter["parameter_name"] == *name);
        let positional = given.get(position).filter(|parameter| parameter.get("parameter_name").is_none());
        let parameter = named.or(positional).ok_or_else(|| Mismatch {
            code: 132012,
            details: format!("body: there is no parameter for the variable {name}"),
        })?;
        let value = ["/text", "/currency/fallback_value", "/date_time/fallback_value"]
            .iter()
            .find_map(|path| parameter.pointer(path)?.as_str())
            .filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| Mismatch {
            code: 132012,
            details: format!("body: the parameter for the variable {name} has no text"),
        })?;
        if value.contains(['\n', '\t']) || value.contains("    ") {
            let details =
                "Param text cannot have new-line/tab characters or more than 4 consecutive spaces".into();
            return Err(Mismatch { code: 132012, details });
        }
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    Ok(filled)
}
