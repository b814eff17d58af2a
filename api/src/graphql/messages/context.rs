//! What came with a message beside its content.

use crate::graphql::scalars::Url;
use async_graphql::SimpleObject;
use serde::Deserialize;
use serde_json::Value;

/// What came with a message beside its content.
#[derive(Clone, Debug, Default, Deserialize, SimpleObject)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct MessageContext {
    /// The customer forwarded it from another chat.
    forwarded: bool,
    /// It had been forwarded more than five times.
    frequently_forwarded: bool,
    /// The ad or post that the customer came from.
    referral: Option<AdReferral>,
    /// The product of the catalogue that the customer asks about.
    referred_product: Option<ReferredProduct>,
    /// WhatsApp's id of the group that it was written in.
    group_id: Option<String>,
}

impl MessageContext {
    /// None if this version cannot read it.
    pub(super) fn from_stored(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// The ad or post that a customer pressed to write to the business. It comes with the first message only. What Meta does
/// not say is null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, SimpleObject)]
#[serde(from = "Value")]
pub(super) struct AdReferral {
    /// Where the ad or post is.
    source_url: Option<Url>,
    /// Meta's id of the ad or post.
    source_id: Option<String>,
    /// `ad`, `post` or a word that Meta adds.
    source_type: Option<String>,
    /// The line above its text.
    headline: Option<String>,
    /// Its text.
    body: Option<String>,
    /// What it shows: `image`, `video` or a word that Meta adds.
    media_type: Option<String>,
    /// Its picture. The address may end.
    image_url: Option<Url>,
    /// Its video. The address may end.
    video_url: Option<Url>,
    /// A small picture of its video. The address may end.
    thumbnail_url: Option<Url>,
    /// Meta's id of this press, by which conversions are reported to Meta. Null for ads in statuses.
    ctwa_clid: Option<String>,
}

/// From the object as Meta gives it: another shape of one field takes nothing from the others.
impl From<Value> for AdReferral {
    fn from(given: Value) -> Self {
        let url = |name| text(&given, name).map(Url);
        Self {
            source_url: url("source_url"),
            source_id: text(&given, "source_id"),
            source_type: text(&given, "source_type"),
            headline: text(&given, "headline"),
            body: text(&given, "body"),
            media_type: text(&given, "media_type"),
            image_url: url("image_url"),
            video_url: url("video_url"),
            thumbnail_url: url("thumbnail_url"),
            ctwa_clid: text(&given, "ctwa_clid"),
        }
    }
}

/// A product of a catalogue. What Meta does not say is null.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, SimpleObject)]
#[serde(from = "Value")]
pub(super) struct ReferredProduct {
    /// Meta's id of the catalogue.
    catalog_id: Option<String>,
    /// The business's own id of the product.
    product_retailer_id: Option<String>,
}

impl From<Value> for ReferredProduct {
    fn from(given: Value) -> Self {
        Self {
            catalog_id: text(&given, "catalog_id"),
            product_retailer_id: text(&given, "product_retailer_id"),
        }
    }
}

/// Meta writes ids now as texts, now as numbers, and leaves a field empty or out.
fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(context: &Value) -> MessageContext {
        MessageContext::from_stored(&context.to_string()).expect("an object")
    }

    #[test]
    fn an_ad_is_read_field_by_field() {
        let context = read(&json!({ "forwarded": true, "referral": {
            "source_url": "https://fb.me/x", "source_id": 120_226_305_854_810_726_u64, "source_type": "ad",
            "headline": "Two for one", "body": "", "media_type": "video", "video_url": "https://example.com/v",
            "thumbnail_url": ["odd"], "ctwa_clid": "Aff-n8", "welcome_message": { "text": "Hi" }
        }}));
        assert!(context.forwarded);
        let referral = context.referral.unwrap();
        assert_eq!(
            referral,
            AdReferral {
                source_url: Some(Url("https://fb.me/x".to_owned())),
                source_id: Some("120226305854810726".to_owned()),
                source_type: Some("ad".to_owned()),
                headline: Some("Two for one".to_owned()),
                media_type: Some("video".to_owned()),
                video_url: Some(Url("https://example.com/v".to_owned())),
                ctwa_clid: Some("Aff-n8".to_owned()),
                ..AdReferral::default()
            }
        );
    }

    #[test]
    fn a_product_is_read() {
        let product = json!({ "catalog_id": "1", "product_retailer_id": "sku-2" });
        let context = read(&json!({ "referredProduct": product }));
        let expected = ReferredProduct {
            catalog_id: Some("1".to_owned()),
            product_retailer_id: Some("sku-2".to_owned()),
        };
        assert_eq!((context.referred_product, context.referral), (Some(expected), None));
    }

    proptest! {
        #[test]
        fn no_shape_of_an_ad_hides_the_rest(fields in prop::collection::hash_map("[a-z_]{1,12}", any::<Option<i64>>(), 0..5)) {
            let context = read(&json!({ "groupId": "g", "referral": fields, "referredProduct": [fields] }));
            prop_assert_eq!(context.group_id.as_deref(), Some("g"));
            prop_assert!(context.referral.is_some());
        }
    }
}
