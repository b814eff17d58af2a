//! A [`Definition`] as the components that Meta takes to create or edit a template.

use super::definition::{Button, Definition, Face, Footer, Header, OtpApp, ParameterFormat, Text};
use serde_json::{Map, Value, json};

impl Definition {
    /// Meta's `components`.
    #[must_use]
    pub fn components(&self) -> Value {
        let mut components = Vec::new();
        if let Some(header) = &self.face.header {
            components.push(header_component(header, self.format));
        }
        if let Some(offer) = &self.offer {
            let offer = json!({ "text": offer.text, "has_expiration": offer.has_expiration });
            components.push(json!({ "type": "LIMITED_TIME_OFFER", "limited_time_offer": offer }));
        }
        components.extend(body_component(&self.face, self.format));
        if let Some(footer) = &self.footer {
            components.push(footer_component(footer));
        }
        components.extend(buttons_component(&self.face));
        if !self.cards.is_empty() {
            let cards: Vec<_> = self.cards.iter().map(|card| card_component(card, self.format)).collect();
            components.push(json!({ "type": "CAROUSEL", "cards": cards }));
        }
        components.extend(self.other.iter().cloned());
        Value::Array(components)
    }
}

fn card_component(card: &Face, format: ParameterFormat) -> Value {
    let header = card.header.as_ref().map(|header| header_component(header, format));
    let parts = [header, body_component(card, format), buttons_component(card)];
    json!({ "components": parts.into_iter().flatten().collect::<Vec<_>>() })
}

fn header_component(header: &Header, format: ParameterFormat) -> Value {
    match header {
        Header::Text(text) => {
            let mut component = json!({ "type": "HEADER", "format": "TEXT", "text": text.text });
            add_examples(&mut component, text, "header_text", format);
            component
        }
        Header::Media { kind, example } => {
            let mut component = json!({ "type": "HEADER", "format": kind.as_str() });
            if let Some(handle) = example {
                component["example"] = json!({ "header_handle": [handle] });
            }
            component
        }
        Header::Location => json!({ "type": "HEADER", "format": "LOCATION" }),
        Header::Other(raw) => raw.clone(),
    }
}

fn body_component(face: &Face, format: ParameterFormat) -> Option<Value> {
    let body = face.body.as_ref()?;
    let mut component = json!({ "type": "BODY" });
    if !body.text.text.is_empty() {
        component["text"] = json!(body.text.text);
    }
    if body.security_recommendation {
        component["add_security_recommendation"] = json!(true);
    }
    add_examples(&mut component, &body.text, "body_text", format);
    Some(component)
}

fn add_examples(component: &mut Value, text: &Text, key: &str, format: ParameterFormat) {
    if text.examples.is_empty() {
        return;
    }
    let example = match format {
        ParameterFormat::Named => {
            let named = text.examples.iter().map(|(name, one)| json!({ "param_name": name, "example": one }));
            json!({ format!("{key}_named_params"): named.collect::<Vec<_>>() })
        }
        ParameterFormat::Positional => {
            let samples: Vec<_> = text.examples.iter().map(|(_, one)| one).collect();
            // The samples of a body are a list of lists, those of a header are not.
            if key == "body_text" { json!({ key: [samples] }) } else { json!({ key: samples }) }
        }
    };
    component["example"] = example;
}

fn footer_component(footer: &Footer) -> Value {
    let mut component = json!({ "type": "FOOTER" });
    if let Some(text) = &footer.text {
        component["text"] = json!(text);
    }
    if let Some(minutes) = footer.code_expiration_minutes {
        component["code_expiration_minutes"] = json!(minutes);
    }
    component
}

fn buttons_component(face: &Face) -> Option<Value> {
    let buttons: Vec<_> = face.buttons.iter().map(button).collect();
    (!buttons.is_empty()).then(|| json!({ "type": "BUTTONS", "buttons": buttons }))
}

fn button(button: &Button) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            object.insert(key.to_owned(), value.into());
        }
    };
    put("type", Some(button.kind()));
    put("text", button.label());
    match button {
        Button::Url { url, example, .. } => {
            put("url", Some(url));
            if let Some(example) = example {
                object.insert("example".to_owned(), json!([example]));
            }
        }
        Button::PhoneNumber { phone_number, .. } => put("phone_number", Some(phone_number)),
        Button::CopyCode { example } => put("example", example.as_deref()),
        Button::Flow { flow_id, action, screen, .. } => {
            put("flow_id", flow_id.as_deref());
            put("flow_action", action.as_deref());
            put("navigate_screen", screen.as_deref());
        }
        Button::Otp { kind, autofill_text, apps, .. } => {
            put("otp_type", Some(kind.as_str()));
            put("autofill_text", autofill_text.as_deref());
            if !apps.is_empty() {
                object.insert("supported_apps".to_owned(), apps.iter().map(app).collect());
            }
        }
        Button::Other { raw, .. } => return raw.clone(),
        Button::QuickReply { .. } => {}
    }
    Value::Object(object)
}

fn app(app: &OtpApp) -> Value {
    json!({ "package_name": app.package_name, "signature_hash": app.signature_hash })
}
