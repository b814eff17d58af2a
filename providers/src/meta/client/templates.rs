//! Calls about message templates: the list, and making, changing and deleting one.

use super::{GraphClient, NoAnswer, exchange, outcome};
use crate::inbound::ProviderError;
use crate::meta::error::parse_graph_error;
use crate::template::NewTemplate;
use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::{Value, json};

/// Templates on a page of the list.
const PAGE: &str = "100";
/// Longest page that is read, in bytes: a carousel in full has about 20 KB.
const MAX_PAGE: usize = 8 * 1024 * 1024;
const FIELDS: &str = "id,name,language,status,category,previous_category,correct_category,parameter_format,components,\
    quality_score,rejected_reason";

/// A part of the list of templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplatePage {
    /// The templates.
    pub templates: Vec<ListedTemplate>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<String>,
}

/// A template as Meta lists it. Words are Meta's own; new ones come.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct ListedTemplate {
    /// Meta's id of this name in this language.
    pub id: String,
    /// The name, the same in all languages.
    pub name: String,
    /// `en_US`.
    pub language: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`…
    pub status: String,
    /// `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    pub category: String,
    /// The category before Meta moved it.
    #[serde(default)]
    pub previous_category: Option<String>,
    /// The category that Meta holds right and will move it to.
    #[serde(default)]
    pub correct_category: Option<String>,
    /// `POSITIONAL` or `NAMED`.
    #[serde(default)]
    pub parameter_format: Option<String>,
    /// What it consists of.
    #[serde(default)]
    pub components: Value,
    #[serde(default)]
    quality_score: Value,
    /// Why it was rejected; `NONE` where it was not.
    #[serde(default)]
    pub rejected_reason: Option<String>,
}

impl ListedTemplate {
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    #[must_use]
    pub fn quality(&self) -> Option<&str> {
        self.quality_score["score"].as_str().or_else(|| self.quality_score.as_str())
    }
}

/// What Meta says of a template that it has just taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct CreatedTemplate {
    /// Its id.
    pub id: String,
    /// Usually `PENDING`.
    pub status: String,
    /// May be another than the one asked for.
    pub category: Option<String>,
}

impl GraphClient {
    /// A page of the templates of a WhatsApp Business Account, or of those with one name, from `after` on.
    ///
    /// # Errors
    /// Meta's error, or ours without a code when there was no usable answer.
    pub async fn templates(
        &self,
        access_token: &str,
        business_account_id: &str,
        name: Option<&str>,
        after: Option<&str>,
    ) -> Result<TemplatePage, ProviderError> {
        let mut url = self.url(&[business_account_id, "message_templates"]).map_err(NoAnswer::error)?;
        url.query_pairs_mut().append_pair("fields", FIELDS).append_pair("limit", PAGE);
        for (parameter, value) in [("name", name), ("after", after)] {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(parameter, value);
            }
        }
        let page: Value = answer(self.http.get(url).bearer_auth(access_token)).await?;
        // Read one by one: a template of a shape that nobody knows yet must not hide the others.
        let list = page["data"].as_array().ok_or_else(|| unreadable("the list of templates"))?;
        let templates = list.iter().filter_map(|one| ListedTemplate::deserialize(one).ok()).collect();
        // The last page may have an `after` as well.
        let more = page["paging"]["next"].is_string();
        let next = page["paging"]["cursors"]["after"].as_str().filter(|_| more).map(str::to_owned);
        Ok(TemplatePage { templates, next })
    }

    /// Makes a template. Review takes minutes to a day; the outcome comes by webhook.
    ///
    /// # Errors
    /// As [`Self::templates`].
    pub async fn create_template(
        &self,
        access_token: &str,
        business_account_id: &str,
        template: &NewTemplate,
    ) -> Result<CreatedTemplate, ProviderError> {
        let url = self.url(&[business_account_id, "message_templates"]).map_err(NoAnswer::error)?;
        let body = json!({
            "name": template.name, "language": template.language, "category": template.category,
            "parameter_format": template.definition.format.as_str(), "components": template.definition.components(),
        });
        answer(self.http.post(url).bearer_auth(access_token).json(&body)).await
    }

    /// Replaces the components of a template as a whole, or changes its category, or both. It goes back to review.
    ///
    /// # Errors
    /// As [`Self::templates`].
    pub async fn edit_template(
        &self,
        access_token: &str,
        template_id: &str,
        category: Option<&str>,
        components: Option<&Value>,
    ) -> Result<(), ProviderError> {
        let url = self.url(&[template_id]).map_err(NoAnswer::error)?;
        let mut body = json!({});
        if let Some(category) = category {
            body["category"] = json!(category);
        }
        if let Some(components) = components {
            body["components"] = components.clone();
        }
        answer::<Value>(self.http.post(url).bearer_auth(access_token).json(&body)).await.map(drop)
    }

    /// Deletes a template in one language. Its name is locked for 30 days if it was approved.
    ///
    /// # Errors
    /// As [`Self::templates`].
    pub async fn delete_template(
        &self,
        access_token: &str,
        business_account_id: &str,
        name: &str,
        template_id: &str,
    ) -> Result<(), ProviderError> {
        let mut url = self.url(&[business_account_id, "message_templates"]).map_err(NoAnswer::error)?;
        url.query_pairs_mut().append_pair("name", name).append_pair("hsm_id", template_id);
        answer::<Value>(self.http.delete(url).bearer_auth(access_token)).await.map(drop)
    }
}

impl NoAnswer {
    pub(super) fn error(self) -> ProviderError {
        match self {
            Self::Unsendable(why) | Self::NotConnected(why) | Self::Lost(why) => outcome::ours(why),
        }
    }
}

/// An answer that is JSON of a known shape.
pub(super) async fn answer<T: for<'de> Deserialize<'de>>(
    request: RequestBuilder,
) -> Result<T, ProviderError> {
    let answer = exchange(request, MAX_PAGE).await.map_err(NoAnswer::error)?;
    if let Some(graph) = parse_graph_error(&answer.body) {
        return Err(graph.error);
    }
    if !answer.status.is_success() {
        return Err(outcome::bare_status(answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|_| unreadable("the answer"))
}

pub(super) fn unreadable(what: &str) -> ProviderError {
    outcome::ours(format!("{what} of Meta's cannot be read"))
}
