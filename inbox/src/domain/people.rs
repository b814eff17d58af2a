//! What may stand in a user, a role or a token.

use entities::Timestamp;
use providers::phone;
use std::time::Duration;

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;
/// The longest description of a role, in characters.
pub const MAX_DESCRIPTION: usize = 500;
/// How long an invitation can be taken.
pub const INVITATION_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Digits of a phone number, country code included: E.164 allows 15, and no country's are fewer than 7.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// The longest language tag that RFC 5646 (4.4.1) asks for.
const MAX_LANGUAGE: usize = 35;

/// Whether a user can come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserState {
    /// Can log in.
    Active,
    /// Has not taken the invitation yet.
    Invited,
    /// Cannot come in any more.
    Deactivated,
}

/// A user's state.
#[must_use]
pub fn user_state(joined_at: Option<Timestamp>, deactivated_at: Option<Timestamp>) -> UserState {
    match (deactivated_at, joined_at) {
        (Some(_), _) => UserState::Deactivated,
        (None, Some(_)) => UserState::Active,
        (None, None) => UserState::Invited,
    }
}

/// The name of a user, role or token without surrounding space; none unless it is one line of 1 to 100 characters.
#[must_use]
pub fn name(text: &str) -> Option<String> {
    let name = text.trim();
    let length = name.chars().count();
    let fine = (1..=MAX_NAME).contains(&length) && !name.contains(char::is_control);
    fine.then(|| name.to_owned())
}

/// A role's description without surrounding space; none unless it has at most 500 characters, in lines.
#[must_use]
pub fn description(text: &str) -> Option<String> {
    let text = text.trim();
    let fine = text.chars().count() <= MAX_DESCRIPTION
        && !text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t');
    fine.then(|| text.to_owned())
}

/// A phone number and the key by which its national forms meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// E.164, with its plus.
    pub number: String,
    /// See [`phone::match_key`].
    pub match_key: String,
}

/// A phone number as typed, with a plus; spaces and `-().` may stand between the digits. None if it is none.
#[must_use]
pub fn phone(text: &str) -> Option<Phone> {
    let digits: String = text.trim().strip_prefix('+')?.chars().filter(|c| !" -().".contains(*c)).collect();
    let fine = PHONE_DIGITS.contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    fine.then(|| Phone { match_key: phone::match_key(&digits), number: format!("+{digits}") })
}

/// A language tag in its usual case (`es`, `pt-BR`, `zh-Hant-TW`); none if it is not well-formed: a language of two or
/// three letters, then perhaps a script, a region and variants.
#[must_use]
pub fn language(text: &str) -> Option<String> {
    let tag = text.trim();
    if tag.len() > MAX_LANGUAGE {
        return None;
    }
    let mut parts = tag.split('-');
    let language = parts.next().filter(|part| (2..=3).contains(&part.len()) && is_alphabetic(part))?;
    let mut normal = language.to_ascii_lowercase();
    let mut last = Subtag::Language;
    for part in parts {
        let kind = Subtag::of(part).filter(|kind| *kind > last || *kind == Subtag::Variant)?;
        normal.push('-');
        normal.push_str(&kind.in_usual_case(part));
        last = kind;
    }
    Some(normal)
}

/// The parts of a language tag, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subtag {
    Language,
    Script,
    Region,
    Variant,
}

impl Subtag {
    fn of(part: &str) -> Option<Self> {
        let starts_with_digit = part.starts_with(|c: char| c.is_ascii_digit());
        match part.len() {
            _ if !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) => None,
            4 if is_alphabetic(part) => Some(Self::Script),
            2 if is_alphabetic(part) => Some(Self::Region),
            3 if part.bytes().all(|byte| byte.is_ascii_digit()) => Some(Self::Region),
            4 if starts_with_digit => Some(Self::Variant),
            5..=8 => Some(Self::Variant),
            _ => None,
        }
    }

    fn in_usual_case(self, part: &str) -> String {
        match self {
            Self::Region => part.to_ascii_uppercase(),
            Self::Script => format!("{}{}", part[..1].to_ascii_uppercase(), part[1..].to_ascii_lowercase()),
            Self::Language | Self::Variant => part.to_ascii_lowercase(),
        }
    }
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn states() {
        let now = Some(Timestamp(1));
        let table = [
            (None, None, UserState::Invited),
            (now, None, UserState::Active),
            (now, now, UserState::Deactivated),
            (None, now, UserState::Deactivated),
        ];
        for (joined, deactivated, expected) in table {
            assert_eq!(user_state(joined, deactivated), expected);
        }
    }

    #[test]
    fn names_are_one_line() {
        let (longest, too_long) = ("ñ".repeat(100), "ñ".repeat(101));
        let table = [
            ("Ana Gil", Some("Ana Gil")),
            ("  Ana ", Some("Ana")),
            (longest.as_str(), Some(longest.as_str())),
            (too_long.as_str(), None),
            ("", None),
            (" \n", None),
            ("Ana\nGil", None),
            ("Ana\0", None),
        ];
        for (text, expected) in table {
            assert_eq!(name(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn descriptions_may_have_lines() {
        let (longest, too_long) = ("x".repeat(500), "x".repeat(501));
        for fine in ["", "Answers\non weekends", &longest] {
            assert_eq!(description(fine).as_deref(), Some(fine));
        }
        for refused in ["a\0b", &too_long] {
            assert_eq!(description(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn phones_meet_by_their_key() {
        let table = [
            ("+34 600 111 222", Some(("+34600111222", "34600111222"))),
            (" +52 1 55 1234 5678", Some(("+5215512345678", "525512345678"))),
            ("+52 (55) 1234-5678", Some(("+525512345678", "525512345678"))),
            ("+1.650.555.1234", Some(("+16505551234", "16505551234"))),
            ("34600111222", None),
            ("+034600111222", None),
            ("+123456", None),
            ("+1234567890123456", None),
            ("+34600x11222", None),
            ("+", None),
            ("", None),
        ];
        for (text, expected) in table {
            let found = phone(text);
            let found = found.as_ref().map(|phone| (phone.number.as_str(), phone.match_key.as_str()));
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn languages_are_well_formed() {
        let table = [
            ("es", Some("es")),
            ("pt-br", Some("pt-BR")),
            ("ZH-hant-tw", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("ca-valencia", Some("ca-valencia")),
            ("de-1996", Some("de-1996")),
            ("sl-rozaj-biske", Some("sl-rozaj-biske")),
            ("", None),
            ("e", None),
            ("spanish", None),
            ("es_ES", None),
            ("es-", None),
            ("es-ES-Latn", None),
            ("es-ES-MX", None),
            ("es-é1", None),
            ("12", None),
        ];
        for (text, expected) in table {
            assert_eq!(language(text).as_deref(), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn normal_forms_stay(text in "\\PC{0,40}", tag in "[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,9}){0,3}", number in "\\+[0-9 ]{5,20}") {
            for text in [&text, &tag] {
                if let Some(normal) = language(text) {
                    prop_assert_eq!(language(&normal), Some(normal));
                }
            }
            if let Some(normal) = name(&text) {
                prop_assert_eq!(name(&normal), Some(normal));
            }
            for text in [&text, &number] {
                if let Some(normal) = phone(text) {
                    prop_assert_eq!(phone(&normal.number), Some(normal));
                }
            }
        }
    }
}
