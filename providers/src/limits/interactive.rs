//! Limits of messages with something to press.

use super::check::Check;
use super::{
    BODY, BUTTON_ID, BUTTON_TITLE, BUTTONS, FOOTER, HEADER, LIST_BODY, ROW_DESCRIPTION, ROW_ID, ROW_TITLE,
    ROWS, Rule, SECTION_TITLE, SECTIONS, source,
};
use crate::content::{CtaUrl, Header, List, ListSection, ReplyButtons};
use std::collections::HashMap;

pub(super) fn reply_buttons(check: &mut Check, message: &ReplyButtons) {
    let ReplyButtons { header, body, footer, buttons } = message;
    above(check, header.as_ref(), true);
    check.text("body", "text", body, BODY);
    check.optional("footer", "footer", footer.as_deref(), FOOTER);
    check.count("buttons", "buttons", buttons.len(), BUTTONS);
    let (mut ids, mut titles) = (HashMap::new(), HashMap::new());
    check.inside("buttons", |check| {
        for (place, button) in buttons.iter().enumerate() {
            check.inside(place, |check| {
                check.text("buttonId", "id of the button", &button.id, BUTTON_ID);
                check.unique("buttonId", "id of the button", place, &button.id, &mut ids);
                check.text("title", "title of the button", &button.title, BUTTON_TITLE);
                check.unique("title", "title of the button", place, &button.title, &mut titles);
            });
        }
    });
}

pub(super) fn list(check: &mut Check, message: &List) {
    let List { header, body, footer, button, sections } = message;
    above(check, header.as_ref(), false);
    check.text("body", "text", body, LIST_BODY);
    check.optional("footer", "footer", footer.as_deref(), FOOTER);
    check.text("button", "title of the button", button, BUTTON_TITLE);
    check.count("sections", "sections", sections.len(), SECTIONS);
    let rows = sections.iter().map(|section| section.rows.len()).sum();
    if rows > ROWS {
        let message = format!("There are {rows} rows in all sections; WhatsApp takes {ROWS} at most.");
        check.refuse("sections", Rule::Count { limit: ROWS, actual: rows }, message);
    }
    let mut ids = HashMap::new();
    let mut place = 0;
    check.inside("sections", |check| {
        for (number, section) in sections.iter().enumerate() {
            check.inside(number, |check| {
                self::section(check, section, sections.len() > 1, &mut place, &mut ids);
            });
        }
    });
}

/// `place` counts the rows of the whole list.
fn section<'t>(
    check: &mut Check,
    section: &'t ListSection,
    several: bool,
    place: &mut usize,
    ids: &mut HashMap<&'t str, usize>,
) {
    if several && section.title.is_none() {
        let message = "Each section needs a title when there are several.".to_owned();
        check.refuse("title", Rule::Missing, message);
    }
    check.optional("title", "title of the section", section.title.as_deref(), SECTION_TITLE);
    if section.rows.is_empty() {
        check.count("rows", "rows in the section", 0, ROWS);
    }
    check.inside("rows", |check| {
        for (number, row) in section.rows.iter().enumerate() {
            check.inside(number, |check| {
                check.text("rowId", "id of the row", &row.id, ROW_ID);
                check.unique("rowId", "id of the row", *place, &row.id, ids);
                check.text("title", "title of the row", &row.title, ROW_TITLE);
                let description = row.description.as_deref();
                check.optional("description", "description of the row", description, ROW_DESCRIPTION);
            });
            *place += 1;
        }
    });
}

pub(super) fn cta_url(check: &mut Check, message: &CtaUrl) {
    let CtaUrl { header, body, footer, display_text, url } = message;
    above(check, header.as_ref(), true);
    check.text("body", "text", body, BODY);
    check.optional("footer", "footer", footer.as_deref(), FOOTER);
    check.text("displayText", "title of the button", display_text, BUTTON_TITLE);
    check.link("url", "link of the button", url);
}

/// What stands above the body.
fn above(check: &mut Check, header: Option<&Header>, files: bool) {
    check.inside("header", |check| match header {
        None => {}
        Some(Header::Text { text }) => check.text("text", "header", text, HEADER),
        Some(header) if files => {
            if let Some(file) = header.file() {
                source(check, file);
            }
        }
        Some(_) => {
            let message = "A list has no file above it; write a line of text instead.".to_owned();
            check.refuse("media", Rule::NotAllowed, message);
        }
    });
}
