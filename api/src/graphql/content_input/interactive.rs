//! Messages with something to press.

use crate::graphql::scalars::Url;
use async_graphql::{InputObject, OneofObject};
use providers::content::{self, Header};

/// What stands above the text of a message with something to press.
#[derive(Clone, Debug, OneofObject)]
pub(in crate::graphql) enum MessageHeaderInput {
    /// A line of 1 to 60 characters.
    Text(String),
}

/// A text with a button that opens a web page.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct CtaUrlContentInput {
    /// What stands above the text.
    header: Option<MessageHeaderInput>,
    /// The text, 1 to 1,024 characters.
    body: String,
    /// Small print under it, at most 60 characters.
    footer: Option<String>,
    /// What is written on the button, 1 to 20 characters.
    display_text: String,
    /// What the button opens, over HTTP or HTTPS.
    url: Url,
}

/// A request for the customer's place: a text with a button under it.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct LocationRequestContentInput {
    /// The text, 1 to 1,024 characters.
    body: String,
}

impl From<MessageHeaderInput> for Header {
    fn from(header: MessageHeaderInput) -> Self {
        match header {
            MessageHeaderInput::Text(text) => Self::Text { text },
        }
    }
}

impl From<CtaUrlContentInput> for content::CtaUrl {
    fn from(cta: CtaUrlContentInput) -> Self {
        Self {
            header: cta.header.map(Into::into),
            body: cta.body,
            footer: cta.footer,
            display_text: cta.display_text,
            url: cta.url.0,
        }
    }
}

impl From<LocationRequestContentInput> for content::LocationRequest {
    fn from(request: LocationRequestContentInput) -> Self {
        Self { body: request.body }
    }
}

/// A text with buttons to answer with.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ReplyButtonsContentInput {
    /// What stands above the text.
    header: Option<MessageHeaderInput>,
    /// What is asked, 1 to 1,024 characters.
    body: String,
    /// Small print under it, at most 60 characters.
    footer: Option<String>,
    /// One to three buttons.
    buttons: Vec<ReplyButtonInput>,
}

/// A button to answer with.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ReplyButtonInput {
    /// Comes back with the answer: 1 to 256 characters, another for each button.
    button_id: String,
    /// What is written on it: 1 to 20 characters, another for each button.
    title: String,
}

/// A text with a button that opens a list to choose from.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ListContentInput {
    /// What stands above the text.
    header: Option<MessageHeaderInput>,
    /// What is asked, 1 to 4,096 characters.
    body: String,
    /// Small print under it, at most 60 characters.
    footer: Option<String>,
    /// What is written on the button that opens the list, 1 to 20 characters.
    button: String,
    /// One to ten sections, with ten rows in all.
    sections: Vec<ListSectionInput>,
}

/// Some rows of a list.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ListSectionInput {
    /// What stands above them, 1 to 24 characters; needed when there are several sections.
    title: Option<String>,
    /// What can be chosen, at least one row.
    rows: Vec<ListRowInput>,
}

/// One thing that can be chosen from a list.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ListRowInput {
    /// Comes back with the answer: 1 to 200 characters, another for each row of the list.
    row_id: String,
    /// What is written in it, 1 to 24 characters.
    title: String,
    /// What is written under the title, at most 72 characters.
    description: Option<String>,
}

impl From<ReplyButtonsContentInput> for content::ReplyButtons {
    fn from(message: ReplyButtonsContentInput) -> Self {
        let button =
            |button: ReplyButtonInput| content::ReplyButton { id: button.button_id, title: button.title };
        Self {
            header: message.header.map(Into::into),
            body: message.body,
            footer: message.footer,
            buttons: message.buttons.into_iter().map(button).collect(),
        }
    }
}

impl From<ListContentInput> for content::List {
    fn from(message: ListContentInput) -> Self {
        Self {
            header: message.header.map(Into::into),
            body: message.body,
            footer: message.footer,
            button: message.button,
            sections: message.sections.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ListSectionInput> for content::ListSection {
    fn from(section: ListSectionInput) -> Self {
        let row = |row: ListRowInput| content::ListRow {
            id: row.row_id,
            title: row.title,
            description: row.description,
        };
        Self { title: section.title, rows: section.rows.into_iter().map(row).collect() }
    }
}
