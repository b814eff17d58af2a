//! The people on the other side: what is known of them and what their phones show.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::ids;
use crate::limits::Bucket;

/// How many messages a customer's phone keeps; beyond it the oldest go.
const MAX_MESSAGES: usize = 10_000;

/// One message as the customer's phone shows it. Messages that failed never reach the phone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhoneMessage {
    /// Meta's message id (`wamid.…`).
    pub id: String,
    /// Whether the customer wrote it; otherwise the business did.
    pub from_customer: bool,
    /// Seconds since 1970, by the simulator's clock.
    pub timestamp: u64,
    /// Meta's `type`: `text`, `image`, `interactive`, `template`…
    pub kind: String,
    /// What can be read: the body, the caption, the template with its variables filled in.
    pub text: String,
    /// The object under the message's type, as it was sent.
    pub content: Value,
    /// The components of a template with the values of the message in them, in the form of the template's definition
    /// (`HEADER`, `BODY`, `BUTTONS`…): texts filled in, `sent` in a header (the file or the place), `payload` and
    /// `code` on buttons. Null for other kinds.
    pub template: Value,
    /// The id of the message that this one quotes.
    pub reply_to: Option<String>,
    /// How far it got.
    pub status: PhoneStatus,
    /// What the business attached to a message of its own.
    pub biz_opaque_callback_data: Option<String>,
    /// Whether the business addressed it by phone number rather than by user id.
    #[serde(skip)]
    pub(crate) sent_to_phone: bool,
}

/// How far a message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneStatus {
    /// One tick.
    Sent,
    /// Two ticks.
    Delivered,
    /// Two blue ticks.
    Read,
}

/// Who a customer is, as webhooks tell it.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) wa_id: String,
    pub(crate) user_id: String,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
    /// Whether webhooks leave the phone number out.
    pub(crate) phone_hidden: bool,
}

/// Everything about one customer.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) identity: Identity,
    pub(crate) on_whatsapp: bool,
    pub(crate) accepts_marketing: bool,
    /// Whether the business has blocked the customer: what they write does not arrive.
    pub(crate) blocked: bool,
    /// When the customer last wrote, in seconds since 1970.
    pub(crate) last_inbound: Option<u64>,
    /// Until when the phone shows that the business is typing, in seconds since 1970.
    pub(crate) typing_until: u64,
    pub(crate) pair: Bucket,
    pub(crate) messages: VecDeque<PhoneMessage>,
}

/// All customers, by number, by user id and by message.
#[derive(Debug)]
pub(crate) struct Customers {
    seed: u64,
    by_wa_id: BTreeMap<String, Record>,
    by_user_id: HashMap<String, String>,
    by_match_key: HashMap<String, String>,
    /// Which phone holds a message.
    by_message: HashMap<String, String>,
}

impl Customers {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            by_wa_id: BTreeMap::new(),
            by_user_id: HashMap::new(),
            by_match_key: HashMap::new(),
            by_message: HashMap::new(),
        }
    }

    /// The customer with a number, written in any form; a new one if there is none yet.
    pub(crate) fn at(&mut self, phone: &str) -> &mut Record {
        let digits = digits(phone);
        let wa_id = self.by_match_key.get(&match_key(&digits)).cloned().unwrap_or(digits);
        if !self.by_wa_id.contains_key(&wa_id) {
            self.by_user_id.insert(ids::user_id(self.seed, &wa_id), wa_id.clone());
            self.by_match_key.insert(match_key(&wa_id), wa_id.clone());
        }
        let seed = self.seed;
        self.by_wa_id.entry(wa_id).or_insert_with_key(|wa_id| Record::new(seed, wa_id))
    }

    pub(crate) fn number_of(&self, user_id: &str) -> Option<String> {
        self.by_user_id.get(user_id).cloned()
    }

    /// Puts a message on the customer's phone.
    pub(crate) fn show(&mut self, wa_id: &str, message: PhoneMessage) {
        self.by_message.insert(message.id.clone(), wa_id.to_owned());
        let messages = &mut self.at(wa_id).messages;
        messages.push_back(message);
        let dropped = if messages.len() > MAX_MESSAGES { messages.pop_front() } else { None };
        if let Some(dropped) = dropped {
            self.by_message.remove(&dropped.id);
        }
    }

    /// The phone that holds a message.
    pub(crate) fn holder(&mut self, message_id: &str) -> Option<&mut Record> {
        let wa_id = self.by_message.get(message_id)?;
        self.by_wa_id.get_mut(wa_id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Record> {
        self.by_wa_id.values()
    }
}

impl Record {
    fn new(seed: u64, wa_id: &str) -> Self {
        let name = NAMES[(ids::stable_hash(seed, wa_id) % NAMES.len() as u64) as usize];
        let identity = Identity {
            wa_id: wa_id.to_owned(),
            user_id: ids::user_id(seed, wa_id),
            name: name.to_owned(),
            username: None,
            phone_hidden: false,
        };
        Self {
            identity,
            on_whatsapp: true,
            accepts_marketing: true,
            blocked: false,
            last_inbound: None,
            typing_until: 0,
            pair: Bucket::default(),
            messages: VecDeque::new(),
        }
    }
}

/// Names for customers that nobody named.
const NAMES: [&str; 8] = [
    "Sheena Nelson",
    "Álvaro Peña",
    "João Gonçalves",
    "Zoë Müller",
    "Núria Güell",
    "François Lefèvre",
    "李小龙",
    "Siân 🌻",
];

/// The digits of a phone number.
pub(crate) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

/// One key for the forms under which Meta knows the same number: Brazil with and without the ninth digit, Mexico
/// with and without the 1, Argentina with and without the 9.
fn match_key(digits: &str) -> String {
    match (digits.get(..2), digits.len()) {
        (Some("55"), 13) if digits.get(4..5) == Some("9") => format!("{}{}", &digits[..4], &digits[5..]),
        (Some("52"), 13) if digits.get(2..3) == Some("1") => format!("52{}", &digits[3..]),
        (Some("54"), 13) if digits.get(2..3) == Some("9") => format!("54{}", &digits[3..]),
        _ => digits.to_owned(),
    }
}
