//! What a webhook body means, in our own words, whatever the provider.
//!
//! Everything that may be missing in Meta's payloads is optional here. Times are Unix seconds, the provider's clock.

use crate::content::Content;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One webhook body, taken apart. A part that could not be read is an [`Item::Unreadable`] among its neighbours.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Delivery {
    /// One for every `entry[].changes[]`, in their order.
    pub changes: Vec<Change>,
}

/// One `changes[]` item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// `entry[].id`: the WABA, or a business portfolio for partner events.
    pub entry_id: String,
    /// The webhook field: `messages`, `message_template_status_update`…
    pub field: String,
    /// `entry[].time`, where given.
    pub time: Option<i64>,
    /// `value.metadata.phone_number_id`: what routes a change to its channel.
    pub phone_number_id: Option<String>,
    /// What happened, in the order of the payload.
    pub items: Vec<Item>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A customer wrote, reacted, edited or revoked; or WhatsApp says something about the customer.
    Message(InboundMessage),
    /// The business wrote from its phone app, or another application did: an outbound message that we did not send.
    Echo(EchoMessage),
    /// The state of an outbound message changed.
    Status(Status),
    /// A message of imported history, in either direction.
    History(HistoryMessage),
    /// The customer stopped or resumed marketing.
    Preference(Preference),
    /// An entry of the business's address book changed on its phone.
    AddressBook(AddressBookEntry),
    /// An error that Meta reports outside any message.
    Error(ProviderError),
    /// Anything else of a known or unknown field, kept whole: template and account updates, standby copies,
    /// handovers, calls, groups, flows.
    Update(Update),
    /// A part that could not be read; `raw` holds it whole.
    Unreadable(Unreadable),
}

/// Who a message is from or to. At least one of the ids is there in a readable payload.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Party {
    /// Phone as Meta gave it, digits only, exactly as received.
    pub wa_id: Option<String>,
    /// Business-scoped user id.
    pub user_id: Option<String>,
    /// BSUID across linked portfolios.
    pub parent_user_id: Option<String>,
    /// The name on the customer's profile.
    pub profile_name: Option<String>,
    /// The customer's WhatsApp username, without `@`. A label, never a key.
    pub username: Option<String>,
}

/// See [`Item::Message`].
#[derive(Debug, Clone, PartialEq)]
pub struct InboundMessage {
    /// `wamid.…`, opaque.
    pub wamid: String,
    /// The customer.
    pub from: Party,
    /// Meta's time of the message.
    pub timestamp: i64,
    /// The group it was written in, if any.
    pub group_id: Option<String>,
    /// What it quotes or answers.
    pub context: Option<Context>,
    /// The ad or post that the customer came from, as Meta gives it.
    pub referral: Option<Value>,
    /// What it does.
    pub body: InboundBody,
    /// Errors that Meta put on the message.
    pub errors: Vec<ProviderError>,
}

/// What an inbound message does.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "most bodies are content")]
pub enum InboundBody {
    /// A new line in the conversation.
    Content(Content),
    /// A reaction to a message; `emoji` is `None` when it was taken back.
    Reaction {
        /// The message reacted to.
        target_wamid: String,
        /// One emoji.
        emoji: Option<String>,
    },
    /// The customer edited a message; may arrive before the message.
    Edit {
        /// The message edited.
        target_wamid: String,
        /// Its new content.
        content: Content,
    },
    /// The customer deleted a message for everyone; may arrive before the message.
    Revoke {
        /// The message deleted.
        target_wamid: String,
    },
    /// The customer's ids changed; re-key the contact in place.
    Rekey {
        /// Meta's note, shown in the conversation.
        note: Content,
        /// The ids until now, as far as Meta says.
        previous: Party,
        /// The ids from now on.
        current: Party,
    },
}

/// What a message quotes, answers or forwards.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// The quoted message.
    pub wamid: Option<String>,
    /// Forwarded.
    pub forwarded: bool,
    /// Forwarded more than five times.
    pub frequently_forwarded: bool,
    /// The product asked about, as Meta gives it.
    pub referred_product: Option<Value>,
}

/// See [`Item::Echo`].
#[derive(Debug, Clone, PartialEq)]
pub struct EchoMessage {
    /// `wamid.…`.
    pub wamid: String,
    /// The customer.
    pub to: Party,
    /// Meta's time.
    pub timestamp: i64,
    /// What it does; never [`InboundBody::Rekey`].
    pub body: InboundBody,
    /// What it quotes.
    pub context: Option<Context>,
}

/// The states that Meta reports of an outbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusKind {
    /// One tick: on Meta's servers.
    Sent,
    /// Two ticks: on the customer's device.
    Delivered,
    /// Blue ticks.
    Read,
    /// A voice note was played.
    Played,
    /// Not delivered; see the errors.
    Failed,
}

impl StatusKind {
    /// Meta's own word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed => "failed",
        }
    }
}

/// See [`Item::Status`]. A status word that we do not know is an [`Item::Update`].
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The outbound message.
    pub wamid: String,
    /// What happened to it.
    pub status: StatusKind,
    /// Meta's time.
    pub timestamp: i64,
    /// Whom it was for, as resolved by Meta.
    pub recipient: Party,
    /// The participant, for a message to a group (wa_id or BSUID).
    pub participant: Option<String>,
    /// The id that we sent along; resolves a send whose outcome was unclear.
    pub biz_opaque_callback_data: Option<String>,
    /// Meta's `pricing` object, whole.
    pub pricing: Option<Value>,
    /// Meta's `conversation` object, whole.
    pub conversation: Option<Value>,
    /// Why it failed.
    pub errors: Vec<ProviderError>,
}

/// See [`Item::History`].
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryMessage {
    /// `wamid.…`.
    pub wamid: String,
    /// The customer of the thread.
    pub customer: Party,
    /// Written by the business.
    pub from_business: bool,
    /// Meta's time.
    pub timestamp: i64,
    /// What it said.
    pub content: Content,
    /// The last state of an outbound one.
    pub status: Option<StatusKind>,
    /// What it quotes.
    pub context: Option<Context>,
}

/// See [`Item::Preference`].
#[derive(Debug, Clone, PartialEq)]
pub struct Preference {
    /// The customer.
    pub party: Party,
    /// `marketing_messages`.
    pub category: String,
    /// `stop`, `resume` or `signup`.
    pub value: String,
    /// Meta's time.
    pub timestamp: i64,
}

/// See [`Item::AddressBook`].
#[derive(Debug, Clone, PartialEq)]
pub struct AddressBookEntry {
    /// The person.
    pub party: Party,
    /// The name that the business gave them.
    pub full_name: Option<String>,
    /// `add` (an edit too) or `remove`.
    pub action: String,
    /// Meta's time.
    pub timestamp: Option<i64>,
}

/// See [`Item::Update`].
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The payload, whole.
    pub value: Value,
}

/// See [`Item::Unreadable`].
#[derive(Debug, Clone, PartialEq)]
pub struct Unreadable {
    /// Where in the payload and why, without the customer's text.
    pub reason: String,
    /// The part, whole.
    pub raw: Value,
}

/// An error as Meta reports it, by webhook or in an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderError {
    /// Meta's code; the key of the catalogue.
    pub code: Option<i64>,
    /// Meta's title or type.
    pub title: Option<String>,
    /// Meta's message.
    pub message: Option<String>,
    /// `error_data.details`: the most useful sentence.
    pub details: Option<String>,
    /// Where Meta documents it.
    pub href: Option<String>,
}
