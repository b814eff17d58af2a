//! A template with its values, as Meta's send call takes it.

use super::{Extras, Unsendable, location, media};
use crate::content::{Template, TemplateCard, TemplateComponent, TemplateParameter};
use serde_json::{Map, Value, json};

pub(super) fn object(sent: &Template) -> Result<Value, Unsendable> {
    let mut object = json!({ "name": sent.name, "language": { "code": sent.language } });
    // A template without variables is refused when `components` is there.
    if !sent.components.is_empty() {
        object["components"] = list(&sent.components, component)?;
    }
    Ok(object)
}

fn list<T>(items: &[T], write: fn(&T) -> Result<Value, Unsendable>) -> Result<Value, Unsendable> {
    items.iter().map(write).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn component(component: &TemplateComponent) -> Result<Value, Unsendable> {
    Ok(match component {
        TemplateComponent::Header { parameters } => {
            json!({ "type": "header", "parameters": list(parameters, parameter)? })
        }
        TemplateComponent::Body { parameters } => {
            json!({ "type": "body", "parameters": list(parameters, parameter)? })
        }
        TemplateComponent::Button { sub_type, index, parameters } => json!({
            "type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": list(parameters, parameter)?
        }),
        TemplateComponent::LimitedTimeOffer { parameters } => {
            json!({ "type": "limited_time_offer", "parameters": list(parameters, parameter)? })
        }
        TemplateComponent::Carousel { cards } => json!({ "type": "carousel", "cards": list(cards, card)? }),
        TemplateComponent::Other(raw) => raw.clone(),
    })
}

fn card(card: &TemplateCard) -> Result<Value, Unsendable> {
    Ok(json!({ "card_index": card.card_index, "components": list(&card.components, component)? }))
}

fn parameter(parameter: &TemplateParameter) -> Result<Value, Unsendable> {
    Ok(match parameter {
        TemplateParameter::Text { text, parameter_name } => {
            let mut object = Map::new();
            object.insert("type".to_owned(), "text".into());
            super::put(&mut object, "parameter_name", parameter_name.as_deref());
            super::put(&mut object, "text", Some(text));
            Value::Object(object)
        }
        TemplateParameter::Image { image } => {
            json!({ "type": "image", "image": media(image, Extras::None)? })
        }
        TemplateParameter::Video { video } => {
            json!({ "type": "video", "video": media(video, Extras::None)? })
        }
        TemplateParameter::Document { document } => {
            let mut object = media(document, Extras::None)?;
            if let Some(name) = &document.file_name {
                object["filename"] = json!(name);
            }
            json!({ "type": "document", "document": object })
        }
        TemplateParameter::Location { location: place } => {
            json!({ "type": "location", "location": location(place) })
        }
        TemplateParameter::Payload { payload } => json!({ "type": "payload", "payload": payload }),
        TemplateParameter::CouponCode { coupon_code } => {
            json!({ "type": "coupon_code", "coupon_code": coupon_code })
        }
        TemplateParameter::Action { action } => json!({ "type": "action", "action": action }),
        TemplateParameter::LimitedTimeOffer { limited_time_offer } => json!({
            "type": "limited_time_offer",
            "limited_time_offer": { "expiration_time_ms": limited_time_offer.expiration_time_ms }
        }),
        TemplateParameter::Other(raw) => raw.clone(),
    })
}
