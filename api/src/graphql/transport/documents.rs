//! Parsed documents, kept by their text: clients send the same few again and again, and parsing costs more than the rest
//! of a small query.

use super::limits;
use async_graphql::ServerError;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Documents in one of the two generations.
const GENERATION: usize = 500;
/// Longer documents (bytes) are parsed each time.
const KEPT_LENGTH: usize = 16 * 1024;

/// A parsed document.
#[derive(Debug)]
pub(super) struct Document {
    /// As it was sent.
    pub(super) text: Arc<str>,
    /// For the executor.
    pub(super) parsed: ExecutableDocument,
}

/// Two generations: when the younger is full it becomes the older, and what the older had is forgotten unless it was
/// asked for since. So what is used stays, in bounded memory.
#[derive(Default)]
pub(super) struct Documents(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Arc<str>, Arc<Document>>,
    old: HashMap<Arc<str>, Arc<Document>>,
}

impl Documents {
    /// The document of this text.
    ///
    /// # Errors
    /// If it exceeds the limits or is not GraphQL.
    pub(super) fn get(&self, text: &str) -> Result<Arc<Document>, ServerError> {
        if let Some(document) = self.0.lock().find(text) {
            return Ok(document);
        }
        let excess = |excess: limits::Excess| ServerError::new(excess.to_string(), None);
        limits::check(text).map_err(excess)?;
        let parsed = parse_query(text).map_err(ServerError::from)?;
        limits::check_selections(&parsed).map_err(excess)?;
        let document = Arc::new(Document { text: text.into(), parsed });
        if text.len() <= KEPT_LENGTH {
            self.0.lock().keep(Arc::clone(&document));
        }
        Ok(document)
    }
}

impl Generations {
    fn find(&mut self, text: &str) -> Option<Arc<Document>> {
        if let Some(document) = self.young.get(text) {
            return Some(Arc::clone(document));
        }
        let document = Arc::clone(self.old.get(text)?);
        self.keep(Arc::clone(&document));
        Some(document)
    }

    fn keep(&mut self, document: Arc<Document>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(Arc::clone(&document.text), document);
    }
}

impl Document {
    /// The operation that a request means: the named one, or the only one. None if there is no such, which the executor
    /// explains.
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

    #[test]
    fn a_document_is_parsed_once_and_forgotten_when_it_is_not_used() {
        let documents = Documents::default();
        let first = documents.get("{ used }").unwrap();
        for number in 0..3 * GENERATION {
            documents.get(&format!("{{ other{number} }}")).unwrap();
            documents.get("{ used }").unwrap();
        }
        assert!(Arc::ptr_eq(&first, &documents.get("{ used }").unwrap()));
        let generations = documents.0.lock();
        assert!(generations.young.len() + generations.old.len() <= 2 * GENERATION);
        assert!(!generations.old.contains_key("{ other0 }") && !generations.young.contains_key("{ other0 }"));
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
        ];
        for (text, name, kind) in cases {
            assert_eq!(documents.get(text).unwrap().kind(name), kind, "{text}");
        }
    }

    #[test]
    fn root_fields() {
        let documents = Documents::default();
        let plain = |name, resumes| Some(RootField { name, resumes });
        let cases = [
            ("subscription { events { cursor } }", plain("events", false)),
            ("subscription { x: events(filter: { a: 1 }) { cursor } }", plain("events", false)),
            ("subscription { events(after: \"x\") { cursor } }", plain("events", true)),
            ("subscription($x: Cursor) { events(after: $x) { cursor } }", plain("events", true)),
            ("subscription { events { cursor } other }", None),
            ("subscription { ... { events { cursor } } }", None),
            ("subscription { ...F } fragment F on Subscription { events { cursor } }", None),
            ("subscription { events @skip(if: false) { cursor } }", None),
        ];
        for (text, expected) in cases {
            assert_eq!(documents.get(text).unwrap().plain_root_field(None), expected, "{text}");
        }
    }
}
