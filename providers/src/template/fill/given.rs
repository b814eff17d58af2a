//! The values that were given, asked for one by one, and what is wrong with them.

use super::{Filled, Problem, ProblemCode, Value};
use crate::content::{Rendered, TemplateComponent};
use crate::template::definition::ParameterFormat;
use std::collections::{HashMap, HashSet};

/// A template being filled.
pub(super) struct Filler<'a> {
    pub(super) format: ParameterFormat,
    pub(super) values: HashMap<&'a str, (usize, &'a Value)>,
    pub(super) keys: Vec<&'a str>,
    pub(super) used: HashSet<String>,
    pub(super) components: Vec<TemplateComponent>,
    pub(super) files: u32,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(format: ParameterFormat, given: &'a [(String, Value)]) -> Self {
        let mut filler = Self {
            format,
            values: HashMap::new(),
            keys: given.iter().map(|(key, _)| key.as_str()).collect(),
            used: HashSet::new(),
            components: Vec::new(),
            files: 0,
            problems: Vec::new(),
        };
        for (index, (key, value)) in given.iter().enumerate() {
            if filler.values.insert(key, (index, value)).is_some() {
                let message = format!("The value for {key:.60} is given twice. Give it once.");
                filler.problem(key, ProblemCode::Twice, message);
            }
        }
        filler
    }

    pub(super) fn finish(mut self, rendered: Rendered) -> Filled {
        for (index, key) in self.keys.iter().enumerate().filter(|(_, key)| !self.used.contains(**key)) {
            let message =
                format!("The template has no variable {key:.60}. Leave it out, or look at its variables.");
            let (key, index) = ((*key).to_owned(), Some(index));
            self.problems.push(Problem { key, index, code: ProblemCode::Unknown, message });
        }
        Filled { components: self.components, rendered, problems: self.problems }
    }

    pub(super) fn problem(&mut self, key: &str, code: ProblemCode, message: String) {
        let index = self.values.get(key).map(|(index, _)| *index);
        self.problems.push(Problem { key: key.to_owned(), index, code, message });
    }

    /// The value of a variable that may be left out.
    pub(super) fn optional(&mut self, key: &str) -> Option<&'a Value> {
        self.used.insert(key.to_owned());
        self.values.get(key).map(|(_, value)| *value)
    }

    pub(super) fn required(&mut self, key: &str) -> Option<&'a Value> {
        let value = self.optional(key);
        if value.is_none() {
            self.problem(key, ProblemCode::Missing, format!("Give a value for {key:.60}."));
        }
        value
    }

    pub(super) fn wrong_kind(&mut self, key: &str, wanted: &str) {
        self.problem(key, ProblemCode::WrongKind, format!("The value for {key:.60} must be {wanted}."));
    }

    /// A text on one line, as Meta wants values to be.
    pub(super) fn text(&mut self, key: &str, value: &'a Value, limit: usize) -> Option<&'a str> {
        let Value::Text(text) = value else {
            self.wrong_kind(key, "a text");
            return None;
        };
        if text.trim().is_empty() {
            self.problem(key, ProblemCode::Missing, format!("The value for {key:.60} is empty."));
            return None;
        }
        if text.contains(['\n', '\r', '\t']) || text.contains("    ") {
            let message = format!(
                "The value for {key:.60} has a line break, a tab or more than three spaces in a row, which WhatsApp \
                 does not take. Write it on one line."
            );
            self.problem(key, ProblemCode::BadCharacters, message);
            return None;
        }
        let length = text.chars().count();
        if length > limit {
            let message =
                format!("The value for {key:.60} has {length} characters; WhatsApp takes {limit} at most.");
            self.problem(key, ProblemCode::TooLong, message);
            return None;
        }
        Some(text)
    }

    /// A text without spaces: a code, or the end of an address.
    pub(super) fn word(&mut self, key: &str, value: &'a Value, limit: usize) -> Option<&'a str> {
        let word = self.text(key, value, limit)?;
        if word.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
            let message = format!("The value for {key:.60} has a space in it, which cannot be there.");
            self.problem(key, ProblemCode::BadCharacters, message);
            return None;
        }
        Some(word)
    }
}
