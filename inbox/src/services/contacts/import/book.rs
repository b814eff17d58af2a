//! Contacts in memory while the rows of a portion change them; all of them are read and written together.

use super::rows::{FileRow, Problem, Wish, no_owner};
use crate::auth::{Reach, Sight, Viewer};
use crate::clock::Ids;
use crate::domain::contacts::AttributeValue;
use crate::domain::contacts_file::Column;
use crate::error::{Error, Result};
use crate::services::contacts::attributes::choices_of;
use crate::services::contacts::create::{assign_by, new_contact, own};
use crate::store::effects::{self, AssignmentRows};
use crate::store::imports::{self, Written};
use crate::store::{Tx, attributes, contacts, tags};
use entities::{
    ContactAttributeId, ContactId, ImportRule, OnExisting, UserId, UserKind, contact, contact_attribute,
    contact_attribute_value, contact_identity, user,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Refused(Vec<Problem>),
}

/// Contacts as they are, and as rows left them.
#[derive(Clone, Debug, Default)]
pub(super) struct Contacts {
    by_phone: HashMap<String, ContactId>,
    entries: HashMap<ContactId, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    row: contact::Model,
    /// Of a contact that is new.
    identity: Option<contact_identity::Model>,
    visible: bool,
    tags: Vec<String>,
    values: HashMap<ContactAttributeId, String>,
    changed: bool,
    retagged: bool,
    set: BTreeSet<ContactAttributeId>,
}

impl Contacts {
    /// Those with one of these phones.
    pub(super) fn with_phones(&self, rows: &[FileRow]) -> Self {
        let mut some = Self::default();
        for key in phones(rows) {
            if let Some(id) = self.by_phone.get(key) {
                some.by_phone.insert(key.to_owned(), *id);
                some.entries.extend(self.entries.get(id).map(|entry| (*id, entry.clone())));
            }
        }
        some
    }

    /// Remembers what a portion left.
    pub(super) fn take(&mut self, others: Self) {
        self.by_phone.extend(others.by_phone);
        self.entries.extend(others.entries);
    }
}

/// What the rows of a portion are measured by.
pub(super) struct Book<'a> {
    viewer: &'a Viewer,
    on_existing: OnExisting,
    ids: &'a Ids,
    contacts: Contacts,
    attributes: HashMap<String, contact_attribute::Model>,
    owners: HashMap<String, UserId>,
    assignment: AssignmentRows,
}

impl<'a> Book<'a> {
    /// Reads what these rows speak of, and locks the contacts. What was `carried` along is not read again.
    pub(super) async fn open(
        tx: &Tx,
        ids: &'a Ids,
        viewer: &'a Viewer,
        on_existing: OnExisting,
        rows: &[FileRow],
        carried: Contacts,
    ) -> Result<Self> {
        let attributes = attributes::all(tx.conn(), Reach::All).await?;
        let wishes = || rows.iter().filter_map(|row| row.wish.as_ref().ok());
        let emails: BTreeSet<String> = wishes().filter_map(|wish| wish.owner.clone()).collect();
        let owners =
            if emails.is_empty() { Vec::new() } else { imports::users_by_email(tx.conn(), emails).await? };
        let mut assignment = effects::assignment(tx, phones(rows).collect(), own(viewer)).await?;
        assignment.users.extend(owners.iter().cloned());
        let mut book = Self {
            viewer,
            on_existing,
            ids,
            contacts: carried,
            attributes: attributes.into_iter().map(|row| (row.key.clone(), row)).collect(),
            owners: owners.into_iter().filter_map(|user| named_by(viewer, user)).collect(),
            assignment,
        };
        book.read(tx, rows).await?;
        Ok(book)
    }

    async fn read(&mut self, tx: &Tx, rows: &[FileRow]) -> Result<()> {
        let unread = phones(rows).filter(|key| !self.contacts.by_phone.contains_key(*key));
        let unread: BTreeSet<String> = unread.map(str::to_owned).collect();
        if unread.is_empty() {
            return Ok(());
        }
        let identities = imports::phones(tx.conn(), unread).await?;
        let known = &self.contacts.entries;
        let ids: BTreeSet<ContactId> = identities.iter().map(|row| row.contact_id).collect();
        let ids: Vec<ContactId> = ids.into_iter().filter(|id| !known.contains_key(id)).collect();
        let rows = imports::lock_contacts(tx, ids.iter().copied()).await?;
        if rows.len() < ids.len() {
            // Between the two reads it became a part of another.
            return Err(Error::Unavailable("a contact was merged meanwhile".to_owned()));
        }
        let visible: HashSet<ContactId> = match self.viewer.reach() {
            Reach::All => ids.iter().copied().collect(),
            reach => {
                let seen = contacts::by_ids(tx.conn(), reach, ids.iter().copied()).await?;
                seen.into_iter().map(|row| row.id).collect()
            }
        };
        for row in rows {
            let is_visible = visible.contains(&row.id);
            self.contacts.entries.insert(row.id, Entry::of(row, is_visible));
        }
        for row in tags::of_contacts(tx.conn(), Reach::All, ids.iter().copied()).await? {
            if let Some(entry) = self.contacts.entries.get_mut(&row.contact_id) {
                entry.tags.push(row.tag);
            }
        }
        for row in attributes::values(tx.conn(), Reach::All, ids.iter().copied()).await? {
            if let Some(entry) = self.contacts.entries.get_mut(&row.contact_id) {
                entry.values.insert(row.attribute_id, row.value);
            }
        }
        self.contacts.by_phone.extend(identities.into_iter().map(|row| (row.match_key, row.contact_id)));
        Ok(())
    }

    /// Whether there is an attribute for each of these columns.
    pub(super) fn knows(&self, columns: &[Column]) -> bool {
        columns.iter().all(|column| match column {
            Column::Attribute(key) => self.attributes.contains_key(key),
            _ => true,
        })
    }

    /// Does what a row asks for, in memory.
    pub(super) fn apply(&mut self, tx: &Tx, row: &FileRow) -> Result<Outcome> {
        let wish = match &row.wish {
            Ok(wish) => wish,
            Err(problems) => return Ok(Outcome::Refused(problems.clone())),
        };
        let mut problems = Vec::new();
        let owner = match &wish.owner {
            None => None,
            Some(email) => {
                let found = self.owners.get(email).copied();
                if found.is_none() {
                    problems.push(no_owner());
                }
                found
            }
        };
        let values = self.values(wish, &mut problems);
        if !problems.is_empty() {
            return Ok(Outcome::Refused(problems));
        }
        let known = self.contacts.by_phone.get(&wish.phone.match_key).copied();
        let Some(id) = known else {
            self.create(tx, wish, owner, values)?;
            return Ok(Outcome::Created);
        };
        let entry = self.contacts.entries.get_mut(&id);
        let entry = entry.ok_or_else(|| Error::internal("a phone belongs to no contact"))?;
        if self.on_existing == OnExisting::Keep {
            return Ok(Outcome::Unchanged);
        }
        if !entry.visible {
            let message = "a contact has this phone, but you do not see it; ask somebody who does";
            let problem = Problem::of(&Column::Phone, ImportRule::ContactNotVisible, message);
            return Ok(Outcome::Refused(vec![problem]));
        }
        Ok(if entry.change(tx, wish, owner, values) { Outcome::Updated } else { Outcome::Unchanged })
    }

    /// Values in stored form.
    fn values(&self, wish: &Wish, problems: &mut Vec<Problem>) -> Vec<(ContactAttributeId, String)> {
        let mut values = Vec::with_capacity(wish.values.len());
        for (key, text) in &wish.values {
            let Some(attribute) = self.attributes.get(key) else { continue };
            match AttributeValue::parse(attribute.kind, &choices_of(attribute), text) {
                Ok(value) => values.push((attribute.id, value.text())),
                Err(expected) => {
                    let message = format!("the attribute {key} takes another value: {expected}");
                    let column = Column::Attribute(key.clone());
                    problems.push(Problem::of(&column, ImportRule::AttributeValueInvalid, message));
                }
            }
        }
        values
    }

    fn create(
        &mut self,
        tx: &Tx,
        wish: &Wish,
        owner: Option<UserId>,
        values: Vec<(ContactAttributeId, String)>,
    ) -> Result<()> {
        let assigned = assign_by(&self.assignment, self.viewer, owner, &wish.phone)?;
        let (row, identity) = new_contact(self.ids, tx.now(), &wish.phone, assigned);
        let visible = match self.viewer.reach() {
            Reach::All => true,
            Reach::Own(user) => row.owner_id == user,
            Reach::Nothing => false,
        };
        let mut entry = Entry { identity: Some(identity), ..Entry::of(row, visible) };
        entry.change(tx, wish, None, values);
        self.contacts.by_phone.insert(wish.phone.match_key.clone(), entry.row.id);
        self.contacts.entries.insert(entry.row.id, entry);
        Ok(())
    }

    /// The contacts as the rows left them, to be written or carried along.
    pub(super) fn close(self) -> Contacts {
        self.contacts
    }
}

impl Entry {
    fn of(row: contact::Model, visible: bool) -> Self {
        Self {
            row,
            identity: None,
            visible,
            tags: Vec::new(),
            values: HashMap::new(),
            changed: false,
            retagged: false,
            set: BTreeSet::new(),
        }
    }

    /// Whether anything became different.
    fn change(
        &mut self,
        tx: &Tx,
        wish: &Wish,
        owner: Option<UserId>,
        values: Vec<(ContactAttributeId, String)>,
    ) -> bool {
        let before = self.row.clone();
        if wish.name.is_some() {
            self.row.name.clone_from(&wish.name);
        }
        if wish.language.is_some() {
            self.row.language.clone_from(&wish.language);
        }
        self.row.owner_id = owner.unwrap_or(self.row.owner_id);
        let mut changed = self.row != before;
        if let Some(tags) = wish.tags.as_ref().filter(|tags| **tags != self.tags) {
            self.tags.clone_from(tags);
            (self.retagged, changed) = (true, true);
        }
        for (attribute, value) in values {
            if self.values.get(&attribute) != Some(&value) {
                self.values.insert(attribute, value);
                self.set.insert(attribute);
                changed = true;
            }
        }
        if changed {
            self.row.updated_at = tx.now();
            self.changed = true;
        }
        changed
    }
}

impl Contacts {
    /// What is to be written, and of whom it is to be told.
    pub(super) fn written(self) -> (Written, BTreeSet<ContactId>) {
        let mut written = Written::default();
        let mut told = BTreeSet::new();
        for (id, entry) in self.entries {
            if entry.identity.is_none() && !entry.changed {
                continue;
            }
            told.insert(id);
            match entry.identity {
                Some(identity) => {
                    written.new.push(entry.row);
                    written.identities.push(identity);
                }
                None => written.changed.push(entry.row),
            }
            if entry.retagged {
                written.tagged.push((id, entry.tags));
            }
            let values = entry.values.into_iter().filter(|(attribute, _)| entry.set.contains(attribute));
            written.values.extend(values.map(|(attribute_id, value)| contact_attribute_value::Model {
                contact_id: id,
                attribute_id,
                value,
            }));
        }
        // In one order, whoever writes.
        written.identities.sort_by(|one, other| one.match_key.cmp(&other.match_key));
        written.values.sort_by_key(|row| (row.contact_id, row.attribute_id));
        (written, told)
    }
}

fn phones(rows: &[FileRow]) -> impl Iterator<Item = &str> {
    rows.iter().filter_map(|row| row.wish.as_ref().ok()).map(|wish| wish.phone.match_key.as_str())
}

/// A user by its address, if the caller may see that address and the user can own something.
fn named_by(viewer: &Viewer, user: user::Model) -> Option<(String, UserId)> {
    let seen = viewer.sight() == Sight::Full || viewer.user_id() == Some(user.id);
    let can_own = user.deactivated_at.is_none() && user.kind == UserKind::Person;
    user.email.filter(|_| seen && can_own).map(|email| (email, user.id))
}
