//! Reacting to messages.

use super::Message;
use super::built;
use crate::graphql::context::{app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::user_errors::{message_refusals, split_refusals};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::MessageId;
use inbox::services::reactions;

message_refusals! {
    /// Why a message was not reacted to.
    MessageReactUserError, MessageReactUserErrorCode {
        /// A reaction is exactly one emoji.
        EmojiInvalid,
        /// WhatsApp has not taken the message, or it was deleted, is older than 30 days, or is a note of WhatsApp itself.
        NotReactable,
        /// A reaction is a free-form message: the customer must have written within 24 hours.
        WindowClosed,
        /// The business blocked the contact.
        ContactBlocked,
    }
}

/// A reaction.
#[derive(Clone, Debug, InputObject)]
struct MessageReactInput {
    /// One emoji, in place of the one before. Null or absent takes the reaction back.
    emoji: Option<String>,
}

/// A message with the business's reaction.
#[derive(SimpleObject)]
struct MessageReactPayload {
    /// The message, with the reaction as `QUEUED`. Null if there are user errors.
    message: Option<Message>,
    /// Why it was not reacted to.
    user_errors: Vec<MessageReactUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct MessageReactMutations;

#[Object]
impl MessageReactMutations {
    /// Reacts to a message, of the customer or of the business; each side has one reaction to a message. How far it got
    /// shows in the reaction's `state`. It does not make the conversation `MANUAL`. Needs `SEND`.
    async fn message_react(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message's id.")] id: ID,
        #[graphql(desc = "The reaction.")] input: MessageReactInput,
    ) -> Result<MessageReactPayload> {
        let (viewer, id) = (viewer(ctx)?, MessageId::parse("id", &id)?);
        let outcome = reactions::message_react(app(ctx), viewer, id, input.emoji.as_deref()).await;
        let (row, user_errors) = split_refusals(outcome)?;
        Ok(MessageReactPayload { message: built(ctx, row).await?, user_errors })
    }
}
