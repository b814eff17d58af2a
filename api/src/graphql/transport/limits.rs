//! What is refused before it can do harm.
//!
//! The parser and the rules behind it recurse over nesting: a request of 3 KiB, `{f(a:[[[[…]]]])}`, ends the process with
//! a stack overflow. So brackets and tokens are counted first, by a scan that does not recurse. The rules also walk each
//! fragment wherever it is spread: a document of 1 KiB whose fragments spread the next one ten times keeps a core busy
//! for hours. So selections are counted as if all fragments were written out, each fragment once.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use std::collections::HashMap;

/// Brackets of all kinds, one in the other. The deepest operation of a real client, the standard introspection query,
/// has 15.
pub(super) const NESTING: usize = 40;
/// Names, numbers, texts and signs.
pub(super) const TOKENS: usize = 3000;

/// Fields and fragments of all operations, with all fragments written out. The standard introspection query has some
/// 200.
pub(super) const SELECTIONS: usize = 1500;

/// Why a document is not parsed, or not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Excess {
    /// Too deep.
    #[error("the document nests brackets more than {NESTING} deep")]
    Nesting,
    /// Too long.
    #[error("the document has more than {TOKENS} tokens")]
    Tokens,
    /// Too much once its fragments are written out.
    #[error("the document selects more than {SELECTIONS} fields, counting a fragment wherever it is spread")]
    Selections,
}

/// Counts tokens and nesting. Texts and comments are passed over as GraphQL reads them.
pub(super) fn check(document: &str) -> Result<(), Excess> {
    let mut scan = Scan { rest: document.as_bytes() };
    let (mut tokens, mut nesting) = (0_usize, 0_usize);
    while let Some(token) = scan.next() {
        tokens += 1;
        match token {
            Token::Open => nesting += 1,
            Token::Close => nesting = nesting.saturating_sub(1),
            Token::Other => {}
        }
        if nesting > NESTING {
            return Err(Excess::Nesting);
        }
        if tokens > TOKENS {
            return Err(Excess::Tokens);
        }
    }
    Ok(())
}

/// Counts the selections of a parsed document.
pub(super) fn check_selections(document: &ExecutableDocument) -> Result<(), Excess> {
    let mut counter = Counter { document, fragments: HashMap::new() };
    let operations = document.operations.iter();
    let total = operations.fold(0_usize, |total, (_, operation)| {
        total.saturating_add(counter.count(&operation.node.selection_set.node))
    });
    if total > SELECTIONS { Err(Excess::Selections) } else { Ok(()) }
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    /// None while it is being counted: a fragment inside itself is left to validation, which refuses it.
    fragments: HashMap<&'a str, Option<usize>>,
}

impl<'a> Counter<'a> {
    /// Recurses no deeper than the brackets of the document and its fragments in a row, both bounded by its tokens.
    fn count(&mut self, set: &'a SelectionSet) -> usize {
        let count = |selection: &'a Selection| match selection {
            Selection::Field(field) => self.count(&field.node.selection_set.node),
            Selection::InlineFragment(fragment) => self.count(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => self.fragment(spread.node.fragment_name.node.as_str()),
        };
        let counts = set.items.iter().map(|item| &item.node).map(count);
        counts.fold(0, |total, count| total.saturating_add(count).saturating_add(1))
    }

    fn fragment(&mut self, name: &'a str) -> usize {
        if let Some(known) = self.fragments.get(name) {
            return known.unwrap_or_default();
        }
        let Some(fragment) = self.document.fragments.get(name) else { return 0 };
        self.fragments.insert(name, None);
        let count = self.count(&fragment.node.selection_set.node);
        self.fragments.insert(name, Some(count));
        count
    }
}

enum Token {
    Open,
    Close,
    Other,
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl Scan<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            let (&first, rest) = self.rest.split_first()?;
            match first {
                b' ' | b'\t' | b'\r' | b'\n' | b',' => self.rest = rest,
                b'#' => self.skip_while(|byte| byte != b'\n' && byte != b'\r'),
                b'{' | b'[' | b'(' => return self.sign(Token::Open),
                b'}' | b']' | b')' => return self.sign(Token::Close),
                b'"' => return self.text(),
                _ if is_word(first) => {
                    self.skip_while(is_word);
                    return Some(Token::Other);
                }
                _ => return self.sign(Token::Other),
            }
        }
    }

    fn sign(&mut self, token: Token) -> Option<Token> {
        self.rest = &self.rest[1..];
        Some(token)
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        let end = self.rest.iter().position(|&byte| !keep(byte)).unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
    }

    fn text(&mut self) -> Option<Token> {
        let (mark, mut at): (&[u8], usize) =
            if self.rest.starts_with(br#"""""#) { (br#"""""#, 3) } else { (b"\"", 1) };
        while at < self.rest.len() && !self.rest[at..].starts_with(mark) {
            at += if self.rest[at] == b'\\' { escape(&self.rest[at..], mark) } else { 1 };
        }
        self.rest = self.rest.get(at + mark.len()..).unwrap_or_default();
        Some(Token::Other)
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn documents() {
        let cases = [
            (String::new(), Ok(())),
            ("{ a(b: \"[[[\", c: \"\"\" {{{ \\\"\"\" \" {{{ \"\"\") # {{{\n }".to_owned(), Ok(())),
            (format!("{{a(b:{}1{})}}", "[".repeat(38), "]".repeat(38)), Ok(())),
            (format!("{{a(b:{}1{})}}", "[".repeat(39), "]".repeat(39)), Err(Excess::Nesting)),
            ("{a".repeat(1_000_000), Err(Excess::Nesting)),
            (format!("{{{}}}", "a ".repeat(2998)), Ok(())),
            (format!("{{{}}}", "a ".repeat(2999)), Err(Excess::Tokens)),
            (format!("\"\\\"{}\"", "[".repeat(100)), Ok(())),
            (format!("\"\\\\\"{}", "[".repeat(100)), Err(Excess::Nesting)),
            ("\"\"\"\\".to_owned(), Ok(())),
        ];
        for (document, expected) in cases {
            assert_eq!(check(&document), expected, "{:.60}", document);
        }
    }

    /// `levels` fragments, each of which spreads the next one `width` times.
    fn bomb(levels: usize, width: usize) -> String {
        let spread = |level: usize| format!("...f{level} ").repeat(width);
        let fragments = (0..levels).map(|level| match level + 1 {
            last if last == levels => format!("fragment f{level} on Query {{ a }} "),
            next => format!("fragment f{level} on Query {{ {} }} ", spread(next)),
        });
        format!("{{ {} }} {}", spread(0), fragments.collect::<String>())
    }

    #[test]
    fn selections() {
        let cases = [
            ("{ a b { c ... on X { d } } }".to_owned(), Ok(())),
            (format!("{{ {} }}", "a ".repeat(1500)), Ok(())),
            (format!("{{ {} }}", "a ".repeat(1501)), Err(Excess::Selections)),
            (bomb(2, 10), Ok(())),
            (bomb(3, 10), Err(Excess::Selections)),
            (bomb(28, 2), Err(Excess::Selections)),
            (bomb(70, 10), Err(Excess::Selections)),
            ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(), Ok(())),
            ("{ ...unknown }".to_owned(), Ok(())),
        ];
        for (document, expected) in cases {
            let parsed = async_graphql::parser::parse_query(&document).unwrap();
            assert_eq!(check_selections(&parsed), expected, "{:.60}", document);
        }
    }

    #[test]
    fn a_long_row_of_fragments_fits_on_the_stack() {
        let document = bomb(250, 1);
        assert_eq!(check(&document), Ok(()));
        let parsed = async_graphql::parser::parse_query(&document).unwrap();
        let run = move || check_selections(&parsed);
        let small = std::thread::Builder::new().stack_size(512 * 1024);
        assert_eq!(small.spawn(run).unwrap().join().unwrap(), Ok(()));
    }

    proptest! {
        #[test]
        fn what_passes_can_be_parsed_on_a_small_stack(document in r#"[\[\]{}()"\\# \na-z$:1]{0,400}"#) {
            let run = move || {
                if check(&document).is_ok() {
                    let _ = async_graphql::parser::parse_query(&document);
                }
            };
            std::thread::Builder::new().stack_size(512 * 1024).spawn(run).unwrap().join().unwrap();
        }
    }
}
