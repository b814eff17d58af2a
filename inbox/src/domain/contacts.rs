//! What people may say of a contact: tags and attributes.

use entities::AttributeKind;

/// Tags on one contact or conversation at most.
pub const MAX_TAGS: usize = 50;
/// The longest tag, in characters.
pub const MAX_TAG: usize = 64;
/// Attributes that a business defines at most.
pub const MAX_ATTRIBUTES: usize = 100;
/// The longest value of an attribute, in characters.
pub const MAX_VALUE: usize = 500;
/// Choices of one attribute at most.
pub const MAX_CHOICES: usize = 100;
/// The longest key of an attribute, in characters.
const MAX_KEY: usize = 40;

/// A tag in its normal form: lower case, one space between words. None unless it is one line of 1 to 64 characters
/// without a comma, which separates tags in files.
#[must_use]
pub fn tag(text: &str) -> Option<String> {
    if text.chars().any(|c| c.is_control() || c == ',') {
        return None;
    }
    let tag = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (1..=MAX_TAG).contains(&tag.chars().count()).then_some(tag)
}

/// Tags in their normal form, sorted and each once; or the place of the first that is none.
///
/// # Errors
/// The index of the text that is no tag.
pub fn tags<T: AsRef<str>>(texts: &[T]) -> Result<Vec<String>, usize> {
    let mut tags = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        tags.push(tag(text.as_ref()).ok_or(index)?);
    }
    tags.sort_unstable();
    tags.dedup();
    Ok(tags)
}

/// Whether a text can be the key of an attribute: small letters, digits and `_`, a letter first, 40 at most.
#[must_use]
pub fn is_key(text: &str) -> bool {
    text.len() <= MAX_KEY
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The choices of an attribute without surrounding space; none unless there are 1 to 100 different ones.
#[must_use]
pub fn choices(texts: &[String]) -> Option<Vec<String>> {
    let choices: Vec<String> = texts.iter().map(|text| line(text)).collect::<Option<_>>()?;
    let different = choices.iter().collect::<std::collections::HashSet<_>>().len() == choices.len();
    (different && (1..=MAX_CHOICES).contains(&choices.len())).then_some(choices)
}

/// What is known of a contact.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// Any line of text.
    Text(String),
    /// A finite number.
    Number(f64),
    /// Yes or no.
    Boolean(bool),
    /// A day, `YYYY-MM-DD`.
    Date(String),
    /// One of the choices.
    Choice(String),
}

impl AttributeValue {
    /// What kind of attribute takes it.
    #[must_use]
    pub fn kind(&self) -> AttributeKind {
        match self {
            Self::Text(_) => AttributeKind::Text,
            Self::Number(_) => AttributeKind::Number,
            Self::Boolean(_) => AttributeKind::Boolean,
            Self::Date(_) => AttributeKind::Date,
            Self::Choice(_) => AttributeKind::Choice,
        }
    }

    /// The value as stored and as written in files.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Date(text) | Self::Choice(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Boolean(boolean) => boolean.to_string(),
        }
    }

    /// The value that a text means for an attribute of this kind.
    ///
    /// # Errors
    /// What the text must be.
    pub fn parse(kind: AttributeKind, choices: &[String], text: &str) -> Result<Self, String> {
        let text = text.trim();
        let value = match kind {
            AttributeKind::Text => Self::Text(text.to_owned()),
            AttributeKind::Number => Self::Number(text.parse().map_err(|_| expected(kind, choices))?),
            AttributeKind::Boolean => Self::Boolean(match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" => true,
                "false" | "0" | "no" => false,
                _ => return Err(expected(kind, choices)),
            }),
            AttributeKind::Date => Self::Date(text.to_owned()),
            AttributeKind::Choice => Self::Choice(text.to_owned()),
        };
        value.checked(kind, choices)
    }

    /// The value in its normal form, if an attribute of this kind takes it.
    ///
    /// # Errors
    /// What the value must be.
    pub fn checked(self, kind: AttributeKind, choices: &[String]) -> Result<Self, String> {
        let refused = || expected(kind, choices);
        if self.kind() != kind {
            return Err(refused());
        }
        match self {
            Self::Text(text) => line(&text).map(Self::Text).ok_or_else(refused),
            Self::Number(number) if number.is_finite() => Ok(Self::Number(number + 0.0)),
            Self::Date(text) if is_date(&text) => Ok(Self::Date(text)),
            Self::Choice(text) if choices.contains(&text) => Ok(Self::Choice(text)),
            Self::Boolean(boolean) => Ok(Self::Boolean(boolean)),
            Self::Number(_) | Self::Date(_) | Self::Choice(_) => Err(refused()),
        }
    }
}

fn expected(kind: AttributeKind, choices: &[String]) -> String {
    match kind {
        AttributeKind::Text => format!("give a line of text of 1 to {MAX_VALUE} characters"),
        AttributeKind::Number => "give a number, such as 12.5".to_owned(),
        AttributeKind::Boolean => "give true or false".to_owned(),
        AttributeKind::Date => "give a day as YYYY-MM-DD, such as 2026-11-22".to_owned(),
        AttributeKind::Choice => format!("give one of: {}", choices.join(", ")),
    }
}

fn line(text: &str) -> Option<String> {
    let text = text.trim();
    let fine = (1..=MAX_VALUE).contains(&text.chars().count()) && !text.contains(char::is_control);
    fine.then(|| text.to_owned())
}

/// A day that the Gregorian calendar has.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = text.get(range)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_have_a_normal_form() {
        let (longest, too_long) = ("ñ".repeat(64), "ñ".repeat(65));
        let table = [
            ("VIP", Some("vip")),
            ("  New   Customer ", Some("new customer")),
            ("ÁRBOL", Some("árbol")),
            (longest.as_str(), Some(longest.as_str())),
            (too_long.as_str(), None),
            ("", None),
            ("  ", None),
            ("a,b", None),
            ("a\nb", None),
        ];
        for (text, expected) in table {
            assert_eq!(tag(text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(tags(&["b", "A", "a "]), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(tags(&["b", ""]), Err(1));
    }

    #[test]
    fn keys() {
        for (text, fine) in [
            ("birthday", true),
            ("size_2", true),
            ("", false),
            ("2nd", false),
            ("Größe", false),
            ("a b", false),
        ] {
            assert_eq!(is_key(text), fine, "{text:?}");
        }
        assert!(is_key(&"k".repeat(40)) && !is_key(&"k".repeat(41)));
    }

    #[test]
    fn choices_differ() {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(choices(&list(&[" S ", "M"])), Some(list(&["S", "M"])));
        for refused in [list(&[]), list(&["S", " S"]), list(&["S", ""]), list(&["x"; 101])] {
            assert_eq!(choices(&refused), None);
        }
    }

    #[test]
    fn values_are_of_their_kind() {
        use AttributeKind::{Boolean, Choice, Date, Number, Text};
        let sizes = ["S".to_owned(), "M".to_owned()];
        let table = [
            (Text, " hola ", Some("hola")),
            (Text, "", None),
            (Text, "a\nb", None),
            (Number, "12.50", Some("12.5")),
            (Number, "-0", Some("0")),
            (Number, "1e3", Some("1000")),
            (Number, "inf", None),
            (Number, "NaN", None),
            (Number, "twelve", None),
            (Boolean, "Yes", Some("true")),
            (Boolean, "0", Some("false")),
            (Boolean, "maybe", None),
            (Date, "2024-02-29", Some("2024-02-29")),
            (Date, "2026-02-29", None),
            (Date, "2026-13-01", None),
            (Date, "2026-1-01", None),
            (Date, "29/02/2024", None),
            (Choice, "S", Some("S")),
            (Choice, "XL", None),
        ];
        for (kind, text, expected) in table {
            let value = AttributeValue::parse(kind, &sizes, text);
            assert_eq!(
                value.as_ref().ok().map(AttributeValue::text).as_deref(),
                expected,
                "{kind:?} {text:?}"
            );
        }
        assert!(AttributeValue::Number(1.0).checked(Text, &[]).is_err());
    }

    proptest! {
        #[test]
        fn normal_forms_stay(text in "\\PC{0,70}", number in any::<f64>(), date in "[0-9]{4}-[0-9]{2}-[0-9]{2}") {
            if let Some(normal) = tag(&text) {
                // Lower case of some letters is longer than they are, and not all of it is lower case again.
                prop_assert!(normal.chars().count() <= MAX_TAG);
            }
            let kinds = [
                (AttributeKind::Text, text.clone()),
                (AttributeKind::Number, number.to_string()),
                (AttributeKind::Boolean, text),
                (AttributeKind::Date, date),
            ];
            for (kind, text) in kinds {
                if let Ok(value) = AttributeValue::parse(kind, &[], &text) {
                    prop_assert_eq!(AttributeValue::parse(kind, &[], &value.text()), Ok(value));
                }
            }
        }
    }
}
