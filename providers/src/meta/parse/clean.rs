//! Takes out what JSON can write and a store cannot hold: `\u0000`, and halves of surrogate pairs.

use std::borrow::Cow;

/// Drops every `\u0000` and puts `\ufffd` for every lone surrogate. Copies only when there is one.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let mut cleaned = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        let escape = at + found;
        let (length, replacement) = judge(&text.as_bytes()[escape..]);
        if let Some(replacement) = replacement {
            cleaned.push_str(&text[copied..escape]);
            cleaned.push_str(replacement);
            copied = escape + length;
        }
        at = escape + length;
        // A backslash before a character of several bytes is no JSON; step over it to the next boundary.
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    cleaned.push_str(&text[copied..]);
    Cow::Owned(cleaned)
}

/// How long the escape at the start of `bytes` is, and what to put in its place.
fn judge(bytes: &[u8]) -> (usize, Option<&'static str>) {
    match unit(bytes) {
        None => (bytes.len().min(2), None),
        Some(0) => (6, Some("")),
        Some(0xD800..=0xDBFF) if matches!(unit(&bytes[6..]), Some(0xDC00..=0xDFFF)) => (12, None),
        Some(0xD800..=0xDFFF) => (6, Some("\\ufffd")),
        Some(_) => (6, None),
    }
}

/// The code unit of a `\uXXXX` at the start of `bytes`.
fn unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + (digit as char).to_digit(16)? as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes() {
        let cases = [
            (r#""plain""#, r#""plain""#),
            (r#""a\u0000b""#, r#""ab""#),
            (r#""\u0000\u0000""#, r#""""#),
            (r#""\\u0000""#, r#""\\u0000""#),
            (r#""\\\u0000""#, r#""\\""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\uD83D\uDE00""#, r#""\uD83D\uDE00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00""#, r#""\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\u0000\ude00""#, r#""\ufffd\ufffd""#),
            (r#""\ud83dx\ude00""#, r#""\ufffdx\ufffd""#),
            (r#""\u00e9\n\"""#, r#""\u00e9\n\"""#),
            (r#""\u00"#, r#""\u00"#),
            (r#""\"#, r#""\"#),
            ("\"\\é\\u0000\"", "\"\\é\""),
        ];
        for (given, expected) in cases {
            assert_eq!(clean(given), expected, "{given}");
            let changed = given != expected;
            assert_eq!(matches!(clean(given), Cow::Owned(_)), changed, "copied without need: {given}");
        }
    }

    proptest! {
        #[test]
        fn clean_twice_is_clean_once(text in r#"(\\u(0000|d83d|de00|0041)|\\\\|\\"|é|u0000|a)*"#) {
            let once = clean(&text).into_owned();
            prop_assert_eq!(clean(&once), once.as_str());
        }

        #[test]
        fn what_is_clean_json_parses_without_nul(units in proptest::collection::vec(any::<u16>(), 0..20)) {
            let text: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let parsed: String = serde_json::from_str(&clean(&format!("\"{text}\""))).unwrap();
            let expected: String = String::from_utf16_lossy(&units).replace('\0', "");
            prop_assert_eq!(parsed, expected);
        }
    }
}
