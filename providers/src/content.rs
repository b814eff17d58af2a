//! What a message says: one typed union for both directions, as it is stored and shown.
//!
//! Every variant serialises with its kind beside it (`{"kind":"TEXT","body":"…"}`), so that the stored form can be
//! read without knowing the direction or the provider it came from.

mod interactive;
mod template;

pub use interactive::{
    CtaUrl, Header, List, ListRow, ListSection, LocationRequest, ReplyButton, ReplyButtons,
};
pub(crate) use template::components;
pub use template::{
    OfferEnd, Rendered, RenderedButton, RenderedCard, RenderedHeader, RenderedOffer, Template, TemplateCard,
    TemplateComponent, TemplateParameter,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content of one message. A kind that we do not know is kept whole as [`Content::Unsupported`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Content {
    /// Plain text, at most 4,096 characters.
    Text(Text),
    /// A JPEG or PNG picture.
    Image(File),
    /// A film, MP4 or 3GP.
    Video(File),
    /// Sound; `voice` marks a note recorded in the app.
    Audio(File),
    /// Any other file.
    Document(File),
    /// A WebP sticker.
    Sticker(File),
    /// A place on the map.
    Location(Location),
    /// Shared contact cards.
    Contacts(Contacts),
    /// The customer pressed one of a message's reply buttons.
    ButtonReply(Reply),
    /// The customer chose a row of a list.
    ListReply(Reply),
    /// The customer pressed a quick-reply button of a template.
    TemplateButtonReply(TemplateButtonReply),
    /// The customer completed a flow (or an address form).
    FlowReply(FlowReply),
    /// The customer allowed or refused calls.
    CallPermissionReply(CallPermissionReply),
    /// A cart from the catalogue.
    Order(Order),
    /// A note from WhatsApp itself about the customer: number or identity changed.
    System(SystemNote),
    /// A template with its values filled in.
    Template(Template),
    /// A body with reply buttons.
    ReplyButtons(ReplyButtons),
    /// A body with a list to choose from.
    List(List),
    /// A body with a button that opens a web page.
    CtaUrl(CtaUrl),
    /// A request for the customer's place.
    LocationRequest(LocationRequest),
    /// A flow, products and their like, as sent from elsewhere.
    Interactive(Interactive),
    /// A file that imported history mentions but does not carry (yet).
    MediaPlaceholder,
    /// Something that Meta or we do not support; kept whole.
    Unsupported(Unsupported),
}

/// See [`Content::Text`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// The text itself, without NUL characters.
    pub body: String,
    /// Ask WhatsApp to draw a preview of the first link (outbound only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preview_url: bool,
}

/// A file, by the provider's id or by a link.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// The provider's media id; inbound ids die after 7 days, uploaded ones after 30.
    #[serde(default, alias = "id", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// A public link, when the file was sent by link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// MIME type as the provider names it, parameters included (`audio/ogg; codecs=opus`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// SHA-256 of the decrypted file in lower-case hex (webhooks carry base64; the parser converts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// At most 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Name of a document.
    #[serde(default, alias = "filename", skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// A voice note (audio only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
    /// An animated sticker (stickers only).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
}

/// See [`Content::Location`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// Degrees, north positive.
    pub latitude: f64,
    /// Degrees, east positive.
    pub longitude: f64,
    /// Name of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Street address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Web page of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// See [`Content::Contacts`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Contacts {
    /// The cards, in the customer's order.
    pub cards: Vec<ContactCard>,
}

/// One shared contact card. Everything may be missing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactCard {
    /// Name as shown.
    pub formatted_name: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// Title before the name.
    pub prefix: Option<String>,
    /// Suffix behind the name.
    pub suffix: Option<String>,
    /// Phone numbers.
    pub phones: Vec<CardPhone>,
    /// E-mail addresses.
    pub emails: Vec<CardEntry>,
    /// Web pages.
    pub urls: Vec<CardEntry>,
    /// Postal addresses.
    pub addresses: Vec<CardAddress>,
    /// Company.
    pub company: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Title in the company.
    pub job_title: Option<String>,
    /// `YYYY-MM-DD`.
    pub birthday: Option<String>,
    /// `contact_request` when the card answers our request for the number, else `other`.
    pub origin: Option<String>,
    /// The card as vCard text, where given.
    pub vcard: Option<String>,
}

/// A phone number on a card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardPhone {
    /// As written on the card.
    pub phone: Option<String>,
    /// Its WhatsApp id, when it has one.
    pub wa_id: Option<String>,
    /// Its business-scoped user id.
    pub user_id: Option<String>,
    /// `HOME`, `WORK`, `CELL`…
    pub label: Option<String>,
}

/// An e-mail address or web page on a card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardEntry {
    /// The address.
    pub value: String,
    /// `HOME`, `WORK`…
    pub label: Option<String>,
}

/// A postal address on a card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardAddress {
    /// Street and number.
    pub street: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// Country by name.
    pub country: Option<String>,
    /// Country by ISO code.
    pub country_code: Option<String>,
    /// `HOME`, `WORK`…
    pub label: Option<String>,
}

/// The button or row that a customer chose.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The id that the sender gave the button or row.
    pub id: String,
    /// Its title.
    pub title: String,
    /// A row's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// See [`Content::TemplateButtonReply`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TemplateButtonReply {
    /// The payload that was sent with the template; Meta omits it for some buttons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// The button's text.
    pub text: String,
}

/// See [`Content::FlowReply`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FlowReply {
    /// `flow` or `address_message`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What the customer's phone shows, usually "Sent".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The answers, a JSON text of the flow's own shape.
    pub response_json: String,
}

/// See [`Content::CallPermissionReply`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CallPermissionReply {
    /// The customer accepted.
    pub accepted: bool,
    /// Unix seconds when the permission ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<i64>,
    /// `user_action` or `automatic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// See [`Content::Order`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The catalogue's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_id: Option<String>,
    /// What the customer wrote beside the cart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The lines of the cart.
    pub items: Vec<OrderItem>,
}

/// One line of an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    /// The retailer's own product id.
    pub product_retailer_id: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, a decimal number as text, in `currency`.
    pub item_price: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// See [`Content::System`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SystemNote {
    /// `user_changed_number`, `user_changed_user_id`, `customer_identity_changed`.
    pub event: String,
    /// Meta's own sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// See [`Content::Interactive`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Interactive {
    /// Meta's type: `flow`, `product`, `catalog_message`…
    #[serde(rename = "type")]
    pub kind: String,
    /// The text of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The whole object, as Meta's send call takes it.
    pub object: Value,
}

/// See [`Content::Unsupported`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Unsupported {
    /// The type that Meta named (`unsupported`, `poll`, or one that we do not know).
    #[serde(rename = "type")]
    pub kind: String,
    /// Meta's reason, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The message object as received.
    pub raw: Value,
}

impl Content {
    /// The discriminator as stored in `message.kind` and in the JSON's `kind`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "TEXT",
            Self::Image(_) => "IMAGE",
            Self::Video(_) => "VIDEO",
            Self::Audio(_) => "AUDIO",
            Self::Document(_) => "DOCUMENT",
            Self::Sticker(_) => "STICKER",
            Self::Location(_) => "LOCATION",
            Self::Contacts(_) => "CONTACTS",
            Self::ButtonReply(_) => "BUTTON_REPLY",
            Self::ListReply(_) => "LIST_REPLY",
            Self::TemplateButtonReply(_) => "TEMPLATE_BUTTON_REPLY",
            Self::FlowReply(_) => "FLOW_REPLY",
            Self::CallPermissionReply(_) => "CALL_PERMISSION_REPLY",
            Self::Order(_) => "ORDER",
            Self::System(_) => "SYSTEM",
            Self::Template(_) => "TEMPLATE",
            Self::ReplyButtons(_) => "REPLY_BUTTONS",
            Self::List(_) => "LIST",
            Self::CtaUrl(_) => "CTA_URL",
            Self::LocationRequest(_) => "LOCATION_REQUEST",
            Self::Interactive(_) => "INTERACTIVE",
            Self::MediaPlaceholder => "MEDIA_PLACEHOLDER",
            Self::Unsupported(_) => "UNSUPPORTED",
        }
    }

    /// The files inside, in the order in which the customer sees them: the one that a picture is, the one above the
    /// body of buttons, those of a template's header and cards.
    #[must_use]
    pub fn files(&self) -> Vec<&File> {
        match self {
            Self::Image(file)
            | Self::Video(file)
            | Self::Audio(file)
            | Self::Document(file)
            | Self::Sticker(file) => vec![file],
            Self::Template(template) => template.files(),
            Self::ReplyButtons(ReplyButtons { header, .. })
            | Self::List(List { header, .. })
            | Self::CtaUrl(CtaUrl { header, .. }) => header.iter().filter_map(Header::file).collect(),
            _ => Vec::new(),
        }
    }

    /// The files of [`Content::files`], in the same order.
    #[must_use]
    pub fn files_mut(&mut self) -> Vec<&mut File> {
        match self {
            Self::Image(file)
            | Self::Video(file)
            | Self::Audio(file)
            | Self::Document(file)
            | Self::Sticker(file) => vec![file],
            Self::Template(template) => template.files_mut(),
            Self::ReplyButtons(ReplyButtons { header, .. })
            | Self::List(List { header, .. })
            | Self::CtaUrl(CtaUrl { header, .. }) => header.iter_mut().filter_map(Header::file_mut).collect(),
            _ => Vec::new(),
        }
    }
}
