//! Documents that have been read, validated and planned, kept by their hash: clients send the same few again and again,
//! and all that costs more than the rest of a small query.

use super::limits;
use super::plan::Plan;
use super::scan::without_descriptions;
use super::validator::Validator;
use async_graphql::ServerError;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes of text in one of the two generations. A document takes some twenty times its text.
const GENERATION: usize = 256 * 1024;
/// Longer documents (bytes) are read each time.
const KEPT_LENGTH: usize = 16 * 1024;

/// Its fields can only be selected by its name.
const PERSONAL: &str = "InboxNotificationEvent";

/// SHA-256 of a document's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hash([u8; 32]);

/// A valid document.
#[derive(Debug)]
pub(super) struct Document {
    /// Of its text.
    pub(super) hash: Hash,
    /// Of its text, in bytes.
    length: usize,
    /// For the executor.
    pub(super) parsed: ExecutableDocument,
    plans: Vec<Plan>,
    /// It names what is told to one person only.
    pub(super) is_personal: bool,
}

/// Two generations: when the younger is full it becomes the older, and what the older had is forgotten unless it was
/// asked for since. So what is used stays, in bounded memory. What is not valid is not kept.
#[derive(Default)]
pub(super) struct Documents(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Hash, Arc<Document>>,
    /// Bytes of text in `young`.
    size: usize,
    old: HashMap<Hash, Arc<Document>>,
}

impl Hash {
    /// Of this text.
    pub(super) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// From hexadecimal digits, in either case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl Documents {
    /// The document with this hash, if it was sent not long ago.
    pub(super) fn find(&self, hash: &Hash) -> Option<Arc<Document>> {
        self.0.lock().find(hash)
    }

    /// The document of this text, whose hash is known.
    ///
    /// # Errors
    /// If it exceeds the limits or is not valid.
    pub(super) fn get(
        &self,
        text: &str,
        hash: Hash,
        validator: &Validator,
    ) -> Result<Arc<Document>, Vec<ServerError>> {
        if let Some(document) = self.find(&hash) {
            return Ok(document);
        }
        let document = Arc::new(Document::new(text, hash, validator)?);
        if text.len() <= KEPT_LENGTH {
            self.0.lock().keep(Arc::clone(&document));
        }
        Ok(document)
    }
}

impl Generations {
    fn find(&mut self, hash: &Hash) -> Option<Arc<Document>> {
        if let Some(document) = self.young.get(hash) {
            return Some(Arc::clone(document));
        }
        let document = Arc::clone(self.old.get(hash)?);
        self.keep(Arc::clone(&document));
        Some(document)
    }

    fn keep(&mut self, document: Arc<Document>) {
        if self.size + document.length > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.size = 0;
        }
        let length = document.length;
        if self.young.insert(document.hash, document).is_none() {
            self.size += length;
        }
    }
}

impl Document {
    /// Reads a document: limits, grammar, rules.
    ///
    /// # Errors
    /// If it exceeds the limits or is not valid.
    pub(super) fn new(text: &str, hash: Hash, validator: &Validator) -> Result<Self, Vec<ServerError>> {
        let excess = |excess: limits::Excess| vec![excess.into()];
        limits::check(text).map_err(excess)?;
        let length = text.len();
        let text = &*without_descriptions(text);
        // The parser's own message shows a line of the document.
        let parsed = parse_query(text).map_err(|_| validator.syntax_errors(text))?;
        limits::check_selections(&parsed).map_err(excess)?;
        let plans = validator.plans(text)?;
        let is_personal = text.contains(PERSONAL);
        Ok(Self { hash, length, parsed, plans, is_personal })
    }

    /// What is known of the operation that a request means. None if there is no such.
    pub(super) fn plan(&self, name: Option<&str>) -> Option<&Plan> {
        match name {
            Some(name) => self.plans.iter().find(|plan| plan.name.as_deref() == Some(name)),
            None => self.plans.first().filter(|_| self.plans.len() == 1),
        }
    }

    /// The operation that a request means: the named one, or the only one. None if there is no such.
    pub(super) fn operation(&self, name: Option<&str>) -> Option<&OperationDefinition> {
        let mut operations = self.parsed.operations.iter();
        match name {
            Some(name) => operations.find(|(own, _)| own.is_some_and(|own| own.as_str() == name)),
            None => operations.next().filter(|_| operations.next().is_none()),
        }
        .map(|(_, operation)| &operation.node)
    }

    /// What kind of operation a request means.
    pub(super) fn kind(&self, name: Option<&str>) -> Option<OperationType> {
        self.operation(name).map(|operation| operation.ty)
    }

    /// The root field of a subscription that can be told from its text alone: one plain field without directives.
    pub(super) fn plain_root_field(&self, name: Option<&str>) -> Option<RootField<'_>> {
        let operation = self.operation(name).filter(|operation| operation.directives.is_empty())?;
        let [selection] = operation.selection_set.node.items.as_slice() else { return None };
        let Selection::Field(field) = &selection.node else { return None };
        let field = &field.node;
        field.directives.is_empty().then(|| RootField {
            name: field.name.node.as_str(),
            resumes: field.get_argument("after").is_some(),
        })
    }
}

/// See [`Document::plain_root_field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RootField<'a> {
    /// Its name in the schema.
    pub(super) name: &'a str,
    /// It begins in the past, at a cursor.
    pub(super) resumes: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "
        type Query { a: String b: String }
        type Mutation { a: String b: String }
        type Subscription { events(after: String, filter: Filter): Query other: String }
        input Filter { a: Int }
    ";

    fn validator() -> Validator {
        Validator::new(SCHEMA, true, |_, _| Ok(())).unwrap()
    }

    fn get(documents: &Documents, text: &str) -> Arc<Document> {
        documents
            .get(text, Hash::of(text), &validator())
            .unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
    }

    #[test]
    fn a_document_is_read_once_and_forgotten_when_it_is_not_used() {
        let documents = Documents::default();
        let validator = validator();
        let first = get(&documents, "{ a }");
        let padding = " ".repeat(KEPT_LENGTH - 100);
        let other = |number: usize| format!("{{ a{number}: b {padding} }}");
        for number in 0..3 * GENERATION / KEPT_LENGTH {
            let text = other(number);
            documents.get(&text, Hash::of(&text), &validator).unwrap();
            assert!(Arc::ptr_eq(&first, &documents.find(&Hash::of("{ a }")).unwrap()));
        }
        assert!(documents.find(&Hash::of(&other(0))).is_none());
        let generations = documents.0.lock();
        let documents = generations.young.values().chain(generations.old.values());
        assert!(documents.map(|document| document.length).sum::<usize>() <= 2 * GENERATION);
    }

    #[test]
    fn what_is_wrong_or_very_long_is_not_kept() {
        let documents = Documents::default();
        let long = format!("{{ a }} #{}", "x".repeat(KEPT_LENGTH));
        get(&documents, &long);
        let wrong = "{ unknown }";
        assert!(documents.get(wrong, Hash::of(wrong), &validator()).is_err());
        for text in [&*long, wrong] {
            assert!(documents.find(&Hash::of(text)).is_none());
        }
    }

    #[test]
    fn hashes_are_read_in_either_case() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let cases = [
            (hex.to_owned(), true),
            (hex.to_uppercase(), true),
            (hex[1..].to_owned(), false),
            ("x".repeat(64), false),
        ];
        for (text, fine) in cases {
            assert_eq!(Hash::parse(&text), fine.then(|| Hash::of("abc")), "{text}");
        }
    }

    #[test]
    fn operations_are_told_apart() {
        let documents = Documents::default();
        let cases = [
            ("{ a }", None, Some(OperationType::Query)),
            ("mutation { a }", None, Some(OperationType::Mutation)),
            ("query A { a } mutation B { b }", Some("B"), Some(OperationType::Mutation)),
            ("query A { a } mutation B { b }", None, None),
            ("query A { a }", None, Some(OperationType::Query)),
            ("query A { a }", Some("C"), None),
            (
                "\"described\" query A(\"too\" $x: Boolean!) { a @skip(if: $x) }",
                None,
                Some(OperationType::Query),
            ),
        ];
        for (text, name, kind) in cases {
            let document = get(&documents, text);
            assert_eq!(document.kind(name), kind, "{text}");
            assert_eq!(document.plan(name).is_some(), kind.is_some(), "{text}");
        }
    }

    #[test]
    fn root_fields() {
        let documents = Documents::default();
        let plain = |name, resumes| Some(RootField { name, resumes });
        let cases = [
            ("subscription { events { a } }", plain("events", false)),
            ("subscription { x: events(filter: { a: 1 }) { a } }", plain("events", false)),
            ("subscription { events(after: \"x\") { a } }", plain("events", true)),
            ("subscription($x: String) { events(after: $x) { a } }", plain("events", true)),
            ("subscription { ... { events { a } } }", None),
            ("subscription { ...F } fragment F on Subscription { events { a } }", None),
            ("query { a b }", None),
        ];
        for (text, expected) in cases {
            assert_eq!(get(&documents, text).plain_root_field(None), expected, "{text}");
        }
    }
}
