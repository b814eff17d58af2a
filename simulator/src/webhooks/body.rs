//! The envelope of a webhook: which updates share an entry, a change and a contact list.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::config::Business;

/// One thing to tell the business about.
#[derive(Clone, Debug)]
pub(crate) enum Update {
    /// A customer wrote. System messages come without a contact.
    Message { contact: Option<Value>, message: Value },
    /// A message of the business moved on. Failures come without a contact.
    Status { contact: Option<Value>, status: Value },
    /// The value of any other field, complete.
    Other { field: &'static str, value: Value },
}

impl Update {
    /// About how many bytes the update adds to a body, escaped.
    pub(crate) fn size(&self) -> usize {
        let (contact, item) = match self {
            Self::Message { contact, message: item } | Self::Status { contact, status: item } => {
                (contact.as_ref(), item)
            }
            Self::Other { value, .. } => (None, value),
        };
        super::escape(item).len() + contact.map_or(0, |contact| super::escape(contact).len()) + 64
    }

    /// The list that the update belongs to in the value of a `messages` change.
    fn list(&self) -> Option<&'static str> {
        match self {
            Self::Message { .. } => Some("messages"),
            Self::Status { .. } => Some("statuses"),
            Self::Other { .. } => None,
        }
    }
}

/// The body for a batch, in the order given: one entry, and in it a change for every run of updates of one kind.
pub(crate) fn envelope(business: &Business, time: u64, updates: Vec<Update>) -> Value {
    let mut changes: Vec<Value> = Vec::new();
    let mut run: Vec<Update> = Vec::new();
    for update in updates {
        let same_list =
            run.first().is_some_and(|first| first.list().is_some() && first.list() == update.list());
        if !same_list {
            changes.extend(change(business, std::mem::take(&mut run)));
        }
        run.push(update);
    }
    changes.extend(change(business, run));
    // `time` is absent where only messages and statuses are told.
    let management = changes.iter().any(|change| change["field"] != "messages");
    let mut entry = json!({ "id": business.business_account_id, "changes": changes });
    if management {
        entry["time"] = json!(time);
    }
    json!({ "object": "whatsapp_business_account", "entry": [entry] })
}

/// One change from updates that share a list; none from no updates.
fn change(business: &Business, run: Vec<Update>) -> Option<Value> {
    let list = match run.first()? {
        Update::Other { field, value } => return Some(json!({ "value": value, "field": field })),
        update => update.list()?,
    };
    let (mut contacts, mut items, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for update in run {
        let (Update::Message { contact, message: item } | Update::Status { contact, status: item }) = update
        else {
            continue;
        };
        contacts.extend(contact.filter(|contact| seen.insert(contact.to_string())));
        items.push(item);
    }
    let mut value = json!({ "messaging_product": "whatsapp", "metadata": metadata(business) });
    if !contacts.is_empty() {
        value["contacts"] = Value::Array(contacts);
    }
    value[list] = Value::Array(items);
    Some(json!({ "value": value, "field": "messages" }))
}

/// The block that says which number a change is about.
pub(crate) fn metadata(business: &Business) -> Value {
    json!({
        "display_phone_number": business.display_phone_number,
        "phone_number_id": business.phone_number_id,
    })
}
