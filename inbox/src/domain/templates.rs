//! What becomes of a template, and whether it may be sent.

use entities::{TemplateProperty, Timestamp, template};
use providers::meta::ListedTemplate;
use providers::template::TemplateChange;

/// The status in which a template may be sent.
pub const APPROVED: &str = "APPROVED";
/// The category that needs the customer's consent.
pub const MARKETING: &str = "MARKETING";
/// Meta's code for a template that it does not have.
pub const UNKNOWN_TEMPLATE: i64 = 132_001;
/// Meta's code for a template that is paused.
pub const PAUSED_TEMPLATE: i64 = 132_015;
/// Meta's code for a template that is disabled for good.
pub const DISABLED_TEMPLATE: i64 = 132_016;

/// One thing that changed, in Meta's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// What.
    pub property: TemplateProperty,
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

impl Noted {
    fn new(property: TemplateProperty, old: Option<String>, new: Option<String>) -> Self {
        Self { property, old, new, reason: None }
    }
}

/// Why a template cannot be sent now, with what to do; `None` if it can.
#[must_use]
pub fn blocked(row: &template::Model) -> Option<String> {
    if row.deleted_at.is_some() {
        return Some("This template was deleted. Choose another one.".to_owned());
    }
    let (why, remedy) = match row.status.as_str() {
        APPROVED => return None,
        "PENDING" | "IN_APPEAL" => {
            ("WhatsApp is still reviewing this template", "Wait for the outcome, minutes to a day.")
        }
        "REJECTED" => ("WhatsApp rejected this template", "Change what the reason names, and save it again."),
        "PAUSED" => (
            "WhatsApp paused this template because customers took it badly",
            "It comes back by itself after some hours. Improve it, and send it to people who want it.",
        ),
        "DISABLED" => ("WhatsApp disabled this template for good", "Make another one."),
        "ARCHIVED" => ("This template is in WhatsApp's archive", "Take it out in the WhatsApp Manager."),
        "PENDING_DELETION" | "DELETED" => ("This template was deleted", "Choose another one."),
        "LIMIT_EXCEEDED" => ("This template has reached its limit", "Wait, or choose another one."),
        other => {
            return Some(format!(
                "WhatsApp has this template in the state {other:.40}. Choose another one, or wait."
            ));
        }
    };
    let reason = row.status_reason.as_deref().map(|reason| format!(" ({})", reason.trim_end_matches('.')));
    Some(format!("{why}{}. {remedy}", reason.unwrap_or_default()))
}

/// Whether it needs the customer's consent: it is marketing, or Meta holds it to be.
#[must_use]
pub fn is_marketing(row: &template::Model) -> bool {
    row.category.as_deref() == Some(MARKETING)
}

/// Applies an announcement of Meta's; tells what changed.
pub fn announce(row: &mut template::Model, change: &TemplateChange, at: Timestamp) -> Vec<Noted> {
    let mut noted = Vec::new();
    match change {
        TemplateChange::Status { status, reason, category } => {
            let of_deletion = ["PENDING_DELETION", "DELETED"].contains(&status.as_str());
            if row.status_at.is_some_and(|newest| newest > at) || (row.deleted_at.is_some() && of_deletion) {
                return noted;
            }
            row.status_at = Some(at);
            set_status(row, status, reason.as_deref(), &mut noted);
            if status == "DELETED" {
                row.deleted_at = row.deleted_at.or(Some(at));
            }
            if row.category.is_none() {
                row.category.clone_from(category);
            }
        }
        TemplateChange::Quality { quality } => {
            set(&mut row.quality, Some(quality), TemplateProperty::Quality, &mut noted);
        }
        TemplateChange::Content => {
            row.needs_sync = true;
            noted.push(Noted::new(TemplateProperty::Content, None, None));
        }
        TemplateChange::CategoryAnnounced { current, correct, at: when } => {
            if row.category.is_none() {
                row.category.clone_from(current);
            }
            row.category_change_at = when.map(Timestamp::from_seconds).or(row.category_change_at);
            set(&mut row.correct_category, Some(correct), TemplateProperty::CorrectCategory, &mut noted);
        }
        TemplateChange::CategoryMoved { previous, category } => {
            let before = previous.clone().or_else(|| row.category.clone());
            if row.category.is_none() {
                row.category.clone_from(&before);
            }
            set_category(row, category, at, &mut noted);
            row.previous_category = before;
        }
    }
    noted
}

/// Applies what a listing shows; tells what changed.
pub fn listed(row: &mut template::Model, listed: &ListedTemplate, now: Timestamp) -> Vec<Noted> {
    let mut noted = Vec::new();
    row.provider_id.clone_from(&listed.id);
    let reason = listed.rejected_reason.as_deref().filter(|reason| !["NONE", ""].contains(reason));
    // The listing has a reason for rejections only; that of a pause came by webhook.
    let reason = if listed.status == row.status { reason.or(row.status_reason.as_deref()) } else { reason };
    let reason = reason.map(str::to_owned);
    set_status(row, &listed.status, reason.as_deref(), &mut noted);
    set_category(row, &listed.category, now, &mut noted);
    if listed.previous_category.is_some() {
        row.previous_category.clone_from(&listed.previous_category);
    }
    let correct = listed.correct_category.clone().filter(|correct| *correct != listed.category);
    set(&mut row.correct_category, correct.as_ref(), TemplateProperty::CorrectCategory, &mut noted);
    let quality = listed.quality().map(str::to_owned);
    set(&mut row.quality, quality.as_ref(), TemplateProperty::Quality, &mut noted);
    row.parameter_format.clone_from(&listed.parameter_format);
    let components =
        if listed.components.is_array() { listed.components.to_string() } else { "[]".to_owned() };
    if row.components != components {
        row.components = components;
        noted.push(Noted::new(TemplateProperty::Content, None, None));
    }
    if row.deleted_at.take().is_some() && noted.iter().all(|one| one.property != TemplateProperty::Status) {
        noted.push(Noted::new(
            TemplateProperty::Status,
            Some("DELETED".to_owned()),
            Some(row.status.clone()),
        ));
    }
    row.needs_sync = false;
    noted
}

/// Applies that it is gone from Meta's list.
pub fn gone(row: &mut template::Model, now: Timestamp) -> Vec<Noted> {
    if row.deleted_at.is_some() {
        return Vec::new();
    }
    row.deleted_at = Some(now);
    let mut noted = Vec::new();
    set_status(row, "DELETED", None, &mut noted);
    noted
}

/// Applies what Meta's refusal of a message proves of its template.
pub fn refused(row: &mut template::Model, code: i64) -> Vec<Noted> {
    let mut noted = Vec::new();
    match code {
        PAUSED_TEMPLATE => set_status(row, "PAUSED", None, &mut noted),
        DISABLED_TEMPLATE => set_status(row, "DISABLED", None, &mut noted),
        // It may be there in another language, or be approved in a moment: a listing tells.
        UNKNOWN_TEMPLATE => row.needs_sync = true,
        _ => {}
    }
    noted
}

fn set_status(row: &mut template::Model, status: &str, reason: Option<&str>, noted: &mut Vec<Noted>) {
    let reason = reason.map(str::to_owned);
    if row.status != status {
        let old = std::mem::replace(&mut row.status, status.to_owned());
        let old = Some(old).filter(|old| !old.is_empty());
        noted.push(Noted {
            property: TemplateProperty::Status,
            old,
            new: Some(status.to_owned()),
            reason: reason.clone(),
        });
    }
    row.status_reason = reason;
}

fn set_category(row: &mut template::Model, category: &str, at: Timestamp, noted: &mut Vec<Noted>) {
    let known = row.category.is_some();
    let before = noted.len();
    set(&mut row.category, Some(&category.to_owned()), TemplateProperty::Category, noted);
    if known && noted.len() > before {
        row.previous_category = noted[before].old.clone();
        row.category_change_at = Some(at);
    }
    if row.correct_category.as_deref() == Some(category) {
        row.correct_category = None;
    }
}

fn set(slot: &mut Option<String>, new: Option<&String>, property: TemplateProperty, noted: &mut Vec<Noted>) {
    if slot.as_ref() != new {
        let old = std::mem::replace(slot, new.cloned());
        noted.push(Noted::new(property, old, new.cloned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entities::TemplateId;
    use serde_json::json;
    use uuid::Uuid;

    fn row() -> template::Model {
        template::Model {
            id: TemplateId(Uuid::nil()),
            business_account_id: "1".to_owned(),
            provider_id: "2".to_owned(),
            name: "sale".to_owned(),
            language: "es".to_owned(),
            status: APPROVED.to_owned(),
            status_reason: None,
            status_at: None,
            category: Some("UTILITY".to_owned()),
            previous_category: None,
            correct_category: None,
            category_change_at: None,
            quality: None,
            parameter_format: None,
            components: "[]".to_owned(),
            needs_sync: false,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            deleted_at: None,
        }
    }

    fn status(status: &str) -> TemplateChange {
        TemplateChange::Status { status: status.to_owned(), reason: None, category: None }
    }

    #[test]
    fn only_approved_ones_are_sent() {
        let words = "APPROVED PENDING REJECTED PAUSED DISABLED IN_APPEAL PENDING_DELETION DELETED LIMIT_EXCEEDED ARCHIVED LOCKED FLAGGED NEW_WORD";
        for word in words.split(' ') {
            let why = blocked(&template::Model { status: word.to_owned(), ..row() });
            assert_eq!(why.is_none(), word == APPROVED, "{word}: {why:?}");
        }
        assert!(blocked(&template::Model { deleted_at: Some(Timestamp(1)), ..row() }).is_some());
        let rejected = template::Model {
            status: "REJECTED".to_owned(),
            status_reason: Some("INVALID_FORMAT".to_owned()),
            ..row()
        };
        assert!(blocked(&rejected).is_some_and(|why| why.contains("(INVALID_FORMAT)")));
    }

    #[test]
    fn late_announcements_change_nothing() {
        let mut row = row();
        assert_eq!(announce(&mut row, &status("PAUSED"), Timestamp(20)).len(), 1);
        assert_eq!(announce(&mut row, &status("APPROVED"), Timestamp(10)), []);
        assert_eq!(row.status, "PAUSED");
        assert_eq!(announce(&mut row, &status("PAUSED"), Timestamp(30)), []);
    }

    #[test]
    fn a_move_to_marketing() {
        let mut row = row();
        let announced = TemplateChange::CategoryAnnounced {
            current: Some("UTILITY".to_owned()),
            correct: MARKETING.to_owned(),
            at: Some(100),
        };
        assert_eq!(
            announce(&mut row, &announced, Timestamp(1))[0].property,
            TemplateProperty::CorrectCategory
        );
        assert!(!is_marketing(&row));
        assert_eq!(row.category_change_at, Some(Timestamp::from_seconds(100)));
        let moved = TemplateChange::CategoryMoved {
            previous: Some("UTILITY".to_owned()),
            category: MARKETING.to_owned(),
        };
        let noted = announce(&mut row, &moved, Timestamp(5));
        assert_eq!((noted[0].old.as_deref(), noted[0].new.as_deref()), (Some("UTILITY"), Some(MARKETING)));
        assert!(is_marketing(&row));
        assert_eq!(
            (row.previous_category.as_deref(), row.correct_category.as_deref()),
            (Some("UTILITY"), None)
        );
        assert_eq!(row.category_change_at, Some(Timestamp(5)));
    }

    #[test]
    fn a_listing_is_applied_once_and_revives() {
        let one: ListedTemplate = serde_json::from_value(json!({
            "id": "9", "name": "sale", "language": "es", "status": "REJECTED", "category": "MARKETING",
            "components": [{ "type": "BODY", "text": "Hi" }], "quality_score": { "score": "GREEN" }, "rejected_reason": "SCAM",
        }))
        .unwrap();
        let mut row = row();
        gone(&mut row, Timestamp(1));
        assert_eq!(gone(&mut row, Timestamp(2)), []);
        assert_eq!(row.deleted_at, Some(Timestamp(1)));
        let properties: Vec<_> =
            listed(&mut row, &one, Timestamp(3)).into_iter().map(|one| one.property).collect();
        use TemplateProperty::{Category, Content, Quality, Status};
        assert_eq!(properties, [Status, Category, Quality, Content]);
        assert_eq!((row.deleted_at, row.status_reason.as_deref()), (None, Some("SCAM")));
        assert_eq!(listed(&mut row, &one, Timestamp(4)), []);
    }

    #[test]
    fn refusals_of_messages_tell_of_the_template() {
        for (code, status, needs_sync) in [
            (PAUSED_TEMPLATE, "PAUSED", false),
            (DISABLED_TEMPLATE, "DISABLED", false),
            (UNKNOWN_TEMPLATE, APPROVED, true),
            (1, APPROVED, false),
        ] {
            let mut row = row();
            refused(&mut row, code);
            assert_eq!((row.status.as_str(), row.needs_sync), (status, needs_sync), "{code}");
        }
    }
}
