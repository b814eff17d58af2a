//! What an access token is good for.

use super::templates::{answer, unreadable};
use super::{GraphClient, NoAnswer};
use crate::inbound::ProviderError;
use serde_json::Value;

/// What Meta says about an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Whether calls with it are let in.
    pub is_valid: bool,
    /// `SYSTEM_USER`, `USER` or another.
    pub kind: Option<String>,
    /// The app that it was made for.
    pub app_id: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it ends, in Unix seconds; none if it does not.
    pub expires_at: Option<i64>,
    /// Why it is not valid, in Meta's words.
    pub error: Option<String>,
}

impl GraphClient {
    /// Asks, in the app's name, what a token is good for.
    ///
    /// # Errors
    /// Meta's error, or ours without a code when there was no usable answer.
    pub async fn debug_token(
        &self,
        app_id: &str,
        app_secret: &str,
        access_token: &str,
    ) -> Result<TokenInfo, ProviderError> {
        let mut url = self.url(&["debug_token"]).map_err(NoAnswer::error)?;
        url.query_pairs_mut().append_pair("input_token", access_token);
        let request = self.http.get(url).bearer_auth(format_args!("{app_id}|{app_secret}"));
        let body: Value = answer(request).await?;
        let data = &body["data"];
        let is_valid =
            data["is_valid"].as_bool().ok_or_else(|| unreadable("what it says about the token"))?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let scopes = data["scopes"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(TokenInfo {
            is_valid,
            kind: text(&data["type"]),
            app_id: text(&data["app_id"]),
            scopes: scopes.iter().filter_map(text).collect(),
            // 0 says that it never ends.
            expires_at: data["expires_at"].as_i64().filter(|at| *at > 0),
            error: text(&data["error"]["message"]),
        })
    }
}
