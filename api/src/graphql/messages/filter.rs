//! Which messages to list.

use super::{MessageDirection, MessageKind, MessageStatus};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::scalars::DateTime;
use async_graphql::{ID, InputObject};
use entities::{ChannelId, ConversationId};
use inbox::store::messages as store;

/// Which messages. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
pub(in crate::graphql) struct MessageFilter {
    /// Only those of this conversation.
    conversation_id: Option<ID>,
    /// Only those over this number.
    channel_id: Option<ID>,
    /// Only those from customers, or only those to them.
    direction: Option<MessageDirection>,
    /// Only those with content of this kind.
    kind: Option<MessageKind>,
    /// Only outbound ones in this state.
    status: Option<MessageStatus>,
    /// Only those that this service learnt of at or after this moment.
    received_after: Option<DateTime>,
    /// Only those that this service learnt of before this moment.
    received_before: Option<DateTime>,
    /// Only those sent at or after this moment, by WhatsApp's time.
    sent_after: Option<DateTime>,
    /// Only those sent before this moment, by WhatsApp's time.
    sent_before: Option<DateTime>,
}

impl MessageFilter {
    /// All of one conversation.
    pub(in crate::graphql) fn of_conversation(id: ConversationId) -> Self {
        Self { conversation_id: Some(id.global()), ..Self::default() }
    }

    /// In the store's terms.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for ids of other types.
    pub(super) fn to_store(&self) -> Result<store::MessageFilter> {
        let conversation = self.conversation_id.as_ref();
        Ok(store::MessageFilter {
            conversation_id: ConversationId::parse_option("filter.conversationId", conversation)?,
            channel_id: ChannelId::parse_option("filter.channelId", self.channel_id.as_ref())?,
            direction: self.direction.map(Into::into),
            kind: self.kind.map(MessageKind::stored),
            status: self.status.map(Into::into),
            received_after: self.received_after.map(|moment| moment.0),
            received_before: self.received_before.map(|moment| moment.0),
            sent_after: self.sent_after.map(|moment| moment.0),
            sent_before: self.sent_before.map(|moment| moment.0),
        })
    }
}
