//! Sending messages.

use super::{Message, MessagePlan};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::scalars::PhoneNumber;
use crate::graphql::user_errors::user_errors;
use async_graphql::{Context, ID, InputObject, Object, OneofObject, SimpleObject};
use entities::{ChannelId, ContactId, ConversationId, MessageId};
use inbox::services::send::{self, Refusal, RefusalCode, SendError, SendInput, SendTarget};
use providers::content::{self, Content};

user_errors! {
    /// Why a message was not sent.
    MessageSendUserError, MessageSendUserErrorCode {
        /// Only templates may be sent to this customer now.
        WindowClosed,
        /// The text is empty.
        TextEmpty,
        /// The text is longer than WhatsApp takes.
        TextTooLong,
        /// The caption is longer than WhatsApp takes, or the kind has none.
        CaptionTooLong,
        /// The file has neither a media id nor a link.
        FileMissing,
        /// Another limit of WhatsApp's is not kept.
        ContentInvalid,
        /// Messages of this kind come from customers only.
        NotSendableKind,
        /// The business blocked the contact.
        ContactBlocked,
        /// There is no contact with this phone.
        RecipientNotFound,
        /// The message to quote is not in this conversation, or WhatsApp does not know it yet.
        ReplyToNotFound,
        /// The idempotency key was used for another message.
        IdempotencyKeyReused,
    }
}

impl From<RefusalCode> for MessageSendUserErrorCode {
    fn from(code: RefusalCode) -> Self {
        match code {
            RefusalCode::WindowClosed => Self::WindowClosed,
            RefusalCode::TextEmpty => Self::TextEmpty,
            RefusalCode::TextTooLong => Self::TextTooLong,
            RefusalCode::CaptionTooLong => Self::CaptionTooLong,
            RefusalCode::FileMissing => Self::FileMissing,
            RefusalCode::ContentInvalid => Self::ContentInvalid,
            RefusalCode::NotSendableKind => Self::NotSendableKind,
            RefusalCode::ContactBlocked => Self::ContactBlocked,
            RefusalCode::RecipientNotFound => Self::RecipientNotFound,
            RefusalCode::ReplyToNotFound => Self::ReplyToNotFound,
            RefusalCode::IdempotencyKeyReused => Self::IdempotencyKeyReused,
        }
    }
}

impl From<Refusal> for MessageSendUserError {
    fn from(refusal: Refusal) -> Self {
        let field = (!refusal.field.is_empty()).then_some(refusal.field);
        Self::new(refusal.code.into(), field, refusal.message)
    }
}

/// A message to send.
#[derive(Clone, Debug, InputObject)]
pub(super) struct MessageSendInput {
    /// Into which conversation. Give either this or `to`.
    conversation_id: Option<ID>,
    /// To whom, whether there is a conversation or not. Give either this or `conversationId`.
    to: Option<MessageRecipientInput>,
    /// What to say.
    content: MessageContentInput,
    /// The message of the same conversation that it quotes.
    reply_to_id: Option<ID>,
    /// Your name for this send, 1 to 255 visible ASCII characters, for example a UUID. The same key with the same input
    /// gives the same message, however often it comes: after a dropped line, send again with the same key.
    idempotency_key: String,
}

/// Whom to send to.
#[derive(Clone, Debug, InputObject)]
struct MessageRecipientInput {
    /// Which contact. Give either this or `phone`.
    contact_id: Option<ID>,
    /// The contact with this phone. Give either this or `contactId`.
    phone: Option<PhoneNumber>,
    /// Over which number; over the default one if absent.
    channel_id: Option<ID>,
}

/// What to say.
#[derive(Clone, Debug, OneofObject)]
enum MessageContentInput {
    /// Plain text.
    Text(TextContentInput),
}

/// Plain text.
#[derive(Clone, Debug, InputObject)]
struct TextContentInput {
    /// The text, 1 to 4,096 characters.
    body: String,
    /// Whether WhatsApp draws a preview of the first link; it does not if absent.
    preview_url: Option<bool>,
}

/// A message that was queued, or why it was not.
#[derive(SimpleObject)]
struct MessageSendPayload {
    /// The message, `QUEUED`, or the one that the same idempotency key made before. Null if there are user errors.
    message: Option<Message>,
    /// Why it was not queued: everything that is wrong, not only the first.
    user_errors: Vec<MessageSendUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct MessageMutations;

#[Object]
impl MessageMutations {
    /// Sends a message: checks it, queues it and returns it. Whether WhatsApp took it shows in its `status`, and in the
    /// events of the subscription. A person who sends makes the conversation `MANUAL`. Needs `SEND`.
    async fn message_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message to send.")] input: MessageSendInput,
    ) -> Result<MessageSendPayload> {
        let viewer = viewer(ctx)?;
        match send::message_send(app(ctx), viewer, input.into_service()?).await {
            Ok(row) => {
                let plan = MessagePlan::of(&Selection::new([ctx.look_ahead().field("message")]));
                let message = load::build_one(Reader::new(ctx)?, row, &plan).await?;
                Ok(MessageSendPayload { message, user_errors: Vec::new() })
            }
            Err(SendError::Refused(refusals)) => {
                let user_errors = refusals.into_iter().map(Into::into).collect();
                Ok(MessageSendPayload { message: None, user_errors })
            }
            Err(SendError::Error(error)) => Err(error.into()),
        }
    }
}

impl MessageSendInput {
    /// In the terms of the use case.
    fn into_service(self) -> Result<SendInput> {
        let target = match (&self.conversation_id, self.to) {
            (Some(id), None) => SendTarget::Conversation(ConversationId::parse("input.conversationId", id)?),
            (None, Some(to)) => to.into_service()?,
            _ => return Err(Failure::bad_input("input", "give either conversationId or to, and not both")),
        };
        Ok(SendInput {
            target,
            content: self.content.into(),
            reply_to: MessageId::parse_option("input.replyToId", self.reply_to_id.as_ref())?,
            idempotency_key: self.idempotency_key,
        })
    }
}

impl MessageRecipientInput {
    fn into_service(self) -> Result<SendTarget> {
        let channel_id = ChannelId::parse_option("input.to.channelId", self.channel_id.as_ref())?;
        match (&self.contact_id, self.phone) {
            (Some(id), None) => Ok(SendTarget::Contact {
                contact_id: ContactId::parse("input.to.contactId", id)?,
                channel_id,
            }),
            (None, Some(phone)) => Ok(SendTarget::Phone { phone: phone.0, channel_id }),
            _ => Err(Failure::bad_input("input.to", "give either contactId or phone, and not both")),
        }
    }
}

impl From<MessageContentInput> for Content {
    fn from(input: MessageContentInput) -> Self {
        match input {
            MessageContentInput::Text(text) => Self::Text(content::Text {
                body: text.body,
                preview_url: text.preview_url.unwrap_or_default(),
            }),
        }
    }
}
