//! A text that is longer than one message, cut into several.

use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Cuts a text into parts of at most `limit` characters (Unicode scalar values), none of them blank. In the later half
/// of each part it is cut between paragraphs if it can be, else between lines, sentences or words, and else between
/// characters as people see them; those are cut only if one alone is longer than the limit. What lay between two parts,
/// and is lost, is white space.
#[must_use]
pub fn parts(text: &str, limit: usize) -> Vec<&str> {
    let limit = limit.max(1);
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.chars().nth(limit).is_some() {
        let (part, after) = rest.split_at(cut(rest, limit));
        parts.push(trim_end(part));
        rest = trim_start(after);
    }
    parts.push(rest);
    parts.retain(|part| !is_blank(part));
    parts
}

/// Where to cut a text that is longer than the limit, in bytes.
fn cut(text: &str, limit: usize) -> usize {
    let (mut length, mut half, mut end) = (0, 0, 0);
    let mut starts = Vec::new();
    let mut gaps: Vec<Gap> = Vec::new();
    for (start, grapheme) in text.grapheme_indices(true) {
        starts.push(start);
        if length <= limit / 2 {
            half = start;
        }
        if length <= limit {
            end = start;
        }
        if is_blank(grapheme) {
            match gaps.last_mut().filter(|gap| gap.bytes.end == start) {
                Some(gap) => gap.grow(grapheme),
                None if length > limit => break,
                None => gaps.push(Gap::new(start, grapheme)),
            }
        } else if length > limit {
            break;
        }
        length += grapheme.chars().count();
    }
    if end == 0 {
        return text.char_indices().nth(limit).map_or(text.len(), |(start, _)| start);
    }
    // A text without an end of a sentence would be read to its own end for each part.
    let near = &text[..starts.last().copied().unwrap_or(end)];
    let gap = |lines| gaps.iter().rev().find(|gap| gap.lines >= lines).map(|gap| gap.bytes.start);
    let whole = |at: &usize| starts.binary_search(at).is_ok();
    let last =
        |starts: &mut dyn Iterator<Item = usize>| starts.take_while(|at| *at <= end).filter(whole).last();
    let in_later_half = |at: &usize| *at >= half.max(1);
    gap(2)
        .filter(in_later_half)
        .or_else(|| gap(1).filter(in_later_half))
        .or_else(|| last(&mut near.split_sentence_bound_indices().map(|(at, _)| at)).filter(in_later_half))
        .or_else(|| gap(0).filter(in_later_half))
        .or_else(|| last(&mut near.split_word_bound_indices().map(|(at, _)| at)).filter(in_later_half))
        .unwrap_or(end)
}

/// White space in a text.
struct Gap {
    bytes: Range<usize>,
    /// The lines that end in it.
    lines: usize,
}

impl Gap {
    fn new(start: usize, grapheme: &str) -> Self {
        let mut gap = Self { bytes: start..start, lines: 0 };
        gap.grow(grapheme);
        gap
    }

    fn grow(&mut self, grapheme: &str) {
        self.bytes.end += grapheme.len();
        self.lines += usize::from(grapheme.contains(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}']));
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Without the white space before it. A mark on a blank is none.
fn trim_start(text: &str) -> &str {
    let start = text.grapheme_indices(true).find(|(_, grapheme)| !is_blank(grapheme));
    start.map_or("", |(start, _)| &text[start..])
}

fn trim_end(text: &str) -> &str {
    let last = text.grapheme_indices(true).rev().find(|(_, grapheme)| !is_blank(grapheme));
    last.map_or("", |(start, grapheme)| &text[..start + grapheme.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_is_cut_where_it_hurts_least() {
        let cases: [(&str, &[&str]); 15] = [
            ("short", &["short"]),
            (" as it is ", &[" as it is "]),
            ("", &[]),
            ("              ", &[]),
            ("one two\n\nthree\nfour", &["one two", "three\nfour"]),
            ("a b c d\ne f g", &["a b c d", "e f g"]),
            ("It is. Is it? Yes", &["It is.", "Is it? Yes"]),
            ("three words here", &["three words", "here"]),
            ("exactly 12 c and", &["exactly 12 c", "and"]),
            ("a\n\nbcd efgh ijkl", &["a\n\nbcd efgh", "ijkl"]),
            ("abcdefghijklmnopq", &["abcdefghijkl", "mnopq"]),
            ("12345678901👨‍👩‍👧", &["12345678901", "👨‍👩‍👧"]),
            ("ends in blanks           ", &["ends in", "blanks"]),
            ("one        \n  \n        two", &["one", "two"]),
            ("こんにちは世界。さようなら世界。", &["こんにちは世界。", "さようなら世界。"]),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(text, 12), expected, "{text:?}");
        }
    }

    #[test]
    fn a_character_longer_than_the_limit_is_cut() {
        let long = format!("a{}", "\u{301}".repeat(9));
        let lengths: Vec<usize> = parts(&long, 4).iter().map(|part| part.chars().count()).collect();
        assert_eq!(lengths, [4, 4, 2]);
    }

    #[test]
    fn a_long_text_is_cut_in_no_time() {
        let text = "word ".repeat(200_000);
        assert_eq!(parts(&text, 4096).len(), 245);
        assert_eq!(parts(&"\n".repeat(1_000_000), 4096), Vec::<&str>::new());
    }

    fn texts() -> impl Strategy<Value = String> {
        let pieces = [
            "a",
            "word",
            " ",
            " ",
            "  ",
            "\n",
            "\n\n",
            "\r\n",
            ". ",
            "? ",
            "e\u{301}",
            " \u{301}",
            "👨‍👩‍👧",
            "🇪🇸",
            "नि",
            "क्ष",
            "世界",
            "。",
            "\u{600}1",
            "\u{200d}",
            "https://example.com/a.b?c=d",
            "\u{2028}",
        ];
        let piece =
            prop_oneof![4 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,3}"];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(text in texts(), limit in 1_usize..40) {
            let parts = parts(&text, limit);
            let starts: Vec<usize> =
                text.grapheme_indices(true).map(|(start, _)| start).chain([text.len()]).collect();
            let longest = text.graphemes(true).map(|grapheme| grapheme.chars().count()).max().unwrap_or_default();
            let mut end = 0;
            for part in &parts {
                prop_assert!((1..=limit).contains(&part.chars().count()), "{:?}", part);
                prop_assert!(!is_blank(part));
                let start = part.as_ptr() as usize - text.as_ptr() as usize;
                prop_assert!(is_blank(&text[end..start]), "{:?}", &text[end..start]);
                end = start + part.len();
                if longest <= limit {
                    prop_assert!(starts.contains(&start) && starts.contains(&end), "{:?}", part);
                }
            }
            prop_assert!(is_blank(&text[end..]));
        }
    }
}
