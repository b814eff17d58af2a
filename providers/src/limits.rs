//! WhatsApp's limits on what may be sent, checked before anything leaves.
//!
//! Lengths are counted in characters: Unicode scalar values, so an accented letter is one and an emoji of a family is
//! several. The numbers are those of Meta's send-message reference; where its pages disagree, the one that is known to
//! be refused beyond.

mod cards;
mod check;
mod interactive;
#[cfg(test)]
mod tests;

use crate::content::{Content, File, Location};
use check::Check;

/// Longest text of a message; the shortest is one.
pub const TEXT: usize = 4096;
/// Longest caption of a picture, film or document. Sound and stickers have none.
pub const CAPTION: usize = 1024;
/// Longest name of a document.
pub const FILE_NAME: usize = 240;
/// Longest link to a file or a page.
pub const LINK: usize = 2000;
/// Longest name and longest address of a place.
pub const PLACE: usize = 1000;
/// Longest body of a message with something to press, lists aside.
pub const BODY: usize = 1024;
/// Longest body of a list.
pub const LIST_BODY: usize = 4096;
/// Longest line above a body.
pub const HEADER: usize = 60;
/// Longest small print under a body.
pub const FOOTER: usize = 60;
/// Most reply buttons.
pub const BUTTONS: usize = 3;
/// Longest title of a button, whatever it does.
pub const BUTTON_TITLE: usize = 20;
/// Longest id of a reply button.
pub const BUTTON_ID: usize = 256;
/// Most sections of a list.
pub const SECTIONS: usize = 10;
/// Longest title of a section.
pub const SECTION_TITLE: usize = 24;
/// Most rows of a list, its sections together.
pub const ROWS: usize = 10;
/// Longest title of a row.
pub const ROW_TITLE: usize = 24;
/// Longest description of a row.
pub const ROW_DESCRIPTION: usize = 72;
/// Longest id of a row.
pub const ROW_ID: usize = 200;
/// Most contact cards. Meta's pages say 257, its OpenAPI document 5; 257 are taken.
pub const CARDS: usize = 257;
/// Longest name, and any other line, of a contact card.
pub const CARD_LINE: usize = 1000;

/// A limit that a message breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LimitError {
    /// Where, from the content down, numbers for the places in lists: `["sections", "0", "rows", "3", "title"]`.
    pub field: Vec<String>,
    /// What is broken.
    pub rule: Rule,
    /// A sentence for the person who wrote the message.
    pub message: String,
}

/// The kinds of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Something must be there, and be more than blanks.
    Missing,
    /// A text is too long.
    TooLong {
        /// Characters that WhatsApp takes.
        limit: usize,
        /// Characters that were given.
        actual: usize,
    },
    /// A list has too few entries or too many.
    Count {
        /// The entries that are needed if there are too few, else the most that WhatsApp takes.
        limit: usize,
        /// Entries that were given.
        actual: usize,
    },
    /// It is there already: the place in its list where it came first.
    Repeated {
        /// Counted from 0.
        first: usize,
    },
    /// A number is beyond its range.
    OutOfRange,
    /// It is not written as it must be.
    Malformed,
    /// It has no place here.
    NotAllowed,
}

/// Checks `content` before it is sent.
///
/// # Errors
/// Every limit that it breaks, in the order of its fields.
pub fn validate(content: &Content) -> Result<(), Vec<LimitError>> {
    let mut check = Check::default();
    match content {
        Content::Text(text) => check.text("body", "text", &text.body, TEXT),
        Content::Image(file) | Content::Video(file) => self::file(&mut check, file, CAPTION),
        Content::Document(file) => {
            self::file(&mut check, file, CAPTION);
            check.optional("fileName", "name of the file", file.file_name.as_deref(), FILE_NAME);
        }
        Content::Audio(file) | Content::Sticker(file) => self::file(&mut check, file, 0),
        Content::Location(place) => location(&mut check, place),
        Content::Contacts(contacts) => cards::contacts(&mut check, contacts),
        Content::ReplyButtons(buttons) => interactive::reply_buttons(&mut check, buttons),
        Content::List(list) => interactive::list(&mut check, list),
        Content::CtaUrl(cta) => interactive::cta_url(&mut check, cta),
        Content::LocationRequest(request) => check.text("body", "text", &request.body, BODY),
        _ => {}
    }
    check.done()
}

/// Where the file is, and what is written under it.
fn file(check: &mut Check, file: &File, caption: usize) {
    source(check, file);
    let actual = file.caption.as_ref().map_or(0, |caption| caption.chars().count());
    match caption {
        0 if actual > 0 => check.refuse(
            "caption",
            Rule::NotAllowed,
            "WhatsApp shows no caption under sound and stickers; send it as a text.".to_owned(),
        ),
        _ => check.length("caption", "caption", actual, caption),
    }
}

/// A file is named by the provider's id or a link; one of our storage, by its hash, gets its id just before the call.
fn source(check: &mut Check, file: &File) {
    match (&file.provider_id, &file.link) {
        (None, Some(link)) => check.link("media", "link of the file", link),
        (Some(_), _) => {}
        (None, None) if file.sha256.is_some() => {}
        (None, None) => check.refuse(
            "media",
            Rule::Missing,
            "The file has neither a media id nor a link. Upload it first, or give a public link.".to_owned(),
        ),
    }
}

fn location(check: &mut Check, place: &Location) {
    for (field, degrees, limit) in [("latitude", place.latitude, 90.0), ("longitude", place.longitude, 180.0)]
    {
        // What is no number is beyond every range.
        if !(-limit..=limit).contains(&degrees) {
            let message = format!("The {field} is {degrees}; it must be from -{limit} to {limit} degrees.");
            check.refuse(field, Rule::OutOfRange, message);
        }
    }
    check.optional("name", "name of the place", place.name.as_deref(), PLACE);
    check.optional("address", "address", place.address.as_deref(), PLACE);
}
