//! Typed ids: the id of one noun cannot be given where another's is meant.

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident,)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl TryFromU64 for $name {
            /// Ids are made by us; no database hands them out.
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )* };
}

typed_ids! {
    /// The id of a role.
    RoleId,
    /// The id of a user.
    UserId,
    /// The id of an API token.
    ApiTokenId,
    /// The id of a refresh token.
    RefreshTokenId,
    /// The id of an invitation.
    InvitationId,
    /// The id of a user's name at an identity provider.
    UserIdentityId,
    /// The id of an entry of the audit.
    AuditEntryId,
    /// The id of a channel.
    ChannelId,
    /// The id of a contact.
    ContactId,
    /// The id of one of a contact's identities.
    ContactIdentityId,
    /// The id of something that a business wants to know of its contacts.
    ContactAttributeId,
    /// The id of a merge of two contacts.
    ContactMergeId,
    /// The id of an import of contacts.
    ContactsImportId,
    /// The id of what was wrong with a row of an import.
    ContactsImportProblemId,
    /// The id of the erasure of a person.
    ErasureId,
    /// The id of a contact's word about marketing.
    MarketingPreferenceId,
    /// The id of a conversation.
    ConversationId,
    /// The id of a line of a conversation's timeline.
    ConversationChangeId,
    /// The id of a message.
    MessageId,
    /// The id of an earlier version of a message's content.
    MessageVersionId,
    /// The id of something that happened to a message.
    MessageUpdateId,
    /// The id of a reaction.
    ReactionId,
    /// The id of a file.
    MediaId,
    /// The id of a template.
    TemplateId,
    /// The id of a saved message.
    SavedMessageId,
    /// The id of a queued send.
    OutboxId,
    /// The id of a call to the provider that is no message.
    ProviderTaskId,
    /// The id of a webhook body.
    WebhookReceiptId,
    /// The id of a change that the provider announced.
    ProviderUpdateId,
    /// The id of something that became of a template.
    TemplateChangeId,
    /// The id of a run of a job.
    JobRunId,
    /// The id of what a person was told about new messages.
    InboxNotificationId,
    /// The id of an assistant.
    AssistantId,
    /// The id of a document of an assistant.
    AssistantDocumentId,
    /// The id of a passage of a document.
    AssistantPassageId,
    /// The id of a server of tools.
    ToolServerId,
    /// The id of one turn of an assistant.
    AssistantRunId,
    /// The id of something that an assistant did in a run.
    AssistantRunStepId,
    /// The id of what a model costs.
    ModelPriceId,
    /// The id of a running process: one node of the deployment.
    NodeId,
}
