//! The templates of the business, and whether a send fits one.

mod fill;
mod show;
mod verdict;

pub use verdict::Verdict;

use serde_json::Value;

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
    /// What the phone shows: the components with the values in them.
    pub(crate) components: Value,
}

impl Default for Templates {
    /// Approved templates, one of each sort.
    fn default() -> Self {
        let all = serde_json::from_str(include_str!("samples/templates.json"));
        Self { all: all.expect("the sample templates are JSON") }
    }
}

impl Templates {
    pub(crate) fn all(&self) -> &[Value] {
        &self.all
    }

    pub(crate) fn insert(&mut self, template: Value) {
        self.all.push(template);
    }

    /// Deletes a template in every language, or in the one whose id is given; gives those that went.
    pub(crate) fn remove(&mut self, name: &str, id: Option<&str>) -> Vec<Value> {
        let stays =
            |template: &mut Value| template["name"] != name || id.is_some_and(|id| template["id"] != id);
        self.all.extract_if(.., |template| !stays(template)).collect()
    }

    /// Whether there is one of that name and language.
    pub(crate) fn find(&self, name: &str, language: &str) -> Option<&Value> {
        self.all.iter().find(|template| template["name"] == name && template["language"] == language)
    }

    /// The one with this id, to be changed.
    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.all.iter_mut().find(|template| template["id"] == id)
    }

    /// The one of that name and language, to be changed.
    pub(crate) fn find_mut(&mut self, name: &str, language: &str) -> Option<&mut Value> {
        self.all.iter_mut().find(|template| template["name"] == name && template["language"] == language)
    }

    /// Fills the `template` object of a send into the template that it names.
    pub(crate) fn render(&self, send: &Value) -> Result<Rendered, Mismatch> {
        let name = send["name"].as_str().unwrap_or_default();
        let language = send["language"]["code"].as_str().unwrap_or_default();
        let template = self.find(name, language);
        let refused = |code, details: String| Err(Mismatch { code, details });
        let template =
            match template.map(|template| (template, template["status"].as_str().unwrap_or_default())) {
                Some((template, "APPROVED")) => template,
                Some((_, "PAUSED")) => return refused(132015, format!("template {name} is paused")),
                Some((_, "DISABLED")) => return refused(132016, format!("template {name} is disabled")),
                _ => return refused(132001, format!("template name ({name}) does not exist in {language}")),
            };
        let text = fill::fill(&template["components"], &send["components"])?;
        let category = template["category"].as_str().unwrap_or_default().to_lowercase();
        let components = show::show(&template["components"], &send["components"]);
        Ok(Rendered { category, text, components })
    }
}
