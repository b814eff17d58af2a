//! Messages with something to press.

use super::files::{MediaInput, bare};
use crate::graphql::errors::Result;
use crate::graphql::scalars::Url;
use async_graphql::{InputObject, OneofObject};
use inbox::services::send::Draft;
use inbox::services::send::draft::{FileDraft, FileKind, HeadedDraft};
use providers::content::{self, Content, Header};

/// What stands above the text of a message with something to press.
#[derive(Clone, Debug, OneofObject)]
pub(in crate::graphql) enum MessageHeaderInput {
    /// A line of 1 to 60 characters.
    Text(String),
    /// A picture. Not above a list.
    Image(HeaderFileInput),
    /// A film. Not above a list.
    Video(HeaderFileInput),
    /// Any other file. Not above a list.
    Document(HeaderDocumentInput),
}

/// A file above the text.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct HeaderFileInput {
    /// Which file; not one that comes with the request.
    media: MediaInput,
}

/// A document above the text.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct HeaderDocumentInput {
    /// Which file; not one that comes with the request.
    media: MediaInput,
    /// The name that the customer sees. Its extension decides the icon.
    file_name: Option<String>,
}

/// A content without its header, and what is to stand above it.
pub(super) struct Headed {
    content: Content,
    header: Option<MessageHeaderInput>,
}

impl Headed {
    /// The header becomes a part of the content if it is a line of text.
    pub(super) fn into_draft(self, path: &str) -> Result<Draft> {
        let Self { mut content, header } = self;
        let path = format!("{path}.header");
        let file = match header {
            None => return Ok(Draft::Content(content)),
            Some(MessageHeaderInput::Text(text)) => {
                if let Content::ReplyButtons(content::ReplyButtons { header, .. })
                | Content::CtaUrl(content::CtaUrl { header, .. })
                | Content::List(content::List { header, .. }) = &mut content
                {
                    *header = Some(Header::Text { text });
                }
                return Ok(Draft::Content(content));
            }
            Some(MessageHeaderInput::Image(file)) => {
                bare(FileKind::Image, file.media, &format!("{path}.image"))?
            }
            Some(MessageHeaderInput::Video(file)) => {
                bare(FileKind::Video, file.media, &format!("{path}.video"))?
            }
            Some(MessageHeaderInput::Document(HeaderDocumentInput { media, file_name })) => {
                FileDraft { file_name, ..bare(FileKind::Document, media, &format!("{path}.document"))? }
            }
        };
        Ok(Draft::Headed(HeadedDraft { content, file }))
    }
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

impl From<CtaUrlContentInput> for Headed {
    fn from(cta: CtaUrlContentInput) -> Self {
        let header = cta.header;
        let content = content::CtaUrl {
            header: None,
            body: cta.body,
            footer: cta.footer,
            display_text: cta.display_text,
            url: cta.url.0,
        };
        Self { content: Content::CtaUrl(content), header }
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

impl From<ReplyButtonsContentInput> for Headed {
    fn from(message: ReplyButtonsContentInput) -> Self {
        let button =
            |button: ReplyButtonInput| content::ReplyButton { id: button.button_id, title: button.title };
        let header = message.header;
        let content = content::ReplyButtons {
            header: None,
            body: message.body,
            footer: message.footer,
            buttons: message.buttons.into_iter().map(button).collect(),
        };
        Self { content: Content::ReplyButtons(content), header }
    }
}

impl From<ListContentInput> for Headed {
    fn from(message: ListContentInput) -> Self {
        let header = message.header;
        let content = content::List {
            header: None,
            body: message.body,
            footer: message.footer,
            button: message.button,
            sections: message.sections.into_iter().map(Into::into).collect(),
        };
        Self { content: Content::List(content), header }
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
