//! The model of an assistant.

use crate::app::App;
use crate::error::{Error, Result};
use entities::{AssistantProvider, assistant};
use models::{Endpoint, Key, Kind, LanguageModel};
use std::sync::Arc;
use url::Url;

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
    models::connect(&Endpoint { kind, base_url, key }, app.models.http())
        .map_err(|error| Error::invalid("apiKey", error.to_string()))
}
