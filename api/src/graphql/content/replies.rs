//! What customers answer with: buttons, rows, forms, permissions and orders.

use crate::graphql::scalars::{DateTime, Json};
use async_graphql::SimpleObject;
use entities::Timestamp;
use providers::content;

/// The customer pressed one of a message's reply buttons; the message is `replyTo`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ButtonReplyContent {
    /// The id that the sender gave the button.
    button_id: String,
    /// The button's title.
    title: String,
}

impl From<content::Reply> for ButtonReplyContent {
    fn from(reply: content::Reply) -> Self {
        Self { button_id: reply.id, title: reply.title }
    }
}

/// The customer chose a row of a list; the message is `replyTo`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct ListReplyContent {
    /// The id that the sender gave the row.
    row_id: String,
    /// The row's title.
    title: String,
    /// The row's description.
    description: Option<String>,
}

impl From<content::Reply> for ListReplyContent {
    fn from(reply: content::Reply) -> Self {
        Self { row_id: reply.id, title: reply.title, description: reply.description }
    }
}

/// The customer pressed a quick-reply button of a template; the message is `replyTo`.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct TemplateButtonReplyContent {
    /// The payload that was sent with the template; Meta omits it for some buttons.
    payload: Option<String>,
    /// The button's text.
    text: String,
}

impl From<content::TemplateButtonReply> for TemplateButtonReplyContent {
    fn from(reply: content::TemplateButtonReply) -> Self {
        Self { payload: reply.payload, text: reply.text }
    }
}

/// The customer completed a flow or an address form.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct FlowReplyContent {
    /// `flow` or `address_message`.
    name: Option<String>,
    /// What the customer's phone shows, usually "Sent".
    label: Option<String>,
    /// The answers, in the flow's own shape. A text if they are not JSON.
    response: Json,
}

impl From<content::FlowReply> for FlowReplyContent {
    fn from(reply: content::FlowReply) -> Self {
        let response = serde_json::from_str(&reply.response_json)
            .unwrap_or_else(|_| serde_json::Value::String(reply.response_json.clone()));
        Self { name: reply.name, label: reply.body, response: Json(response) }
    }
}

/// The customer allowed or refused calls.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct CallPermissionReplyContent {
    /// The customer accepted.
    accepted: bool,
    /// When the permission ends. Null if it is permanent or was refused.
    expires_at: Option<DateTime>,
    /// `user_action` or `automatic`.
    source: Option<String>,
}

impl From<content::CallPermissionReply> for CallPermissionReplyContent {
    fn from(reply: content::CallPermissionReply) -> Self {
        let expires_at = reply.expires_at.map(Timestamp::from_seconds).map(DateTime);
        Self { accepted: reply.accepted, expires_at, source: reply.source }
    }
}

/// A cart from the catalogue.
#[derive(Clone, Debug, SimpleObject)]
pub(in crate::graphql) struct OrderContent {
    /// Meta's id of the catalogue.
    catalog_id: Option<String>,
    /// What the customer wrote beside the cart.
    note: Option<String>,
    /// The lines of the cart.
    items: Vec<OrderItem>,
}

impl From<content::Order> for OrderContent {
    fn from(order: content::Order) -> Self {
        Self {
            catalog_id: order.catalog_id,
            note: order.text,
            items: order.items.into_iter().map(Into::into).collect(),
        }
    }
}

/// One line of an order.
#[derive(Clone, Debug, SimpleObject)]
pub(super) struct OrderItem {
    /// The business's own id of the product.
    product_retailer_id: String,
    /// How many.
    quantity: i32,
    /// Price of one, a decimal number as text, in `currency`.
    item_price: String,
    /// ISO 4217 code.
    currency: String,
}

impl From<content::OrderItem> for OrderItem {
    fn from(item: content::OrderItem) -> Self {
        Self {
            product_retailer_id: item.product_retailer_id,
            quantity: i32::try_from(item.quantity).unwrap_or(if item.quantity < 0 { 0 } else { i32::MAX }),
            item_price: item.item_price,
            currency: item.currency,
        }
    }
}
