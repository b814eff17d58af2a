//! Models that are asked over HTTP.
//!
//! The three protocols are written out here: each is one call with a small body. The library for many providers that
//! was looked at (genai 0.7.2) reads answers of any length and lets nobody come between, logs their bodies, and puts the
//! whole request into its errors.

mod anthropic;
mod exchange;
mod gemini;
mod openai;
#[cfg(test)]
mod samples;

use crate::error::ModelError;
use crate::key::Key;
use crate::model::{Completion, LanguageModel, Request, Stop, ToolCall};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Where a model is, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The protocol.
    pub kind: Kind,
    /// The provider's own address where unset. With and without a slash and a version at its end.
    pub base_url: Option<Url>,
    /// Some servers of one's own need none.
    pub key: Option<Key>,
}

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Chat completions: OpenAI and whoever speaks like it, such as vLLM, llama.cpp, Groq, Mistral and OpenRouter.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// Google's `generateContent`.
    Gemini,
    /// As [`Kind::OpenAi`], on this machine where no address is set.
    Ollama,
}

/// Why an endpoint cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Not an address of a web server.
    #[error("the address of the model must be http(s)://HOST…, without a name or a password in it")]
    Address,
    /// The provider's own address takes nobody without a key.
    #[error("the provider of the model needs a key; set it")]
    KeyMissing,
    /// HTTP cannot carry it.
    #[error("the key has characters that no key has; copy it anew, without line breaks")]
    Key,
}

/// The model at `endpoint`. Calls nothing yet.
///
/// `http` must follow no redirects: they would carry the key and what customers wrote to where nobody meant them to go.
///
/// # Errors
/// As [`ConnectError`] says.
pub fn connect(endpoint: &Endpoint, http: reqwest::Client) -> Result<Arc<dyn LanguageModel>, ConnectError> {
    let kind = endpoint.kind;
    let own = endpoint.base_url.is_some() || kind == Kind::Ollama;
    if endpoint.key.is_none() && !own {
        return Err(ConnectError::KeyMissing);
    }
    let base = match &endpoint.base_url {
        Some(base) => base.clone(),
        None => kind.default_base().parse().map_err(|_| ConnectError::Address)?,
    };
    if !is_fit(&base) {
        return Err(ConnectError::Address);
    }
    let mut headers = HeaderMap::new();
    if let Some(key) = &endpoint.key {
        let (name, value) = kind.authorisation(key);
        let mut value = HeaderValue::try_from(value).map_err(|_| ConnectError::Key)?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    if kind == Kind::Anthropic {
        headers.insert(
            HeaderName::from_static("anthropic-version"),
            HeaderValue::from_static(anthropic::VERSION),
        );
    }
    let openai_itself = base.host_str() == Some(OPENAI_HOST);
    Ok(Arc::new(Remote { kind, base, openai_itself, headers, http }))
}

/// Whether it is the address of a web server, and holds no password.
pub(crate) fn is_fit(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
}

const OPENAI_HOST: &str = "api.openai.com";

impl Kind {
    fn default_base(self) -> &'static str {
        match self {
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Self::Ollama => "http://127.0.0.1:11434/v1",
        }
    }

    /// What stands in a path that names no version.
    fn version(self) -> &'static str {
        match self {
            Self::Gemini => "v1beta",
            Self::OpenAi | Self::Anthropic | Self::Ollama => "v1",
        }
    }

    fn authorisation(self, key: &Key) -> (HeaderName, String) {
        // It goes into a header that is marked as sensitive.
        let key = key.expose();
        match self {
            Self::OpenAi | Self::Ollama => (reqwest::header::AUTHORIZATION, format!("Bearer {key}")),
            Self::Anthropic => (HeaderName::from_static("x-api-key"), key.to_owned()),
            Self::Gemini => (HeaderName::from_static("x-goog-api-key"), key.to_owned()),
        }
    }
}

struct Remote {
    kind: Kind,
    base: Url,
    /// Rather than somebody who speaks like it.
    openai_itself: bool,
    headers: HeaderMap,
    http: reqwest::Client,
}

impl Remote {
    fn url(&self, model: &str) -> Url {
        let method = format!("{}:generateContent", model.trim_start_matches("models/"));
        let path: &[&str] = match self.kind {
            Kind::OpenAi | Kind::Ollama => &["chat", "completions"],
            Kind::Anthropic => &["messages"],
            Kind::Gemini => &["models", &method],
        };
        below(&self.base, self.kind.version(), path)
    }

    fn body(&self, request: &Request) -> Value {
        match self.kind {
            Kind::OpenAi | Kind::Ollama => openai::body(request, self.openai_itself),
            Kind::Anthropic => anthropic::body(request),
            Kind::Gemini => gemini::body(request),
        }
    }

    fn read(&self, answer: &Value) -> Result<Completion, ModelError> {
        match self.kind {
            Kind::OpenAi | Kind::Ollama => openai::completion(answer),
            Kind::Anthropic => anthropic::completion(answer),
            Kind::Gemini => gemini::completion(answer),
        }
    }

    async fn ask(&self, request: &Request) -> Result<Completion, ModelError> {
        let call = self.http.post(self.url(&request.model)).headers(self.headers.clone());
        let answer = exchange::exchange(call.json(&self.body(request))).await?;
        self.read(&answer)
    }
}

/// `path` below `base`, with a version between them unless the base names one.
fn below(base: &Url, version: &str, path: &[&str]) -> Url {
    let mut url = base.clone();
    let versioned = base.path().split('/').any(|segment| {
        segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    // Addresses that cannot be bases were refused.
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend((!versioned).then_some(version)).extend(path);
    }
    url
}

impl LanguageModel for Remote {
    fn complete<'a>(
        &'a self,
        request: &'a Request,
        deadline: Duration,
    ) -> BoxFuture<'a, Result<Completion, ModelError>> {
        async move {
            let asked = tokio::time::timeout(deadline, self.ask(request));
            asked.await.unwrap_or(Err(ModelError::Timeout))
        }
        .boxed()
    }
}

/// Leaves the address out, whose query may hold a key.
impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("kind", &self.kind)
            .field("host", &self.base.host_str())
            .finish_non_exhaustive()
    }
}

/// A text that says something.
fn said(text: &str) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// Whatever a server names the reason: who calls tools waits for their results.
fn after(stop: Stop, calls: &[ToolCall]) -> Stop {
    if stop == Stop::Other && !calls.is_empty() { Stop::Done } else { stop }
}

/// A number of tokens.
fn tokens(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(kind: Kind, base: Option<&str>, key: Option<&str>) -> Endpoint {
        Endpoint { kind, base_url: base.map(|base| base.parse().unwrap()), key: key.map(Key::new) }
    }

    fn connected(endpoint: &Endpoint) -> Result<Arc<dyn LanguageModel>, ConnectError> {
        connect(endpoint, reqwest::Client::builder().no_proxy().build().unwrap())
    }

    #[test]
    fn addresses_with_and_without_slash_and_version() {
        for (kind, base, expected) in [
            (Kind::OpenAi, "https://a", "https://a/v1/chat/completions"),
            (Kind::OpenAi, "https://a/", "https://a/v1/chat/completions"),
            (Kind::OpenAi, "https://a/v1", "https://a/v1/chat/completions"),
            (Kind::OpenAi, "https://a/v1/", "https://a/v1/chat/completions"),
            (Kind::OpenAi, "https://a/openai/v1", "https://a/openai/v1/chat/completions"),
            (Kind::OpenAi, "https://a/v1beta/openai/", "https://a/v1beta/openai/chat/completions"),
            (Kind::OpenAi, "https://a/llm?b=c", "https://a/llm/v1/chat/completions?b=c"),
            (Kind::OpenAi, "https://a/vision", "https://a/vision/v1/chat/completions"),
            (Kind::Ollama, "http://a:11434", "http://a:11434/v1/chat/completions"),
            (Kind::Anthropic, "https://a/", "https://a/v1/messages"),
            (Kind::Anthropic, "https://a/v1", "https://a/v1/messages"),
            (Kind::Gemini, "https://a", "https://a/v1beta/models/m:generateContent"),
            (Kind::Gemini, "https://a/v1/", "https://a/v1/models/m:generateContent"),
        ] {
            let path: &[&str] = match kind {
                Kind::Gemini => &["models", "m:generateContent"],
                Kind::Anthropic => &["messages"],
                Kind::OpenAi | Kind::Ollama => &["chat", "completions"],
            };
            assert_eq!(below(&base.parse().unwrap(), kind.version(), path).as_str(), expected);
        }
        for kind in [Kind::OpenAi, Kind::Anthropic, Kind::Gemini, Kind::Ollama] {
            let base: Url = kind.default_base().parse().unwrap();
            assert!(base.path().ends_with(kind.version()), "{base}");
        }
    }

    #[test]
    fn a_model_is_one_segment_of_the_path() {
        let remote = Remote {
            kind: Kind::Gemini,
            base: "https://a".parse().unwrap(),
            openai_itself: false,
            headers: HeaderMap::new(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        };
        for (model, path) in [
            ("gemini-3-flash", "/v1beta/models/gemini-3-flash:generateContent"),
            ("models/gemini-3-flash", "/v1beta/models/gemini-3-flash:generateContent"),
            ("../files?x", "/v1beta/models/..%2Ffiles%3Fx:generateContent"),
        ] {
            assert_eq!(remote.url(model).path(), path);
        }
    }

    #[test]
    fn endpoints_that_cannot_be_used() {
        for (kind, base, key, expected) in [
            (Kind::OpenAi, None, None, Some(ConnectError::KeyMissing)),
            (Kind::Anthropic, None, None, Some(ConnectError::KeyMissing)),
            (Kind::Gemini, None, None, Some(ConnectError::KeyMissing)),
            (Kind::Ollama, None, None, None),
            (Kind::OpenAi, Some("http://localhost:8000"), None, None),
            (Kind::OpenAi, None, Some("sk-1"), None),
            (Kind::OpenAi, None, Some("sk-1\n2"), Some(ConnectError::Key)),
            (Kind::OpenAi, Some("file:///etc/passwd"), Some("a"), Some(ConnectError::Address)),
            (Kind::OpenAi, Some("https://user@a"), Some("a"), Some(ConnectError::Address)),
            (Kind::OpenAi, Some("https://:word@a"), Some("a"), Some(ConnectError::Address)),
        ] {
            let endpoint = endpoint(kind, base, key);
            assert_eq!(connected(&endpoint).err(), expected, "{endpoint:?}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let endpoint = endpoint(Kind::OpenAi, Some("https://a/?key=secret"), Some("secret"));
        let model = connected(&endpoint).unwrap();
        assert!(!format!("{model:?}").contains("secret"), "{model:?}");
        assert!(!format!("{:?}", endpoint.key).contains("secret"));
    }
}
