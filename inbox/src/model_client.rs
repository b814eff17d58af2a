//! The models of assistants, over the network.

use crate::app::App;
use crate::error::{Error, Result};
use crate::media::{Guard, public_client};
use entities::{AssistantProvider, assistant};
use models::{Endpoint, Key, Kind, LanguageModel};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longer than any answer may take: the engine has its own deadline.
const PATIENCE: Duration = Duration::from_secs(90);

/// Connects with models at public addresses, and at hosts of the configuration.
#[derive(Clone, Debug)]
pub struct ModelClient {
    http: reqwest::Client,
    guard: Arc<Guard>,
}

impl ModelClient {
    /// A client that may also talk to these hosts.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(private_hosts: &[String]) -> Result<Self, reqwest::Error> {
        let (http, guard) = public_client(private_hosts.to_vec(), PATIENCE)?;
        Ok(Self { http, guard })
    }

    /// Whether an address may be talked to, as far as it says itself; what a name stands for is looked at when it is called.
    #[must_use]
    pub fn may_call(&self, url: &Url) -> bool {
        self.guard.check(url).is_ok()
    }
}

/// Where the key of an assistant is sealed for.
pub(crate) fn key_place(assistant: &assistant::Model) -> String {
    format!("assistant.api_key:{}", assistant.id)
}

/// The model of an assistant.
///
/// # Errors
/// [`Error::Invalid`] if what is set cannot be used; [`Error::Internal`] if the key cannot be opened.
pub(crate) fn model_of(app: &App, assistant: &assistant::Model) -> Result<Arc<dyn LanguageModel>> {
    if let Some(model) = &app.config.automatic.model {
        return Ok(Arc::clone(model));
    }
    let kind = match assistant.provider {
        AssistantProvider::OpenAi => Kind::OpenAi,
        AssistantProvider::Anthropic => Kind::Anthropic,
        AssistantProvider::Gemini => Kind::Gemini,
        AssistantProvider::Ollama => Kind::Ollama,
        AssistantProvider::Scripted => return Ok(Arc::new(models::scripted::Script)),
    };
    let base_url = assistant.base_url.as_deref().map(Url::parse).transpose();
    let base_url = base_url.map_err(|_| Error::invalid("baseUrl", "this is no web address"))?;
    if base_url.as_ref().is_some_and(|url| !app.models.may_call(url)) {
        let message =
            "the address is on a private network; allow its host in the setting assistant_private_hosts";
        return Err(Error::invalid("baseUrl", message));
    }
    let sealed = assistant.api_key.as_deref();
    let key = sealed.map(|sealed| app.vault.open(&key_place(assistant), sealed)).transpose()?;
    // Exposed to be sent to the model.
    let key = key.map(|key| Key::new(key.expose()));
    models::connect(&Endpoint { kind, base_url, key }, app.models.http.clone())
        .map_err(|error| Error::invalid("apiKey", error.to_string()))
}
