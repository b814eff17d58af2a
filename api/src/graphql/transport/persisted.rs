//! Documents that the operator trusts, and requests that name a document by its hash.

use super::documents::{Document, Hash};
use super::validator::Validator;
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The documents of a file: a JSON object from id to document, as graphql-codegen and relay-compiler write it.
///
/// They choose the hash (SHA-1, MD5 or SHA-256), so an id is taken as it stands there.
#[derive(Default)]
pub(super) struct Manifest {
    by_id: HashMap<Box<str>, Arc<Document>>,
    by_hash: HashMap<Hash, Arc<Document>>,
}

impl Manifest {
    /// Reads a file and validates its documents.
    ///
    /// # Errors
    /// If the file cannot be read, or a document is refused.
    pub(super) fn read(file: &Path, validator: &Validator) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("the persisted documents in {} cannot be read", file.display()))?;
        Self::parse(&text, validator)
            .with_context(|| format!("the persisted documents in {} cannot be used", file.display()))
    }

    fn parse(text: &str, validator: &Validator) -> Result<Self> {
        let entries: HashMap<String, String> = serde_json::from_str(text)
            .context("it must be one JSON object, from each document's hash to its text")?;
        let mut manifest = Self::default();
        for (id, text) in entries {
            let document = match Document::new(&text, Hash::of(&text), validator) {
                Ok(document) => Arc::new(document),
                Err(errors) => {
                    let why = errors.first().map_or("", |error| error.message.as_str());
                    bail!("the document {id} is refused: {why}");
                }
            };
            manifest.by_hash.insert(document.hash, Arc::clone(&document));
            manifest.by_id.insert(without_prefix(&id).into(), document);
        }
        Ok(manifest)
    }

    /// The document with this id, with or without the hash's name in front.
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Document>> {
        self.by_id.get(without_prefix(id)).cloned()
    }

    /// The document with this text's hash.
    pub(super) fn by_hash(&self, hash: &Hash) -> Option<Arc<Document>> {
        self.by_hash.get(hash).cloned()
    }
}

/// `sha256:abc` and `abc` are the same id.
fn without_prefix(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validator() -> Validator {
        Validator::new("type Query { a: String b: String }", true, |_, _| Ok(())).unwrap()
    }

    #[test]
    fn ids_with_and_without_a_prefix() {
        let text = r#"{ "sha256:abc": "{ a }", "0cc175b9c0f1b6a831c399e269772661": "{ b }" }"#;
        let manifest = Manifest::parse(text, &validator()).unwrap();
        let cases = [
            ("abc", Some("{ a }")),
            ("sha256:abc", Some("{ a }")),
            ("0cc175b9c0f1b6a831c399e269772661", Some("{ b }")),
            ("md5:0cc175b9c0f1b6a831c399e269772661", Some("{ b }")),
            ("b", None),
            ("", None),
        ];
        for (id, expected) in cases {
            let found = manifest.by_id(id).map(|document| document.hash);
            assert_eq!(found, expected.map(Hash::of), "{id}");
        }
        assert!(
            manifest.by_hash(&Hash::of("{ a }")).is_some() && manifest.by_hash(&Hash::of("{a}")).is_none()
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("[]", "one JSON object"),
            (r#"{ "a": 1 }"#, "one JSON object"),
            (r#"{ "a": "{ c }" }"#, "the document a is refused: type `Query` does not have a field `c`"),
            (r#"{ "a": "{" }"#, "the document a is refused: "),
        ];
        for (text, expected) in cases {
            let error = Manifest::parse(text, &validator()).err().unwrap();
            assert!(format!("{error:#}").contains(expected), "{text}: {error:#}");
        }
        let missing = Manifest::read(Path::new("not-there.json"), &validator()).err().unwrap();
        assert!(format!("{missing:#}").contains("not-there.json"), "{missing:#}");
    }
}
