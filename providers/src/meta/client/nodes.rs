//! What an id belongs to.

use super::templates::answer;
use super::{GraphClient, NoAnswer};
use crate::inbound::ProviderError;
use serde_json::Value;

/// "Invalid parameter": also what a field gets that the node does not have.
const INVALID_PARAMETER: i64 = 100;

/// The kinds of nodes that people take for one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A phone number of a WhatsApp Business Account.
    PhoneNumber,
    /// A WhatsApp Business Account.
    BusinessAccount,
    /// An app.
    App,
    /// A business portfolio.
    Business,
    /// A user of Facebook, or a system user.
    User,
}

/// A field that only one kind has, and the kind. `link` comes last: other nodes have one as well.
const TELLING: [(&str, NodeKind); 3] = [
    ("display_phone_number", NodeKind::PhoneNumber),
    ("message_template_namespace", NodeKind::BusinessAccount),
    ("link", NodeKind::App),
];

impl GraphClient {
    /// What kind of node `id` is; none if it is another than the known ones. Meta has no call for that: asked for a field
    /// that the node lacks, it names the node's type.
    ///
    /// # Errors
    /// Meta's error, or ours without a code when there was no usable answer. Code 100 says that there is no such node, or
    /// that the token may not see it.
    pub async fn node_kind(&self, access_token: &str, id: &str) -> Result<Option<NodeKind>, ProviderError> {
        for (field, kind) in TELLING {
            let mut url = self.url(&[id]).map_err(NoAnswer::error)?;
            url.query_pairs_mut().append_pair("fields", &format!("id,{field}"));
            let error = match answer::<Value>(self.http.get(url).bearer_auth(access_token)).await {
                Ok(node) if node.get(field).is_some() => return Ok(Some(kind)),
                Ok(_) => continue,
                Err(error) => error,
            };
            let message = error.message.as_deref().unwrap_or_default();
            if error.code != Some(INVALID_PARAMETER) || !message.contains("nonexisting field") {
                return Err(error);
            }
            if let Some(named) = type_named_in(message) {
                return Ok(named);
            }
        }
        Ok(None)
    }
}

/// The kind in `… on node type (WhatsAppBusinessAccount)`: none if no type is named, some none if it is another.
fn type_named_in(message: &str) -> Option<Option<NodeKind>> {
    let (_, rest) = message.split_once("node type (")?;
    let (name, _) = rest.split_once(')')?;
    Some(match name {
        "WhatsAppBusinessPhoneNumber" | "WhatsAppPhoneNumber" | "WhatsAppBusinessPreVerifiedPhoneNumber" => {
            Some(NodeKind::PhoneNumber)
        }
        "WhatsAppBusinessAccount" => Some(NodeKind::BusinessAccount),
        "Application" => Some(NodeKind::App),
        "Business" => Some(NodeKind::Business),
        "User" | "SystemUser" | "BusinessUser" => Some(NodeKind::User),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_in_an_error() {
        let table = [
            (
                "(#100) Tried accessing nonexisting field (link) on node type (Application)",
                Some(Some(NodeKind::App)),
            ),
            (
                "(#100) Tried accessing nonexisting field (x) on node type (WhatsAppBusinessAccount)",
                Some(Some(NodeKind::BusinessAccount)),
            ),
            ("(#100) Tried accessing nonexisting field (x) on node type (Page)", Some(None)),
            ("(#100) Tried accessing nonexisting field (x)", None),
            ("node type (", None),
        ];
        for (message, kind) in table {
            assert_eq!(type_named_in(message), kind, "{message}");
        }
    }
}
