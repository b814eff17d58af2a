//! Files at Meta: where one is, its content, and giving Meta one.

use super::{GraphClient, MAX_ANSWER, NoAnswer, exchange, outcome};
use crate::inbound::ProviderError;
use reqwest::multipart::{Form, Part};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Where Meta keeps the contents of files.
const CONTENTS: &str = "lookaside.fbsbx.com";
/// For a whole upload of up to 100 MB.
const UPLOAD: Duration = Duration::from_secs(300);

/// What Meta tells of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaInfo {
    /// Where the content is, for five minutes; it wants the token.
    pub url: Url,
    /// As the sender's device named it.
    pub mime_type: Option<String>,
    /// Lower-case hex.
    pub sha256: Option<String>,
    /// Bytes.
    pub file_size: Option<u64>,
}

/// Why a file cannot be had.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaError {
    /// Meta did not answer, or had a fault of its own.
    Unreachable(ProviderError),
    /// Our token does not open it.
    Refused(ProviderError),
    /// There is no such file, or none any more, or none for our token.
    Gone(ProviderError),
}

/// A file to give to Meta.
#[derive(Debug)]
pub struct UploadedFile {
    /// What it is.
    pub mime_type: String,
    /// Its name there; customers see that of the message.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The content.
    pub content: reqwest::Body,
}

/// What an attempt to give a file brought.
#[derive(Debug, Clone, PartialEq)]
pub enum UploadOutcome {
    /// Meta keeps it for 30 days under this id.
    Uploaded(String),
    /// It may be given again.
    Retry {
        /// Why.
        error: ProviderError,
        /// How long Meta wants us to wait, where it says so.
        after: Option<Duration>,
    },
    /// Meta will not take it.
    Rejected(ProviderError),
}

impl MediaInfo {
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let text = |name: &str| body.get(name)?.as_str().map(str::to_owned);
        let size = body.get("file_size");
        let size = size.and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok()));
        Some(Self {
            url: text("url")?.parse().ok()?,
            mime_type: text("mime_type"),
            sha256: text("sha256").map(|hash| hash.to_ascii_lowercase()).filter(|hash| hash.len() == 64),
            file_size: size,
        })
    }
}

impl GraphClient {
    /// Asks for a file of the number `phone_number_id`, or of any that the token may speak for.
    ///
    /// # Errors
    /// As [`MediaError`] says.
    pub async fn media(
        &self,
        access_token: &str,
        media_id: &str,
        phone_number_id: Option<&str>,
    ) -> Result<MediaInfo, MediaError> {
        let request = self.url(&[media_id]).map(|url| {
            let number = phone_number_id.map(|id| ("phone_number_id", id));
            self.http.get(url).bearer_auth(access_token).query(number.as_slice())
        });
        let answered = match request {
            Ok(request) => exchange(request, MAX_ANSWER).await,
            Err(error) => Err(error),
        };
        outcome::of_media(answered)
    }

    /// Whether the token may go there: to Meta's own hosts, and to where the Graph API is configured to be.
    #[must_use]
    pub fn trusts(&self, url: &Url) -> bool {
        let contents = url.scheme() == "https"
            && url.port().is_none()
            && [Some(CONTENTS), Some("graph.facebook.com")].contains(&url.host_str());
        contents || url.origin() == self.base_url.origin()
    }

    /// Opens a content. The token is shown only to hosts that it [may go to](Self::trusts); redirects are not followed.
    ///
    /// # Errors
    /// As [`MediaError`] says.
    pub async fn open_media(&self, access_token: &str, url: &Url) -> Result<Response, MediaError> {
        if !self.trusts(url) {
            let why =
                "Meta named a place for the file that is not one of its own; our token does not go there";
            return Err(MediaError::Unreachable(outcome::ours(why.to_owned())));
        }
        let request = self.http.get(url.clone()).bearer_auth(access_token);
        let response = request.send().await.map_err(|error| {
            let (NoAnswer::Unsendable(why) | NoAnswer::NotConnected(why) | NoAnswer::Lost(why)) =
                NoAnswer::from_reqwest(&error);
            MediaError::Unreachable(outcome::ours(why))
        })?;
        if response.status() == StatusCode::OK {
            return Ok(response);
        }
        Err(outcome::of_media_status(response.status()))
    }

    /// Gives Meta a file for the number `phone_number_id`. One attempt; a second one makes a second file.
    pub async fn upload(
        &self,
        access_token: &str,
        phone_number_id: &str,
        file: UploadedFile,
    ) -> UploadOutcome {
        let part = Part::stream_with_length(file.content, file.size).file_name(file.name);
        let request = match (part.mime_str(&file.mime_type), self.url(&[phone_number_id, "media"])) {
            (Ok(part), Ok(url)) => {
                let form = Form::new()
                    .text("messaging_product", "whatsapp")
                    .text("type", file.mime_type)
                    .part("file", part);
                self.http.post(url).bearer_auth(access_token).timeout(UPLOAD).multipart(form)
            }
            (Err(_), _) => {
                let why = format!("\"{}\" is no MIME type", file.mime_type);
                return UploadOutcome::Rejected(outcome::ours(why));
            }
            (_, Err(error)) => return outcome::of_upload(Err(error)),
        };
        outcome::of_upload(exchange(request, MAX_ANSWER).await)
    }
}
