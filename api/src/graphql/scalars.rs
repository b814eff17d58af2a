//! The schema's own scalars, each with the document that specifies it.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{SecondsFormat, TimeZone, Utc};
use entities::Timestamp;
use serde::Deserialize;

/// 0000-01-01T00:00:00.000Z: the first moment that RFC 3339 can write.
const FIRST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z: the last one.
const LAST: i64 = 253_402_300_799_999;

/// See the description in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DateTime(pub(super) Timestamp);

/// A moment as RFC 3339 text. Given in UTC with milliseconds (`2026-11-21T14:03:07.000Z`); any offset is accepted, and
/// what is finer than a millisecond is dropped.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let parsed = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| {
            InputValueError::custom("write a moment as RFC 3339, for example 2026-11-21T14:03:07Z")
        })?;
        Ok(Self(Timestamp(parsed.timestamp_millis())))
    }

    fn to_value(&self) -> Value {
        Value::String(self.text())
    }
}

impl DateTime {
    /// As the schema shows it.
    pub(super) fn text(self) -> String {
        // Moments beyond the four-digit years only come from a provider's mistake.
        let millis = self.0.millis().clamp(FIRST, LAST);
        let moment = Utc.timestamp_millis_opt(millis).single().unwrap_or_default();
        moment.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl From<Timestamp> for DateTime {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

/// What the transport writes in the place of a file; behind it comes the file's number.
const FILE: &str = "#__graphql_file__:";

/// See the description in the schema. Inside is the file's number; anybody can write one, so there may be no such file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Upload(pub(super) usize);

/// A file that is sent along with the request, by the GraphQL multipart request specification: null in the JSON, and
/// the file in a part of its own.
#[Scalar(specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let number = text.strip_prefix(FILE).and_then(|number| number.parse().ok());
        number.map(Self).ok_or_else(|| InputValueError::custom(NO_FILE))
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

/// What is said of a file that did not come.
pub(super) const NO_FILE: &str =
    "send the file with the request, as the GraphQL multipart request specification says";

macro_rules! text_scalars {
    ($($(#[$doc:meta])* $name:ident, $graphql:literal, $url:literal;)*) => { $(
        /// See the description in the schema.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub(super) struct $name(pub(super) String);

        $(#[$doc])*
        #[Scalar(name = $graphql, specified_by_url = $url)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )* };
}

text_scalars! {
    /// A phone number. Given in E.164 form, a plus sign and at most 15 digits (`+34600111222`); spaces and
    /// punctuation are accepted.
    PhoneNumber, "PhoneNumber", "https://www.itu.int/rec/T-REC-E.164";

    /// A web address, as written by whoever sent it.
    Url, "URL", "https://url.spec.whatwg.org/";

    /// A place in a list or in the change log. Opaque: keep it and give it back.
    Cursor, "Cursor", "https://relay.dev/graphql/connections.htm#sec-Cursor";
}

impl PhoneNumber {
    /// From the digits of a `wa_id`.
    pub(super) fn from_wa_id(wa_id: &str) -> Self {
        Self(format!("+{}", wa_id.trim_start_matches('+')))
    }
}

/// See the description in the schema.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct Json(pub(super) serde_json::Value);

/// A JSON value of a shape that is not ours: what a provider sent or expects, kept whole.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        // Only a map with keys that are no text cannot be converted, and JSON has none.
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// Whether a value can be this scalar; those that are not of this schema are not judged.
///
/// # Errors
/// What it must be, without showing what it is.
pub(super) fn check(scalar: &str, value: &Value) -> Result<(), &'static str> {
    let is_text = matches!(value, Value::String(_));
    match scalar {
        "DateTime" if DateTime::parse(value.clone()).is_err() => {
            Err("write a moment as RFC 3339, for example 2026-11-21T14:03:07Z")
        }
        "Upload" if Upload::parse(value.clone()).is_err() => Err(NO_FILE),
        "PhoneNumber" | "URL" | "Cursor" if !is_text => Err("it must be a text"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_of_scalars() {
        let (text, number) = (Value::from("x"), Value::from(7));
        let cases = [
            ("DateTime", Value::from("2026-11-21T14:03:07Z"), true),
            ("DateTime", text.clone(), false),
            ("DateTime", number.clone(), false),
            ("Cursor", text.clone(), true),
            ("Cursor", number.clone(), false),
            ("URL", number.clone(), false),
            ("PhoneNumber", number.clone(), false),
            ("JSON", number.clone(), true),
            ("Upload", number, false),
            ("Upload", Value::from("#__graphql_file__:0"), true),
            ("Upload", Value::from("#__graphql_file__:x"), false),
        ];
        for (scalar, value, fine) in cases {
            assert_eq!(check(scalar, &value).is_ok(), fine, "{scalar} {value}");
        }
    }

    #[test]
    fn moments() {
        let cases = [
            ("2026-11-21T14:03:07Z", "2026-11-21T14:03:07.000Z"),
            ("2026-11-21T14:03:07.1239Z", "2026-11-21T14:03:07.123Z"),
            ("2026-11-21T15:03:07+01:00", "2026-11-21T14:03:07.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ];
        for (given, shown) in cases {
            let parsed = DateTime::parse(Value::String(given.to_owned())).ok();
            assert_eq!(parsed.map(|moment| moment.to_value()), Some(Value::String(shown.to_owned())));
        }
        for refused in ["", "2026-11-21", "2026-11-21 14:03", "1700000000", "2026-13-01T00:00:00Z"] {
            assert!(DateTime::parse(Value::String(refused.to_owned())).is_err(), "{refused}");
        }
        assert!(DateTime::parse(Value::Number(1_700_000_000.into())).is_err());
    }

    #[test]
    fn moments_that_rfc_3339_cannot_write_become_the_nearest() {
        let show = |millis| DateTime(Timestamp(millis)).to_value();
        assert_eq!(show(i64::MAX), Value::String("9999-12-31T23:59:59.999Z".to_owned()));
        assert_eq!(show(i64::MIN), Value::String("0000-01-01T00:00:00.000Z".to_owned()));
    }

    proptest! {
        #[test]
        fn a_moment_comes_back(millis in FIRST..=LAST) {
            let moment = DateTime(Timestamp(millis));
            prop_assert_eq!(DateTime::parse(moment.to_value()).ok(), Some(moment));
        }

        #[test]
        fn no_text_breaks_the_parser(text in ".*") {
            let _ = DateTime::parse(Value::String(text));
        }
    }
}
