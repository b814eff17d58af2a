//! Walks through a content and collects what is wrong.

use super::{LINK, LimitError, Rule};
use std::collections::HashMap;
use url::Url;

/// What is wrong so far, and where we are.
#[derive(Debug, Default)]
pub(super) struct Check {
    path: Vec<String>,
    errors: Vec<LimitError>,
}

impl Check {
    /// Checks what is inside a field, or at a place of a list.
    pub(super) fn inside(&mut self, step: impl ToString, check: impl FnOnce(&mut Self)) {
        self.path.push(step.to_string());
        check(self);
        self.path.pop();
    }

    /// Checks each entry of a list, `field` being its name.
    pub(super) fn each<T>(&mut self, field: &str, list: &[T], check: impl Fn(&mut Self, &T)) {
        self.inside(field, |within| {
            for (place, entry) in list.iter().enumerate() {
                within.inside(place, |within| check(within, entry));
            }
        });
    }

    pub(super) fn refuse(&mut self, field: &str, rule: Rule, message: String) {
        let field = self.path.iter().cloned().chain([field.to_owned()]).collect();
        self.errors.push(LimitError { field, rule, message });
    }

    /// A text that must be there. `what` names it in a sentence.
    pub(super) fn text(&mut self, field: &str, what: &str, text: &str, limit: usize) {
        if text.trim().is_empty() {
            self.refuse(field, Rule::Missing, format!("The {what} is empty; write at least one character."));
        } else {
            self.length(field, what, text.chars().count(), limit);
        }
    }

    /// A text that may be missing, but not empty.
    pub(super) fn optional(&mut self, field: &str, what: &str, text: Option<&str>, limit: usize) {
        if let Some(text) = text {
            self.text(field, what, text, limit);
        }
    }

    pub(super) fn length(&mut self, field: &str, what: &str, actual: usize, limit: usize) {
        if actual > limit {
            let message =
                format!("The {what} has {actual} characters; WhatsApp takes {limit} at most. Shorten it.");
            self.refuse(field, Rule::TooLong { limit, actual }, message);
        }
    }

    /// How many entries a list has: from one to `limit`.
    pub(super) fn count(&mut self, field: &str, what: &str, actual: usize, limit: usize) {
        if actual == 0 {
            self.refuse(
                field,
                Rule::Count { limit: 1, actual },
                format!("There are no {what}; give at least one."),
            );
        } else if actual > limit {
            let message = format!("There are {actual} {what}; WhatsApp takes {limit} at most.");
            self.refuse(field, Rule::Count { limit, actual }, message);
        }
    }

    /// Whether a text is the first of its kind; `seen` remembers those before with their places.
    pub(super) fn unique<'t>(
        &mut self,
        field: &str,
        what: &str,
        place: usize,
        text: &'t str,
        seen: &mut HashMap<&'t str, usize>,
    ) {
        let first = *seen.entry(text).or_insert(place);
        if first != place {
            let message = format!("The {what} is there already; each must be another.");
            self.refuse(field, Rule::Repeated { first }, message);
        }
    }

    /// A web address over HTTP or HTTPS.
    pub(super) fn link(&mut self, field: &str, what: &str, link: &str) {
        let is_web = Url::parse(link).is_ok_and(|url| {
            // `https:/x` is understood by browsers, and by nobody else.
            matches!(url.scheme(), "http" | "https")
                && (link.starts_with("https://") || link.starts_with("http://"))
        });
        if is_web {
            self.length(field, what, link.chars().count(), LINK);
        } else {
            let message =
                format!("The {what} is no web address; write it whole, with https:// or http:// in front.");
            self.refuse(field, Rule::Malformed, message);
        }
    }

    pub(super) fn done(self) -> Result<(), Vec<LimitError>> {
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }
}
