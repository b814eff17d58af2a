//! The values that a template wants, as a form: each under a key that stays the same while the template does.

use super::definition::{Button, Definition, Face, Header, MediaKind, Text};
use super::grammar::variables;

/// Longest header with its value in it, in characters.
pub(super) const HEADER: usize = 60;
/// Longest body with its values in it.
pub(super) const BODY: usize = 1024;
/// Longest body beside a limited-time offer.
pub(super) const OFFER_BODY: usize = 600;
/// Longest body of a card.
pub(super) const CARD_BODY: usize = 160;
/// Longest address of a button with its value in it.
pub(super) const URL: usize = 2000;
/// Longest coupon and longest one-time code.
pub(super) const CODE: usize = 15;
/// Longest payload of a quick reply.
pub(super) const PAYLOAD: usize = 256;
/// Longest token of a flow: what other ids of Meta's have.
pub(super) const FLOW_TOKEN: usize = 256;
/// The key of a one-time code: Meta wants it twice, people give it once.
pub(super) const ONE_TIME_CODE: &str = "code";

/// A value that a template wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// `header.1`, `body.first_name`, `header.media`, `button.0.url`, `card.1.body.1`…
    pub key: String,
    /// Of what kind its value is.
    pub kind: VariableKind,
    /// Where it goes.
    pub place: Place,
    /// In which card of a carousel, counted from 0.
    pub card: Option<u32>,
    /// In which button, counted from 0.
    pub button: Option<u32>,
    /// The button's label.
    pub label: Option<String>,
    /// A sample.
    pub example: Option<String>,
    /// Whether the template cannot be sent without it.
    pub required: bool,
    /// How many characters a text may have at most, the text around it aside.
    pub max_length: Option<usize>,
}

/// What a variable stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The header.
    Header,
    /// The body.
    Body,
    /// A button.
    Button,
    /// The limited-time offer.
    Offer,
}

/// Kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableKind {
    /// A text on one line.
    Text,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A document.
    Document,
    /// A place on the map.
    Location,
    /// The end of a button's address.
    UrlSuffix,
    /// A coupon that a button copies.
    CouponCode,
    /// A one-time code.
    OtpCode,
    /// What a quick reply brings back.
    Payload,
    /// What a flow gets to know the conversation by.
    FlowToken,
    /// When an offer ends.
    Expiration,
}

/// The values that a template wants, in the order in which the customer sees them.
#[must_use]
pub fn form(definition: &Definition) -> Vec<Variable> {
    let mut form = Vec::new();
    if definition.is_one_time_code() {
        let example = definition.face.body.as_ref().and_then(|body| body.text.example("1"));
        form.push(Variable {
            max_length: Some(CODE),
            example: example.map(str::to_owned),
            ..variable(ONE_TIME_CODE.to_owned(), VariableKind::OtpCode, Place::Body)
        });
        return form;
    }
    let body = if definition.offer.is_some() { OFFER_BODY } else { BODY };
    face(&mut form, &definition.face, None, body);
    if definition.offer.as_ref().is_some_and(|offer| offer.has_expiration) {
        form.push(variable("offer.expiration".to_owned(), VariableKind::Expiration, Place::Offer));
    }
    for (card, index) in definition.cards.iter().zip(0..) {
        face(&mut form, card, Some(index), CARD_BODY);
    }
    form
}

/// The beginning of the keys of a card.
pub(super) fn prefix(card: Option<u32>) -> String {
    card.map(|card| format!("card.{card}.")).unwrap_or_default()
}

/// The variable of a button's address, if it ends with one.
pub(super) fn url_variable(url: &str) -> Option<&str> {
    variables(url).first().copied()
}

fn face(form: &mut Vec<Variable>, face: &Face, card: Option<u32>, body_limit: usize) {
    let prefix = prefix(card);
    let from = form.len();
    match &face.header {
        Some(Header::Text(text)) => texts(form, text, &format!("{prefix}header"), Place::Header, HEADER),
        Some(Header::Media { kind, example }) => form.push(Variable {
            example: example.clone().filter(|example| example.starts_with("https://")),
            ..variable(format!("{prefix}header.media"), media_kind(*kind), Place::Header)
        }),
        Some(Header::Location) => {
            form.push(variable(format!("{prefix}header.location"), VariableKind::Location, Place::Header));
        }
        Some(Header::Other(_)) | None => {}
    }
    if let Some(body) = &face.body {
        texts(form, &body.text, &format!("{prefix}body"), Place::Body, body_limit);
    }
    for (button, index) in face.buttons.iter().zip(0..) {
        form.extend(of_button(button, &format!("{prefix}button.{index}"), index));
    }
    for variable in &mut form[from..] {
        variable.card = card;
    }
}

fn texts(form: &mut Vec<Variable>, text: &Text, prefix: &str, place: Place, limit: usize) {
    for name in variables(&text.text) {
        form.push(Variable {
            example: text.example(name).map(str::to_owned),
            max_length: Some(limit),
            ..variable(format!("{prefix}.{name}"), VariableKind::Text, place)
        });
    }
}

fn of_button(button: &Button, prefix: &str, index: u32) -> Option<Variable> {
    let (end, kind, example, required, max_length) = match button {
        Button::Url { url, example, .. } => {
            url_variable(url)?;
            let base = url.split("{{").next().unwrap_or_default();
            let example = example.as_deref().map(|example| example.strip_prefix(base).unwrap_or(example));
            ("url", VariableKind::UrlSuffix, example, true, URL)
        }
        Button::CopyCode { example } => ("code", VariableKind::CouponCode, example.as_deref(), true, CODE),
        Button::QuickReply { .. } => ("payload", VariableKind::Payload, None, false, PAYLOAD),
        Button::Flow { .. } => ("flow_token", VariableKind::FlowToken, None, false, FLOW_TOKEN),
        Button::PhoneNumber { .. } | Button::Otp { .. } | Button::Other { .. } => return None,
    };
    Some(Variable {
        button: Some(index),
        label: button.label().map(str::to_owned),
        example: example.map(str::to_owned),
        required,
        max_length: Some(max_length),
        ..variable(format!("{prefix}.{end}"), kind, Place::Button)
    })
}

pub(super) fn media_kind(kind: MediaKind) -> VariableKind {
    match kind {
        MediaKind::Image => VariableKind::Image,
        MediaKind::Video => VariableKind::Video,
        MediaKind::Document => VariableKind::Document,
    }
}

fn variable(key: String, kind: VariableKind, place: Place) -> Variable {
    Variable {
        key,
        kind,
        place,
        card: None,
        button: None,
        label: None,
        example: None,
        required: true,
        max_length: None,
    }
}
