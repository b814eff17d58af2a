//! What the person behind a mutation can mend: part of its answer, not of `errors`.

use super::api_tokens::{ApiTokenCreateUserError, ApiTokenRevokeUserError};
use super::conversations::{
    ConversationArchiveUserError, ConversationAssignUserError, ConversationMarkReadUserError,
    ConversationSetModeUserError, ConversationUnarchiveUserError,
};
use super::errors::Result;
use super::messages::MessageSendUserError;
use super::roles::{RoleCreateUserError, RoleDeleteUserError, RoleUpdateUserError};
use super::sessions::{
    InvitationAcceptUserError, LoginUserError, LogoutUserError, PasswordChangeUserError,
    RefreshSessionUserError,
};
use super::users::{
    UserCreateUserError, UserDeactivateUserError, UserInviteUserError, UserReactivateUserError,
    UserUpdateUserError,
};
use async_graphql::Interface;
use inbox::auth::Refusal;

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
    ConversationArchive(ConversationArchiveUserError),
    ConversationAssign(ConversationAssignUserError),
    ConversationMarkRead(ConversationMarkReadUserError),
    ConversationSetMode(ConversationSetModeUserError),
    ConversationUnarchive(ConversationUnarchiveUserError),
    InvitationAccept(InvitationAcceptUserError),
    Login(LoginUserError),
    Logout(LogoutUserError),
    MessageSend(MessageSendUserError),
    PasswordChange(PasswordChangeUserError),
    RefreshSession(RefreshSessionUserError),
    RoleCreate(RoleCreateUserError),
    RoleDelete(RoleDeleteUserError),
    RoleUpdate(RoleUpdateUserError),
    UserCreate(UserCreateUserError),
    UserDeactivate(UserDeactivateUserError),
    UserInvite(UserInviteUserError),
    UserReactivate(UserReactivateUserError),
    UserUpdate(UserUpdateUserError),
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

pub(super) use {refusals, user_errors};

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
