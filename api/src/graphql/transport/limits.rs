//! The limits of a document, in one place, and those of them that are checked before anything else reads it.
//!
//! The parser and the rules behind it recurse over nesting: a request of 3 KiB, `{f(a:[[[[…]]]])}`, ends the process with
//! a stack overflow. So brackets and tokens are counted first, by a scan that does not recurse. The rules also walk each
//! fragment wherever it is spread: a document of 1 KiB whose fragments spread the next one ten times keeps a core busy
//! for hours. So selections are counted as if all fragments were written out, each fragment once. The other limits need
//! the types, and are checked with the plan of the operation (see `plan`).

use super::response::{self, Code};
use super::scan::{Scan, Token};
use async_graphql::ServerError;
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
/// Items between one pair of braces. Comparing fields that share a name takes time by the square of their number.
pub(super) const SET: usize = 250;
/// Fields inside fields, introspection apart.
pub(super) const DEPTH: usize = 16;
/// The same for what stands inside `__schema` and `__type`. The introspection query of graphql-js needs 13 to 16.
pub(super) const INTROSPECTION_DEPTH: usize = 20;
/// Lists of types and fields inside each other within introspection, as graphql-js counts them: each one multiplies the
/// answer by the size of the schema.
pub(super) const INTROSPECTION_LISTS: usize = 2;
/// Fields under another name. Each one may be the same costly field again.
pub(super) const ALIASES: usize = 30;
/// Fields at the root: each is a use case of its own, with transactions of its own.
pub(super) const ROOT_FIELDS: usize = 20;
/// Directives in an operation.
pub(super) const DIRECTIVES: usize = 50;
/// Directives in one place. There is no use for more than `@skip` and `@include`; clients' own are taken out before.
pub(super) const DIRECTIVES_HERE: usize = 5;
/// Points of one request: more than a page of 500 messages with everything there is about each, less than 100 messages
/// of 100 conversations.
pub(super) const COST: u64 = 30_000;
/// Points of a request without a caller, who can only log in, refresh a session and ask for the schema.
pub(super) const ANONYMOUS_COST: u64 = 2_000;

/// Why a document is not parsed, or not executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Excess {
    /// Too deep to be read.
    #[error("the document nests brackets more than {NESTING} deep; ask for less at a time")]
    Nesting,
    /// Too long.
    #[error("the document has more than {TOKENS} tokens; ask for less at a time")]
    Tokens,
    /// Too much once its fragments are written out.
    #[error(
        "the document selects more than {SELECTIONS} fields, counting a fragment wherever it is spread; ask for less at a \
         time"
    )]
    Selections,
    /// Too much in one place.
    #[error("the document selects more than {SET} items between one pair of braces; ask for less at a time")]
    Set,
    /// Fields too deep.
    #[error("the operation nests fields more than {DEPTH} deep; ask for the inner ones by their ids")]
    Depth,
    /// Introspection too deep.
    #[error(
        "the operation nests fields of the schema's own description more than {INTROSPECTION_DEPTH} deep"
    )]
    IntrospectionDepth,
    /// Introspection that multiplies.
    #[error(
        "the operation nests lists of the schema's own description more than {INTROSPECTION_LISTS} deep; ask for the \
         types once, and look them up by their names"
    )]
    IntrospectionLists,
    /// Too many names.
    #[error("the operation uses more than {ALIASES} aliases; send several operations")]
    Aliases,
    /// Too many things at once.
    #[error("the operation has more than {ROOT_FIELDS} fields at its root; send several operations")]
    RootFields,
    /// Too many directives.
    #[error("the operation uses more than {DIRECTIVES} directives")]
    Directives,
    /// Too many directives in one place.
    #[error("more than {DIRECTIVES_HERE} directives stand in one place")]
    DirectivesHere,
}

impl From<Excess> for ServerError {
    fn from(excess: Excess) -> Self {
        response::error(excess.to_string(), Code::CostLimitExceeded)
    }
}

/// Counts tokens and nesting. Texts and comments are passed over as GraphQL reads them.
pub(super) fn check(document: &str) -> Result<(), Excess> {
    let (mut tokens, mut nesting) = (0_usize, 0_usize);
    for (token, _) in Scan::new(document) {
        tokens += 1;
        match token {
            Token::Open(_) => nesting += 1,
            Token::Close => nesting = nesting.saturating_sub(1),
            Token::Sign(_) | Token::Word | Token::Text => {}
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
    let mut counter = Counter { document, fragments: HashMap::new(), largest: 0 };
    let operations = document.operations.iter();
    let total = operations.fold(0_usize, |total, (_, operation)| {
        total.saturating_add(counter.count(&operation.node.selection_set.node))
    });
    match () {
        () if total > SELECTIONS => Err(Excess::Selections),
        () if counter.largest > SET => Err(Excess::Set),
        () => Ok(()),
    }
}

struct Counter<'a> {
    document: &'a ExecutableDocument,
    /// Items of the largest set.
    largest: usize,
    /// None while it is being counted: a fragment inside itself is left to validation, which refuses it.
    fragments: HashMap<&'a str, Option<usize>>,
}

impl<'a> Counter<'a> {
    /// Recurses no deeper than the brackets of the document and its fragments in a row, both bounded by its tokens.
    fn count(&mut self, set: &'a SelectionSet) -> usize {
        self.largest = self.largest.max(set.items.len());
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
            (format!("{{ {} }}", "a ".repeat(250)), Ok(())),
            (format!("{{ {} }}", "a ".repeat(251)), Err(Excess::Set)),
            (format!("{{ {} }}", "a { ...f } ".repeat(249)) + "fragment f on X { b b b b }", Ok(())),
            (
                format!("{{ {} }}", "a { ...f } ".repeat(249)) + "fragment f on X { b b b b b }",
                Err(Excess::Selections),
            ),
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
