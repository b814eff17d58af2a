//! What people do with a conversation besides writing in it.

use super::{Conversation, ConversationMode, ConversationPlan};
use crate::graphql::context::{Reader, app, viewer};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::global_id::GlobalId;
use crate::graphql::load::{self, Selection};
use crate::graphql::user_errors::{message_refusals, refusals, split, split_refusals, user_errors};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{AssistantId, ConversationId, UserId, conversation};
use inbox::services::conversations as services;
use inbox::services::typing::conversation_start_typing;

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

user_errors! {
    /// Why the conversation did not get another assistant.
    ConversationSetAssistantUserError, ConversationSetAssistantUserErrorCode {
        /// There is no such assistant.
        AssistantNotFound,
        /// Somebody else changed it at the same moment. Read it again, then decide.
        Conflict,
    }
}

/// The assistant that answers a conversation from now on.
#[derive(Clone, Debug, InputObject)]
struct ConversationSetAssistantInput {
    /// The assistant's id. Null for none.
    assistant_id: Option<ID>,
}

/// A conversation with its assistant.
#[derive(SimpleObject)]
struct ConversationSetAssistantPayload {
    /// The conversation as it is now. Null if there are user errors.
    conversation: Option<Conversation>,
    /// Why its assistant was not changed.
    user_errors: Vec<ConversationSetAssistantUserError>,
}

impl ConversationSetAssistantPayload {
    fn of_error(error: inbox::Error) -> Result<Self> {
        use ConversationSetAssistantUserErrorCode::{AssistantNotFound, Conflict};
        let (code, field, message) = match error {
            inbox::Error::Invalid { field: field @ "assistantId", message } => {
                (AssistantNotFound, Some(vec![field.to_owned()]), message)
            }
            inbox::Error::Conflict(message) => (Conflict, None, message),
            error => return Err(error.into()),
        };
        let error = ConversationSetAssistantUserError::new(code, field, message);
        Ok(Self { conversation: None, user_errors: vec![error] })
    }
}

refusals! {
    /// Why the tags of the conversation were not changed.
    ConversationSetTagsUserError, ConversationSetTagsUserErrorCode {
        /// A tag is one line of 1 to 64 characters without a comma.
        TagInvalid,
        /// There may be 50 tags at most.
        TooManyTags,
    }
}

/// A conversation with its tags.
#[derive(SimpleObject)]
struct ConversationSetTagsPayload {
    /// The conversation as it is now. Null if there are user errors.
    conversation: Option<Conversation>,
    /// Why its tags were not changed.
    user_errors: Vec<ConversationSetTagsUserError>,
}

/// All tags that a conversation has from now on.
#[derive(Clone, Debug, InputObject)]
struct ConversationSetTagsInput {
    /// At most 50, each one line of 1 to 64 characters without a comma. They are kept in lower case, each once.
    tags: Vec<String>,
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

message_refusals! {
    /// Why "typing…" was not shown.
    ConversationStartTypingUserError, ConversationStartTypingUserErrorCode {
        /// The customer's last message is older than 24 hours.
        WindowClosed,
        /// The business blocked the contact.
        ContactBlocked,
        /// The channel never shows that messages were read, which WhatsApp does with "typing…".
        ReadReceiptsOff,
        /// The customer has written nothing that could be answered.
        NothingToAnswer,
        /// WhatsApp said no, or could not be asked.
        ProviderRefused,
    }
}

/// A conversation whose customer sees "typing…".
#[derive(SimpleObject)]
struct ConversationStartTypingPayload {
    /// The conversation. Null if there are user errors.
    conversation: Option<Conversation>,
    /// Why it was not shown.
    user_errors: Vec<ConversationStartTypingUserError>,
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

    /// Assigns an assistant, or none. It begins active, also after a hand-off; what was begun before is thrown away. It answers
    /// from the customer's next message on, in automatic mode. Needs `EDIT`.
    async fn conversation_set_assistant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
        #[graphql(desc = "The assistant that answers from now on.")] input: ConversationSetAssistantInput,
    ) -> Result<ConversationSetAssistantPayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let assistant = AssistantId::parse_option("input.assistantId", input.assistant_id.as_ref())?;
        match services::conversation_set_assistant(app(ctx), viewer, id, assistant).await {
            Ok(row) => Ok(ConversationSetAssistantPayload {
                conversation: changed(ctx, row).await?,
                user_errors: Vec::new(),
            }),
            Err(error) => ConversationSetAssistantPayload::of_error(error),
        }
    }

    /// Puts these words on a conversation, and takes all others off. Needs `EDIT`.
    async fn conversation_set_tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
        #[graphql(desc = "All tags that it has from now on.")] input: ConversationSetTagsInput,
    ) -> Result<ConversationSetTagsPayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let outcome = services::conversation_set_tags(app(ctx), viewer, id, &input.tags).await;
        let (row, user_errors) = split(outcome)?;
        let conversation = match row {
            Some(row) => changed(ctx, row).await?,
            None => None,
        };
        Ok(ConversationSetTagsPayload { conversation, user_errors })
    }

    /// Counts all messages of a conversation as read. The customer sees it if the channel's `readReceipts` is `ON_OPEN`.
    /// Needs `EDIT`.
    async fn conversation_mark_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
    ) -> Result<ConversationMarkReadPayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let outcome = services::conversation_mark_read(app(ctx), viewer, id).await;
        ConversationMarkReadPayload::of(ctx, outcome).await
    }

    /// Shows "typing…" to the customer until the answer comes, at most 25 seconds; call it while somebody writes, as often as
    /// you like (WhatsApp is asked once in 10 seconds). WhatsApp marks the customer's messages as read with it, so a channel
    /// whose `readReceipts` is `NEVER` refuses. Do not call it if nobody will answer. Needs `SEND`.
    async fn conversation_start_typing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
    ) -> Result<ConversationStartTypingPayload> {
        let (viewer, id) = (viewer(ctx)?, ConversationId::parse("id", &id)?);
        let (row, user_errors) = split_refusals(conversation_start_typing(app(ctx), viewer, id).await)?;
        let conversation = match row {
            Some(row) => changed(ctx, row).await?,
            None => None,
        };
        Ok(ConversationStartTypingPayload { conversation, user_errors })
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
