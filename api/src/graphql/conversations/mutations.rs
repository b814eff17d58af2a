//! What people do with a conversation besides writing in it.

use super::{Conversation, ConversationMode, ConversationPlan};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::user_errors::user_errors;
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{ConversationId, UserId, conversation};
use inbox::services::conversations as services;

/// Declares what a mutation of a conversation answers with.
macro_rules! payloads {
    ($($(#[$doc:meta])* $payload:ident, $error:ident, $code:ident;)*) => { $(
        crate::graphql::user_errors::user_errors! {
            /// Why the conversation was not changed.
            $error, $code {
                /// Somebody else changed it at the same moment. Read it again, then decide.
                Conflict,
            }
        }

        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        struct $payload {
            /// The conversation as it is now. Null if there are user errors.
            conversation: Option<Conversation>,
            /// Why it was not changed.
            user_errors: Vec<$error>,
        }

        impl $payload {
            async fn of(ctx: &Context<'_>, outcome: inbox::Result<conversation::Model>) -> Result<Self> {
                match outcome {
                    Ok(row) => Ok(Self { conversation: changed(ctx, row).await?, user_errors: Vec::new() }),
                    Err(inbox::Error::Conflict(message)) => {
                        let error = $error::new($code::Conflict, None, message);
                        Ok(Self { conversation: None, user_errors: vec![error] })
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    )* };
}

payloads! {
    /// A conversation whose mode was set.
    ConversationSetModePayload, ConversationSetModeUserError, ConversationSetModeUserErrorCode;
    /// A conversation whose messages were all read.
    ConversationMarkReadPayload, ConversationMarkReadUserError, ConversationMarkReadUserErrorCode;
    /// A conversation that was archived.
    ConversationArchivePayload, ConversationArchiveUserError, ConversationArchiveUserErrorCode;
    /// A conversation that was brought back.
    ConversationUnarchivePayload, ConversationUnarchiveUserError, ConversationUnarchiveUserErrorCode;
}

user_errors! {
    /// Why the conversation was not given to another owner.
    ConversationAssignUserError, ConversationAssignUserErrorCode {
        /// There is no such user, or the user was deactivated.
        OwnerNotFound,
        /// Somebody else changed it at the same moment. Read it again, then decide.
        Conflict,
    }
}

/// A conversation with its owner.
#[derive(SimpleObject)]
struct ConversationAssignPayload {
    /// The conversation as it is now. Null if there are user errors, or if the caller sees only its own conversations and gave
    /// this one away.
    conversation: Option<Conversation>,
    /// Why its owner was not changed.
    user_errors: Vec<ConversationAssignUserError>,
}

impl ConversationAssignPayload {
    fn of_error(error: inbox::Error) -> Result<Self> {
        use ConversationAssignUserErrorCode::{Conflict, OwnerNotFound};
        let (code, field, message) = match error {
            inbox::Error::Invalid { field: field @ "ownerId", message } => {
                (OwnerNotFound, Some(field), message)
            }
            inbox::Error::Conflict(message) => (Conflict, None, message),
            error => return Err(error.into()),
        };
        let field = field.map(|field| vec![field.to_owned()]);
        let error = ConversationAssignUserError::new(code, field, message);
        Ok(Self { conversation: None, user_errors: vec![error] })
    }
}

/// Who answers for a conversation from now on.
#[derive(Clone, Debug, InputObject)]
struct ConversationAssignInput {
    /// The user's id. Null gives the conversation to the guest, who owns what nobody owns.
    owner_id: MaybeUndefined<ID>,
}

/// Who may answer from now on.
#[derive(Clone, Debug, InputObject)]
struct ConversationSetModeInput {
    /// The assistant (`AUTOMATIC`) or only people (`MANUAL`).
    mode: ConversationMode,
}

#[derive(Default)]
pub(in crate::graphql) struct ConversationMutations;

#[Object]
impl ConversationMutations {
    /// Lets the assistant answer, or only people. An answer that the assistant has begun is void. Needs `EDIT`.
    async fn conversation_set_mode(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
        #[graphql(desc = "Who may answer from now on.")] input: ConversationSetModeInput,
    ) -> Result<ConversationSetModePayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let outcome = services::conversation_set_mode(app(ctx), viewer, id, input.mode.into()).await;
        ConversationSetModePayload::of(ctx, outcome).await
    }

    /// Gives a conversation to an owner. Whoever sees only its own conversations loses or gains this one at once, also in
    /// running subscriptions. Needs `EDIT`.
    async fn conversation_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
        #[graphql(desc = "Who answers for it from now on.")] input: ConversationAssignInput,
    ) -> Result<ConversationAssignPayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let owner = match &input.owner_id {
            MaybeUndefined::Value(owner) => Some(UserId::parse("input.ownerId", owner)?),
            MaybeUndefined::Null => None,
            MaybeUndefined::Undefined => {
                return Err(Failure::bad_input("input.ownerId", "give a user's id, or null for nobody's"));
            }
        };
        let outcome = services::conversation_assign(app(ctx), viewer, id, owner).await;
        match outcome {
            Ok(row) if viewer.reach().covers(&row) => Ok(ConversationAssignPayload {
                conversation: changed(ctx, row).await?,
                user_errors: Vec::new(),
            }),
            Ok(_) => Ok(ConversationAssignPayload { conversation: None, user_errors: Vec::new() }),
            Err(error) => ConversationAssignPayload::of_error(error),
        }
    }

    /// Counts all messages of a conversation as read. Needs `EDIT`.
    async fn conversation_mark_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
    ) -> Result<ConversationMarkReadPayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let outcome = services::conversation_mark_read(app(ctx), viewer, id).await;
        ConversationMarkReadPayload::of(ctx, outcome).await
    }

    /// Takes a conversation out of the inbox until the customer writes again, and gives it back to the assistant.
    /// Needs `EDIT`.
    async fn conversation_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
    ) -> Result<ConversationArchivePayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let outcome = services::conversation_archive(app(ctx), viewer, id).await;
        ConversationArchivePayload::of(ctx, outcome).await
    }

    /// Brings an archived conversation back into the inbox. Needs `EDIT`.
    async fn conversation_unarchive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
    ) -> Result<ConversationUnarchivePayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let outcome = services::conversation_unarchive(app(ctx), viewer, id).await;
        ConversationUnarchivePayload::of(ctx, outcome).await
    }
}

async fn changed(ctx: &Context<'_>, row: conversation::Model) -> Result<Option<Conversation>> {
    let plan = ConversationPlan::of(&Selection::new([ctx.look_ahead().field("conversation")]));
    load::build_one(Reader::new(ctx)?, row, &plan).await
}
