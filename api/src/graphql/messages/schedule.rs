//! Planning messages.

use super::send::{MessageRecipientInput, sending_refusals, target};
use super::{Message, built};
use crate::graphql::content_input::{MessageContentInput, TemplateContentInput};
use crate::graphql::context::{app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::scalars::DateTime;
use crate::graphql::user_errors::split_refusals;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::MessageId;
use inbox::services::send::{Draft, ScheduleInput, SendInput, message_schedule};

sending_refusals! {
    /// Why a message was not planned.
    MessageScheduleUserError, MessageScheduleUserErrorCode {
        /// The time is not within the next 366 days.
        SendAtInvalid,
        /// What is sent instead must be a template.
        FallbackNotTemplate,
    }
}

/// A message for later.
#[derive(Clone, Debug, InputObject)]
struct MessageScheduleInput {
    /// Into which conversation. Give either this or `to`.
    conversation_id: Option<ID>,
    /// To whom, whether there is a conversation or not. Give either this or `conversationId`.
    to: Option<MessageRecipientInput>,
    /// What to say.
    content: MessageContentInput,
    /// The message of the same conversation that it quotes.
    reply_to_id: Option<ID>,
    /// When to send it, within the next 366 days.
    send_at: DateTime,
    /// The template to send instead if only templates are allowed then; its files as public links. Without one the message
    /// fails in that case.
    fallback: Option<TemplateContentInput>,
    /// Your name for this plan, 1 to 255 visible ASCII characters, as in `messageSend`.
    idempotency_key: String,
}

/// A message that was planned, or why it was not.
#[derive(SimpleObject)]
struct MessageSchedulePayload {
    /// The message, `SCHEDULED`, or the one that the same idempotency key made before. Null if there are user errors.
    message: Option<Message>,
    /// Why it was not planned: everything that is wrong, not only the first.
    user_errors: Vec<MessageScheduleUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct MessageScheduleMutations;

#[Object]
impl MessageScheduleMutations {
    /// Plans a message. It stands in its conversation at once, at the time when it will be sent; whether it may be sent is
    /// decided then. `messageCancel` takes it back. It does not make the conversation `MANUAL`. Needs `SEND`.
    async fn message_schedule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message to plan.")] mut input: MessageScheduleInput,
    ) -> Result<MessageSchedulePayload> {
        let viewer = viewer(ctx)?;
        if let Some((field, refusal)) = input.content.take_uploads(ctx).await? {
            let error = MessageScheduleUserError::of_file(field, refusal);
            return Ok(MessageSchedulePayload { message: None, user_errors: vec![error] });
        }
        let input = ScheduleInput {
            send: SendInput {
                target: target(input.conversation_id.as_ref(), input.to)?,
                draft: input.content.into_draft("input.content")?,
                reply_to: MessageId::parse_option("input.replyToId", input.reply_to_id.as_ref())?,
                idempotency_key: input.idempotency_key,
            },
            send_at: input.send_at.0,
            fallback: input
                .fallback
                .map(|template| template.into_draft("input.fallback").map(Draft::Template))
                .transpose()?,
        };
        let (row, user_errors) = split_refusals(message_schedule(app(ctx), viewer, input).await)?;
        Ok(MessageSchedulePayload { message: built(ctx, row).await?, user_errors })
    }
}
