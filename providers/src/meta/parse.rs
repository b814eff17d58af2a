//! From a verified webhook body to a [`Delivery`].
//!
//! Meta batches: one body may hold a thousand messages, and one that we cannot read must not cost the others. So lists
//! are cut into their raw items first and each item is read by itself; what fails becomes an [`Item::Unreadable`].

mod account;
mod change;
mod clean;
mod content;
mod flex;
mod history;
mod message;
mod people;
mod problem;
mod status;
mod system;
#[cfg(test)]
mod tests;

use super::Verified;
use crate::inbound::{Change, Delivery, Item, Unreadable};
use problem::Problem;
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

/// What the `object` of every WhatsApp webhook says.
const OBJECT: &str = "whatsapp_business_account";

/// A piece of JSON that may be absent or null.
type Raw<'a> = Option<&'a RawValue>;

/// Why a whole body cannot be taken apart. None of them holds any of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not UTF-8, so not JSON.
    #[error("the body is not UTF-8 from byte {offset} on; Meta sends JSON in UTF-8")]
    NotUtf8 {
        /// Bytes before the first bad one.
        offset: usize,
    },
    /// Not JSON. The place is counted after characters that no store can hold were taken out.
    #[error("the body is not JSON: {reason} at line {line}, column {column}")]
    Json {
        /// What is wrong, in the parser's words.
        reason: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// JSON, but not an object with a list `entry`.
    #[error("the body is JSON but no webhook: {reason}")]
    Shape {
        /// What is wrong.
        reason: String,
    },
    /// A webhook of another product.
    #[error(
        "the webhook is about \"{object}\" and not about {OBJECT}; check what the Meta app subscribes to"
    )]
    WrongObject {
        /// What `object` says, at most 64 characters.
        object: String,
    },
}

/// Takes a webhook body apart. NUL characters are dropped and halves of surrogate pairs become U+FFFD, because neither
/// can be stored; both are found in what customers send.
///
/// # Errors
/// [`ParseError`] when the body as a whole is no WhatsApp webhook. Items in it that cannot be read are
/// [`Item::Unreadable`] and no error.
pub fn parse(body: &Verified) -> Result<Delivery, ParseError> {
    let text = std::str::from_utf8(body.as_bytes())
        .map_err(|error| ParseError::NotUtf8 { offset: error.valid_up_to() })?;
    let text = clean::clean(text);
    let mut changes = Vec::new();
    match serde_json::from_str::<Envelope<Entry<ChangeWire<'_>>>>(&text) {
        Ok(envelope) => {
            for entry in envelope.entries()? {
                let Entry { id, time, changes: wires } = entry;
                changes.extend(wires.into_iter().map(|wire| wire.read(id.clone().unwrap_or_default(), time)));
            }
        }
        // Somewhere an entry or a change is not as we know it: look at each by itself.
        Err(_) => {
            for entry in serde_json::from_str::<Envelope<&RawValue>>(&text)?.entries()? {
                read_entry(entry, &mut changes);
            }
        }
    }
    Ok(Delivery { changes })
}

/// The whole body, with entries as `E`.
#[derive(Deserialize)]
struct Envelope<E> {
    #[serde(default, deserialize_with = "flex::text")]
    object: Option<String>,
    entry: Vec<E>,
}

/// One `entry[]`, with changes as `C`.
#[derive(Deserialize)]
struct Entry<C> {
    #[serde(default, deserialize_with = "flex::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "flex::seconds")]
    time: Option<i64>,
    changes: Vec<C>,
}

/// One `changes[]` item. Its value is read when the field is known, which Meta writes behind it.
#[derive(Deserialize)]
struct ChangeWire<'a> {
    #[serde(default, deserialize_with = "flex::text")]
    field: Option<String>,
    #[serde(default, borrow)]
    value: Raw<'a>,
}

impl<E> Envelope<E> {
    fn entries(self) -> Result<Vec<E>, ParseError> {
        match self.object.unwrap_or_default() {
            object if object == OBJECT => Ok(self.entry),
            object => Err(ParseError::WrongObject { object: object.chars().take(64).collect() }),
        }
    }
}

impl ChangeWire<'_> {
    fn read(self, entry_id: String, time: Option<i64>) -> Change {
        let field = self.field.unwrap_or_default();
        let (phone_number_id, items) = change::read(&field, self.value);
        Change { entry_id, field, time, phone_number_id, items }
    }
}

fn read_entry(raw: &RawValue, changes: &mut Vec<Change>) {
    let entry: Entry<&RawValue> = match serde_json::from_str(raw.get()) {
        Ok(entry) => entry,
        Err(error) => {
            let items = vec![unreadable("entry", &error.into(), raw)];
            return changes.push(Change { items, ..Change::default() });
        }
    };
    let entry_id = entry.id.unwrap_or_default();
    for raw in entry.changes {
        changes.push(match serde_json::from_str::<ChangeWire<'_>>(raw.get()) {
            Ok(wire) => wire.read(entry_id.clone(), entry.time),
            Err(error) => {
                let items = vec![unreadable("change", &error.into(), raw)];
                Change { entry_id: entry_id.clone(), time: entry.time, items, ..Change::default() }
            }
        });
    }
}

/// Reads every item of `list` by itself. An item that `read` makes nothing of is left out.
fn each<'a, T: Deserialize<'a>>(
    name: &str,
    list: Raw<'a>,
    items: &mut Vec<Item>,
    mut read: impl FnMut(T, &'a RawValue) -> Result<Option<Item>, Problem>,
) {
    let Some(list) = list else { return };
    let raws: Vec<&RawValue> = match serde_json::from_str(list.get()) {
        Ok(raws) => raws,
        Err(error) => return items.push(unreadable(name, &error.into(), list)),
    };
    for (index, raw) in raws.into_iter().enumerate() {
        match serde_json::from_str(raw.get()).map_err(Problem::from).and_then(|item| read(item, raw)) {
            Ok(item) => items.extend(item),
            Err(problem) => items.push(unreadable(&format!("{name}[{index}]"), &problem, raw)),
        }
    }
}

fn unreadable(place: &str, problem: &Problem, raw: &RawValue) -> Item {
    Item::Unreadable(Unreadable { reason: format!("{place}: {problem}"), raw: whole(raw) })
}

/// The piece as a value, or as its text where it is nested too deeply or holds a number too large for a value.
fn whole(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_else(|_| Value::String(raw.get().to_owned()))
}

impl From<serde_json::Error> for ParseError {
    fn from(error: serde_json::Error) -> Self {
        let reason = Problem::from(&error).to_string();
        match error.classify() {
            Category::Data => Self::Shape { reason },
            _ => Self::Json { reason, line: error.line(), column: error.column() },
        }
    }
}
