//! What a template consists of.

use super::words::{TemplateButtonKind, TemplateHeaderKind, TemplateVariableKind, TemplateVariablePlace};
use crate::graphql::scalars::{PhoneNumber, Url};
use async_graphql::SimpleObject;
use providers::template::{Button, Face, Header, Offer, Variable};

/// Whether a template may be sent now.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateSendability {
    /// It may be sent to customers who want it.
    pub(super) allowed: bool,
    /// Why not, and what to do. Null if it may.
    pub(super) reason: Option<String>,
}

/// A value that a template wants.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateVariable {
    /// Names the value when the template is sent: `body.1`, `body.first_name`, `header.media`, `button.0.url`,
    /// `card.1.body.1`, `offer.expiration`, `code`. The same as long as the template is.
    key: String,
    /// Of what kind its value is.
    kind: TemplateVariableKind,
    /// What it stands in.
    place: TemplateVariablePlace,
    /// In which card of a carousel, counted from 0.
    card_index: Option<i32>,
    /// In which button, counted from 0.
    button_index: Option<i32>,
    /// The button's label.
    button_text: Option<String>,
    /// The sample that it was approved with.
    example: Option<String>,
    /// Whether the template cannot be sent without it.
    required: bool,
    /// How many characters a text may have at most; what stands around it counts as well.
    max_length: Option<i32>,
}

impl From<Variable> for TemplateVariable {
    fn from(variable: Variable) -> Self {
        let small = |index: Option<u32>| index.and_then(|index| i32::try_from(index).ok());
        Self {
            key: variable.key,
            kind: variable.kind.into(),
            place: variable.place.into(),
            card_index: small(variable.card),
            button_index: small(variable.button),
            button_text: variable.label,
            example: variable.example,
            required: variable.required,
            max_length: variable.max_length.and_then(|length| i32::try_from(length).ok()),
        }
    }
}

/// What is on top of a template or a card.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateHeader {
    /// What.
    kind: TemplateHeaderKind,
    /// The line of text, with `{{…}}` where a variable goes.
    text: Option<String>,
}

impl From<&Header> for TemplateHeader {
    fn from(header: &Header) -> Self {
        match header {
            Header::Text(text) => Self { kind: TemplateHeaderKind::Text, text: Some(text.text.clone()) },
            Header::Media { kind, .. } => Self { kind: TemplateHeaderKind::of(kind.as_str()), text: None },
            Header::Location => Self { kind: TemplateHeaderKind::Location, text: None },
            Header::Other(_) => Self { kind: TemplateHeaderKind::Other, text: None },
        }
    }
}

/// Something to press below the text.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateButton {
    /// What it does.
    kind: TemplateButtonKind,
    /// The label. Null where it is WhatsApp's own.
    text: Option<String>,
    /// Where it leads, with `{{…}}` where a variable goes.
    url: Option<Url>,
    /// The number that it calls.
    phone_number: Option<PhoneNumber>,
}

impl From<&Button> for TemplateButton {
    fn from(button: &Button) -> Self {
        let (url, phone_number) = match button {
            Button::Url { url, .. } => (Some(Url(url.clone())), None),
            Button::PhoneNumber { phone_number, .. } => (None, Some(PhoneNumber(phone_number.clone()))),
            _ => (None, None),
        };
        let kind = TemplateButtonKind::of(button.kind());
        Self { kind, text: button.label().map(str::to_owned), url, phone_number }
    }
}

/// A limited-time offer.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateOffer {
    /// The headline.
    text: String,
    /// Whether it shows when it ends; the time is given at each send.
    has_expiration: bool,
}

impl From<&Offer> for TemplateOffer {
    fn from(offer: &Offer) -> Self {
        Self { text: offer.text.clone(), has_expiration: offer.has_expiration }
    }
}

/// A card of a carousel.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateCard {
    /// What is on top.
    header: Option<TemplateHeader>,
    /// The text, with `{{…}}` where variables go.
    body: Option<String>,
    /// The buttons, top to bottom.
    buttons: Vec<TemplateButton>,
}

impl From<&Face> for TemplateCard {
    fn from(card: &Face) -> Self {
        Self {
            header: card.header.as_ref().map(Into::into),
            body: card.body.as_ref().map(|body| body.text.text.clone()),
            buttons: card.buttons.iter().map(Into::into).collect(),
        }
    }
}
