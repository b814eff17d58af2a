//! Shared contact cards.

use async_graphql::SimpleObject;
use providers::content;

/// Shared contact cards.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ContactsContent {
    /// The cards, in the sender's order.
    cards: Vec<ContactCard>,
}

impl From<content::Contacts> for ContactsContent {
    fn from(contacts: content::Contacts) -> Self {
        Self { cards: contacts.cards.into_iter().map(Into::into).collect() }
    }
}

/// One shared contact card. Everything may be missing.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ContactCard {
    /// The whole name, as the sender's phone shows it.
    formatted_name: Option<String>,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// What stands between given and family name.
    middle_name: Option<String>,
    /// What stands before the name: `Dr.`, `Ms.`.
    prefix: Option<String>,
    /// What stands behind the name: `Jr.`, `MSc`.
    suffix: Option<String>,
    /// Phone numbers.
    phones: Vec<ContactCardPhone>,
    /// E-mail addresses.
    emails: Vec<ContactCardEntry>,
    /// Web pages.
    urls: Vec<ContactCardEntry>,
    /// Postal addresses.
    addresses: Vec<ContactCardAddress>,
    /// Where the person works.
    company: Option<String>,
    /// The part of the company.
    department: Option<String>,
    /// Title in the company.
    job_title: Option<String>,
    /// Day of birth, `YYYY-MM-DD`.
    birthday: Option<String>,
    /// `contact_request` when the card answers our request for the number, else `other`.
    origin: Option<String>,
    /// The card as vCard text, where given.
    vcard: Option<String>,
}

impl From<content::ContactCard> for ContactCard {
    fn from(card: content::ContactCard) -> Self {
        Self {
            formatted_name: card.formatted_name,
            first_name: card.first_name,
            last_name: card.last_name,
            middle_name: card.middle_name,
            prefix: card.prefix,
            suffix: card.suffix,
            phones: card.phones.into_iter().map(Into::into).collect(),
            emails: card.emails.into_iter().map(Into::into).collect(),
            urls: card.urls.into_iter().map(Into::into).collect(),
            addresses: card.addresses.into_iter().map(Into::into).collect(),
            company: card.company,
            department: card.department,
            job_title: card.job_title,
            birthday: card.birthday,
            origin: card.origin,
            vcard: card.vcard,
        }
    }
}

/// A phone number on a card.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ContactCardPhone {
    /// As written on the card.
    phone: Option<String>,
    /// Its WhatsApp id, when it has one.
    wa_id: Option<String>,
    /// Its business-scoped user id.
    user_id: Option<String>,
    /// `HOME`, `WORK`, `CELL` and others.
    label: Option<String>,
}

impl From<content::CardPhone> for ContactCardPhone {
    fn from(phone: content::CardPhone) -> Self {
        Self { phone: phone.phone, wa_id: phone.wa_id, user_id: phone.user_id, label: phone.label }
    }
}

/// An e-mail address or a web page on a card.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ContactCardEntry {
    /// The address.
    value: String,
    /// `HOME`, `WORK` and others.
    label: Option<String>,
}

impl From<content::CardEntry> for ContactCardEntry {
    fn from(entry: content::CardEntry) -> Self {
        Self { value: entry.value, label: entry.label }
    }
}

/// A postal address on a card.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct ContactCardAddress {
    /// Street and number.
    street: Option<String>,
    /// Town.
    city: Option<String>,
    /// State or province.
    state: Option<String>,
    /// Postal code.
    zip: Option<String>,
    /// Country by name.
    country: Option<String>,
    /// Country by ISO 3166 code.
    country_code: Option<String>,
    /// `HOME`, `WORK` and others.
    label: Option<String>,
}

impl From<content::CardAddress> for ContactCardAddress {
    fn from(address: content::CardAddress) -> Self {
        Self {
            street: address.street,
            city: address.city,
            state: address.state,
            zip: address.zip,
            country: address.country,
            country_code: address.country_code,
            label: address.label,
        }
    }
}
