//! Why an item cannot be read, in words that hold nothing of the item.

use std::fmt;

/// Why an item cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem(String);

impl Problem {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::from(&error)
    }
}

/// serde quotes what it found (`invalid type: string "…", expected …`), and that may be a customer's text. Only what
/// was expected is kept, and the messages that quote names of ours.
impl From<&serde_json::Error> for Problem {
    fn from(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(before, _)| before);
        if !error.is_data() || text.starts_with("missing field `") || text.starts_with("duplicate field `") {
            return Self(text.to_owned());
        }
        match text.rsplit_once(", expected ") {
            Some((_, expected)) => Self(format!("expected {} at column {}", plain(expected), error.column())),
            None => Self(format!("a value of an unexpected shape at column {}", error.column())),
        }
    }
}

/// serde's words for the JSON that was expected.
fn plain(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its errors matter")]
    struct Sample {
        id: String,
        count: u8,
    }

    #[test]
    fn no_content_in_a_problem() {
        let cases = [
            (r#"{"count":1}"#, "missing field `id`"),
            (r#"{"id":"a","id":"b"}"#, "duplicate field `id`"),
            (r#"{"id":"a","count":"secret, expected secret"}"#, "expected u8 at column 43"),
            (r#"{"id":["secret"]}"#, "expected a string at column 6"),
            (r#"{"id":"a","count":16505551234}"#, "expected u8 at column 29"),
            (r#""secret""#, "expected an object at column 8"),
            (r#"{"id" "secret"}"#, "expected `:`"),
            (r#"{"id":"sec"#, "EOF while parsing a string"),
        ];
        for (json, expected) in cases {
            let error = serde_json::from_str::<Sample>(json).unwrap_err();
            assert_eq!(Problem::from(error).to_string(), expected, "{json}");
        }
    }
}
