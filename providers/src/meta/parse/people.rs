//! The `contacts[]` of a change, and whom of them an item is about.

use super::{Raw, each, flex};
use crate::inbound::{Item, Party};
use serde::Deserialize;

/// The people whom a change names.
#[derive(Default)]
pub(super) struct People(Vec<Party>);

#[derive(Deserialize)]
struct Contact {
    #[serde(default, deserialize_with = "flex::id")]
    wa_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    parent_user_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    username: Option<String>,
    #[serde(default, deserialize_with = "flex::lenient")]
    profile: Option<Profile>,
}

#[derive(Deserialize, Default)]
struct Profile {
    #[serde(default, deserialize_with = "flex::id")]
    name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    username: Option<String>,
}

impl People {
    /// A contact that cannot be read goes to `items`; the messages beside it do not need it.
    pub(super) fn read(list: Raw<'_>, items: &mut Vec<Item>) -> Self {
        let mut people = Vec::new();
        each("contacts", list, items, |contact: Contact, _| {
            people.push(contact.into());
            Ok(None)
        });
        Self(people)
    }

    /// Fills what `party` lacks from the contact with the same ids. Without ids, from the only contact there is.
    pub(super) fn complete(&self, party: Party) -> Party {
        let Some(known) = self.find(&party) else { return party };
        Party {
            wa_id: party.wa_id.or_else(|| known.wa_id.clone()),
            user_id: party.user_id.or_else(|| known.user_id.clone()),
            parent_user_id: party.parent_user_id.or_else(|| known.parent_user_id.clone()),
            profile_name: known.profile_name.clone(),
            username: known.username.clone(),
        }
    }

    /// By user id, then by phone. The order of contacts says nothing about the order of messages.
    fn find(&self, party: &Party) -> Option<&Party> {
        if is_nobody(party) {
            return if let [only] = self.0.as_slice() { Some(only) } else { None };
        }
        let by_user = self.0.iter().find(|p| p.user_id.is_some() && p.user_id == party.user_id);
        by_user.or_else(|| {
            // Two user ids with one phone are two people: the number has changed hands.
            let same = |p: &Party| p.user_id.is_none() || party.user_id.is_none();
            self.0.iter().find(|p| p.wa_id.is_some() && p.wa_id == party.wa_id && same(p))
        })
    }
}

/// No id at all.
pub(super) fn is_nobody(party: &Party) -> bool {
    party.wa_id.is_none() && party.user_id.is_none() && party.parent_user_id.is_none()
}

impl From<Contact> for Party {
    fn from(contact: Contact) -> Self {
        let profile = contact.profile.unwrap_or_default();
        let username = profile.username.or(contact.username);
        Self {
            wa_id: contact.wa_id,
            user_id: contact.user_id,
            parent_user_id: contact.parent_user_id,
            profile_name: profile.name,
            username: username.map(|name| name.trim_start_matches('@').to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(wa_id: &str, user_id: &str, name: &str) -> Party {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Party { wa_id: some(wa_id), user_id: some(user_id), profile_name: some(name), ..Party::default() }
    }

    #[test]
    fn matched_by_id_and_never_by_place() {
        let people = People(vec![
            party("1", "US.1", "One"),
            party("2", "", "Two"),
            party("", "US.3", "Three"),
            party("4", "US.4", "Four"),
        ]);
        let cases = [
            (party("", "US.4", ""), party("4", "US.4", "Four")),
            (party("4", "", ""), party("4", "US.4", "Four")),
            (party("2", "US.2", ""), party("2", "US.2", "Two")),
            (party("3", "US.3", ""), party("3", "US.3", "Three")),
            (party("1", "US.9", ""), party("1", "US.9", "")),
            (party("9", "", ""), party("9", "", "")),
            (party("", "", ""), party("", "", "")),
        ];
        for (given, expected) in cases {
            assert_eq!(people.complete(given), expected);
        }
    }

    #[test]
    fn the_only_contact_stands_for_a_missing_sender() {
        let people = People(vec![party("", "US.1", "One")]);
        assert_eq!(people.complete(Party::default()), party("", "US.1", "One"));
        assert_eq!(people.complete(party("2", "", "")), party("2", "", ""));
    }
}
