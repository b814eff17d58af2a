//! Sending messages.

use super::{Message, MessagePlan};
use crate::graphql::content_input::MessageContentInput;
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{Resource, Selection};
use crate::graphql::scalars::PhoneNumber;
use crate::graphql::user_errors::split_refusals;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entities::{ChannelId, ContactId, ConversationId, MessageId, message};
use inbox::services::send::{self, SendInput, SendTarget};
use std::sync::Arc;

/// Declares the user errors of a mutation that queues a message: every rule of sending, and those of its own.
macro_rules! sending_refusals {
    ($(#[$doc:meta])* $error:ident, $code:ident { $($(#[$own_doc:meta])* $own:ident,)* }) => {
        crate::graphql::user_errors::message_refusals! {
            $(#[$doc])*
            $error, $code {
                /// Only templates may be sent to this customer now.
                WindowClosed,
                /// Something must be there, and be more than blanks: a text, a file, one entry of a list.
                Missing,
                /// A text is longer than WhatsApp takes; the message says how long it is and how long it may be.
                TooLong,
                /// A list has more entries than WhatsApp takes.
                TooMany,
                /// It is there already, and each must be another.
                NotUnique,
                /// A number is beyond its range.
                OutOfRange,
                /// It is not written as it must be: a web address, a day.
                Malformed,
                /// WhatsApp has no place for it here, such as a caption under sound.
                NotAllowed,
                /// There is no such file, or it is not in the storage of this service.
                FileMissing,
                /// The file could not be fetched from its address.
                FileNotFetched,
                /// WhatsApp takes no files of this size.
                FileTooLarge,
                /// WhatsApp takes no files of this type as this kind. What counts is the content, not the name.
                FileTypeNotAllowed,
                /// Messages of this kind come from customers only.
                NotSendableKind,
                /// There is no such template for this number.
                TemplateNotFound,
                /// The template may not be sent now, for the reason in the message.
                TemplateNotSendable,
                /// A value of the template's variables is missing or wrong; `field` names which of those that were given.
                TemplateVariableInvalid,
                /// The template is marketing, and the contact does not want any.
                MarketingOptedOut,
                /// The template is marketing, and WhatsApp wants none for a while: to this contact, or over this number.
                MarketingHeld,
                /// The business blocked the contact.
                ContactBlocked,
                /// There is no contact with this phone.
                RecipientNotFound,
                /// The message to quote is not in this conversation, or WhatsApp does not know it yet.
                ReplyToNotFound,
                /// The idempotency key was used for another message.
                IdempotencyKeyReused,
                $($(#[$own_doc])* $own,)*
            }
        }

        impl $error {
            /// A file that came along and cannot be kept.
            fn of_file(field: Vec<String>, refusal: inbox::services::media::MediaRefusal) -> Self {
                use inbox::services::media::MediaRefusalCode as Rule;
                let code = match refusal.code {
                    Rule::FileTooLarge => $code::FileTooLarge,
                    Rule::FileEmpty | Rule::FileTypeNotAllowed | Rule::NotFailed => $code::FileTypeNotAllowed,
                };
                Self::new(code, Some(field), refusal.message)
            }
        }
    };
}

pub(in crate::graphql) use sending_refusals;

sending_refusals! {
    /// Why a message was not sent.
    MessageSendUserError, MessageSendUserErrorCode {}
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
pub(super) struct MessageRecipientInput {
    /// Which contact. Give either this or `phone`.
    contact_id: Option<ID>,
    /// The contact with this phone. Give either this or `contactId`.
    phone: Option<PhoneNumber>,
    /// Over which number; over the default one if absent.
    channel_id: Option<ID>,
}

/// A message that was queued, or why it was not.
#[derive(SimpleObject)]
struct MessageSendPayload {
    /// The message, `QUEUED`, or the one that the same idempotency key made before; of several the first. Null if there
    /// are user errors.
    message: Option<Message>,
    /// All of them in their order: a long text with `split` is several messages, 10 at most, and anything else is one.
    /// Null if there are user errors.
    messages: Option<Vec<Message>>,
    /// Why it was not queued: everything that is wrong, not only the first.
    user_errors: Vec<MessageSendUserError>,
}

/// With what is selected of `message` and of `messages`.
async fn built_all(ctx: &Context<'_>, rows: Vec<message::Model>) -> Result<Vec<Message>> {
    let look = ctx.look_ahead();
    let plan = MessagePlan::of(&Selection::new([look.field("message"), look.field("messages")]));
    Message::build(Reader::new(ctx)?, rows.into_iter().map(Arc::new).collect(), &plan).await
}

#[derive(Default)]
pub(in crate::graphql) struct MessageSendMutations;

#[Object]
impl MessageSendMutations {
    /// Sends a message: checks it, queues it and returns it. Whether WhatsApp took it shows in its `status`, and in the
    /// events of the subscription. A person who sends makes the conversation `MANUAL`. Needs `SEND`.
    async fn message_send(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message to send.")] mut input: MessageSendInput,
    ) -> Result<MessageSendPayload> {
        let viewer = viewer(ctx)?;
        if let Some((field, refusal)) = input.content.take_uploads(ctx).await? {
            let error = MessageSendUserError::of_file(field, refusal);
            return Ok(MessageSendPayload { message: None, messages: None, user_errors: vec![error] });
        }
        let outcome = send::messages_send(app(ctx), viewer, input.into_service()?).await;
        let (rows, user_errors) = split_refusals(outcome)?;
        let messages = match rows {
            Some(rows) => Some(built_all(ctx, rows).await?),
            None => None,
        };
        let message = messages.as_ref().and_then(|messages| messages.first().cloned());
        Ok(MessageSendPayload { message, messages, user_errors })
    }
}

impl MessageSendInput {
    /// In the terms of the use case.
    fn into_service(self) -> Result<SendInput> {
        Ok(SendInput {
            target: target(self.conversation_id.as_ref(), self.to)?,
            draft: self.content.into_draft("input.content")?,
            reply_to: MessageId::parse_option("input.replyToId", self.reply_to_id.as_ref())?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Where to send.
///
/// # Errors
/// `BAD_USER_INPUT` unless exactly one of both is given.
pub(super) fn target(conversation: Option<&ID>, to: Option<MessageRecipientInput>) -> Result<SendTarget> {
    match (conversation, to) {
        (Some(id), None) => Ok(SendTarget::Conversation(ConversationId::parse("input.conversationId", id)?)),
        (None, Some(to)) => to.into_service(),
        _ => Err(Failure::bad_input("input", "give either conversationId or to, and not both")),
    }
}

impl MessageRecipientInput {
    pub(super) fn into_service(self) -> Result<SendTarget> {
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
