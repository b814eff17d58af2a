//! A template as it is written here.

use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use async_graphql::{Enum, ID, InputObject, OneofObject};
use entities::MediaId;
use providers::template::{
    Body, Button, Definition, Face, Footer, Header, MediaKind, Offer, OtpApp, OtpKind, ParameterFormat, Text,
    variables,
};

/// What a template is to be for. Meta may decide otherwise.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(super) enum TemplateCategoryInput {
    /// Offers and news, for customers who want them.
    Marketing,
    /// About something that the customer asked for or bought.
    Utility,
    /// One-time codes.
    Authentication,
}

impl TemplateCategoryInput {
    /// Meta's word.
    pub(super) fn word(self) -> String {
        let word = match self {
            Self::Marketing => "MARKETING",
            Self::Utility => "UTILITY",
            Self::Authentication => "AUTHENTICATION",
        };
        word.to_owned()
    }
}

/// What a template says.
#[derive(Clone, Debug, OneofObject)]
pub(super) enum TemplateDefinitionInput {
    /// A message in your own words.
    Message(TemplateMessageInput),
    /// A one-time code, in WhatsApp's words.
    OneTimeCode(TemplateOneTimeCodeInput),
}

/// A template in your own words. Variables are written `{{1}}`, `{{2}}`… or `{{first_name}}`, in one way throughout.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateMessageInput {
    /// What is on top.
    header: Option<TemplateHeaderInput>,
    /// The text, at most 1,024 characters; 600 with an offer.
    body: TemplateTextInput,
    /// The small print below the text, at most 60 characters without variables.
    footer: Option<String>,
    /// The buttons, top to bottom, at most 10. Quick replies must stand together.
    buttons: Option<Vec<TemplateButtonInput>>,
    /// A limited-time offer, for marketing.
    offer: Option<TemplateOfferInput>,
    /// A carousel below the text, for marketing: 2 to 10 cards with the same parts each, and nothing else beside the text.
    cards: Option<Vec<TemplateCardInput>>,
}

/// A card of a carousel.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateCardInput {
    /// The picture or video on top.
    header: TemplateMediaHeaderInput,
    /// The text, at most 160 characters.
    body: Option<TemplateTextInput>,
    /// One or two buttons.
    buttons: Vec<TemplateButtonInput>,
}

/// What is on top of a template.
#[derive(Clone, Debug, OneofObject)]
pub(super) enum TemplateHeaderInput {
    /// One line of at most 60 characters with one variable at most.
    Text(TemplateTextInput),
    /// A file, given at each send.
    Media(TemplateMediaHeaderInput),
    /// A place on the map, given at each send.
    Location(TemplateLocationHeaderInput),
}

/// A file, given at each send, and a sample of it for the reviewers.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateMediaHeaderInput {
    /// What kind of file.
    kind: TemplateMediaKind,
    /// The id of a file that is here, from `mediaUpload` or of a message: Meta's reviewers look at it. A picture is a JPG or
    /// PNG, a video an MP4, a document a PDF.
    sample: ID,
}

/// A kind of file that templates have on top.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(super) enum TemplateMediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A document, in templates other than carousels.
    Document,
}

/// A place on the map, given at each send.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateLocationHeaderInput {
    /// Always true: the place is a variable.
    variable: bool,
}

/// A text with variables.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateTextInput {
    /// What it says, with variables in double braces.
    text: String,
    /// A sample for each variable: Meta reviews them too.
    examples: Option<Vec<TemplateExampleInput>>,
}

/// A sample for a variable.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateExampleInput {
    /// What stands within the double braces: `1`, or `first_name`.
    variable: String,
    /// The sample.
    value: String,
}

/// Something to press below the text.
#[derive(Clone, Debug, OneofObject)]
pub(super) enum TemplateButtonInput {
    /// Answers with its text.
    QuickReply(TemplateQuickReplyInput),
    /// Opens a web page. At most two.
    Url(TemplateUrlButtonInput),
    /// Calls a number. At most one.
    PhoneNumber(TemplatePhoneNumberButtonInput),
    /// Copies a coupon. At most one.
    CopyCode(TemplateCopyCodeButtonInput),
    /// Opens a flow. At most one.
    Flow(TemplateFlowButtonInput),
}

/// A button that answers with its text.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateQuickReplyInput {
    /// The label, at most 25 characters.
    text: String,
}

/// A button that opens a web page.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateUrlButtonInput {
    /// The label, at most 25 characters.
    text: String,
    /// The address, at most 2,000 characters; may end with the variable `{{1}}`.
    url: String,
    /// A whole address as a sample, if there is a variable.
    example: Option<String>,
}

/// A button that calls a number.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplatePhoneNumberButtonInput {
    /// The label, at most 25 characters.
    text: String,
    /// The number with its country code, at most 20 characters.
    phone_number: String,
}

/// A button that copies a coupon.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateCopyCodeButtonInput {
    /// A coupon as a sample, at most 15 characters.
    example: String,
}

/// A button that opens a flow.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateFlowButtonInput {
    /// The label, at most 25 characters.
    text: String,
    /// Meta's id of the flow.
    flow_id: String,
    /// The screen that it begins with.
    screen: Option<String>,
}

/// A limited-time offer.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateOfferInput {
    /// The headline, at most 16 characters.
    text: String,
    /// Whether it shows when it ends; the time is given at each send.
    has_expiration: bool,
}

/// A one-time code, in WhatsApp's words.
#[derive(Clone, Debug, InputObject)]
pub(super) struct TemplateOneTimeCodeInput {
    /// How the code gets from the message into the app.
    delivery: OneTimeCodeDelivery,
    /// Whether WhatsApp adds that the code must not be shared.
    security_recommendation: bool,
    /// Minutes after which the code is void, 1 to 90, as the message says.
    expiration_minutes: Option<i32>,
    /// The Android apps that take the code, for one tap and zero tap.
    apps: Option<Vec<OneTimeCodeAppInput>>,
}

/// How a one-time code gets from the message into the app.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(super) enum OneTimeCodeDelivery {
    /// The customer copies it.
    CopyCode,
    /// One tap hands it to the app.
    OneTap,
    /// The app takes it by itself.
    ZeroTap,
}

/// An Android app that takes one-time codes.
#[derive(Clone, Debug, InputObject)]
pub(super) struct OneTimeCodeAppInput {
    /// `com.example.shop`.
    package_name: String,
    /// 11 characters.
    signature_hash: String,
}

impl TemplateDefinitionInput {
    /// What the template consists of, and the samples of its files in the order of [`Definition::samples_mut`].
    pub(super) fn into_parts(self) -> Result<(Definition, Vec<MediaId>)> {
        match self {
            Self::Message(message) => {
                let samples = message.samples()?;
                Ok((message.into(), samples))
            }
            Self::OneTimeCode(code) => Ok((code.into(), Vec::new())),
        }
    }
}

impl TemplateMessageInput {
    fn samples(&self) -> Result<Vec<MediaId>> {
        const AT: &str = "input.content.message";
        let mut samples = Vec::new();
        if let Some(TemplateHeaderInput::Media(header)) = &self.header {
            samples.push(MediaId::parse(&format!("{AT}.header.media.sample"), &header.sample)?);
        }
        for (index, card) in self.cards.iter().flatten().enumerate() {
            samples.push(MediaId::parse(&format!("{AT}.cards.{index}.header.sample"), &card.header.sample)?);
        }
        Ok(samples)
    }
}

impl From<TemplateMessageInput> for Definition {
    fn from(input: TemplateMessageInput) -> Self {
        let header = input.header.map(Header::from);
        let cards: Vec<Face> = input.cards.unwrap_or_default().into_iter().map(Face::from).collect();
        let of_cards = cards.iter().filter_map(|card| Some(&card.body.as_ref()?.text.text));
        let texts = [Some(&input.body.text), header.as_ref().and_then(header_text)];
        let named = texts
            .into_iter()
            .flatten()
            .chain(of_cards)
            .flat_map(|text| variables(text))
            .any(|name| name.parse::<u32>().is_err());
        Self {
            format: if named { ParameterFormat::Named } else { ParameterFormat::Positional },
            face: Face {
                header,
                body: Some(Body { text: input.body.into(), security_recommendation: false }),
                buttons: input.buttons.unwrap_or_default().into_iter().map(Button::from).collect(),
            },
            footer: input.footer.map(|text| Footer { text: Some(text), code_expiration_minutes: None }),
            offer: input.offer.map(|offer| Offer { text: offer.text, has_expiration: offer.has_expiration }),
            cards,
            ..Self::default()
        }
    }
}

fn header_text(header: &Header) -> Option<&String> {
    match header {
        Header::Text(text) => Some(&text.text),
        _ => None,
    }
}

impl From<TemplateHeaderInput> for Header {
    fn from(input: TemplateHeaderInput) -> Self {
        match input {
            TemplateHeaderInput::Text(text) => Self::Text(text.into()),
            TemplateHeaderInput::Media(media) => media.into(),
            TemplateHeaderInput::Location(_) => Self::Location,
        }
    }
}

impl From<TemplateMediaHeaderInput> for Header {
    fn from(input: TemplateMediaHeaderInput) -> Self {
        let kind = match input.kind {
            TemplateMediaKind::Image => MediaKind::Image,
            TemplateMediaKind::Video => MediaKind::Video,
            TemplateMediaKind::Document => MediaKind::Document,
        };
        Self::Media { kind, example: None }
    }
}

impl From<TemplateCardInput> for Face {
    fn from(input: TemplateCardInput) -> Self {
        Self {
            header: Some(input.header.into()),
            body: input.body.map(|text| Body { text: text.into(), security_recommendation: false }),
            buttons: input.buttons.into_iter().map(Button::from).collect(),
        }
    }
}

impl From<TemplateTextInput> for Text {
    fn from(input: TemplateTextInput) -> Self {
        // Samples by number are a list at Meta: their order is that of the numbers.
        let mut examples: Vec<_> =
            input.examples.unwrap_or_default().into_iter().map(|one| (one.variable, one.value)).collect();
        examples.sort_by_key(|(variable, _)| variable.parse::<u32>().unwrap_or(u32::MAX));
        Self { text: input.text, examples }
    }
}

impl From<TemplateButtonInput> for Button {
    fn from(input: TemplateButtonInput) -> Self {
        match input {
            TemplateButtonInput::QuickReply(button) => Self::QuickReply { text: button.text },
            TemplateButtonInput::Url(button) => {
                Self::Url { text: button.text, url: button.url, example: button.example }
            }
            TemplateButtonInput::PhoneNumber(button) => {
                Self::PhoneNumber { text: button.text, phone_number: button.phone_number }
            }
            TemplateButtonInput::CopyCode(button) => Self::CopyCode { example: Some(button.example) },
            TemplateButtonInput::Flow(button) => Self::Flow {
                text: button.text,
                flow_id: Some(button.flow_id),
                action: Some("navigate".to_owned()).filter(|_| button.screen.is_some()),
                screen: button.screen,
            },
        }
    }
}

impl From<TemplateOneTimeCodeInput> for Definition {
    fn from(input: TemplateOneTimeCodeInput) -> Self {
        let kind = match input.delivery {
            OneTimeCodeDelivery::CopyCode => OtpKind::CopyCode,
            OneTimeCodeDelivery::OneTap => OtpKind::OneTap,
            OneTimeCodeDelivery::ZeroTap => OtpKind::ZeroTap,
        };
        let apps = input.apps.unwrap_or_default().into_iter();
        let apps =
            apps.map(|app| OtpApp { package_name: app.package_name, signature_hash: app.signature_hash });
        // A number that is no count of minutes is refused as one that is out of range.
        let minutes = input.expiration_minutes.map(|minutes| u32::try_from(minutes).unwrap_or(0));
        Self {
            face: Face {
                body: Some(Body {
                    security_recommendation: input.security_recommendation,
                    ..Body::default()
                }),
                buttons: vec![Button::Otp { kind, text: None, autofill_text: None, apps: apps.collect() }],
                ..Face::default()
            },
            footer: minutes.map(|minutes| Footer { text: None, code_expiration_minutes: Some(minutes) }),
            ..Self::default()
        }
    }
}
