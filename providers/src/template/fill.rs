//! Values put into a template: the components of a send, and what the customer sees, in one walk.

mod given;

use super::definition::{Button, Definition, Face, Header, MediaKind, ParameterFormat};
use super::form::{
    BODY, CARD_BODY, CODE, FLOW_TOKEN, HEADER, OFFER_BODY, ONE_TIME_CODE, PAYLOAD, URL, prefix, url_variable,
};
use super::grammar::{Part, parts, variables};
use crate::content::{
    File, Location, OfferEnd, Rendered, RenderedButton, RenderedCard, RenderedHeader, RenderedOffer,
    TemplateCard, TemplateComponent, TemplateParameter,
};
use given::Filler;
use serde_json::json;
use std::collections::HashMap;

/// What Meta writes into a one-time code template that was not read back yet.
const CODE_BODY: &str = "*{{1}}* is your verification code.";
const CODE_ADVICE: &str = "For your security, do not share this code.";
/// What a flow gets when nobody gives it a token; Meta's own word.
const NO_FLOW_TOKEN: &str = "unused";

/// A value for a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// For texts, ends of addresses, codes and payloads.
    Text(String),
    /// For pictures, films and documents.
    File(File),
    /// For places.
    Location(Location),
    /// For ends of offers, Unix milliseconds.
    Time(i64),
}

/// A template with values in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filled {
    /// For the send; complete only if there are no problems.
    pub components: Vec<TemplateComponent>,
    /// What the customer sees. A value that is missing or refused shows as `{{key}}`.
    pub rendered: Rendered,
    /// Why it cannot be sent.
    pub problems: Vec<Problem>,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable's key; empty where the template itself is the problem.
    pub key: String,
    /// Which of the values given, counted from 0; none for one that is missing.
    pub index: Option<usize>,
    /// Which rule.
    pub code: ProblemCode,
    /// A sentence for the person who gave the value.
    pub message: String,
}

/// The rules for values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// A value is missing, or empty.
    Missing,
    /// The template has no such variable.
    Unknown,
    /// The same key was given twice.
    Twice,
    /// A text for a file, or the like.
    WrongKind,
    /// Longer than WhatsApp takes, alone or with the text around it.
    TooLong,
    /// Line breaks, tabs, more than three spaces in a row, or what an address or a code cannot hold.
    BadCharacters,
    /// The template has a part that cannot be filled from here.
    NotSupported,
}

/// Puts values into a template.
#[must_use]
pub fn fill(definition: &Definition, values: &[(String, Value)]) -> Filled {
    let mut filler = Filler::new(definition.format, values);
    if let Some(why) = definition.unfillable() {
        let message = format!("This template cannot be sent from here: {why}. Choose another template.");
        filler.problem("", ProblemCode::NotSupported, message);
    }
    let rendered = if definition.is_one_time_code() {
        filler.one_time_code(definition)
    } else {
        filler.template(definition)
    };
    filler.finish(rendered)
}

impl<'a> Filler<'a> {
    /// A text with its values in it, and the values as Meta wants them.
    fn fill_text(&mut self, text: &str, prefix: &str, limit: usize) -> (String, Vec<TemplateParameter>) {
        let mut values: HashMap<&str, Option<&str>> = HashMap::new();
        let mut parameters = Vec::new();
        let mut names = variables(text);
        if self.format == ParameterFormat::Positional {
            // Meta counts: the order of the numbers is that of the parameters, whatever that of the text is.
            names.sort_by_key(|name| name.parse().unwrap_or(u32::MAX));
        }
        for name in names {
            let key = format!("{prefix}.{name}");
            let value = self.required(&key).and_then(|value| self.text(&key, value, limit));
            values.insert(name, value);
            let parameter_name = (self.format == ParameterFormat::Named).then(|| name.to_owned());
            let text = value.unwrap_or_default().to_owned();
            parameters.push(TemplateParameter::Text { text, parameter_name });
        }
        let mut filled = String::new();
        for part in parts(text) {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Variable(name) => match values.get(name).copied().flatten() {
                    Some(value) => filled.push_str(value),
                    None => filled.push_str(&format!("{{{{{prefix}.{name}}}}}")),
                },
            }
        }
        let length = filled.chars().count();
        if length > limit && values.values().any(Option::is_some) {
            let key = values.keys().next().map(|name| format!("{prefix}.{name}")).unwrap_or_default();
            let message = format!(
                "With its values the text has {length} characters; WhatsApp takes {limit} at most. Shorten them."
            );
            self.problem(&key, ProblemCode::TooLong, message);
        }
        (filled, parameters)
    }

    fn template(&mut self, definition: &Definition) -> Rendered {
        let limit = if definition.offer.is_some() { OFFER_BODY } else { BODY };
        let (mut components, header, body, buttons) = self.face(&definition.face, None, limit);
        let offer = definition.offer.as_ref().map(|offer| {
            let expires_at = if offer.has_expiration { self.expiration() } else { None };
            if let Some(expiration_time_ms) = expires_at {
                let limited_time_offer = OfferEnd { expiration_time_ms };
                let parameters = vec![TemplateParameter::LimitedTimeOffer { limited_time_offer }];
                components.push(TemplateComponent::LimitedTimeOffer { parameters });
            }
            RenderedOffer { text: offer.text.clone(), expires_at }
        });
        let (mut cards, mut shown) = (Vec::new(), Vec::new());
        for (card, card_index) in definition.cards.iter().zip(0..) {
            let (components, header, body, buttons) = self.face(card, Some(card_index), CARD_BODY);
            cards.push(TemplateCard { card_index, components });
            shown.push(RenderedCard { header, body, buttons });
        }
        if !cards.is_empty() {
            components.push(TemplateComponent::Carousel { cards });
        }
        self.components = components;
        let footer = definition.footer.as_ref().and_then(|footer| footer.text.clone());
        Rendered { header, body: body.unwrap_or_default(), footer, buttons, offer, cards: shown }
    }

    fn expiration(&mut self) -> Option<i64> {
        match self.required("offer.expiration")? {
            Value::Time(at) => Some(*at),
            _ => {
                self.wrong_kind("offer.expiration", "a time");
                None
            }
        }
    }

    fn face(
        &mut self,
        face: &Face,
        card: Option<u32>,
        body_limit: usize,
    ) -> (Vec<TemplateComponent>, Option<RenderedHeader>, Option<String>, Vec<RenderedButton>) {
        let prefix = prefix(card);
        let mut components = Vec::new();
        let header = face.header.as_ref().and_then(|header| {
            let (shown, parameters) = self.header(header, &prefix)?;
            if !parameters.is_empty() {
                components.push(TemplateComponent::Header { parameters });
            }
            Some(shown)
        });
        let body = face.body.as_ref().map(|body| {
            let (text, parameters) = self.fill_text(&body.text.text, &format!("{prefix}body"), body_limit);
            if !parameters.is_empty() {
                components.push(TemplateComponent::Body { parameters });
            }
            text
        });
        let mut buttons = Vec::new();
        for (button, index) in face.buttons.iter().zip(0..) {
            let (shown, component) = self.button(button, &format!("{prefix}button.{index}"), index);
            buttons.push(shown);
            components.extend(component);
        }
        (components, header, body, buttons)
    }

    fn header(&mut self, header: &Header, prefix: &str) -> Option<(RenderedHeader, Vec<TemplateParameter>)> {
        match header {
            Header::Text(text) => {
                let (text, parameters) = self.fill_text(&text.text, &format!("{prefix}header"), HEADER);
                let shown =
                    RenderedHeader { kind: "TEXT".to_owned(), text: Some(text), ..RenderedHeader::default() };
                Some((shown, parameters))
            }
            Header::Media { kind, .. } => {
                let file = self.file(&format!("{prefix}header.media"), *kind);
                let place = file.as_ref().map(|_| self.files);
                self.files += place.map_or(0, |_| 1);
                let shown = RenderedHeader {
                    kind: kind.as_str().to_owned(),
                    file: place,
                    ..RenderedHeader::default()
                };
                Some((shown, file.into_iter().map(|file| file_parameter(*kind, file)).collect()))
            }
            Header::Location => {
                let key = format!("{prefix}header.location");
                let location = match self.required(&key) {
                    Some(Value::Location(location)) => Some(location.clone()),
                    Some(_) => {
                        self.wrong_kind(&key, "a place");
                        None
                    }
                    None => None,
                };
                let shown = RenderedHeader {
                    kind: "LOCATION".to_owned(),
                    location: location.clone(),
                    ..RenderedHeader::default()
                };
                Some((
                    shown,
                    location.map(|location| TemplateParameter::Location { location }).into_iter().collect(),
                ))
            }
            Header::Other(_) => None,
        }
    }

    fn file(&mut self, key: &str, kind: MediaKind) -> Option<File> {
        match self.required(key)? {
            Value::File(file) => Some(File { caption: None, ..file.clone() }),
            _ => {
                let wanted = match kind {
                    MediaKind::Image => "a picture",
                    MediaKind::Video => "a video",
                    MediaKind::Document => "a document",
                };
                self.wrong_kind(key, wanted);
                None
            }
        }
    }

    fn button(
        &mut self,
        button: &Button,
        prefix: &str,
        index: u32,
    ) -> (RenderedButton, Option<TemplateComponent>) {
        let mut shown = RenderedButton {
            kind: button.kind().to_owned(),
            text: button.label().unwrap_or_default().to_owned(),
            ..RenderedButton::default()
        };
        let component = |sub_type: &str, parameter| {
            Some(TemplateComponent::Button {
                sub_type: sub_type.to_owned(),
                index,
                parameters: vec![parameter],
            })
        };
        let text_parameter =
            |text: &str| TemplateParameter::Text { text: text.to_owned(), parameter_name: None };
        let sent = match button {
            Button::Url { url, .. } => {
                shown.url = Some(url.clone());
                url_variable(url).and_then(|name| {
                    let key = format!("{prefix}.url");
                    let base = url.split("{{").next().unwrap_or_default();
                    let value = self.required(&key);
                    let room = URL.saturating_sub(base.chars().count());
                    let suffix = value.and_then(|value| self.word(&key, value, room));
                    shown.url = Some(fill_url(url, name, suffix, &key));
                    component("url", text_parameter(suffix?))
                })
            }
            Button::CopyCode { .. } => {
                let key = format!("{prefix}.code");
                let code = self.required(&key).and_then(|value| self.word(&key, value, CODE));
                shown.code = code.map(str::to_owned);
                code.and_then(|code| {
                    component("copy_code", TemplateParameter::CouponCode { coupon_code: code.to_owned() })
                })
            }
            Button::QuickReply { .. } => {
                let key = format!("{prefix}.payload");
                let payload = self.optional(&key).and_then(|value| self.text(&key, value, PAYLOAD));
                shown.payload = payload.map(str::to_owned);
                payload.and_then(|payload| {
                    component("quick_reply", TemplateParameter::Payload { payload: payload.to_owned() })
                })
            }
            Button::Flow { .. } => {
                let key = format!("{prefix}.flow_token");
                let token = self.optional(&key).and_then(|value| self.word(&key, value, FLOW_TOKEN));
                let action = json!({ "flow_token": token.unwrap_or(NO_FLOW_TOKEN) });
                component("flow", TemplateParameter::Action { action })
            }
            Button::PhoneNumber { phone_number, .. } => {
                shown.phone_number = Some(phone_number.clone());
                None
            }
            Button::Otp { .. } | Button::Other { .. } => None,
        };
        (shown, sent)
    }

    /// The code goes into the text and into the button.
    fn one_time_code(&mut self, definition: &Definition) -> Rendered {
        let value = self.required(ONE_TIME_CODE);
        let code = value.and_then(|value| self.word(ONE_TIME_CODE, value, CODE));
        let code = code.filter(|code| {
            let plain = code.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
            if !plain {
                let message = "A one-time code is made of letters and digits only.".to_owned();
                self.problem(ONE_TIME_CODE, ProblemCode::BadCharacters, message);
            }
            plain
        });
        let parameters =
            |code: &str| vec![TemplateParameter::Text { text: code.to_owned(), parameter_name: None }];
        if let Some(code) = code {
            self.components.push(TemplateComponent::Body { parameters: parameters(code) });
            let (sub_type, parameters) = ("url".to_owned(), parameters(code));
            self.components.push(TemplateComponent::Button { sub_type, index: 0, parameters });
        }
        let body = definition.face.body.as_ref();
        let known = body.map(|body| body.text.text.clone()).filter(|text| !text.is_empty());
        let text = known.unwrap_or_else(|| match body {
            Some(body) if body.security_recommendation => format!("{CODE_BODY} {CODE_ADVICE}"),
            _ => CODE_BODY.to_owned(),
        });
        let shown = code.map_or_else(|| format!("{{{{{ONE_TIME_CODE}}}}}"), str::to_owned);
        let body = parts(&text).into_iter().map(|part| match part {
            Part::Text(text) => text,
            Part::Variable(_) => shown.as_str(),
        });
        let footer = definition.footer.as_ref().and_then(|footer| {
            let expires = |minutes| format!("This code expires in {minutes} minutes.");
            footer.text.clone().or_else(|| footer.code_expiration_minutes.map(expires))
        });
        let buttons = definition.face.buttons.iter().map(|button| RenderedButton {
            kind: "OTP".to_owned(),
            text: button.label().unwrap_or_default().to_owned(),
            code: code.map(str::to_owned),
            ..RenderedButton::default()
        });
        Rendered { body: body.collect(), footer, buttons: buttons.collect(), ..Rendered::default() }
    }
}

fn fill_url(url: &str, name: &str, suffix: Option<&str>, key: &str) -> String {
    let missing = format!("{{{{{key}}}}}");
    let filled = parts(url).into_iter().map(|part| match part {
        Part::Variable(variable) if variable == name => suffix.unwrap_or(&missing),
        Part::Variable(text) | Part::Text(text) => text,
    });
    filled.collect()
}

fn file_parameter(kind: MediaKind, file: File) -> TemplateParameter {
    match kind {
        MediaKind::Image => TemplateParameter::Image { image: file },
        MediaKind::Video => TemplateParameter::Video { video: file },
        MediaKind::Document => TemplateParameter::Document { document: file },
    }
}
