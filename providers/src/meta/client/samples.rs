//! Samples for the review of templates, given in a way that goes on where a dropped line cut it off.

use super::{GraphClient, MAX_ANSWER, NoAnswer, exchange, outcome};
use crate::inbound::ProviderError;
use crate::meta::error::parse_graph_error;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, RequestBuilder};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// For the content of one sample, of up to 100 MB.
const CONTENT: Duration = Duration::from_secs(300);
/// How the name of an upload begins.
const UPLOAD: &str = "upload:";

/// Why a sample was not given.
#[derive(Debug, Clone, PartialEq)]
pub enum SampleError {
    /// The line broke, or Meta had a fault of its own: what arrived is kept, and the rest may follow.
    Interrupted(ProviderError),
    /// Meta will not take it.
    Refused(ProviderError),
}

impl GraphClient {
    /// Begins to give the app a file of `size` bytes; nothing of its content goes out yet. Returns the upload's name.
    ///
    /// # Errors
    /// As [`SampleError`] says.
    pub async fn begin_sample(
        &self,
        access_token: &str,
        app_id: &str,
        mime_type: &str,
        file_name: &str,
        size: u64,
    ) -> Result<String, SampleError> {
        let url = self.url(&[app_id, "uploads"]).map_err(SampleError::of)?;
        let request = self.http.post(url).bearer_auth(access_token).query(&[
            ("file_name", file_name),
            ("file_length", &size.to_string()),
            ("file_type", mime_type),
        ]);
        let answer = ask(request).await?;
        text(&answer, "id").filter(|id| id.starts_with(UPLOAD)).ok_or_else(SampleError::unreadable)
    }

    /// How many bytes of an upload have arrived.
    ///
    /// # Errors
    /// As [`SampleError`] says.
    pub async fn sample_offset(&self, access_token: &str, upload: &str) -> Result<u64, SampleError> {
        let request = self.http.get(self.upload_url(upload)?).header(AUTHORIZATION, oauth(access_token));
        let answer = ask(request).await?;
        let offset = &answer["file_offset"];
        let offset = offset.as_u64().or_else(|| offset.as_str()?.parse().ok());
        offset.ok_or_else(SampleError::unreadable)
    }

    /// Gives the `length` bytes of an upload that follow those that have arrived, `offset` of them. Returns the handle by
    /// which a template names the sample.
    ///
    /// # Errors
    /// As [`SampleError`] says.
    pub async fn give_sample(
        &self,
        access_token: &str,
        upload: &str,
        offset: u64,
        length: u64,
        content: Body,
    ) -> Result<String, SampleError> {
        let request = self.http.post(self.upload_url(upload)?).timeout(CONTENT);
        let request = request
            .header(AUTHORIZATION, oauth(access_token))
            .header("file_offset", offset)
            .header(CONTENT_LENGTH, length)
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(content);
        let answer = ask(request).await?;
        text(&answer, "h").ok_or_else(SampleError::unreadable)
    }

    /// The name holds a query, and goes as it is behind the version.
    fn upload_url(&self, upload: &str) -> Result<Url, SampleError> {
        let base = self.url(&[]).map_err(SampleError::of)?;
        let path = upload.strip_prefix(UPLOAD).filter(|rest| !rest.contains(['/', '\\', '#']));
        let url = path.and_then(|rest| Url::parse(&format!("{base}/{UPLOAD}{rest}")).ok());
        url.ok_or_else(SampleError::unreadable)
    }
}

/// This part of the Graph API has a scheme of its own.
fn oauth(access_token: &str) -> String {
    format!("OAuth {access_token}")
}

async fn ask(request: RequestBuilder) -> Result<Value, SampleError> {
    let answer = exchange(request, MAX_ANSWER).await.map_err(SampleError::of)?;
    if let Some(graph) = parse_graph_error(&answer.body) {
        let passes = graph.transient || answer.status.is_server_error();
        return Err(match passes {
            true => SampleError::Interrupted(graph.error),
            false => SampleError::Refused(graph.error),
        });
    }
    if !answer.status.is_success() {
        let error = outcome::bare_status(answer.status);
        return Err(match answer.status.is_client_error() {
            true => SampleError::Refused(error),
            false => SampleError::Interrupted(error),
        });
    }
    serde_json::from_slice(&answer.body).map_err(|_| SampleError::unreadable())
}

fn text(answer: &Value, key: &str) -> Option<String> {
    answer[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

impl SampleError {
    fn of(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Unsendable(_) => Self::Refused(error.error()),
            NoAnswer::NotConnected(_) | NoAnswer::Lost(_) => Self::Interrupted(error.error()),
        }
    }

    fn unreadable() -> Self {
        Self::Refused(outcome::ours("Meta's answer about the upload of a sample cannot be read".to_owned()))
    }
}
