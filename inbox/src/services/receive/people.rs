//! Who wrote: contacts by their identities, made when nobody knows them, re-keyed when their ids change.

use super::batch::Batch;
use super::keys::identity_keys;
use super::rows::Rows;
use crate::clock::Ids;
use crate::error::Result;
use crate::services::{assign, contacts};
use crate::store::{Tx, bulk, effects};
use entities::{
    AssistantId, ContactId, ContactIdentityId, IdentityKind, MessageId, PreferenceSource, PreferenceValue,
    Timestamp, UserId, WebhookEffectKind, contact, contact_identity, marketing_preference,
};
use providers::inbound::{AddressBookEntry, Party, Preference};
use providers::phone;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeSet, HashMap};

#[derive(Debug)]
pub(super) struct People {
    contacts: Rows<ContactId, contact::Model>,
    identities: Rows<ContactIdentityId, contact_identity::Model>,
    by_key: HashMap<(IdentityKind, String), ContactIdentityId>,
    /// Names that their contacts do not have any more.
    removed: Vec<ContactIdentityId>,
    assignment: Option<effects::AssignmentRows>,
}

impl People {
    pub(super) async fn load(tx: &Tx, keys: BTreeSet<(IdentityKind, String)>) -> Result<Self> {
        let identities = effects::identities(tx, keys.clone()).await?;
        let by_key: HashMap<_, _> =
            identities.iter().map(|row| ((row.kind, row.match_key.clone()), row.id)).collect();
        let contacts = effects::contacts(tx, identities.iter().map(|row| row.contact_id).collect()).await?;
        let strangers = keys.iter().filter(|key| !by_key.contains_key(*key));
        let phones: BTreeSet<&str> = strangers
            .clone()
            .filter(|(kind, _)| *kind == IdentityKind::Phone)
            .map(|(_, key)| key.as_str())
            .collect();
        let assignment =
            if strangers.count() == 0 { None } else { Some(effects::assignment(tx, phones, []).await?) };
        Ok(Self {
            contacts: Rows::loaded(contacts.into_iter().map(|row| (row.id, row))),
            identities: Rows::loaded(identities.into_iter().map(|row| (row.id, row))),
            by_key,
            removed: Vec::new(),
            assignment,
        })
    }

    pub(super) fn contact_ids(&self) -> BTreeSet<ContactId> {
        self.contacts.iter().map(|(id, _)| *id).collect()
    }

    /// How many contacts were made.
    pub(super) fn made(&self) -> usize {
        self.contacts.added()
    }

    /// With whom new conversations of a contact start.
    pub(super) fn owner_and_assistant(&self, id: ContactId) -> Option<(UserId, Option<AssistantId>)> {
        self.contacts.get(id).map(|row| (row.owner_id, row.assistant_id))
    }

    /// The contact, and whether it is new or changed.
    pub(super) fn resolve(
        &mut self,
        party: &Party,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<(ContactId, bool), String> {
        if identity_keys(party).next().is_none() {
            return Err("the sender has neither a phone number nor a business-scoped user id".to_owned());
        }
        let known = self.find(party);
        let contact_id = match known {
            Some(id) => id,
            None => self.make(party, ids, now)?,
        };
        let learnt = self.learn(contact_id, party, ids, now);
        let renamed = self.rename(contact_id, party, now);
        Ok((contact_id, known.is_none() || learnt || renamed))
    }

    /// By BSUID, then by phone with its variants, then by parent BSUID.
    fn find(&self, party: &Party) -> Option<ContactId> {
        identity_keys(party)
            .find_map(|key| self.by_key.get(&key))
            .and_then(|id| self.identities.get(*id))
            .map(|identity| identity.contact_id)
    }

    fn make(&mut self, party: &Party, ids: &Ids, now: Timestamp) -> Result<ContactId, String> {
        let (owner_id, assistant_id) = self.assign(party)?;
        let id: ContactId = ids.next();
        let row = contact::Model {
            id,
            name: None,
            profile_name: party.profile_name.clone(),
            username: party.username.clone(),
            language: None,
            owner_id,
            assistant_id,
            marketing_opted_out_at: None,
            marketing_preference_at: None,
            blocked_at: None,
            created_at: now,
            updated_at: now,
        };
        self.contacts.add(id, row);
        Ok(id)
    }

    fn assign(&self, party: &Party) -> Result<(UserId, Option<AssistantId>), String> {
        let rows = self.assignment.as_ref().ok_or("the rules for new contacts were not read")?;
        let key = party.wa_id.as_deref().map(phone::match_key);
        assign::owner_and_assistant(rows, key.as_deref())
    }

    /// Adds the identities that are new, unless another contact has them: people are merged by people.
    fn learn(&mut self, contact_id: ContactId, party: &Party, ids: &Ids, now: Timestamp) -> bool {
        let mut learnt = false;
        for (kind, match_key) in identity_keys(party) {
            let Some(value) = given(party, kind).cloned() else { continue };
            match self.by_key.get(&(kind, match_key.clone())).copied() {
                None => {
                    let id: ContactIdentityId = ids.next();
                    let row = contact_identity::Model {
                        id,
                        contact_id,
                        kind,
                        scope: String::new(),
                        value,
                        match_key: match_key.clone(),
                        created_at: now,
                    };
                    self.by_key.insert((kind, match_key), id);
                    self.identities.add(id, row);
                    learnt = true;
                }
                // The same number in another national form: the newest is the address to reply to.
                Some(id) => {
                    let differs =
                        |row: &&contact_identity::Model| row.contact_id == contact_id && row.value != value;
                    if self.identities.get(id).filter(differs).is_some()
                        && let Some(row) = self.identities.change(id)
                    {
                        row.value = value;
                    }
                }
            }
        }
        learnt
    }

    fn rename(&mut self, id: ContactId, party: &Party, now: Timestamp) -> bool {
        let Some(row) = self.contacts.get(id) else { return false };
        let new_name = party.profile_name.is_some() && row.profile_name != party.profile_name;
        let new_username = party.username.is_some() && row.username != party.username;
        if !(new_name || new_username) {
            return false;
        }
        if let Some(row) = self.contacts.change(id) {
            if new_name {
                row.profile_name.clone_from(&party.profile_name);
            }
            if new_username {
                row.username.clone_from(&party.username);
            }
            row.updated_at = now;
        }
        true
    }

    /// Moves the contact's identities from its old ids to its new ones. Returns who has the new ones already, and so is the
    /// same person.
    fn rekey(&mut self, contact_id: ContactId, previous: &Party, current: &Party) -> Vec<ContactId> {
        let mut same = Vec::new();
        for (kind, new_key) in identity_keys(current) {
            let Some(value) = given(current, kind).cloned() else { continue };
            let old = identity_keys(previous).find(|(old_kind, old)| *old_kind == kind && *old != new_key);
            let old = old.and_then(|key| self.by_key.get(&key).copied().map(|id| (key, id)));
            let old = old
                .filter(|(_, id)| self.identities.get(*id).is_some_and(|row| row.contact_id == contact_id));
            let holder = self.by_key.get(&(kind, new_key.clone())).and_then(|id| self.identities.get(*id));
            let holder = holder.map(|row| row.contact_id);
            same.extend(holder.filter(|holder| *holder != contact_id));
            let Some((old_key, id)) = old else { continue };
            self.by_key.remove(&old_key);
            if holder.is_some() {
                self.removed.push(id);
            } else if let Some(row) = self.identities.change(id) {
                row.value = value;
                row.match_key.clone_from(&new_key);
                self.by_key.insert((kind, new_key), id);
            }
        }
        same
    }

    pub(super) async fn save<C: ConnectionTrait>(self, connection: &C) -> Result<()> {
        let (new, changed) = self.contacts.into_writes();
        bulk::insert_all::<contact::Entity, _>(connection, new).await?;
        effects::save_contacts(connection, changed).await?;
        let (new, changed) = self.identities.into_writes();
        bulk::insert_all::<contact_identity::Entity, _>(connection, new).await?;
        bulk::save_all::<contact_identity::Entity, _>(connection, changed).await?;
        effects::remove_identities(connection, self.removed).await
    }
}

fn given(party: &Party, kind: IdentityKind) -> Option<&String> {
    match kind {
        IdentityKind::Phone => party.wa_id.as_ref(),
        IdentityKind::Bsuid => party.user_id.as_ref(),
        IdentityKind::ParentBsuid => party.parent_user_id.as_ref(),
    }
}

impl Batch<'_> {
    /// The contact under its new ids, history kept. Who is not known under the old ones is looked up under the new.
    pub(super) fn rekey(&mut self, previous: &Party, current: &Party) -> Result<ContactId, String> {
        let Some(contact_id) = self.people.find(previous) else { return self.person(current) };
        let same = self.people.rekey(contact_id, previous, current);
        self.same_people.extend(same.into_iter().map(|other| (contact_id, other)));
        let now = self.tx.now();
        self.people.learn(contact_id, current, self.ids, now);
        self.tally.count(WebhookEffectKind::ContactChanged);
        self.contact_updated(contact_id);
        Ok(contact_id)
    }

    pub(super) fn preference(&mut self, preference: &Preference) -> Result<i32, String> {
        let at = Timestamp::from_seconds(preference.timestamp);
        let contact_id = self.person(&preference.party)?;
        if preference.category != "marketing_messages" {
            return Ok(0);
        }
        let value = if preference.value == "stop" { PreferenceValue::Stop } else { PreferenceValue::Resume };
        Ok(i32::from(self.prefers(contact_id, value, PreferenceSource::Whatsapp, at, None)))
    }

    /// A customer who writes one of the words stops marketing messages, or gets them again after having stopped them.
    pub(super) fn keyword(
        &mut self,
        contact_id: ContactId,
        message_id: MessageId,
        text: &str,
        at: Timestamp,
    ) {
        let opted_out =
            self.people.contacts.get(contact_id).is_some_and(|row| row.marketing_opted_out_at.is_some());
        let value = if self.words.opt_out_keywords.has(text) {
            PreferenceValue::Stop
        } else if opted_out && self.words.opt_in_keywords.has(text) {
            PreferenceValue::Resume
        } else {
            return;
        };
        self.prefers(contact_id, value, PreferenceSource::Keyword, at, Some(message_id));
    }

    /// Adds a row to the ledger. Whether none is newer, as far as is known here: the database decides when it is written.
    pub(super) fn prefers(
        &mut self,
        contact_id: ContactId,
        value: PreferenceValue,
        source: PreferenceSource,
        at: Timestamp,
        message_id: Option<MessageId>,
    ) -> bool {
        let row = contacts::preference_entry(self.ids, contact_id, value, source, at, self.tx.now());
        self.preferences.push(marketing_preference::Model { message_id, ..row });
        self.tally.count(WebhookEffectKind::PreferenceRecorded);
        let known = self.people.contacts.get(contact_id).and_then(|row| row.marketing_preference_at);
        if known.is_some_and(|known| known >= at) {
            return false;
        }
        if let Some(row) = self.people.contacts.change(contact_id) {
            row.marketing_preference_at = Some(at);
            row.marketing_opted_out_at = (value == PreferenceValue::Stop).then_some(at);
            row.updated_at = self.tx.now();
        }
        self.contact_updated(contact_id);
        true
    }

    /// The name that the business gave on its phone, unless somebody gave one here.
    pub(super) fn address_book(&mut self, entry: &AddressBookEntry) -> Result<i32, String> {
        if entry.action == "remove" {
            return Ok(0);
        }
        let contact_id = self.person(&entry.party)?;
        let unnamed = self.people.contacts.get(contact_id).is_some_and(|row| row.name.is_none());
        let Some(name) = entry.full_name.as_ref().filter(|_| unnamed) else { return Ok(0) };
        if let Some(row) = self.people.contacts.change(contact_id) {
            row.name = Some(name.clone());
            row.updated_at = self.tx.now();
        }
        self.tally.count(WebhookEffectKind::ContactChanged);
        self.contact_updated(contact_id);
        Ok(1)
    }
}
