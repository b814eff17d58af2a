//! What the person behind a mutation can mend: part of its answer, not of `errors`.

use super::conversations::{
    ConversationArchiveUserError, ConversationAssignUserError, ConversationMarkReadUserError,
    ConversationSetModeUserError, ConversationUnarchiveUserError,
};
use super::messages::MessageSendUserError;
use super::sessions::{LoginUserError, LogoutUserError, RefreshSessionUserError};
use async_graphql::Interface;

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
    ConversationArchive(ConversationArchiveUserError),
    ConversationAssign(ConversationAssignUserError),
    ConversationMarkRead(ConversationMarkReadUserError),
    ConversationSetMode(ConversationSetModeUserError),
    ConversationUnarchive(ConversationUnarchiveUserError),
    Login(LoginUserError),
    Logout(LogoutUserError),
    MessageSend(MessageSendUserError),
    RefreshSession(RefreshSessionUserError),
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

pub(super) use user_errors;
