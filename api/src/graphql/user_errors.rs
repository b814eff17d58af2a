//! What the person behind a mutation can mend: part of its answer, not of `errors`.

use super::api_tokens::{ApiTokenCreateUserError, ApiTokenRevokeUserError};
use super::assistants::{
    AssistantCreateUserError, AssistantDeleteUserError, AssistantDocumentCreateUserError,
    AssistantDocumentDeleteUserError, AssistantDocumentUpdateUserError, AssistantRunRateUserError,
    AssistantTryUserError, AssistantUpdateUserError,
};
use super::channels::ChannelUpdateUserError;
use super::contacts::{
    ContactAttributeCreateUserError, ContactAttributeDeleteUserError, ContactAttributeUpdateUserError,
    ContactBlockUserError, ContactCreateUserError, ContactEraseUserError, ContactMergeUserError,
    ContactUnblockUserError, ContactUpdateUserError, ContactsImportCancelUserError, ContactsImportUserError,
};
use super::conversations::{
    ConversationArchiveUserError, ConversationAssignUserError, ConversationMarkReadUserError,
    ConversationSetAssistantUserError, ConversationSetModeUserError, ConversationSetTagsUserError,
    ConversationStartTypingUserError, ConversationUnarchiveUserError,
};
use super::errors::Result;
use super::jobs::{JobRunUserError, JobUpdateUserError};
use super::media::{MediaRetryUserError, MediaUploadUserError};
use super::messages::{
    MessageCancelUserError, MessageGiveUpUserError, MessageReactUserError, MessageRetryUserError,
    MessageScheduleUserError, MessageSendUserError,
};
use super::model_prices::{ModelPriceDeleteUserError, ModelPriceSetUserError};
use super::roles::{RoleCreateUserError, RoleDeleteUserError, RoleUpdateUserError};
use super::saved_messages::{
    SavedMessageCreateUserError, SavedMessageDeleteUserError, SavedMessageUpdateUserError,
};
use super::sessions::{
    InvitationAcceptUserError, LoginUserError, LogoutUserError, PasswordChangeUserError,
    RefreshSessionUserError,
};
use super::settings::SettingsUpdateUserError;
use super::templates::{
    TemplateCreateUserError, TemplateDeleteUserError, TemplateUpdateUserError, TemplatesSyncUserError,
};
use super::tool_servers::{
    ToolServerCreateUserError, ToolServerDeleteUserError, ToolServerRefreshUserError,
    ToolServerUpdateUserError,
};
use super::users::{
    UserCreateUserError, UserDeactivateUserError, UserInviteUserError, UserReactivateUserError,
    UserUpdateUserError,
};
use super::waiting_messages::WaitingMessageUpdateUserError;
use super::webhook_receipts::WebhookReceiptReplayUserError;
use async_graphql::Interface;
use inbox::auth::Refusal;
use inbox::services::send::{self, SendError};

/// Something that the person behind a mutation can mend.
#[derive(Clone, Debug, Interface)]
#[graphql(
    field(name = "message", ty = "&String", desc = "What is wrong and what to do, for people."),
    field(
        name = "field",
        ty = "&Option<Vec<String>>",
        desc = "The path of the argument, from the input down. Null if it is not about one."
    )
)]
pub(super) enum UserError {
    ApiTokenCreate(ApiTokenCreateUserError),
    ApiTokenRevoke(ApiTokenRevokeUserError),
    AssistantCreate(AssistantCreateUserError),
    AssistantDelete(AssistantDeleteUserError),
    AssistantDocumentCreate(AssistantDocumentCreateUserError),
    AssistantDocumentDelete(AssistantDocumentDeleteUserError),
    AssistantDocumentUpdate(AssistantDocumentUpdateUserError),
    AssistantRunRate(AssistantRunRateUserError),
    AssistantTry(AssistantTryUserError),
    AssistantUpdate(AssistantUpdateUserError),
    ChannelUpdate(ChannelUpdateUserError),
    ContactAttributeCreate(ContactAttributeCreateUserError),
    ContactAttributeDelete(ContactAttributeDeleteUserError),
    ContactAttributeUpdate(ContactAttributeUpdateUserError),
    ContactBlock(ContactBlockUserError),
    ContactCreate(ContactCreateUserError),
    ContactErase(ContactEraseUserError),
    ContactMerge(ContactMergeUserError),
    ContactUnblock(ContactUnblockUserError),
    ContactUpdate(ContactUpdateUserError),
    ContactsImport(ContactsImportUserError),
    ContactsImportCancel(ContactsImportCancelUserError),
    ConversationArchive(ConversationArchiveUserError),
    ConversationAssign(ConversationAssignUserError),
    ConversationMarkRead(ConversationMarkReadUserError),
    ConversationSetAssistant(ConversationSetAssistantUserError),
    ConversationSetMode(ConversationSetModeUserError),
    ConversationSetTags(ConversationSetTagsUserError),
    ConversationStartTyping(ConversationStartTypingUserError),
    ConversationUnarchive(ConversationUnarchiveUserError),
    InvitationAccept(InvitationAcceptUserError),
    JobRun(JobRunUserError),
    JobUpdate(JobUpdateUserError),
    Login(LoginUserError),
    Logout(LogoutUserError),
    MediaRetry(MediaRetryUserError),
    MediaUpload(MediaUploadUserError),
    MessageCancel(MessageCancelUserError),
    MessageGiveUp(MessageGiveUpUserError),
    MessageReact(MessageReactUserError),
    MessageRetry(MessageRetryUserError),
    MessageSchedule(MessageScheduleUserError),
    MessageSend(MessageSendUserError),
    PasswordChange(PasswordChangeUserError),
    RefreshSession(RefreshSessionUserError),
    ModelPriceDelete(ModelPriceDeleteUserError),
    ModelPriceSet(ModelPriceSetUserError),
    RoleCreate(RoleCreateUserError),
    RoleDelete(RoleDeleteUserError),
    RoleUpdate(RoleUpdateUserError),
    SavedMessageCreate(SavedMessageCreateUserError),
    SavedMessageDelete(SavedMessageDeleteUserError),
    SavedMessageUpdate(SavedMessageUpdateUserError),
    SettingsUpdate(SettingsUpdateUserError),
    TemplateCreate(TemplateCreateUserError),
    TemplateDelete(TemplateDeleteUserError),
    TemplateUpdate(TemplateUpdateUserError),
    TemplatesSync(TemplatesSyncUserError),
    ToolServerCreate(ToolServerCreateUserError),
    ToolServerDelete(ToolServerDeleteUserError),
    ToolServerRefresh(ToolServerRefreshUserError),
    ToolServerUpdate(ToolServerUpdateUserError),
    UserCreate(UserCreateUserError),
    UserDeactivate(UserDeactivateUserError),
    UserInvite(UserInviteUserError),
    UserReactivate(UserReactivateUserError),
    UserUpdate(UserUpdateUserError),
    WaitingMessageUpdate(WaitingMessageUpdateUserError),
    WebhookReceiptReplay(WebhookReceiptReplayUserError),
}

/// Declares a mutation's user errors: the type and the enum of its codes.
macro_rules! user_errors {
    ($(#[$doc:meta])* $error:ident, $code:ident { $($(#[$code_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub(in crate::graphql) struct $error {
            /// What is wrong and what to do, for people.
            pub(in crate::graphql) message: String,
            /// The path of the argument, from the input down. Null if it is not about one.
            pub(in crate::graphql) field: Option<Vec<String>>,
            /// Which rule.
            code: $code,
        }

        $(#[$doc])*
        #[derive(Clone, Copy, Debug, async_graphql::Enum, PartialEq, Eq)]
        // The names are the schema's: those of one mutation may well begin alike.
        #[allow(clippy::enum_variant_names, clippy::allow_attributes)]
        pub(in crate::graphql) enum $code { $($(#[$code_doc])* $variant,)* }

        impl $error {
            fn new(code: $code, field: Option<Vec<String>>, message: impl Into<String>) -> Self {
                Self { message: message.into(), field, code }
            }
        }
    };
}

/// Declares the user errors of a change of access: the codes are those of the rules that it can break.
macro_rules! refusals {
    ($(#[$doc:meta])* $error:ident, $code:ident { $($(#[$code_doc:meta])* $variant:ident,)* }) => {
        crate::graphql::user_errors::user_errors! {
            $(#[$doc])*
            $error, $code { $($(#[$code_doc])* $variant,)* }
        }

        impl crate::graphql::user_errors::FromRefusal for $error {
            fn from_refusal(refusal: &inbox::auth::Refusal) -> Option<Self> {
                let code = match refusal.code {
                    $(inbox::auth::RefusalCode::$variant => $code::$variant,)*
                    _ => return None,
                };
                let field = refusal.field.map(|field| vec![field.to_owned()]);
                Some(Self::new(code, field, refusal.message.clone()))
            }
        }
    };
}

/// Declares the user errors of what is done with messages: the codes are those of the rules that it can break.
macro_rules! message_refusals {
    ($(#[$doc:meta])* $error:ident, $code:ident { $($(#[$code_doc:meta])* $variant:ident,)* }) => {
        crate::graphql::user_errors::user_errors! {
            $(#[$doc])*
            $error, $code { $($(#[$code_doc])* $variant,)* }
        }

        impl crate::graphql::user_errors::FromMessageRefusal for $error {
            fn from_refusal(refusal: &inbox::services::send::Refusal) -> Option<Self> {
                let code = match refusal.code {
                    $(inbox::services::send::RefusalCode::$variant => $code::$variant,)*
                    // None is left where a mutation declares them all.
                    #[allow(unreachable_patterns, clippy::allow_attributes)]
                    _ => return None,
                };
                let field = (!refusal.field.is_empty()).then(|| refusal.field.clone());
                Some(Self::new(code, field, refusal.message.clone()))
            }
        }
    };
}

pub(super) use {message_refusals, refusals, user_errors};

/// A mutation's user error that is made of a broken rule of sending.
pub(super) trait FromMessageRefusal: Sized {
    /// None if the mutation does not declare the rule.
    fn from_refusal(refusal: &send::Refusal) -> Option<Self>;
}

/// What came out of an operation on messages, and what the person can mend: one of the two is empty.
///
/// # Errors
/// Whatever else went wrong; a refusal that the mutation does not declare is a fault of the program.
pub(super) fn split_refusals<T, E: FromMessageRefusal>(
    outcome: std::result::Result<T, SendError>,
) -> Result<(Option<T>, Vec<E>)> {
    match outcome {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(SendError::Refused(refusals)) => {
            let declared = refusals.iter().map(|refusal| {
                E::from_refusal(refusal).ok_or_else(|| {
                    inbox::Error::internal(format!("{:?} is no error of this mutation", refusal.code))
                })
            });
            Ok((None, declared.collect::<inbox::Result<_>>()?))
        }
        Err(SendError::Error(error)) => Err(error.into()),
    }
}

/// A mutation's user error that is made of a broken rule.
pub(super) trait FromRefusal: Sized {
    /// None if the mutation does not declare the rule.
    fn from_refusal(refusal: &Refusal) -> Option<Self>;
}

/// What came out, and what the person can mend: one of the two is empty.
///
/// # Errors
/// Whatever else went wrong.
pub(super) fn split<T, E: FromRefusal>(outcome: inbox::Result<T>) -> Result<(Option<T>, Vec<E>)> {
    match outcome {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(inbox::Error::Refused(refusal)) => match E::from_refusal(&refusal) {
            Some(error) => Ok((None, vec![error])),
            None => Err(inbox::Error::Refused(refusal).into()),
        },
        Err(error) => Err(error.into()),
    }
}
