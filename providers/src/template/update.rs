//! What Meta's webhooks say about templates.

use serde_json::Value;

/// One announcement about a template.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateUpdate {
    /// Meta's id of the template in its language.
    pub provider_id: String,
    /// The name.
    pub name: Option<String>,
    /// `en_US`, whatever way Meta wrote it.
    pub language: Option<String>,
    /// What happened.
    pub change: TemplateChange,
}

/// What happened to a template. Words are Meta's own, in upper case.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplateChange {
    /// Another status.
    Status {
        /// As listed: what was reinstated or taken out of the archive is `APPROVED`.
        status: String,
        /// Why.
        reason: Option<String>,
        /// The category, where given.
        category: Option<String>,
    },
    /// Customers take it better or worse.
    Quality {
        /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
        quality: String,
    },
    /// It says something else; what exactly, a listing shows.
    Content,
    /// Meta will move it to another category.
    CategoryAnnounced {
        /// The category until then.
        current: Option<String>,
        /// The category from then on.
        correct: String,
        /// When, Unix seconds.
        at: Option<i64>,
    },
    /// Meta moved it to another category.
    CategoryMoved {
        /// The category before.
        previous: Option<String>,
        /// The category now.
        category: String,
    },
}

impl TemplateUpdate {
    /// Reads the value of a webhook of `field`. `None` if it is about something else or names no template.
    #[must_use]
    pub fn read(field: &str, value: &Value) -> Option<Self> {
        let change = match field {
            "message_template_status_update" => status(value)?,
            "message_template_quality_update" => {
                TemplateChange::Quality { quality: word(&value["new_quality_score"])? }
            }
            "message_template_components_update" => TemplateChange::Content,
            "template_category_update" | "template_correct_category_detection" => category(value)?,
            _ => return None,
        };
        Some(Self {
            provider_id: scalar(&value["message_template_id"])?,
            name: scalar(&value["message_template_name"]),
            language: scalar(&value["message_template_language"]).map(|language| language.replace('-', "_")),
            change,
        })
    }
}

fn status(value: &Value) -> Option<TemplateChange> {
    let status = match word(&value["event"])?.as_str() {
        "REINSTATED" | "UNARCHIVED" => "APPROVED".to_owned(),
        other => other.to_owned(),
    };
    let said = [
        &value["rejection_info"]["reason"],
        &value["rejection_info"]["recommendation"],
        &value["other_info"]["description"],
    ];
    let said: Vec<_> = said.into_iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).collect();
    let short = scalar(&value["reason"]).filter(|reason| reason != "NONE");
    let reason = if said.is_empty() { short } else { Some(said.join(" ")) };
    Some(TemplateChange::Status { status, reason, category: word(&value["message_template_category"]) })
}

/// In the announcement of a move `new_category` is the category until then.
fn category(value: &Value) -> Option<TemplateChange> {
    let new = word(&value["new_category"]);
    match word(&value["correct_category"]) {
        Some(correct) => Some(TemplateChange::CategoryAnnounced {
            current: new.or_else(|| word(&value["category"])),
            correct,
            at: scalar(&value["category_update_timestamp"]).and_then(|at| at.parse().ok()),
        }),
        None => Some(TemplateChange::CategoryMoved {
            previous: word(&value["previous_category"]),
            category: new?,
        }),
    }
}

/// Ids come as numbers in these webhooks.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn word(value: &Value) -> Option<String> {
    scalar(value).map(|word| word.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(field: &str, mut value: Value) -> Option<TemplateUpdate> {
        value["message_template_id"] = json!(1_689_556_908_129_835_i64);
        value["message_template_language"] = json!("en-US");
        TemplateUpdate::read(field, &value)
    }

    #[test]
    fn every_shape() {
        let text = |text: &str| Some(text.to_owned());
        let cases = [
            (
                "message_template_status_update",
                json!({ "event": "REJECTED", "reason": "INVALID_FORMAT", "message_template_category": "MARKETING" }),
                Some(TemplateChange::Status {
                    status: "REJECTED".to_owned(),
                    reason: text("INVALID_FORMAT"),
                    category: text("MARKETING"),
                }),
            ),
            (
                "message_template_status_update",
                json!({ "event": "PAUSED", "reason": "NONE", "other_info": { "title": "FIRST_PAUSE", "description": "Paused for 3 hours." } }),
                Some(TemplateChange::Status {
                    status: "PAUSED".to_owned(),
                    reason: text("Paused for 3 hours."),
                    category: None,
                }),
            ),
            (
                "message_template_status_update",
                json!({ "event": "REINSTATED", "reason": null }),
                Some(TemplateChange::Status { status: "APPROVED".to_owned(), reason: None, category: None }),
            ),
            (
                "message_template_quality_update",
                json!({ "previous_quality_score": "GREEN", "new_quality_score": "YELLOW" }),
                Some(TemplateChange::Quality { quality: "YELLOW".to_owned() }),
            ),
            (
                "template_category_update",
                json!({ "correct_category": "MARKETING", "new_category": "UTILITY", "category_update_timestamp": 1_746_169_200 }),
                Some(TemplateChange::CategoryAnnounced {
                    current: text("UTILITY"),
                    correct: "MARKETING".to_owned(),
                    at: Some(1_746_169_200),
                }),
            ),
            (
                "template_category_update",
                json!({ "previous_category": "UTILITY", "new_category": "MARKETING" }),
                Some(TemplateChange::CategoryMoved {
                    previous: text("UTILITY"),
                    category: "MARKETING".to_owned(),
                }),
            ),
            (
                "template_correct_category_detection",
                json!({ "category": "UTILITY", "correct_category": "MARKETING" }),
                Some(TemplateChange::CategoryAnnounced {
                    current: text("UTILITY"),
                    correct: "MARKETING".to_owned(),
                    at: None,
                }),
            ),
            (
                "message_template_components_update",
                json!({ "message_template_element": "Hi" }),
                Some(TemplateChange::Content),
            ),
            ("account_update", json!({ "event": "APPROVED" }), None),
            ("message_template_status_update", json!({}), None),
        ];
        for (field, value, change) in cases {
            let seen = read(field, value);
            assert_eq!(seen.as_ref().map(|update| &update.change), change.as_ref(), "{field}");
            if let Some(update) = seen {
                assert_eq!(
                    (update.provider_id.as_str(), update.language.as_deref()),
                    ("1689556908129835", Some("en_US"))
                );
            }
        }
    }
}
