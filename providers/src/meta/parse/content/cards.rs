//! Contact cards. People write them by hand, so a broken entry is left out and the card stays.

use super::super::flex;
use crate::content::{CardAddress, CardEntry, CardPhone, ContactCard};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Card {
    #[serde(default, deserialize_with = "flex::lenient")]
    name: Option<Name>,
    #[serde(default, deserialize_with = "flex::list")]
    phones: Vec<Phone>,
    #[serde(default, deserialize_with = "flex::list")]
    emails: Vec<Email>,
    #[serde(default, deserialize_with = "flex::list")]
    urls: Vec<Page>,
    #[serde(default, deserialize_with = "flex::list")]
    addresses: Vec<Address>,
    #[serde(default, deserialize_with = "flex::lenient")]
    org: Option<Organisation>,
    #[serde(default, deserialize_with = "flex::id")]
    birthday: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    origin: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    vcard: Option<String>,
}

#[derive(Deserialize, Default)]
struct Name {
    #[serde(default, deserialize_with = "flex::id")]
    formatted_name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    first_name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    last_name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    middle_name: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    prefix: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    suffix: Option<String>,
}

#[derive(Deserialize, Default)]
struct Organisation {
    #[serde(default, deserialize_with = "flex::id")]
    company: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    department: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    title: Option<String>,
}

#[derive(Deserialize)]
struct Phone {
    #[serde(default, deserialize_with = "flex::id")]
    phone: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    wa_id: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    user_id: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    label: Option<String>,
}

#[derive(Deserialize)]
struct Email {
    email: String,
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    label: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    url: String,
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    label: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    #[serde(default, deserialize_with = "flex::id")]
    street: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    city: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    state: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    zip: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    country: Option<String>,
    #[serde(default, deserialize_with = "flex::id")]
    country_code: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "flex::id")]
    label: Option<String>,
}

impl From<Card> for ContactCard {
    fn from(card: Card) -> Self {
        let name = card.name.unwrap_or_default();
        let org = card.org.unwrap_or_default();
        Self {
            formatted_name: name.formatted_name,
            first_name: name.first_name,
            last_name: name.last_name,
            middle_name: name.middle_name,
            prefix: name.prefix,
            suffix: name.suffix,
            phones: card.phones.into_iter().map(Into::into).collect(),
            emails: card.emails.into_iter().map(|e| CardEntry { value: e.email, label: e.label }).collect(),
            urls: card.urls.into_iter().map(|p| CardEntry { value: p.url, label: p.label }).collect(),
            addresses: card.addresses.into_iter().map(Into::into).collect(),
            company: org.company,
            department: org.department,
            job_title: org.title,
            birthday: card.birthday,
            origin: card.origin,
            vcard: card.vcard,
        }
    }
}

impl From<Phone> for CardPhone {
    fn from(wire: Phone) -> Self {
        let Phone { phone, wa_id, user_id, label } = wire;
        Self { phone, wa_id, user_id, label }
    }
}

impl From<Address> for CardAddress {
    fn from(wire: Address) -> Self {
        let Address { street, city, state, zip, country, country_code, label } = wire;
        Self { street, city, state, zip, country, country_code, label }
    }
}
