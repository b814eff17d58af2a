//! Messages with something to press: reply buttons, a list, a link, a request for the customer's place.

use super::File;
use serde::{Deserialize, Serialize};

/// What stands above the body. A list takes text only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Header {
    /// A line of at most 60 characters.
    Text {
        /// The line.
        text: String,
    },
    /// A picture.
    Image(File),
    /// A film.
    Video(File),
    /// Any other file.
    Document(File),
}

/// A body with one to three buttons to answer with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplyButtons {
    /// What stands above the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// What is asked, at most 1,024 characters.
    pub body: String,
    /// Small print, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// What can be answered.
    pub buttons: Vec<ReplyButton>,
}

/// A button to answer with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplyButton {
    /// Comes back with the answer: at most 256 characters, another for each button.
    pub id: String,
    /// What is written on it: at most 20 characters, another for each button.
    pub title: String,
}

/// A body with a button that opens a list of at most ten rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// What stands above the body: text only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// What is asked, at most 4,096 characters.
    pub body: String,
    /// Small print, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// What is written on the button that opens the list, at most 20 characters.
    pub button: String,
    /// The rows, in one to ten sections.
    pub sections: Vec<ListSection>,
}

/// Some rows of a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ListSection {
    /// At most 24 characters; needed when there are several sections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What can be chosen.
    pub rows: Vec<ListRow>,
}

/// A row of a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ListRow {
    /// Comes back with the answer: at most 200 characters, another for each row of the list.
    pub id: String,
    /// At most 24 characters.
    pub title: String,
    /// At most 72 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A body with a button that opens a web page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CtaUrl {
    /// What stands above the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// At most 1,024 characters.
    pub body: String,
    /// Small print, at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// What is written on the button, at most 20 characters.
    pub display_text: String,
    /// What it opens, over HTTP or HTTPS.
    pub url: String,
}

/// A body with a button by which the customer sends a place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LocationRequest {
    /// What is asked, at most 1,024 characters.
    pub body: String,
}

impl Header {
    /// The file inside, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        match self {
            Self::Text { .. } => None,
            Self::Image(file) | Self::Video(file) | Self::Document(file) => Some(file),
        }
    }

    /// See [`Header::file`].
    #[must_use]
    pub fn file_mut(&mut self) -> Option<&mut File> {
        match self {
            Self::Text { .. } => None,
            Self::Image(file) | Self::Video(file) | Self::Document(file) => Some(file),
        }
    }
}
