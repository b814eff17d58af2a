//! The tokens of a document, by a scan that neither recurses nor judges.

use std::borrow::Cow;
use std::ops::Range;

/// What stands in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// This bracket opens.
    Open(u8),
    /// A bracket closes.
    Close,
    /// Another sign; of a longer one, such as three dots, each byte.
    Sign(u8),
    /// A name or a number.
    Word,
    /// In quotes, of either kind.
    Text,
}

/// Gives each token with its place. Texts and comments are passed over as GraphQL reads them.
pub(super) struct Scan<'a> {
    all: usize,
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    /// From the beginning.
    pub(super) fn new(document: &'a str) -> Self {
        Self { all: document.len(), rest: document.as_bytes() }
    }

    fn token(&mut self) -> Option<(Token, usize)> {
        loop {
            let (&first, rest) = self.rest.split_first()?;
            let begin = self.all - self.rest.len();
            let token = match first {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                    self.rest = rest;
                    continue;
                }
                b'#' => {
                    self.skip_while(|byte| byte != b'\n' && byte != b'\r');
                    continue;
                }
                b'"' => {
                    self.skip_text();
                    Token::Text
                }
                _ if is_word(first) => {
                    self.skip_while(is_word);
                    Token::Word
                }
                _ => {
                    self.rest = rest;
                    match first {
                        b'{' | b'[' | b'(' => Token::Open(first),
                        b'}' | b']' | b')' => Token::Close,
                        _ => Token::Sign(first),
                    }
                }
            };
            return Some((token, begin));
        }
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        let end = position(self.rest, |byte| !keep(byte));
        self.rest = &self.rest[end..];
    }

    fn skip_text(&mut self) {
        let (mark, mut at): (&[u8], usize) =
            if self.rest.starts_with(br#"""""#) { (br#"""""#, 3) } else { (b"\"", 1) };
        while at < self.rest.len() && !self.rest[at..].starts_with(mark) {
            at += match self.rest[at] {
                b'\\' => escape(&self.rest[at..], mark),
                _ => 1 + position(&self.rest[at + 1..], |byte| matches!(byte, b'"' | b'\\')),
            };
        }
        self.rest = self.rest.get(at + mark.len()..).unwrap_or_default();
    }
}

impl Iterator for Scan<'_> {
    type Item = (Token, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let (token, begin) = self.token()?;
        Some((token, begin..self.all - self.rest.len()))
    }
}

/// Where the first such byte stands, or the end.
fn position(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| is(byte)).unwrap_or(bytes.len())
}

/// How many bytes a backslash takes with it: in a text in triple quotes it only stands before three quotes.
fn escape(rest: &[u8], mark: &[u8]) -> usize {
    match mark.len() {
        3 if rest[1..].starts_with(mark) => 4,
        3 => 1,
        _ => 2,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// A document with blanks in the place of descriptions: the specification of September 2025 allows them on operations,
/// fragments and variables, and the parsers do not know them yet.
pub(super) fn without_descriptions(document: &str) -> Cow<'_, str> {
    let mut bare = Cow::Borrowed(document);
    let (mut open, mut before) = (Vec::new(), None);
    let mut tokens = Scan::new(document).peekable();
    while let Some((token, place)) = tokens.next() {
        match token {
            Token::Open(bracket) => open.push(bracket),
            Token::Close => drop(open.pop()),
            Token::Text => {
                let next = tokens.peek().map(|(token, _)| *token);
                let describes_variable = next == Some(Token::Sign(b'$'))
                    && open.last() == Some(&b'(')
                    && !matches!(before, Some(Token::Sign(b'=' | b':')));
                if (open.is_empty() && next == Some(Token::Word)) || describes_variable {
                    let blank =
                        document[place.clone()].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' });
                    let blank: String = blank.collect();
                    bare.to_mut().replace_range(place, &blank);
                }
            }
            Token::Sign(_) | Token::Word => {}
        }
        before = Some(token);
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn descriptions_become_blanks() {
        let cases = [
            ("{ a }", "{ a }"),
            ("\"all\" query Q { a }", "      query Q { a }"),
            (
                "\"\"\"all\nof it\"\"\" query Q { a } \"f\" fragment F on Q { a }",
                "      \n         query Q { a }     fragment F on Q { a }",
            ),
            ("query Q(\"é\" $a: Int = 1 \"b\" $b: Int) { a }", "query Q(     $a: Int = 1     $b: Int) { a }"),
            // Values are none.
            ("query Q($a: String = \"a\" $b: Int) { a }", "query Q($a: String = \"a\" $b: Int) { a }"),
            (
                "query Q($a: [String] = [\"a\"] $b: Int) { a(b: [\"a\" $b]) }",
                "query Q($a: [String] = [\"a\"] $b: Int) { a(b: [\"a\" $b]) }",
            ),
            ("{ a(b: \"x\") }", "{ a(b: \"x\") }"),
            // Nothing follows that could be described.
            ("\"all\"", "\"all\""),
            ("\"all\" { a }", "\"all\" { a }"),
            ("\"one\" \"two\" query Q { a }", "\"one\"       query Q { a }"),
        ];
        for (document, expected) in cases {
            assert_eq!(without_descriptions(document), expected, "{document}");
        }
    }

    proptest! {
        #[test]
        fn a_document_keeps_its_length_and_its_lines(document in r#"["$=:(){}\[\]a #\\é\n]{0,60}"#) {
            let bare = without_descriptions(&document);
            prop_assert_eq!(bare.len(), document.len());
            prop_assert_eq!(bare.matches('\n').count(), document.matches('\n').count());
        }
    }
}
