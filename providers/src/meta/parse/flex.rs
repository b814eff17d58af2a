//! Readers for values whose JSON type Meta changes from webhook to webhook. For `#[serde(deserialize_with)]`.
//!
//! They read absent, null and (for ids) empty values as `None`, and go through the raw text, so that a number of any
//! length keeps its digits.

use super::Raw;
use serde::de::{Deserialize, Deserializer, Error, Unexpected};
use serde_json::value::RawValue;

/// A string, or a number as it is written.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let Some(raw) = Raw::deserialize(deserializer)? else { return Ok(None) };
    scalar(raw.get()).map(Some).ok_or_else(|| wrong("a string or a number"))
}

/// As [`text`], and empty is absent.
pub(super) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text(deserializer)?.filter(|id| !id.is_empty()))
}

/// Unix seconds as a string or a number; a fraction is cut off.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let Some(text) = id(deserializer)? else { return Ok(None) };
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    whole.parse().map(Some).map_err(|_| wrong("seconds as a number"))
}

/// A whole number as a number or a string.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    id(deserializer)?.and_then(|text| text.parse().ok()).ok_or_else(|| wrong("a whole number"))
}

/// Degrees as a number or a string.
pub(super) fn degrees<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = id(deserializer)?.and_then(|text| text.trim().parse().ok());
    number.filter(|number: &f64| number.is_finite()).ok_or_else(|| wrong("a finite number"))
}

/// A value that may be left out for any reason: what cannot be read is `None`.
pub(super) fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Raw::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

/// The items of a list that can be read; what is no list is empty.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let raws: Vec<&RawValue> = lenient(deserializer)?.unwrap_or_default();
    Ok(raws.into_iter().filter_map(|raw| serde_json::from_str(raw.get()).ok()).collect())
}

fn scalar(json: &str) -> Option<String> {
    match json.as_bytes() {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => Some(json[1..json.len() - 1].to_owned()),
        [b'"', ..] => serde_json::from_str(json).ok(),
        [b'-' | b'0'..=b'9', ..] => Some(json.to_owned()),
        _ => None,
    }
}

fn wrong<E: Error>(expected: &'static str) -> E {
    E::invalid_value(Unexpected::Other("another value"), &expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<T>(
        json: &str,
        reader: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'_>>) -> serde_json::Result<T>,
    ) -> Option<T> {
        reader(&mut serde_json::Deserializer::from_str(json)).ok()
    }

    #[test]
    fn texts() {
        let cases = [
            (r#""a""#, Some(Some("a"))),
            (r#""a\/\u00e9""#, Some(Some("a/é"))),
            ("1689556908129835", Some(Some("1689556908129835"))),
            ("99999999999999999999999", Some(Some("99999999999999999999999"))),
            ("30.10", Some(Some("30.10"))),
            ("-1", Some(Some("-1"))),
            (r#""""#, Some(Some(""))),
            ("null", Some(None)),
            ("true", None),
            ("{}", None),
            ("[]", None),
        ];
        for (json, expected) in cases {
            let seen = read(json, |d| text(d));
            assert_eq!(seen.as_ref().map(Option::as_deref), expected, "{json}");
        }
        assert_eq!(read(r#""""#, |d| id(d)), Some(None));
    }

    #[test]
    fn numbers() {
        let times =
            [("1749416383", Some(Some(1_749_416_383))), (r#""1749416383""#, Some(Some(1_749_416_383)))];
        let odd = [("1749416383.75", Some(Some(1_749_416_383))), ("null", Some(None)), (r#""soon""#, None)];
        for (json, expected) in times.into_iter().chain(odd) {
            assert_eq!(read(json, |d| seconds(d)), expected, "{json}");
        }
        for (json, expected) in [("3", Some(3)), (r#""3""#, Some(3)), ("3.5", None), ("null", None)] {
            assert_eq!(read(json, |d| whole(d)), expected, "{json}");
        }
        let places =
            [("-122.2", Some(-122.2)), (r#"" 37.46""#, Some(37.46)), (r#""NaN""#, None), (r#""inf""#, None)];
        for (json, expected) in places {
            assert_eq!(read(json, |d| degrees(d)), expected, "{json}");
        }
    }

    #[test]
    fn what_may_be_left_out() {
        assert_eq!(read("[1]", |d| lenient::<_, bool>(d)), Some(None));
        assert_eq!(read("true", |d| lenient::<_, bool>(d)), Some(Some(true)));
        assert_eq!(read(r#"[1,"x",3]"#, |d| list::<_, u8>(d)), Some(vec![1, 3]));
        assert_eq!(read("{}", |d| list::<_, u8>(d)), Some(vec![]));
    }

    proptest! {
        #[test]
        fn every_string_comes_back(string in ".*") {
            let json = serde_json::to_string(&string).unwrap();
            prop_assert_eq!(read(&json, |d| text(d)), Some(Some(string)));
        }
    }
}
