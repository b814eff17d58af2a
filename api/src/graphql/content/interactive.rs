//! Messages with something to press.

use crate::graphql::scalars::{Json, Url};
use async_graphql::{Enum, SimpleObject};
use providers::content::{self, Header};

/// What stands above the text of a message with something to press.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct MessageHeader {
    /// What it is.
    kind: MessageHeaderKind,
    /// The line. Null if it is a file.
    text: Option<String>,
    /// MIME type of the file, as WhatsApp names it.
    mime_type: Option<String>,
    /// A document's name.
    file_name: Option<String>,
    /// The public link of the file, if it was sent by link.
    link: Option<Url>,
}

/// What can stand above the text.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
enum MessageHeaderKind {
    /// A line of text.
    Text,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Any other file.
    Document,
}

impl From<Header> for MessageHeader {
    fn from(header: Header) -> Self {
        let (kind, file) = match header {
            Header::Text { text } => {
                return Self {
                    kind: MessageHeaderKind::Text,
                    text: Some(text),
                    mime_type: None,
                    file_name: None,
                    link: None,
                };
            }
            Header::Image(file) => (MessageHeaderKind::Image, file),
            Header::Video(file) => (MessageHeaderKind::Video, file),
            Header::Document(file) => (MessageHeaderKind::Document, file),
        };
        let content::File { mime_type, file_name, link, .. } = file;
        Self { kind, text: None, mime_type, file_name, link: link.map(Url) }
    }
}

/// A text with buttons to answer with.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ReplyButtonsContent {
    /// What stands above the text.
    header: Option<MessageHeader>,
    /// What is asked, at most 1,024 characters.
    body: String,
    /// Small print under it.
    footer: Option<String>,
    /// The buttons, one to three.
    buttons: Vec<ReplyButton>,
}

/// A button to answer with.
#[derive(Clone, Debug, SimpleObject)]
struct ReplyButton {
    /// Comes back with the answer, as `buttonId`.
    button_id: String,
    /// What is written on it.
    title: String,
}

impl From<content::ReplyButtons> for ReplyButtonsContent {
    fn from(message: content::ReplyButtons) -> Self {
        let buttons = message.buttons.into_iter();
        Self {
            header: message.header.map(Into::into),
            body: message.body,
            footer: message.footer,
            buttons: buttons
                .map(|button| ReplyButton { button_id: button.id, title: button.title })
                .collect(),
        }
    }
}

/// A text with a button that opens a list to choose from.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ListContent {
    /// What stands above the text.
    header: Option<MessageHeader>,
    /// What is asked, at most 4,096 characters.
    body: String,
    /// Small print under it.
    footer: Option<String>,
    /// What is written on the button that opens the list.
    button: String,
    /// The rows, in one to ten sections, ten rows in all.
    sections: Vec<ListSection>,
}

/// Some rows of a list.
#[derive(Clone, Debug, SimpleObject)]
struct ListSection {
    /// What stands above them.
    title: Option<String>,
    /// What can be chosen.
    rows: Vec<ListRow>,
}

/// One thing that can be chosen from a list.
#[derive(Clone, Debug, SimpleObject)]
struct ListRow {
    /// Comes back with the answer, as `rowId`.
    row_id: String,
    /// What is written in it.
    title: String,
    /// What is written under the title.
    description: Option<String>,
}

impl From<content::List> for ListContent {
    fn from(message: content::List) -> Self {
        Self {
            header: message.header.map(Into::into),
            body: message.body,
            footer: message.footer,
            button: message.button,
            sections: message.sections.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<content::ListSection> for ListSection {
    fn from(section: content::ListSection) -> Self {
        let rows = section.rows.into_iter();
        Self {
            title: section.title,
            rows: rows
                .map(|row| ListRow { row_id: row.id, title: row.title, description: row.description })
                .collect(),
        }
    }
}

/// A text with a button that opens a web page.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct CtaUrlContent {
    /// What stands above the text.
    header: Option<MessageHeader>,
    /// The text, at most 1,024 characters.
    body: String,
    /// Small print under it.
    footer: Option<String>,
    /// What is written on the button.
    display_text: String,
    /// What the button opens.
    url: Option<Url>,
}

impl From<content::CtaUrl> for CtaUrlContent {
    fn from(message: content::CtaUrl) -> Self {
        Self {
            header: message.header.map(Into::into),
            body: message.body,
            footer: message.footer,
            display_text: message.display_text,
            url: Some(Url(message.url)),
        }
    }
}

/// A request for the customer's place: a text with a button under it.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct LocationRequestContent {
    /// What is asked, at most 1,024 characters.
    body: String,
}

impl From<content::LocationRequest> for LocationRequestContent {
    fn from(message: content::LocationRequest) -> Self {
        Self { body: message.body }
    }
}

/// A flow, products and their like, as sent from elsewhere.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct InteractiveContent {
    /// Meta's type: `flow`, `product`, `catalog_message` and others.
    #[graphql(name = "type")]
    kind: String,
    /// What is written above the buttons or the list, at most 1,024 characters.
    body_text: Option<String>,
    /// The whole object, as Meta's send call takes it.
    object: Json,
}

impl From<content::Interactive> for InteractiveContent {
    fn from(interactive: content::Interactive) -> Self {
        Self { kind: interactive.kind, body_text: interactive.body, object: Json(interactive.object) }
    }
}
