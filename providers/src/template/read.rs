//! Meta's components, as listed, read into a [`Definition`]. Types are compared without regard to case; what is not known
//! is kept whole.

use super::definition::{
    Body, Button, Definition, Face, Footer, Header, MediaKind, Offer, OtpApp, OtpKind, ParameterFormat, Text,
};
use super::grammar::variables;
use serde_json::Value;

impl Definition {
    /// Reads Meta's `components` and `parameter_format`. Without a format, names tell.
    #[must_use]
    pub fn read(components: &Value, format: Option<&str>) -> Self {
        let mut read = Self::default();
        for component in components.as_array().into_iter().flatten() {
            match upper(&component["type"]).as_str() {
                "FOOTER" => {
                    read.footer = Some(Footer {
                        text: text(&component["text"]),
                        code_expiration_minutes: component["code_expiration_minutes"]
                            .as_u64()
                            .and_then(|minutes| u32::try_from(minutes).ok()),
                    });
                }
                "LIMITED_TIME_OFFER" => {
                    let offer = &component["limited_time_offer"];
                    read.offer = Some(Offer {
                        text: text(&offer["text"]).unwrap_or_default(),
                        has_expiration: offer["has_expiration"].as_bool().unwrap_or_default(),
                    });
                }
                "CAROUSEL" => {
                    let cards = component["cards"].as_array().into_iter().flatten();
                    read.cards = cards.map(|card| Face::read(&card["components"])).collect();
                }
                _ => {
                    if !read.face.take(component) {
                        read.other.push(component.clone());
                    }
                }
            }
        }
        read.format = match format.map(str::to_uppercase).as_deref() {
            Some("NAMED") => ParameterFormat::Named,
            Some(_) => ParameterFormat::Positional,
            None => read.guessed_format(),
        };
        read
    }

    fn guessed_format(&self) -> ParameterFormat {
        let texts =
            [self.face.header.as_ref().and_then(Header::text), self.face.body.as_ref().map(|b| &b.text)];
        let mut names = texts.into_iter().flatten().flat_map(|text| variables(&text.text));
        if names.any(|name| name.parse::<u32>().is_err()) {
            ParameterFormat::Named
        } else {
            ParameterFormat::Positional
        }
    }
}

impl Face {
    fn read(components: &Value) -> Self {
        let mut face = Self::default();
        for component in components.as_array().into_iter().flatten() {
            face.take(component);
        }
        face
    }

    /// Whether the component is a part of a face.
    fn take(&mut self, component: &Value) -> bool {
        match upper(&component["type"]).as_str() {
            "HEADER" => self.header = Some(header(component)),
            "BODY" => {
                let text = text(&component["text"]).unwrap_or_default();
                self.body = Some(Body {
                    text: with_examples(text, &component["example"], "body_text"),
                    security_recommendation: component["add_security_recommendation"]
                        .as_bool()
                        .unwrap_or(false),
                });
            }
            "BUTTONS" => {
                let buttons = component["buttons"].as_array().into_iter().flatten();
                self.buttons = buttons.map(button).collect();
            }
            _ => return false,
        }
        true
    }
}

impl Header {
    pub(super) fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn header(component: &Value) -> Header {
    let media = |kind| Header::Media { kind, example: first_text(&component["example"]["header_handle"]) };
    match upper(&component["format"]).as_str() {
        "TEXT" => {
            let text = text(&component["text"]).unwrap_or_default();
            Header::Text(with_examples(text, &component["example"], "header_text"))
        }
        "IMAGE" => media(MediaKind::Image),
        "VIDEO" => media(MediaKind::Video),
        "DOCUMENT" => media(MediaKind::Document),
        "LOCATION" => Header::Location,
        _ => Header::Other(component.clone()),
    }
}

/// The samples of a text, which Meta keeps apart: a list by position (in another list, for bodies), or a list with names.
fn with_examples(text: String, example: &Value, key: &str) -> Text {
    let named = example[format!("{key}_named_params")].as_array();
    let named = named.into_iter().flatten().filter_map(|one| {
        Some((one["param_name"].as_str()?.to_owned(), one["example"].as_str()?.to_owned()))
    });
    let list = example[key].as_array().map(|list| list.first().and_then(Value::as_array).unwrap_or(list));
    let positional = list
        .into_iter()
        .flatten()
        .zip(1..)
        .filter_map(|(one, position)| Some((position.to_string(), one.as_str()?.to_owned())));
    let examples = named.chain(positional).collect();
    Text { text, examples }
}

fn button(raw: &Value) -> Button {
    let label = || text(&raw["text"]).unwrap_or_default();
    match upper(&raw["type"]).as_str() {
        "QUICK_REPLY" => Button::QuickReply { text: label() },
        "URL" => Button::Url {
            text: label(),
            url: text(&raw["url"]).unwrap_or_default(),
            example: first_text(&raw["example"]),
        },
        "PHONE_NUMBER" => Button::PhoneNumber {
            text: label(),
            phone_number: text(&raw["phone_number"]).unwrap_or_default(),
        },
        "COPY_CODE" => Button::CopyCode { example: first_text(&raw["example"]) },
        "FLOW" => Button::Flow {
            text: label(),
            flow_id: text(&raw["flow_id"]),
            action: text(&raw["flow_action"]),
            screen: text(&raw["navigate_screen"]),
        },
        "OTP" => Button::Otp {
            kind: match upper(&raw["otp_type"]).as_str() {
                "ONE_TAP" => OtpKind::OneTap,
                "ZERO_TAP" => OtpKind::ZeroTap,
                _ => OtpKind::CopyCode,
            },
            text: text(&raw["text"]),
            autofill_text: text(&raw["autofill_text"]),
            apps: raw["supported_apps"].as_array().into_iter().flatten().map(app).collect(),
        },
        kind => Button::Other { kind: kind.to_owned(), text: text(&raw["text"]), raw: raw.clone() },
    }
}

fn app(raw: &Value) -> OtpApp {
    OtpApp {
        package_name: text(&raw["package_name"]).unwrap_or_default(),
        signature_hash: text(&raw["signature_hash"]).unwrap_or_default(),
    }
}

fn upper(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_uppercase()
}

/// A text, or a number as it is written.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn first_text(value: &Value) -> Option<String> {
    text(value).or_else(|| text(value.as_array()?.first()?))
}
