//! A template as Meta knows it, taken apart.

use serde_json::Value;

/// How a template names its variables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ParameterFormat {
    /// `{{1}}`, `{{2}}`…, counted from 1 in each text.
    #[default]
    Positional,
    /// `{{first_name}}`.
    Named,
}

impl ParameterFormat {
    /// Meta's own word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positional => "POSITIONAL",
            Self::Named => "NAMED",
        }
    }
}

/// What a template consists of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    /// How the variables are named.
    pub format: ParameterFormat,
    /// Header, body and buttons.
    pub face: Face,
    /// The small print below the body.
    pub footer: Option<Footer>,
    /// The end of a limited-time offer.
    pub offer: Option<Offer>,
    /// The cards of a carousel, left to right.
    pub cards: Vec<Face>,
    /// Components that we do not know, whole.
    pub other: Vec<Value>,
}

/// What a template and each card of a carousel have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Face {
    /// What is on top.
    pub header: Option<Header>,
    /// The text.
    pub body: Option<Body>,
    /// The buttons, top to bottom.
    pub buttons: Vec<Button>,
}

/// A text with variables, and a sample for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The text with its placeholders.
    pub text: String,
    /// A sample by variable.
    pub examples: Vec<(String, String)>,
}

impl Text {
    /// The sample of a variable.
    #[must_use]
    pub fn example(&self, variable: &str) -> Option<&str> {
        self.examples.iter().find(|(name, _)| name == variable).map(|(_, example)| example.as_str())
    }
}

/// See [`Face::header`].
#[derive(Debug, Clone, PartialEq)]
pub enum Header {
    /// One line of text with at most one variable.
    Text(Text),
    /// A file, given at each send.
    Media {
        /// Which.
        kind: MediaKind,
        /// Meta's handle (when written) or link (when read) of the sample.
        example: Option<String>,
    },
    /// A place on the map, given at each send.
    Location,
    /// One that we do not know (`PRODUCT`, `GIF`…), whole.
    Other(Value),
}

/// The kinds of files that a header takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A JPEG or PNG picture.
    Image,
    /// A film.
    Video,
    /// Any document, usually a PDF.
    Document,
}

impl MediaKind {
    /// Meta's own word, in upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "IMAGE",
            Self::Video => "VIDEO",
            Self::Document => "DOCUMENT",
        }
    }
}

/// See [`Face::body`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// The text. Empty in a one-time code template that has not been read back: Meta writes it.
    pub text: Text,
    /// Meta adds that the code must not be shared (one-time codes only).
    pub security_recommendation: bool,
}

/// See [`Definition::footer`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footer {
    /// The text; Meta's own for one-time codes.
    pub text: Option<String>,
    /// Minutes after which a one-time code is void, as shown.
    pub code_expiration_minutes: Option<u32>,
}

/// See [`Definition::offer`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// The headline.
    pub text: String,
    /// Shows when it ends; the time is given at each send.
    pub has_expiration: bool,
}

/// How a one-time code gets from the message into the app.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OtpKind {
    /// The customer copies it.
    #[default]
    CopyCode,
    /// One tap hands it to the app.
    OneTap,
    /// The app takes it by itself.
    ZeroTap,
}

impl OtpKind {
    /// Meta's own word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CopyCode => "COPY_CODE",
            Self::OneTap => "ONE_TAP",
            Self::ZeroTap => "ZERO_TAP",
        }
    }
}

/// An Android app that takes one-time codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OtpApp {
    /// `com.example.shop`.
    pub package_name: String,
    /// 11 characters.
    pub signature_hash: String,
}

/// A button of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Button {
    /// Answers with its text; what it brings back may be given at each send.
    QuickReply {
        /// The label.
        text: String,
    },
    /// Opens a web page.
    Url {
        /// The label.
        text: String,
        /// The address; may end with one variable.
        url: String,
        /// A whole address, as a sample.
        example: Option<String>,
    },
    /// Calls a number.
    PhoneNumber {
        /// The label.
        text: String,
        /// The number.
        phone_number: String,
    },
    /// Copies a coupon, given at each send.
    CopyCode {
        /// A coupon, as a sample.
        example: Option<String>,
    },
    /// Opens a flow.
    Flow {
        /// The label.
        text: String,
        /// The flow's id.
        flow_id: Option<String>,
        /// `navigate` or `data_exchange`.
        action: Option<String>,
        /// The first screen.
        screen: Option<String>,
    },
    /// Hands over a one-time code.
    Otp {
        /// How.
        kind: OtpKind,
        /// The label of copying, where not Meta's.
        text: Option<String>,
        /// The label of handing over, where not Meta's.
        autofill_text: Option<String>,
        /// The apps that take it.
        apps: Vec<OtpApp>,
    },
    /// One that we do not know, or that takes nothing from us, whole.
    Other {
        /// Meta's word, in upper case.
        kind: String,
        /// The label, where it has one.
        text: Option<String>,
        /// The button as Meta gives it.
        raw: Value,
    },
}

impl Button {
    /// Meta's word for it, in upper case.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::QuickReply { .. } => "QUICK_REPLY",
            Self::Url { .. } => "URL",
            Self::PhoneNumber { .. } => "PHONE_NUMBER",
            Self::CopyCode { .. } => "COPY_CODE",
            Self::Flow { .. } => "FLOW",
            Self::Otp { .. } => "OTP",
            Self::Other { kind, .. } => kind,
        }
    }

    /// The label, where it is not WhatsApp's own.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        match self {
            Self::QuickReply { text } | Self::Url { text, .. } => Some(text),
            Self::PhoneNumber { text, .. } | Self::Flow { text, .. } => Some(text),
            Self::Otp { text, .. } | Self::Other { text, .. } => text.as_deref(),
            Self::CopyCode { .. } => None,
        }
    }
}

impl Definition {
    /// Whether it carries a one-time code. Meta lists such a button as one that opens a web page.
    #[must_use]
    pub fn is_one_time_code(&self) -> bool {
        self.face.buttons.iter().any(|button| match button {
            Button::Otp { .. } => true,
            Button::Url { url, .. } => url.contains("whatsapp.com/otp/"),
            _ => false,
        })
    }

    /// The files on top of it and of its cards, each with its card, counted from 0, and the place of its sample. In the
    /// order in which customers see them.
    pub fn samples_mut(&mut self) -> impl Iterator<Item = (Option<usize>, MediaKind, &mut Option<String>)> {
        let cards = self.cards.iter_mut().enumerate().map(|(card, face)| (Some(card), face));
        std::iter::once((None, &mut self.face)).chain(cards).filter_map(|(card, face)| {
            match &mut face.header {
                Some(Header::Media { kind, example }) => Some((card, *kind, example)),
                _ => None,
            }
        })
    }

    /// Why it cannot be sent from here, if it needs something that we cannot fill.
    #[must_use]
    pub fn unfillable(&self) -> Option<String> {
        for face in std::iter::once(&self.face).chain(&self.cards) {
            if let Some(Header::Other(raw)) = &face.header {
                let kind = raw["format"].as_str().unwrap_or("unknown").to_uppercase();
                return Some(format!("its header is of the kind {kind:.40}"));
            }
            let unknown = face.buttons.iter().find_map(|button| match button {
                // These take nothing at a send.
                Button::Other { kind, raw, .. }
                    if !["VOICE_CALL", "REQUEST_CONTACT_INFO", "CATALOG"].contains(&kind.as_str())
                        || raw.to_string().contains("{{") =>
                {
                    Some(kind)
                }
                _ => None,
            });
            if let Some(kind) = unknown {
                return Some(format!("it has a button of the kind {kind:.40}"));
            }
        }
        let unknown = self.other.iter().find(|component| component.to_string().contains("{{"))?;
        Some(format!("it has a component of the kind {:.40}", unknown["type"].as_str().unwrap_or("unknown")))
    }
}
