//! Closed sets of the connection with WhatsApp.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

stored_enums! {
    /// Whether messages can come and go.
    IntegrationState {
        /// A setting is missing.
        Incomplete = "INCOMPLETE",
        /// Meta could not be asked yet whether the settings are right.
        Unverified = "UNVERIFIED",
        /// Meta says that a setting is wrong.
        Failed = "FAILED",
        /// All is there, and Meta says that it is right.
        Active = "ACTIVE",
    }

    /// What is wrong with a setting.
    IntegrationProblemCode {
        /// Meta refuses the access token, or it has ended.
        TokenInvalid = "TOKEN_INVALID",
        /// The access token was made for another app.
        TokenOfOtherApp = "TOKEN_OF_OTHER_APP",
        /// The access token may not do what is needed.
        ScopeMissing = "SCOPE_MISSING",
        /// There is no such app, or this is not its secret.
        AppCredentialsWrong = "APP_CREDENTIALS_WRONG",
        /// The id is of something else: two were swapped, perhaps.
        WrongKind = "WRONG_KIND",
        /// Nothing has this id, or the access token may not see it.
        NotFound = "NOT_FOUND",
        /// The number belongs to another WhatsApp Business Account.
        NotInAccount = "NOT_IN_ACCOUNT",
        /// Meta did not answer, or could not: it says nothing about the settings.
        MetaUnavailable = "META_UNAVAILABLE",
    }
}
