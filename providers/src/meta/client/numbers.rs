//! The phone numbers of a WhatsApp Business Account.

use super::templates::{answer, unreadable};
use super::{GraphClient, NoAnswer};
use crate::inbound::ProviderError;
use serde::Deserialize;
use serde_json::Value;

/// Meta gives four fields unless it is asked for more.
const FIELDS: &str = "id,display_phone_number,verified_name,name_status,status,quality_rating,\
    code_verification_status,throughput,whatsapp_business_manager_messaging_limit,account_mode,platform_type,\
    is_pin_enabled,is_on_biz_app";
/// An account has at most a few dozen numbers.
const PAGE: &str = "100";

/// A number as Meta describes it. Words are Meta's own; what it leaves out is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PhoneNumberInfo {
    /// Its id.
    pub id: String,
    /// As people write it: `+1 555-078-3881`.
    pub display_phone_number: Option<String>,
    /// The name that customers see.
    pub verified_name: Option<String>,
    /// How the review of the name stands: `APPROVED`, `DECLINED`, ….
    pub name_status: Option<String>,
    /// `CONNECTED`, `FLAGGED`, `BANNED`, ….
    pub status: Option<String>,
    /// `GREEN`, `YELLOW`, `RED`, `NA` or `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// Whether somebody proved to hold the number: `VERIFIED`, `NOT_VERIFIED`, `EXPIRED`.
    pub code_verification_status: Option<String>,
    /// `{ "level": "STANDARD" }`.
    pub throughput: Value,
    /// How many customers the business may begin to write to in a day: `TIER_250`, `TIER_2K`, ….
    #[serde(rename = "whatsapp_business_manager_messaging_limit")]
    pub messaging_limit: Option<String>,
    /// `LIVE` or `SANDBOX`.
    pub account_mode: Option<String>,
    /// `CLOUD_API` once it is registered.
    pub platform_type: Option<String>,
    /// Whether a PIN is set.
    pub is_pin_enabled: Option<bool>,
    /// Whether the number is on a phone with the business app too.
    pub is_on_biz_app: Option<bool>,
}

impl PhoneNumberInfo {
    /// `STANDARD`, `HIGH` or `NOT_APPLICABLE`.
    #[must_use]
    pub fn throughput_level(&self) -> Option<&str> {
        self.throughput["level"].as_str()
    }
}

impl GraphClient {
    /// The numbers of a WhatsApp Business Account, the first hundred of them.
    ///
    /// # Errors
    /// Meta's error, or ours without a code when there was no usable answer.
    pub async fn phone_numbers(
        &self,
        access_token: &str,
        business_account_id: &str,
    ) -> Result<Vec<PhoneNumberInfo>, ProviderError> {
        let mut url = self.url(&[business_account_id, "phone_numbers"]).map_err(NoAnswer::error)?;
        url.query_pairs_mut().append_pair("fields", FIELDS).append_pair("limit", PAGE);
        let page: Value = answer(self.http.get(url).bearer_auth(access_token)).await?;
        let list = page["data"].as_array().ok_or_else(|| unreadable("the list of numbers"))?;
        list.iter()
            .map(|one| PhoneNumberInfo::deserialize(one).map_err(|_| unreadable("the list of numbers")))
            .collect()
    }
}
