//! What Meta decides about a template, whoever asks for it here.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::graph::templates::{about, tell_status};
use crate::state::Core;
use crate::webhooks::Update;

/// A decision of Meta's about a template; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Verdict {
    /// `APPROVED`, `REJECTED`, `PAUSED`, `DISABLED`…
    pub status: Option<String>,
    /// Why: `INVALID_FORMAT`, `PROMOTIONAL`…
    pub reason: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality: Option<String>,
    /// Moves it to this category now.
    pub category: Option<String>,
    /// Announces that it will move to this category in 24 hours.
    pub correct_category: Option<String>,
    /// It consists of these components now.
    pub components: Option<Value>,
}

impl Verdict {
    /// A status without a reason.
    pub fn status(status: &str) -> Self {
        Self { status: Some(status.to_owned()), ..Self::default() }
    }

    pub(crate) fn pass(&self, core: &Core, name: &str, language: &str) -> bool {
        let state = &mut *core.state.lock();
        let Some(template) = state.templates.find_mut(name, language) else { return false };
        let before = template.clone();
        for (key, value) in [("status", &self.status), ("category", &self.category)] {
            if let Some(value) = value {
                template[key] = json!(value);
            }
        }
        if let Some(components) = &self.components {
            template["components"] = components.clone();
        }
        if let Some(quality) = &self.quality {
            template["quality_score"] = json!({ "score": quality, "date": core.clock.now() });
        }
        if self.status.as_deref() == Some("REJECTED") {
            template["rejected_reason"] = json!(self.reason.as_deref().unwrap_or("NONE"));
        }
        let after = template.clone();
        if let Some(status) = &self.status {
            tell_status(core, state, &after, status, Some(self.reason.as_deref().unwrap_or("NONE")));
        }
        if let Some(quality) = &self.quality {
            let mut value = about(&after);
            value["previous_quality_score"] =
                before["quality_score"]["score"].as_str().unwrap_or("UNKNOWN").into();
            value["new_quality_score"] = json!(quality);
            core.tell(state, Update::Other { field: "message_template_quality_update", value });
        }
        if let Some(correct) = &self.correct_category {
            let mut value = about(&after);
            value["correct_category"] = json!(correct);
            // In the announcement this is the category until then.
            value["new_category"] = before["category"].clone();
            value["category_update_timestamp"] = json!(core.clock.now() + 86_400);
            core.tell(state, Update::Other { field: "template_category_update", value });
        }
        if self.components.is_some() {
            let mut value = about(&after);
            let parts = after["components"].as_array().into_iter().flatten();
            for part in parts {
                match part["type"].as_str().unwrap_or_default() {
                    "BODY" => value["message_template_element"] = part["text"].clone(),
                    "FOOTER" => value["message_template_footer"] = part["text"].clone(),
                    "HEADER" if part["text"].is_string() => {
                        value["message_template_title"] = part["text"].clone();
                    }
                    _ => {}
                }
            }
            core.tell(state, Update::Other { field: "message_template_components_update", value });
        }
        if let Some(category) = &self.category {
            let mut value = about(&after);
            value["previous_category"] = before["category"].clone();
            value["new_category"] = json!(category);
            core.tell(state, Update::Other { field: "template_category_update", value });
        }
        true
    }
}
