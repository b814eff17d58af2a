//! A request as it comes, by whatever road.

use super::documents::Document;
use super::omitted;
use super::upload::{BadUpload, Files};
use crate::graphql::context::Resumption;
use async_graphql::{Request, Variables};
use serde::Deserialize;
use serde_json::error::Category;
use serde_json::{Map, Value};

/// The members of a GraphQL request. Unknown ones are passed over, as GraphQL over HTTP asks.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    /// The document. None if it is named by its hash.
    #[serde(default)]
    pub(super) query: Option<String>,
    /// The hash of the document, by the appendix on persisted documents of GraphQL over HTTP.
    #[serde(default, rename = "documentId")]
    pub(super) document_id: Option<String>,
    /// Which of its operations.
    #[serde(default, rename = "operationName")]
    pub(super) operation_name: Option<String>,
    /// For the operation's variables.
    #[serde(default)]
    pub(super) variables: Variables,
    /// Only Apollo's `persistedQuery` is understood.
    #[serde(default)]
    pub(super) extensions: Option<Map<String, Value>>,
    /// Files that variables stand for.
    #[serde(skip)]
    pub(super) files: Files,
    /// Behind which event a stream that broke goes on; not a member of the request, but its `Last-Event-ID`.
    #[serde(skip)]
    pub(super) last_event_id: Option<Box<str>>,
}

/// A request that is not one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Malformed {
    /// The body is not JSON.
    #[error("the request is not JSON: an error at line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It is JSON, but not a request.
    #[error(
        "the request must be one JSON object with \"query\" (a text) or \"documentId\" (a text) and, if need be, \
         \"operationName\" (a text), \"variables\" and \"extensions\" (objects); batches are not supported"
    )]
    Shape,
    /// It has files, and something is wrong with them.
    #[error(transparent)]
    Upload(#[from] BadUpload),
    /// A parameter of the address is not what it should be.
    #[error("the parameter \"{0}\" of the address must be {1}")]
    Parameter(&'static str, &'static str),
}

impl Params {
    /// From the body of a POST. The error never shows what was sent.
    pub(super) fn from_json(body: &[u8]) -> Result<Self, Malformed> {
        // A struct would also be read from an array of its members.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(Malformed::Shape);
        }
        let params: Self = serde_json::from_slice(body).map_err(|error| match error.classify() {
            Category::Data => Malformed::Shape,
            _ => Malformed::Json { line: error.line(), column: error.column() },
        })?;
        if params.names_a_document() { Ok(params) } else { Err(Malformed::Shape) }
    }

    /// From the query part of an address.
    pub(super) fn from_address(query: &str) -> Result<Self, Malformed> {
        let mut params = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "query" => params.query = Some(value.into_owned()),
                "documentId" => params.document_id = Some(value.into_owned()),
                "operationName" => {
                    params.operation_name = Some(value.into_owned()).filter(|name| !name.is_empty());
                }
                "variables" => params.variables = object("variables", &value)?.unwrap_or_default(),
                "extensions" => params.extensions = object("extensions", &value)?,
                _ => {}
            }
        }
        let missing = Malformed::Parameter("query", "given: the GraphQL document, or its hash as documentId");
        if params.names_a_document() { Ok(params) } else { Err(missing) }
    }

    /// Where a subscription goes on.
    pub(super) fn resumption(&self) -> Resumption {
        Resumption::new(self.last_event_id.clone())
    }

    fn names_a_document(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.automatic_hash().is_some()
    }

    /// The document's SHA-256 as Apollo's automatic persisted queries give it.
    pub(super) fn automatic_hash(&self) -> Option<&str> {
        self.extensions.as_ref()?.get("persistedQuery")?.get("sha256Hash")?.as_str()
    }

    /// For the executor. The variables must have been coerced.
    pub(super) fn into_request(self, document: &Document) -> Request {
        let mut parsed = document.parsed.clone();
        if let Some(plan) = document.plan(self.operation_name.as_deref()) {
            let names = plan.variables.iter().map(|variable| &variable.name);
            let omitted: Vec<_> = names.filter(|name| !self.variables.contains_key(*name)).collect();
            if !omitted.is_empty() {
                omitted::strip(&mut parsed, &omitted);
            }
        }
        // The text is not needed beside the parsed document.
        let mut request = Request::new(String::new()).variables(self.variables);
        request.operation_name = self.operation_name;
        request.uploads = self.files.0;
        request.set_parsed_query(parsed);
        request
    }
}

fn object<T: for<'de> Deserialize<'de>>(name: &'static str, text: &str) -> Result<Option<T>, Malformed> {
    let wrong = || Malformed::Parameter(name, "a JSON object");
    if text.trim().is_empty() {
        return Ok(None);
    }
    if text.trim_start().starts_with('[') {
        return Err(wrong());
    }
    serde_json::from_str(text).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bodies() {
        let json = |line, column| Err(Malformed::Json { line, column });
        let cases = [
            (r#"{"query":"{a}"}"#, Ok("{a}")),
            (r#" {"query":"{a}","variables":null,"operationName":null,"extensions":null,"id":1}"#, Ok("{a}")),
            (r#"{"query":"{a}","variables":{"x":[1]},"extensions":{}}"#, Ok("{a}")),
            ("", json(1, 0)),
            ("{", json(1, 1)),
            ("nonsense", json(1, 2)),
            ("null", Err(Malformed::Shape)),
            ("7", Err(Malformed::Shape)),
            ("{}", Err(Malformed::Shape)),
            (r#"[{"query":"{a}"}]"#, Err(Malformed::Shape)),
            (r#"["{a}"]"#, Err(Malformed::Shape)),
            (r#"{"query":1}"#, Err(Malformed::Shape)),
            (r#"{"query":"{a}","operationName":1}"#, Err(Malformed::Shape)),
            (r#"{"query":"{a}","variables":"x"}"#, Err(Malformed::Shape)),
            (r#"{"query":"{a}","variables":[1]}"#, Err(Malformed::Shape)),
            (r#"{"query":"{a}","extensions":[]}"#, Err(Malformed::Shape)),
            (r#"{"query":null}"#, Err(Malformed::Shape)),
            (r#"{"documentId":"sha256:1"}"#, Ok("")),
            (r#"{"documentId":1}"#, Err(Malformed::Shape)),
            (r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"1"}}}"#, Ok("")),
            (r#"{"extensions":{"persistedQuery":{"version":1}}}"#, Err(Malformed::Shape)),
        ];
        for (body, expected) in cases {
            let query = Params::from_json(body.as_bytes()).map(|params| params.query.unwrap_or_default());
            assert_eq!(
                query.as_deref().map_err(|error| format!("{error:?}")),
                expected.map_err(|error: Malformed| format!("{error:?}")),
                "{body}"
            );
        }
    }

    #[test]
    fn addresses() {
        let cases = [
            ("query=%7Ba%7D", true),
            ("query={a}&variables={\"x\":1}&operationName=", true),
            ("query={a}&variables=", true),
            ("documentId=sha256%3A1", true),
            ("extensions={\"persistedQuery\":{\"sha256Hash\":\"1\"}}", true),
            ("variables={}", false),
            ("query={a}&variables=1", false),
            ("query={a}&variables=[]", false),
            ("query={a}&extensions=x", false),
        ];
        for (address, fine) in cases {
            assert_eq!(Params::from_address(address).is_ok(), fine, "{address}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in ".*") {
            let _ = Params::from_json(text.as_bytes());
            let _ = Params::from_address(&text);
        }
    }
}
