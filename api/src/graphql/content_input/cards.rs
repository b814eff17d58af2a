//! Contact cards to send.

use crate::graphql::scalars::{PhoneNumber, Url};
use async_graphql::InputObject;
use providers::content;

/// Contact cards, 1 to 257.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ContactsContentInput {
    /// The cards, in the order in which they are shown.
    cards: Vec<ContactCardInput>,
}

/// One contact card: a formatted name and at least one more part of the name.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ContactCardInput {
    /// The whole name, as the customer's phone shows it.
    formatted_name: String,
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
    phones: Option<Vec<ContactCardPhoneInput>>,
    /// E-mail addresses.
    emails: Option<Vec<ContactCardEmailInput>>,
    /// Web pages.
    urls: Option<Vec<ContactCardUrlInput>>,
    /// Postal addresses.
    addresses: Option<Vec<ContactCardAddressInput>>,
    /// Where the person works.
    company: Option<String>,
    /// The part of the company.
    department: Option<String>,
    /// Title in the company.
    job_title: Option<String>,
    /// Day of birth, `YYYY-MM-DD`.
    birthday: Option<String>,
}

/// A phone number for a card.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ContactCardPhoneInput {
    /// The number, as it is to be shown.
    phone: PhoneNumber,
    /// Its WhatsApp id, digits only. With it the customer can write to it; without it WhatsApp offers an invitation.
    wa_id: Option<String>,
    /// `HOME`, `WORK`, `CELL` or another word.
    label: Option<String>,
}

/// An e-mail address for a card.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ContactCardEmailInput {
    /// The address.
    email: String,
    /// `HOME`, `WORK` or another word.
    label: Option<String>,
}

/// A web page for a card.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ContactCardUrlInput {
    /// Its address.
    url: Url,
    /// `HOME`, `WORK` or another word.
    label: Option<String>,
}

/// A postal address for a card.
#[derive(Clone, Debug, InputObject)]
pub(in crate::graphql) struct ContactCardAddressInput {
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
    /// `HOME`, `WORK` or another word.
    label: Option<String>,
}

impl From<ContactsContentInput> for content::Contacts {
    fn from(contacts: ContactsContentInput) -> Self {
        Self { cards: contacts.cards.into_iter().map(Into::into).collect() }
    }
}

impl From<ContactCardInput> for content::ContactCard {
    fn from(card: ContactCardInput) -> Self {
        Self {
            formatted_name: Some(card.formatted_name),
            first_name: card.first_name,
            last_name: card.last_name,
            middle_name: card.middle_name,
            prefix: card.prefix,
            suffix: card.suffix,
            phones: card.phones.into_iter().flatten().map(Into::into).collect(),
            emails: card.emails.into_iter().flatten().map(Into::into).collect(),
            urls: card.urls.into_iter().flatten().map(Into::into).collect(),
            addresses: card.addresses.into_iter().flatten().map(Into::into).collect(),
            company: card.company,
            department: card.department,
            job_title: card.job_title,
            birthday: card.birthday,
            origin: None,
            vcard: None,
        }
    }
}

impl From<ContactCardPhoneInput> for content::CardPhone {
    fn from(phone: ContactCardPhoneInput) -> Self {
        Self { phone: Some(phone.phone.0), wa_id: phone.wa_id, user_id: None, label: phone.label }
    }
}

impl From<ContactCardEmailInput> for content::CardEntry {
    fn from(email: ContactCardEmailInput) -> Self {
        Self { value: email.email, label: email.label }
    }
}

impl From<ContactCardUrlInput> for content::CardEntry {
    fn from(url: ContactCardUrlInput) -> Self {
        Self { value: url.url.0, label: url.label }
    }
}

impl From<ContactCardAddressInput> for content::CardAddress {
    fn from(address: ContactCardAddressInput) -> Self {
        let ContactCardAddressInput { street, city, state, zip, country, country_code, label } = address;
        Self { street, city, state, zip, country, country_code, label }
    }
}
