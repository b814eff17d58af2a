//! WhatsApp's limits on what may be sent, checked before anything leaves.
//!
//! Lengths are counted in characters: Unicode scalar values, so an accented letter is one and an emoji of a family is
//! several. The numbers are those of Meta's send-message reference.

use crate::content::{Content, File};

/// Longest text of a message, in characters; the shortest is one.
pub const TEXT: usize = 4096;
/// Longest caption of a picture, film or document, in characters. Sound and stickers have none.
pub const CAPTION: usize = 1024;

/// A limit that a message breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LimitError {
    /// The field, named as in [`Content`]: `body`, `caption`.
    pub field: &'static str,
    /// What is allowed; the least that is needed when `actual` is smaller.
    pub limit: usize,
    /// What was given.
    pub actual: usize,
    /// A sentence for the person who wrote the message.
    pub message: String,
}

/// Checks `content` before it is sent.
///
/// # Errors
/// Every limit that it breaks, in the order of its fields.
pub fn validate(content: &Content) -> Result<(), Vec<LimitError>> {
    let errors: Vec<_> = match content {
        Content::Text(text) => body(&text.body).into_iter().collect(),
        Content::Image(file) | Content::Video(file) | Content::Document(file) => {
            caption(file, CAPTION).into_iter().collect()
        }
        Content::Audio(file) | Content::Sticker(file) => caption(file, 0).into_iter().collect(),
        _ => Vec::new(),
    };
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn body(text: &str) -> Option<LimitError> {
    let actual = text.chars().count();
    let (limit, message) = match actual {
        0 => (1, "The text is empty; write at least one character.".to_owned()),
        1..=TEXT => return None,
        _ => (
            TEXT,
            format!("The text has {actual} characters; WhatsApp takes {TEXT} at most. Send it in parts."),
        ),
    };
    Some(LimitError { field: "body", limit, actual, message })
}

fn caption(file: &File, limit: usize) -> Option<LimitError> {
    let actual = file.caption.as_ref()?.chars().count();
    if actual <= limit {
        return None;
    }
    let message = match limit {
        0 => "WhatsApp shows no caption under sound and stickers; send it as a text.".to_owned(),
        _ => format!("The caption has {actual} characters; WhatsApp takes {limit} at most. Shorten it."),
    };
    Some(LimitError { field: "caption", limit, actual, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{Location, Text};

    fn text(body: &str) -> Content {
        Content::Text(Text { body: body.to_owned(), preview_url: false })
    }

    fn captioned(kind: fn(File) -> Content, characters: usize) -> Content {
        kind(File { caption: Some("é".repeat(characters)), ..File::default() })
    }

    #[test]
    fn limits() {
        let cases = [
            (text("a"), None),
            (text(&"é".repeat(4096)), None),
            (text(&"😀".repeat(4096)), None),
            (text(""), Some(("body", 1, 0))),
            (text(&"é".repeat(4097)), Some(("body", 4096, 4097))),
            (text(&"👨‍👩‍👧".repeat(820)), Some(("body", 4096, 4100))),
            (captioned(Content::Image, 1024), None),
            (captioned(Content::Image, 1025), Some(("caption", 1024, 1025))),
            (captioned(Content::Video, 1025), Some(("caption", 1024, 1025))),
            (captioned(Content::Document, 1025), Some(("caption", 1024, 1025))),
            (captioned(Content::Audio, 0), None),
            (captioned(Content::Audio, 1), Some(("caption", 0, 1))),
            (captioned(Content::Sticker, 1), Some(("caption", 0, 1))),
            (Content::Image(File::default()), None),
            (Content::Location(Location::default()), None),
        ];
        for (content, expected) in cases {
            let seen =
                validate(&content).err().map(|errors| (errors[0].field, errors[0].limit, errors[0].actual));
            assert_eq!(seen, expected, "{}", content.kind());
        }
    }
}
