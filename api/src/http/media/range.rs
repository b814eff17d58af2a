//! Which part of a file a `Range` asks for (RFC 9110, section 14).

use std::ops::Range;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of it: no range, one that we need not understand, or several.
    All,
    /// These bytes, which are there.
    Part(Range<u64>),
    /// Bytes that are not there.
    Outside,
}

/// What the header's text asks of a file of this size.
pub(super) fn asked(text: Option<&str>, size: u64) -> Asked {
    let Some((first, last)) = text.and_then(parse) else { return Asked::All };
    let range = match (first, last) {
        (Some(first), Some(last)) if last < first => return Asked::All,
        (Some(first), last) => first..last.map_or(size, |last| last.saturating_add(1).min(size)),
        (None, Some(length)) => size.saturating_sub(length)..size,
        (None, None) => return Asked::All,
    };
    if range.is_empty() { Asked::Outside } else { Asked::Part(range) }
}

/// One range of bytes; either end may be absent.
fn parse(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, set) = text.split_once('=')?;
    let (first, last) = set.trim().split_once('-')?;
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    };
    unit.trim().eq_ignore_ascii_case("bytes").then_some(())?;
    Some((number(first)?, number(last)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges() {
        let table = [
            (None, Asked::All),
            (Some("bytes=0-0"), Asked::Part(0..1)),
            (Some("bytes=0-"), Asked::Part(0..10)),
            (Some("bytes=9-"), Asked::Part(9..10)),
            (Some("Bytes = 2 - 4 "), Asked::Part(2..5)),
            (Some("bytes=2-400"), Asked::Part(2..10)),
            (Some("bytes=-3"), Asked::Part(7..10)),
            (Some("bytes=-300"), Asked::Part(0..10)),
            (Some("bytes=10-"), Asked::Outside),
            (Some("bytes=10-20"), Asked::Outside),
            (Some("bytes=-0"), Asked::Outside),
            (Some("bytes=99999999999999999999999-"), Asked::Outside),
            (Some("bytes=4-2"), Asked::All),
            (Some("bytes=-"), Asked::All),
            (Some("bytes=0-1,3-4"), Asked::All),
            (Some("bytes=a-b"), Asked::All),
            (Some("bytes=+1-2"), Asked::All),
            (Some("lines=0-1"), Asked::All),
            (Some("bytes"), Asked::All),
        ];
        for (text, expected) in table {
            assert_eq!(asked(text, 10), expected, "{text:?}");
        }
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Outside);
    }

    proptest! {
        #[test]
        fn a_part_lies_inside(text in "bytes=[0-9]{0,20}-[0-9]{0,20}", size: u64) {
            if let Asked::Part(range) = asked(Some(&text), size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }

        #[test]
        fn any_text_is_answered(text in "\\PC*", size: u64) {
            let _ = asked(Some(&text), size);
        }
    }
}
