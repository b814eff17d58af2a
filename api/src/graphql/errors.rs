//! How errors look to a caller, in one place: `extensions.code` from a closed list and a sentence that gives nothing
//! away.

use async_graphql::{Error, ErrorExtensions};

/// The result of a resolver.
pub(super) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a field has no value, ready to be shown. It has no `Display`, so that no error of the layers below can become a
/// GraphQL error without passing here.
#[derive(Clone, Debug)]
pub(super) struct Failure(Error);

/// The closed list of `extensions.code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// The caller did not say who it is, or not convincingly.
    Unauthenticated,
    /// The caller lacks a permission.
    Forbidden,
    /// The document, a variable or an argument is wrong.
    BadUserInput,
    /// There is no such thing for this caller.
    NotFound,
    /// It would contradict something that is already so.
    Conflict,
    /// The document would cost too much.
    CostLimitExceeded,
    /// Too many requests.
    RateLimited,
    /// It is our fault, or passing.
    Internal,
}

impl ErrorCode {
    /// As in `extensions.code`.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::CostLimitExceeded => "COST_LIMIT_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::Internal => "INTERNAL",
        }
    }
}

impl Failure {
    fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Error::new(message).extend_with(|_, extensions| extensions.set("code", code.as_str())))
    }

    /// An argument is wrong; `argument` is its path with dots between.
    pub(super) fn bad_input(argument: &str, message: impl std::fmt::Display) -> Self {
        Self::new(ErrorCode::BadUserInput, format!("{argument}: {message}"))
    }

    /// There is no viewer.
    pub(super) fn unauthenticated() -> Self {
        Self::new(
            ErrorCode::Unauthenticated,
            "this needs an access token or an API token: send `Authorization: Bearer …`",
        )
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

impl From<inbox::Error> for Failure {
    fn from(error: inbox::Error) -> Self {
        use inbox::Error as E;
        let code = match &error {
            E::Unauthenticated(_) => ErrorCode::Unauthenticated,
            E::Forbidden(_) => ErrorCode::Forbidden,
            E::NotFound(_) => ErrorCode::NotFound,
            E::Invalid { .. } | E::Refused(_) => ErrorCode::BadUserInput,
            E::Conflict(_) => ErrorCode::Conflict,
            E::Unavailable(_) => {
                tracing::warn!(%error, "a field could not be resolved now");
                return Self::new(
                    ErrorCode::Internal,
                    "the service cannot do this now; try again in a moment",
                );
            }
            E::Database(_) | E::Internal(_) => {
                tracing::error!(%error, "a field could not be resolved");
                return Self::new(
                    ErrorCode::Internal,
                    "something went wrong on our side and has been logged; try again, and if it stays so, tell the \
                     operator",
                );
            }
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::Value;
    use inbox::auth::Permission;

    #[test]
    fn every_error_has_a_code_and_gives_nothing_away() {
        let secret = "SELECT password_hash FROM user";
        let database = sea_orm::DbErr::Custom(secret.to_owned());
        let cases = [
            (inbox::Error::Unauthenticated("who are you"), "UNAUTHENTICATED"),
            (inbox::Error::Forbidden(Permission::Send), "FORBIDDEN"),
            (inbox::Error::NotFound("conversation"), "NOT_FOUND"),
            (inbox::Error::invalid("first", "too large"), "BAD_USER_INPUT"),
            (inbox::Error::Conflict("taken".to_owned()), "CONFLICT"),
            (inbox::Error::Unavailable(secret.to_owned()), "INTERNAL"),
            (inbox::Error::Database(database), "INTERNAL"),
            (inbox::Error::internal(secret), "INTERNAL"),
        ];
        for (error, code) in cases {
            let shown = Error::from(Failure::from(error));
            assert!(!shown.message.contains("SELECT"), "{}", shown.message);
            let extensions = shown.extensions.expect("extensions");
            assert_eq!(extensions.get("code"), Some(&Value::from(code)));
        }
    }
}
