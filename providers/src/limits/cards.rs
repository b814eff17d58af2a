//! Limits of contact cards.

use super::check::Check;
use super::{CARD_LINE, CARDS, Rule};
use crate::content::{CardAddress, CardPhone, ContactCard, Contacts};

pub(super) fn contacts(check: &mut Check, contacts: &Contacts) {
    check.count("cards", "cards", contacts.cards.len(), CARDS);
    check.each("cards", &contacts.cards, card);
}

fn card(check: &mut Check, card: &ContactCard) {
    let formatted = card.formatted_name.as_deref().unwrap_or_default();
    check.text("formattedName", "formatted name", formatted, CARD_LINE);
    let parts = [
        ("firstName", "given name", &card.first_name),
        ("lastName", "family name", &card.last_name),
        ("middleName", "middle name", &card.middle_name),
        ("prefix", "title before the name", &card.prefix),
        ("suffix", "suffix of the name", &card.suffix),
    ];
    if parts.iter().all(|(_, _, part)| part.is_none()) {
        let message = "Besides the formatted name WhatsApp wants one more part of it; give the given name, for example.";
        check.refuse("firstName", Rule::Missing, message.to_owned());
    }
    for (field, what, part) in parts {
        check.optional(field, what, part.as_deref(), CARD_LINE);
    }
    check.each("phones", &card.phones, phone);
    check.each("emails", &card.emails, |check, entry| {
        check.text("email", "e-mail address", &entry.value, CARD_LINE);
        check.optional("label", "label", entry.label.as_deref(), CARD_LINE);
    });
    check.each("urls", &card.urls, |check, entry| {
        check.text("url", "web page", &entry.value, CARD_LINE);
        check.optional("label", "label", entry.label.as_deref(), CARD_LINE);
    });
    check.each("addresses", &card.addresses, address);
    check.optional("company", "company", card.company.as_deref(), CARD_LINE);
    check.optional("department", "department", card.department.as_deref(), CARD_LINE);
    check.optional("jobTitle", "job title", card.job_title.as_deref(), CARD_LINE);
    if card.birthday.as_deref().is_some_and(|day| !is_day(day)) {
        let message = "The birthday is no day of the calendar; write it as 1985-07-01.".to_owned();
        check.refuse("birthday", Rule::Malformed, message);
    }
}

fn phone(check: &mut Check, phone: &CardPhone) {
    check.text("phone", "phone number", phone.phone.as_deref().unwrap_or_default(), CARD_LINE);
    let is_id = |id: &str| (7..=15).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    if phone.wa_id.as_deref().is_some_and(|id| !is_id(id)) {
        let message = "The WhatsApp id must be the digits of the number, 7 to 15, country code in front.";
        check.refuse("waId", Rule::Malformed, message.to_owned());
    }
    check.optional("label", "label", phone.label.as_deref(), CARD_LINE);
}

fn address(check: &mut Check, address: &CardAddress) {
    for (field, what, line) in [
        ("street", "street", &address.street),
        ("city", "town", &address.city),
        ("state", "state", &address.state),
        ("zip", "postal code", &address.zip),
        ("country", "country", &address.country),
        ("countryCode", "country code", &address.country_code),
        ("label", "label", &address.label),
    ] {
        check.optional(field, what, line.as_deref(), CARD_LINE);
    }
}

/// `YYYY-MM-DD`, a day that there was or will be.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = bytes.get(from..to)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' && (1..=days).contains(&day)
}
