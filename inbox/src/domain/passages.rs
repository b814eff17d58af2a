//! What an assistant may know: documents, and the passages that are found of them.

use super::parts::parts;
use std::fmt;

/// Documents of an assistant.
pub const MAX_DOCUMENTS: u64 = 200;
/// Longest text of a document, in bytes.
pub const MAX_TEXT: usize = 100_000;
/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// Longest address of a source, in characters.
pub const MAX_SOURCE: usize = 2_000;
/// Longest passage, in characters, without the white space behind it.
pub const MAX_PASSAGE: usize = 1_000;

/// Why a text is none of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// It is blank.
    Empty,
    /// It is longer than [`MAX_TEXT`].
    TooLong,
    /// It holds what no text does.
    Binary,
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("write some words"),
            Self::TooLong => write!(f, "a text has at most {MAX_TEXT} bytes; make several documents of it"),
            Self::Binary => {
                f.write_str("this is no text; give plain text or Markdown, not the bytes of a file")
            }
        }
    }
}

/// A text as it is kept: without the space around it, and with lines that end in one character.
///
/// # Errors
/// If it is none.
pub fn text(given: &str) -> Result<String, TextFault> {
    if given.len() > MAX_TEXT {
        return Err(TextFault::TooLong);
    }
    let text = given.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim_start_matches('\u{feff}').trim();
    let is_binary = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\u{b}' | '\u{c}');
    if text.contains(is_binary) {
        return Err(TextFault::Binary);
    }
    if !text.contains(char::is_alphanumeric) {
        return Err(TextFault::Empty);
    }
    Ok(text.to_owned())
}

/// The passages of a text: cut between paragraphs if it can be, else between sentences or words. One behind the other they
/// are the text again.
#[must_use]
pub fn passages(text: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let mut from = 0;
    for part in parts(text, MAX_PASSAGE) {
        let Some(start) = text[from..].find(part) else { continue };
        starts.push(from + start);
        from += start + part.len();
    }
    // What stands before the first belongs to it.
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_taken_or_refused() {
        for (given, expected) in [
            ("\u{feff} Hola\r\nmundo\r ", Ok("Hola\nmundo")),
            (" \n# -- ", Err(TextFault::Empty)),
            ("", Err(TextFault::Empty)),
            ("%PDF-1.7\u{0}", Err(TextFault::Binary)),
            ("Page 1\u{c}Page 2", Ok("Page 1\u{c}Page 2")),
        ] {
            assert_eq!(text(given), expected.map(str::to_owned), "{given:?}");
        }
        assert_eq!(text(&"a".repeat(MAX_TEXT + 1)), Err(TextFault::TooLong));
        assert!(text(&"a".repeat(MAX_TEXT)).is_ok());
    }

    #[test]
    fn passages_end_with_paragraphs() {
        let paragraph = "Entregamos en dos días. ".repeat(25);
        let text = format!("{paragraph}\n\n{paragraph}\n\nFin.");
        let cut = passages(&text);
        assert_eq!(cut.len(), 2);
        assert!(cut[0].ends_with("\n\n") && cut[1].starts_with("Entregamos") && cut[1].ends_with("Fin."));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_none_is_too_long(given in "(?s)([a-zñ]{1,30}[ .\n]{0,3}){0,200}.{0,1200}") {
            let Ok(text) = text(&given) else { return Ok(()) };
            let cut = passages(&text);
            prop_assert_eq!(cut.concat(), text.as_str());
            for passage in cut {
                prop_assert!(passage.trim().chars().count() <= MAX_PASSAGE, "{passage:?}");
            }
        }
    }
}
