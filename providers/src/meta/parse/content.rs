//! What a message says, type by type.

use super::message::{Wire, object};
use super::problem::Problem;
use super::{Raw, flex, whole};
use crate::content::{
    self, CallPermissionReply, Contacts, Content, File, FlowReply, Interactive, Location, Order, OrderItem,
    Reply, Template, TemplateButtonReply, Text, Unsupported,
};
use crate::inbound::ProviderError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

mod cards;
mod interactive;

/// A type that we do not know, or without the object that it names, is kept whole with the best reason there is.
pub(super) fn read(wire: &Wire<'_>, raw: &RawValue, outside: &[ProviderError]) -> Result<Content, Problem> {
    Ok(known(wire)?.unwrap_or_else(|| unsupported(wire, raw, outside)))
}

fn known(wire: &Wire<'_>) -> Result<Option<Content>, Problem> {
    Ok(match wire.kind.as_deref().unwrap_or_default() {
        "text" => object(wire.text)?.map(|text: TextWire| Content::Text(text.into())),
        "image" => file(wire.image)?.map(Content::Image),
        "video" => file(wire.video)?.map(Content::Video),
        "audio" => file(wire.audio)?.map(Content::Audio),
        "document" => file(wire.document)?.map(Content::Document),
        "sticker" => file(wire.sticker)?.map(Content::Sticker),
        "location" => object(wire.location)?.map(|place: LocationWire| Content::Location(place.into())),
        "contacts" => {
            let cards: Option<Vec<cards::Card>> = object(wire.contacts)?;
            cards.map(|cards| {
                Content::Contacts(Contacts { cards: cards.into_iter().map(Into::into).collect() })
            })
        }
        "interactive" => interactive(wire.interactive)?,
        "button" => {
            object(wire.button)?.map(|button: ButtonWire| Content::TemplateButtonReply(button.into()))
        }
        "order" => object(wire.order)?.map(|order: OrderWire| Content::Order(order.into())),
        "template" => object(wire.template)?.map(|template: TemplateWire| Content::Template(template.into())),
        "media_placeholder" => Some(Content::MediaPlaceholder),
        _ => None,
    })
}

#[derive(Deserialize)]
struct UnsupportedWire {
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    kind: Option<String>,
}

fn unsupported(wire: &Wire<'_>, raw: &RawValue, outside: &[ProviderError]) -> Content {
    let named: Option<UnsupportedWire> = object(wire.unsupported).ok().flatten();
    let kind = named.and_then(|named| named.kind).or_else(|| wire.kind.clone());
    let inside = wire.errors.first().map(ProviderError::from);
    let reason = inside.as_ref().or(outside.first()).and_then(|error| {
        let ProviderError { details, message, title, .. } = error;
        details.as_ref().or(message.as_ref()).or(title.as_ref()).cloned()
    });
    Content::Unsupported(Unsupported {
        kind: kind.unwrap_or_else(|| "unknown".to_owned()),
        reason,
        raw: whole(raw),
    })
}

#[derive(Deserialize)]
struct TextWire {
    body: String,
    #[serde(default, deserialize_with = "flex::lenient")]
    preview_url: Option<bool>,
}

impl From<TextWire> for Text {
    fn from(wire: TextWire) -> Self {
        Self { body: wire.body, preview_url: wire.preview_url.unwrap_or_default() }
    }
}

/// The `url` of a file lives for five minutes and wants the token, so it is left aside: the id serves.
#[derive(Deserialize)]
struct FileWire {
    #[serde(default, deserialize_with = "flex::id")]
    id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    link: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    mime_type: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    sha256: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    caption: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    filename: Option<String>,
    #[serde(default, deserialize_with = "flex::lenient")]
    voice: Option<bool>,
    #[serde(default, deserialize_with = "flex::lenient")]
    animated: Option<bool>,
}

fn file(raw: Raw<'_>) -> Result<Option<File>, Problem> {
    Ok(object(raw)?.map(|wire: FileWire| File {
        provider_id: wire.id,
        link: wire.link,
        mime_type: wire.mime_type,
        sha256: wire.sha256.as_deref().and_then(sha256),
        caption: wire.caption,
        file_name: wire.filename,
        voice: wire.voice.unwrap_or_default(),
        animated: wire.animated.unwrap_or_default(),
    }))
}

/// Hex of a hash that webhooks write in base64 and other answers in hex. `None` when it is no SHA-256.
fn sha256(written: &str) -> Option<String> {
    let hash = match written.len() {
        64 => hex::decode(written).ok()?,
        _ => STANDARD.decode(written).ok()?,
    };
    (hash.len() == 32).then(|| hex::encode(hash))
}

#[derive(Deserialize)]
struct LocationWire {
    #[serde(deserialize_with = "flex::degrees")]
    latitude: f64,
    #[serde(deserialize_with = "flex::degrees")]
    longitude: f64,
    #[serde(default, deserialize_with = "flex::id")]
    name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    address: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    url: Option<String>,
}

impl From<LocationWire> for Location {
    fn from(wire: LocationWire) -> Self {
        let LocationWire { latitude, longitude, name, address, url } = wire;
        Self { latitude, longitude, name, address, url }
    }
}

/// What a customer answers, or what the business sent from elsewhere.
#[derive(Deserialize)]
struct InteractiveWire<'a> {
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    kind: Option<String>,
    #[serde(default, borrow)]
    button_reply: Raw<'a>,
    #[serde(default, borrow)]
    list_reply: Raw<'a>,
    #[serde(default, borrow)]
    nfm_reply: Raw<'a>,
    #[serde(default, borrow)]
    call_permission_reply: Raw<'a>,
    #[serde(default, borrow)]
    action: Raw<'a>,
    #[serde(default, deserialize_with = "flex::lenient")]
    body: Option<TextOnly>,
}

#[derive(Deserialize)]
struct TextOnly {
    #[serde(default, deserialize_with = "flex::id")]
    text: Option<String>,
}

fn interactive(raw: Raw<'_>) -> Result<Option<Content>, Problem> {
    let (Some(raw), Some(wire)) = (raw, object::<InteractiveWire<'_>>(raw)?) else { return Ok(None) };
    Ok(match wire.kind.as_deref().unwrap_or_default() {
        "button_reply" => {
            object(wire.button_reply)?.map(|reply: ReplyWire| Content::ButtonReply(reply.into()))
        }
        "list_reply" => object(wire.list_reply)?.map(|reply: ReplyWire| Content::ListReply(reply.into())),
        "nfm_reply" => object(wire.nfm_reply)?.map(|reply: FlowWire<'_>| Content::FlowReply(reply.into())),
        "call_permission_reply" => object(wire.call_permission_reply)?
            .map(|reply: CallPermissionWire| Content::CallPermissionReply(reply.into())),
        kind if wire.action.is_some() => Some(self::interactive::sent(kind, raw).unwrap_or_else(|| {
            Content::Interactive(Interactive {
                kind: kind.to_owned(),
                body: wire.body.and_then(|body| body.text),
                object: whole(raw),
            })
        })),
        _ => None,
    })
}

#[derive(Deserialize)]
struct ReplyWire {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default, deserialize_with = "flex::id")]
    description: Option<String>,
}

impl From<ReplyWire> for Reply {
    fn from(wire: ReplyWire) -> Self {
        Self { id: wire.id, title: wire.title, description: wire.description }
    }
}

#[derive(Deserialize)]
struct FlowWire<'a> {
    #[serde(default, deserialize_with = "flex::id")]
    name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    body: Option<String>,
    #[serde(borrow)]
    response_json: &'a RawValue,
}

/// The answers are documented as JSON inside a string; an object in its place is as good.
impl From<FlowWire<'_>> for FlowReply {
    fn from(wire: FlowWire<'_>) -> Self {
        let json = wire.response_json.get();
        let response_json = serde_json::from_str(json).unwrap_or_else(|_| json.to_owned());
        Self { name: wire.name, body: wire.body, response_json }
    }
}

#[derive(Deserialize)]
struct CallPermissionWire {
    response: String,
    #[serde(default, deserialize_with = "flex::seconds")]
    expiration_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "flex::id")]
    response_source: Option<String>,
}

impl From<CallPermissionWire> for CallPermissionReply {
    fn from(wire: CallPermissionWire) -> Self {
        let accepted = wire.response == "accept";
        Self { accepted, expires_at: wire.expiration_timestamp, source: wire.response_source }
    }
}

#[derive(Deserialize)]
struct ButtonWire {
    #[serde(default, deserialize_with = "flex::id")]
    payload: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    text: Option<String>,
}

impl From<ButtonWire> for TemplateButtonReply {
    fn from(wire: ButtonWire) -> Self {
        let text = wire.text.or_else(|| wire.payload.clone()).unwrap_or_default();
        Self { payload: wire.payload, text }
    }
}

#[derive(Deserialize)]
struct OrderWire {
    #[serde(default, deserialize_with = "flex::id")]
    catalog_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    text: Option<String>,
    #[serde(default)]
    product_items: Vec<OrderItemWire>,
}

#[derive(Deserialize)]
struct OrderItemWire {
    #[serde(default, deserialize_with = "flex::text")]
    product_retailer_id: Option<String>,
    #[serde(deserialize_with = "flex::whole")]
    quantity: i64,
    #[serde(default, deserialize_with = "flex::text")]
    item_price: Option<String>,
    #[serde(default)]
    currency: String,
}

impl From<OrderWire> for Order {
    fn from(wire: OrderWire) -> Self {
        let items = wire.product_items.into_iter().map(|item| OrderItem {
            product_retailer_id: item.product_retailer_id.unwrap_or_default(),
            quantity: item.quantity,
            item_price: item.item_price.unwrap_or_default(),
            currency: item.currency,
        });
        Self { catalog_id: wire.catalog_id, text: wire.text, items: items.collect() }
    }
}

/// A template that the business sent from elsewhere.
#[derive(Deserialize)]
struct TemplateWire {
    name: String,
    #[serde(default)]
    language: Value,
    #[serde(default)]
    components: Value,
}

impl From<TemplateWire> for Template {
    fn from(wire: TemplateWire) -> Self {
        let language =
            wire.language.get("code").unwrap_or(&wire.language).as_str().unwrap_or_default().to_owned();
        let components = content::components(wire.components);
        Self { name: wire.name, language, components, rendered: None }
    }
}

#[cfg(test)]
mod tests {
    use super::sha256;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_hash_is_left_out() {
        for written in ["", "SfInY0gGKTsJlUWbwxC1k+FAD0FZHv", "!", &"z".repeat(64), "AAAA"] {
            assert_eq!(sha256(written), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn both_writings_of_a_hash_give_the_hex(hash: [u8; 32]) {
            let expected = Some(hex::encode(hash));
            prop_assert_eq!(sha256(&STANDARD.encode(hash)), expected.clone());
            prop_assert_eq!(sha256(&hex::encode_upper(hash)), expected);
        }
    }
}
