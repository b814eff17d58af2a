//! What the customer sees of a template.

use super::words::{TemplateButtonKind, TemplateHeaderKind, TemplateProblemCode};
use crate::graphql::scalars::{DateTime, PhoneNumber, Url};
use async_graphql::SimpleObject;
use entities::Timestamp;
use providers::content::{File, Location, Rendered, RenderedButton, RenderedHeader};
use providers::template::{Definition, Filled, Problem, Value, VariableKind, fill, form};

/// What the customer sees of a template.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct TemplatePreview {
    /// What is on top.
    header: Option<TemplatePreviewHeader>,
    /// The text. A value that is missing or refused shows as its key in double braces.
    body: String,
    /// The small print below the text.
    footer: Option<String>,
    /// The buttons, top to bottom.
    buttons: Vec<TemplatePreviewButton>,
    /// The limited-time offer.
    offer: Option<TemplatePreviewOffer>,
    /// The cards of a carousel, left to right.
    cards: Vec<TemplatePreviewCard>,
}

/// What the customer would see of a template with these values, and what is wrong with them.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplatePreviewResult {
    /// What the customer would see.
    preview: TemplatePreview,
    /// Why it cannot be sent with these values. Whether the template may be sent at all tells its `sendable`.
    problems: Vec<TemplateProblem>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplateProblem {
    /// The variable's key. Null if it is the template itself that cannot be sent.
    key: Option<String>,
    /// The path of the value, from the input down. Null for one that was not given.
    field: Option<Vec<String>>,
    /// Which rule.
    code: TemplateProblemCode,
    /// What is wrong and what to do, for people.
    message: String,
}

impl From<Filled> for TemplatePreviewResult {
    fn from(filled: Filled) -> Self {
        let problem = |problem: Problem| TemplateProblem {
            key: Some(problem.key).filter(|key| !key.is_empty()),
            field: problem.index.map(|index| vec!["variables".to_owned(), index.to_string()]),
            code: problem.code.into(),
            message: problem.message,
        };
        Self { preview: filled.rendered.into(), problems: filled.problems.into_iter().map(problem).collect() }
    }
}

/// What is on top.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplatePreviewHeader {
    /// What.
    kind: TemplateHeaderKind,
    /// The line of text.
    text: Option<String>,
    /// What the place is called.
    place_name: Option<String>,
    /// In which street the place is.
    place_address: Option<String>,
}

/// A button as the customer sees it.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplatePreviewButton {
    /// What it does.
    kind: TemplateButtonKind,
    /// The label. Null where it is WhatsApp's own.
    text: Option<String>,
    /// Where it leads.
    url: Option<Url>,
    /// The number that it calls.
    phone_number: Option<PhoneNumber>,
    /// What it copies.
    code: Option<String>,
    /// What it brings back when it is pressed; its label if null.
    payload: Option<String>,
}

/// A limited-time offer.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplatePreviewOffer {
    /// The headline.
    text: String,
    /// When it ends.
    expires_at: Option<DateTime>,
}

/// A card of a carousel.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct TemplatePreviewCard {
    /// What is on top.
    header: Option<TemplatePreviewHeader>,
    /// The text.
    body: Option<String>,
    /// The buttons, top to bottom.
    buttons: Vec<TemplatePreviewButton>,
}

impl From<Rendered> for TemplatePreview {
    fn from(rendered: Rendered) -> Self {
        Self {
            header: rendered.header.map(Into::into),
            body: rendered.body,
            footer: rendered.footer,
            buttons: rendered.buttons.into_iter().map(Into::into).collect(),
            offer: rendered.offer.map(|offer| TemplatePreviewOffer {
                text: offer.text,
                expires_at: offer.expires_at.map(|at| DateTime(Timestamp(at))),
            }),
            cards: rendered
                .cards
                .into_iter()
                .map(|card| TemplatePreviewCard {
                    header: card.header.map(Into::into),
                    body: card.body,
                    buttons: card.buttons.into_iter().map(Into::into).collect(),
                })
                .collect(),
        }
    }
}

impl From<RenderedHeader> for TemplatePreviewHeader {
    fn from(header: RenderedHeader) -> Self {
        let (place_name, place_address) =
            header.location.map(|place| (place.name, place.address)).unwrap_or_default();
        Self { kind: TemplateHeaderKind::of(&header.kind), text: header.text, place_name, place_address }
    }
}

impl From<RenderedButton> for TemplatePreviewButton {
    fn from(button: RenderedButton) -> Self {
        Self {
            kind: TemplateButtonKind::of(&button.kind),
            text: Some(button.text).filter(|text| !text.is_empty()),
            url: button.url.map(Url),
            phone_number: button.phone_number.map(PhoneNumber),
            code: button.code,
            payload: button.payload,
        }
    }
}

/// With the samples that the template was approved with; a variable without one shows as its key.
pub(super) fn of_examples(definition: &Definition) -> TemplatePreview {
    let samples = form(definition).into_iter().filter_map(|variable| {
        let value = match variable.kind {
            VariableKind::Image | VariableKind::Video | VariableKind::Document => {
                Value::File(File { link: variable.example, ..File::default() })
            }
            VariableKind::Location => Value::Location(Location::default()),
            VariableKind::Expiration => return None,
            _ => Value::Text(variable.example?),
        };
        Some((variable.key, value))
    });
    fill(definition, &samples.collect::<Vec<_>>()).rendered.into()
}
