//! A template that was sent: the values that went into it, and what the customer sees.

use super::{File, Location};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// See [`Content::Template`](super::Content::Template).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// The template's name.
    pub name: String,
    /// `en_US`.
    pub language: String,
    /// The components with their values.
    #[serde(default, deserialize_with = "any_list", skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<TemplateComponent>,
    /// What the customer sees, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendered: Option<Rendered>,
}

/// The values of one component. Reads Meta's own form too: what is of another shape is kept whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TemplateComponent {
    /// Of the header.
    Header {
        /// One at most.
        parameters: Vec<TemplateParameter>,
    },
    /// Of the body.
    Body {
        /// In the order of the text.
        parameters: Vec<TemplateParameter>,
    },
    /// Of a button.
    Button {
        /// `quick_reply`, `url`, `copy_code`, `flow`…
        sub_type: String,
        /// Which button, counted from 0.
        #[serde(deserialize_with = "index")]
        index: u32,
        /// One.
        parameters: Vec<TemplateParameter>,
    },
    /// Of a limited-time offer.
    LimitedTimeOffer {
        /// One.
        parameters: Vec<TemplateParameter>,
    },
    /// Of the cards of a carousel.
    Carousel {
        /// All cards, left to right.
        cards: Vec<TemplateCard>,
    },
    /// Another one, whole.
    #[serde(untagged)]
    Other(Value),
}

/// The values of one card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplateCard {
    /// Which card, counted from 0.
    #[serde(deserialize_with = "index")]
    pub card_index: u32,
    /// Its components.
    pub components: Vec<TemplateComponent>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TemplateParameter {
    /// A text.
    Text {
        /// The text.
        text: String,
        /// The variable, in templates with named ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_name: Option<String>,
    },
    /// A picture.
    Image {
        /// The file.
        image: File,
    },
    /// A film.
    Video {
        /// The file.
        video: File,
    },
    /// A document.
    Document {
        /// The file.
        document: File,
    },
    /// A place.
    Location {
        /// The place.
        location: Location,
    },
    /// What a quick reply brings back.
    Payload {
        /// At most 256 characters.
        payload: String,
    },
    /// A coupon.
    CouponCode {
        /// At most 15 characters.
        coupon_code: String,
    },
    /// What a flow starts with.
    Action {
        /// Meta's object.
        action: Value,
    },
    /// The end of an offer.
    LimitedTimeOffer {
        /// When.
        limited_time_offer: OfferEnd,
    },
    /// Another one, whole.
    #[serde(untagged)]
    Other(Value),
}

/// When an offer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferEnd {
    /// Unix milliseconds.
    pub expiration_time_ms: i64,
}

/// What the customer sees.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "RenderedWire")]
pub struct Rendered {
    /// What is on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<RenderedHeader>,
    /// The text, with its values in it.
    pub body: String,
    /// The small print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// The buttons, top to bottom.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<RenderedButton>,
    /// The limited-time offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<RenderedOffer>,
    /// The cards, left to right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<RenderedCard>,
}

/// See [`Rendered::header`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RenderedHeader {
    /// `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT` or `LOCATION`.
    pub kind: String,
    /// The line of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The place of its file among those of [`Template::files`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<u32>,
}

/// A button as the customer sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RenderedButton {
    /// Meta's word: `QUICK_REPLY`, `URL`, `PHONE_NUMBER`, `COPY_CODE`…
    pub kind: String,
    /// The label; empty where it is WhatsApp's own.
    pub text: String,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The number that it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// What it copies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it brings back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
}

/// See [`Rendered::offer`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RenderedOffer {
    /// The headline.
    pub text: String,
    /// Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
}

/// A card of a carousel.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RenderedCard {
    /// What is on top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<RenderedHeader>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The buttons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<RenderedButton>,
}

/// Messages of before hold the body's text alone.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "lives for the length of a conversion")]
enum RenderedWire {
    Text(String),
    Parts {
        #[serde(default)]
        header: Option<RenderedHeader>,
        #[serde(default)]
        body: String,
        #[serde(default)]
        footer: Option<String>,
        #[serde(default)]
        buttons: Vec<RenderedButton>,
        #[serde(default)]
        offer: Option<RenderedOffer>,
        #[serde(default)]
        cards: Vec<RenderedCard>,
    },
}

impl From<RenderedWire> for Rendered {
    fn from(wire: RenderedWire) -> Self {
        match wire {
            RenderedWire::Text(body) => Self { body, ..Self::default() },
            RenderedWire::Parts { header, body, footer, buttons, offer, cards } => {
                Self { header, body, footer, buttons, offer, cards }
            }
        }
    }
}

impl Rendered {
    /// Everything that is text, a line each: what lists show and search finds.
    #[must_use]
    pub fn text(&self) -> String {
        let header = self.header.as_ref().and_then(|header| header.text.as_deref());
        let offer = self.offer.as_ref().map(|offer| offer.text.as_str());
        let cards = self.cards.iter().filter_map(|card| card.body.as_deref());
        let lines = [header, offer, Some(self.body.as_str()), self.footer.as_deref()];
        let lines: Vec<_> =
            lines.into_iter().flatten().chain(cards).filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    }
}

impl Template {
    /// The files inside, in the order of the components: the header's, then those of the cards.
    #[must_use]
    pub fn files(&self) -> Vec<&File> {
        let mut files = Vec::new();
        for component in &self.components {
            component.files(&mut files);
        }
        files
    }

    /// The same, to be changed.
    pub fn files_mut(&mut self) -> Vec<&mut File> {
        let mut files = Vec::new();
        for component in &mut self.components {
            component.files_mut(&mut files);
        }
        files
    }
}

impl TemplateComponent {
    fn files<'a>(&'a self, files: &mut Vec<&'a File>) {
        match self {
            Self::Header { parameters } => {
                files.extend(parameters.iter().filter_map(TemplateParameter::file))
            }
            Self::Carousel { cards } => {
                cards.iter().flat_map(|card| &card.components).for_each(|component| component.files(files));
            }
            _ => {}
        }
    }

    fn files_mut<'a>(&'a mut self, files: &mut Vec<&'a mut File>) {
        match self {
            Self::Header { parameters } => {
                files.extend(parameters.iter_mut().filter_map(TemplateParameter::file_mut));
            }
            Self::Carousel { cards } => {
                let components = cards.iter_mut().flat_map(|card| &mut card.components);
                components.for_each(|component| component.files_mut(files));
            }
            _ => {}
        }
    }
}

impl TemplateParameter {
    fn file(&self) -> Option<&File> {
        match self {
            Self::Image { image: file } | Self::Video { video: file } | Self::Document { document: file } => {
                Some(file)
            }
            _ => None,
        }
    }

    fn file_mut(&mut self) -> Option<&mut File> {
        match self {
            Self::Image { image: file } | Self::Video { video: file } | Self::Document { document: file } => {
                Some(file)
            }
            _ => None,
        }
    }
}

fn any_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<TemplateComponent>, D::Error> {
    Ok(components(Value::deserialize(deserializer)?))
}

/// Components in our form or in Meta's. What is no list is kept as one component.
pub(crate) fn components(raw: Value) -> Vec<TemplateComponent> {
    let component =
        |raw: Value| TemplateComponent::deserialize(&raw).unwrap_or(TemplateComponent::Other(raw));
    match raw {
        Value::Null => Vec::new(),
        Value::Array(list) => list.into_iter().map(component).collect(),
        other => vec![TemplateComponent::Other(other)],
    }
}

/// Meta's form has it as a text.
fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Index {
        Number(u32),
        Text(String),
    }
    match Index::deserialize(deserializer)? {
        Index::Number(index) => Ok(index),
        Index::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
