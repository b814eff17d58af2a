//! Meta's words about templates, as enums. A word that is not known here is `OTHER`.

use async_graphql::Enum;

/// What lists can be filtered by.
pub(super) trait Word: Sized {
    /// All words that are known here.
    const KNOWN: &[&'static str];

    /// Meta's word; none for all that are not known here.
    fn word(self) -> Option<&'static str>;
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)* })*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
        pub(in crate::graphql) enum $name {
            $($(#[$word_doc])* $variant,)*
            /// A word of Meta's that this schema does not know yet.
            Other,
        }

        impl $name {
            /// From Meta's word.
            pub(super) fn of(word: &str) -> Self {
                match word { $($word => Self::$variant,)* _ => Self::Other }
            }
        }

        impl Word for $name {
            const KNOWN: &[&'static str] = &[$($word,)*];

            fn word(self) -> Option<&'static str> {
                match self { $(Self::$variant => Some($word),)* Self::Other => None }
            }
        }
    )* };
}

words! {
    /// Whether a template may be sent. Only approved ones may.
    TemplateStatus {
        /// It may be sent.
        Approved = "APPROVED",
        /// Meta is reviewing it: minutes to a day.
        Pending = "PENDING",
        /// Meta rejected it; see `statusReason`.
        Rejected = "REJECTED",
        /// Meta paused it because customers took it badly; it comes back by itself.
        Paused = "PAUSED",
        /// Meta disabled it for good.
        Disabled = "DISABLED",
        /// The rejection is being looked at again.
        InAppeal = "IN_APPEAL",
        /// It is being deleted.
        PendingDeletion = "PENDING_DELETION",
        /// It was deleted.
        Deleted = "DELETED",
        /// It has been sent as often as it may be.
        LimitExceeded = "LIMIT_EXCEEDED",
        /// Nobody used it for long; it is deleted after 28 days in the archive.
        Archived = "ARCHIVED",
        /// Meta locked it.
        Locked = "LOCKED",
        /// Customers take it badly; it may be paused soon.
        Flagged = "FLAGGED",
    }

    /// What a template is for.
    TemplateCategory {
        /// Offers and news, for customers who want them.
        Marketing = "MARKETING",
        /// About something that the customer asked for or bought.
        Utility = "UTILITY",
        /// One-time codes.
        Authentication = "AUTHENTICATION",
    }

    /// How customers take a template.
    TemplateQuality {
        /// Well.
        Green = "GREEN",
        /// Less well.
        Yellow = "YELLOW",
        /// Badly: it may be paused.
        Red = "RED",
        /// Too few were sent to tell.
        Unknown = "UNKNOWN",
    }

    /// What is on top of a template or a card.
    TemplateHeaderKind {
        /// One line of text.
        Text = "TEXT",
        /// A JPEG or PNG picture.
        Image = "IMAGE",
        /// A film.
        Video = "VIDEO",
        /// A document.
        Document = "DOCUMENT",
        /// A place on the map.
        Location = "LOCATION",
    }

    /// What a button of a template does.
    TemplateButtonKind {
        /// Answers with its text.
        QuickReply = "QUICK_REPLY",
        /// Opens a web page.
        Url = "URL",
        /// Calls a number.
        PhoneNumber = "PHONE_NUMBER",
        /// Copies a coupon.
        CopyCode = "COPY_CODE",
        /// Opens a flow.
        Flow = "FLOW",
        /// Hands over a one-time code.
        Otp = "OTP",
        /// Opens the catalogue.
        Catalog = "CATALOG",
        /// Calls the business over WhatsApp.
        VoiceCall = "VOICE_CALL",
        /// Asks for the customer's phone number.
        RequestContactInfo = "REQUEST_CONTACT_INFO",
    }
}

/// How a template names its variables.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "providers::template::ParameterFormat")]
pub(in crate::graphql) enum TemplateParameterFormat {
    /// By numbers, from 1 in each text.
    Positional,
    /// By names.
    Named,
}

/// Kinds of values that a template wants, and how they are given.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "providers::template::VariableKind")]
pub(in crate::graphql) enum TemplateVariableKind {
    /// A `text` on one line.
    Text,
    /// A picture, as `media`.
    Image,
    /// A film, as `media`.
    Video,
    /// A document, as `media`.
    Document,
    /// A place, as `location`.
    Location,
    /// The end of a button's address, as `text` without spaces.
    UrlSuffix,
    /// A coupon of at most 15 characters, as `text`.
    CouponCode,
    /// A one-time code of at most 15 letters and digits, as `text`.
    OtpCode,
    /// What a quick reply brings back, as `text`; its label if absent.
    Payload,
    /// What a flow gets to know the conversation by, as `text`.
    FlowToken,
    /// When an offer ends, as `dateTime`.
    Expiration,
}

/// The rules for values of variables.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "providers::template::ProblemCode")]
pub(in crate::graphql) enum TemplateProblemCode {
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

/// What a variable stands in.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "providers::template::Place")]
pub(in crate::graphql) enum TemplateVariablePlace {
    /// The header.
    Header,
    /// The text.
    Body,
    /// A button.
    Button,
    /// The limited-time offer.
    Offer,
}

/// What can change in a template.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::TemplateProperty")]
pub(in crate::graphql) enum TemplateProperty {
    /// Whether it may be sent.
    Status,
    /// What it is for.
    Category,
    /// The category that Meta holds right and will move it to.
    CorrectCategory,
    /// How customers take it.
    Quality,
    /// What it says.
    Content,
}

/// How a change of a template became known.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "entities::TemplateChangeSource")]
pub(in crate::graphql) enum TemplateChangeSource {
    /// Meta announced it.
    Webhook,
    /// A listing showed it.
    Sync,
    /// It was made over this API.
    Api,
    /// Meta refused a message for it.
    Send,
}
