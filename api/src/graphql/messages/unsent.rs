//! What people do with messages that did not arrive.

use super::{Message, built};
use crate::graphql::context::{app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::user_errors::{message_refusals, split_refusals};
use async_graphql::{Context, ID, Object, SimpleObject};
use entities::MessageId;
use inbox::services::send::{message_cancel, message_give_up, message_retry};

message_refusals! {
    /// Why a message was not sent again.
    MessageRetryUserError, MessageRetryUserErrorCode {
        /// It did not fail, and what became of it is known.
        NotRetryable,
        /// Only templates may be sent to this customer now.
        WindowClosed,
        /// The business blocked the contact.
        ContactBlocked,
        /// The template may not be sent now, for the reason in the message.
        TemplateNotSendable,
        /// The template is marketing, and the contact does not want any.
        MarketingOptedOut,
        /// The template is marketing, and WhatsApp wants none for a while: to this contact, or over this number.
        MarketingHeld,
    }
}

message_refusals! {
    /// Why a message was not given up.
    MessageGiveUpUserError, MessageGiveUpUserErrorCode {
        /// What became of it is known.
        NotUnknown,
    }
}

message_refusals! {
    /// Why a message was not taken back.
    MessageCancelUserError, MessageCancelUserErrorCode {
        /// It is on its way already, or was never queued here.
        NotCancelable,
    }
}

/// A message that was sent again, or why it was not.
#[derive(SimpleObject)]
struct MessageRetryPayload {
    /// The new message, `QUEUED`; the one that was made before if the message had been sent again already. Null if there are
    /// user errors.
    message: Option<Message>,
    /// Why it was not sent again.
    user_errors: Vec<MessageRetryUserError>,
}

/// A message that was given up, or why it was not.
#[derive(SimpleObject)]
struct MessageGiveUpPayload {
    /// The message, `FAILED`. Null if there are user errors.
    message: Option<Message>,
    /// Why it was not given up.
    user_errors: Vec<MessageGiveUpUserError>,
}

/// A message that was taken back, or why it was not.
#[derive(SimpleObject)]
struct MessageCancelPayload {
    /// The message, `CANCELED`. Null if there are user errors.
    message: Option<Message>,
    /// Why it was not taken back.
    user_errors: Vec<MessageCancelUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct UnsentMessageMutations;

#[Object]
impl UnsentMessageMutations {
    /// Sends a message again that is `FAILED` or `UNKNOWN`: as a new message, because the customer may have the first after
    /// all. Called again it returns the same new message. One that was `UNKNOWN` counts as failed then. Needs `SEND`.
    async fn message_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message's id.")] id: ID,
    ) -> Result<MessageRetryPayload> {
        let (viewer, id) = (viewer(ctx)?, MessageId::parse("id", &id)?);
        let (row, user_errors) = split_refusals(message_retry(app(ctx), viewer, id).await)?;
        Ok(MessageRetryPayload { message: built(ctx, row).await?, user_errors })
    }

    /// Stops waiting for word of a message that is `UNKNOWN`: it counts as failed. Should word of it come all the same, its
    /// status follows. Needs `SEND`.
    async fn message_give_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message's id.")] id: ID,
    ) -> Result<MessageGiveUpPayload> {
        let (viewer, id) = (viewer(ctx)?, MessageId::parse("id", &id)?);
        let (row, user_errors) = split_refusals(message_give_up(app(ctx), viewer, id).await)?;
        Ok(MessageGiveUpPayload { message: built(ctx, row).await?, user_errors })
    }

    /// Takes back a message that is `SCHEDULED` or `QUEUED`. Needs `SEND`.
    async fn message_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message's id.")] id: ID,
    ) -> Result<MessageCancelPayload> {
        let (viewer, id) = (viewer(ctx)?, MessageId::parse("id", &id)?);
        let (row, user_errors) = split_refusals(message_cancel(app(ctx), viewer, id).await)?;
        Ok(MessageCancelPayload { message: built(ctx, row).await?, user_errors })
    }
}
