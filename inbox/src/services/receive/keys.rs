//! What a portion speaks of, so that all of it can be read at once.

use super::Unit;
use entities::{IdentityKind, MessageId};
use providers::inbound::{InboundBody, Item, Party};
use providers::phone;
use providers::template::TemplateUpdate;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An id that the provider gives is at most this long; the longest seen have about 130 characters.
const LONGEST_ID: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Keys<'a> {
    pub(super) identities: BTreeSet<(IdentityKind, String)>,
    pub(super) wamids: BTreeSet<&'a str>,
    pub(super) message_ids: BTreeSet<MessageId>,
    pub(super) announcements: BTreeSet<String>,
    pub(super) templates: BTreeSet<String>,
    pub(super) template_names: BTreeSet<String>,
}

impl<'a> Keys<'a> {
    pub(super) fn of(units: &[Unit<'a>]) -> Self {
        let mut keys = Self::default();
        for unit in units {
            keys.add(unit);
        }
        keys
    }

    /// One message and what happened to it.
    pub(super) fn of_message(id: MessageId, wamid: &'a str) -> Self {
        Self { wamids: [wamid].into(), message_ids: [id].into(), ..Self::default() }
    }

    fn add(&mut self, unit: &Unit<'a>) {
        match unit.item {
            Item::Message(message) => {
                self.party(&message.from);
                self.body(&message.wamid, &message.body);
            }
            Item::Echo(echo) => {
                self.party(&echo.to);
                self.body(&echo.wamid, &echo.body);
            }
            Item::History(message) => {
                self.party(&message.customer);
                self.wamids.insert(&message.wamid);
            }
            Item::Status(status) => {
                self.wamids.insert(&status.wamid);
                self.message_ids.extend(sent_along(status.biz_opaque_callback_data.as_deref()));
            }
            Item::Preference(preference) => self.party(&preference.party),
            Item::AddressBook(entry) => self.party(&entry.party),
            Item::Update(update) => {
                self.announcements.insert(announcement_hash(unit));
                if let Some(update) = TemplateUpdate::read(unit.field, &update.value) {
                    self.templates.insert(update.provider_id);
                    self.template_names.extend(update.name);
                }
            }
            Item::Error(_) => {
                self.announcements.insert(announcement_hash(unit));
            }
            Item::Unreadable(_) => {}
        }
    }

    fn body(&mut self, wamid: &'a str, body: &'a InboundBody) {
        self.wamids.insert(wamid);
        match body {
            InboundBody::Content(_) => {}
            InboundBody::Reaction { target_wamid, .. }
            | InboundBody::Edit { target_wamid, .. }
            | InboundBody::Revoke { target_wamid } => {
                self.wamids.insert(target_wamid);
            }
            InboundBody::Rekey { previous, current, .. } => {
                self.party(previous);
                self.party(current);
            }
        }
    }

    fn party(&mut self, party: &Party) {
        self.identities.extend(identity_keys(party));
    }
}

/// What look-ups of a person compare, the surest first.
pub(super) fn identity_keys(party: &Party) -> impl Iterator<Item = (IdentityKind, String)> {
    let bsuid = party.user_id.clone().map(|id| (IdentityKind::Bsuid, id));
    let parent = party.parent_user_id.clone().map(|id| (IdentityKind::ParentBsuid, id));
    let phone = party.wa_id.as_deref().map(|wa_id| (IdentityKind::Phone, phone::match_key(wa_id)));
    [bsuid, phone, parent].into_iter().flatten().filter(|(_, key)| !key.is_empty())
}

/// The message id that a status brings back, if it is one of ours.
pub(super) fn sent_along(data: Option<&str>) -> Option<MessageId> {
    Uuid::parse_str(data?).ok().map(MessageId)
}

/// What makes an announcement unique: who, when, about what, and what it says.
pub(super) fn announcement_hash(unit: &Unit<'_>) -> String {
    let said = match unit.item {
        Item::Update(update) => update.value.to_string(),
        Item::Error(error) => serde_json::to_string(error).unwrap_or_default(),
        _ => String::new(),
    };
    let mut hash = Sha256::new();
    for part in [unit.entry_id, unit.field, &unit.time.unwrap_or_default().to_string(), &said] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// Why an item cannot be applied, whatever the tables say.
pub(super) fn refuse(unit: &Unit<'_>) -> Result<(), String> {
    let (ids, party): (Vec<&str>, Option<&Party>) = match unit.item {
        Item::Message(message) => (vec![&message.wamid], Some(&message.from)),
        Item::Echo(echo) => (vec![&echo.wamid], Some(&echo.to)),
        Item::History(message) => (vec![&message.wamid], Some(&message.customer)),
        Item::Status(status) => (vec![&status.wamid], None),
        Item::Preference(preference) => (Vec::new(), Some(&preference.party)),
        Item::AddressBook(entry) => (Vec::new(), Some(&entry.party)),
        Item::Unreadable(part) => {
            return Err(format!("{}: a part cannot be read: {}", unit.field, part.reason));
        }
        Item::Update(_) | Item::Error(_) => return Ok(()),
    };
    let of_party = party.into_iter().flat_map(|party| [&party.wa_id, &party.user_id, &party.parent_user_id]);
    for id in ids.into_iter().chain(of_party.flatten().map(String::as_str)) {
        if id.is_empty() || id.len() > LONGEST_ID {
            return Err(format!(
                "{}: an id has {} characters; it must have 1 to {LONGEST_ID}",
                unit.field,
                id.len()
            ));
        }
    }
    Ok(())
}
