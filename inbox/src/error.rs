//! What can go wrong, in the words of the business. `api` turns each into a status or an `extensions.code` in one place.

use crate::auth::{Permission, Refusal};
use sea_orm::DbErr;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller did not say who it is, or not convincingly.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller may not do this.
    #[error("this needs the permission {}; ask an administrator to add it to your role or token", .0.as_str())]
    Forbidden(Permission),
    /// There is no such thing for this caller.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// An argument is wrong.
    #[error("{field}: {message}")]
    Invalid {
        /// The argument's path, dots between.
        field: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A rule is against it, and the person behind the call can mend that.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It would contradict something that is already so.
    #[error("{0}")]
    Conflict(String),
    /// The store or a part of the service cannot do it now; trying again may help.
    #[error("{0}")]
    Unavailable(String),
    /// The database refused a statement.
    #[error("the database refused a statement: {0}")]
    Database(#[from] DbErr),
    /// A promise inside the program is broken.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// An argument is wrong.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// A promise inside the program is broken.
    pub fn internal(message: impl std::fmt::Display) -> Self {
        Self::Internal(message.to_string())
    }

    /// The database says that doing the same again may work: a deadlock or a serialisation failure on PostgreSQL, a
    /// unique key that another transaction won, a row that another removed, a lock on SQLite.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let lost_race = matches!(
            error.sql_err(),
            Some(
                sea_orm::SqlErr::UniqueConstraintViolation(_)
                    | sea_orm::SqlErr::ForeignKeyConstraintViolation(_)
            )
        );
        if lost_race {
            return true;
        }
        let (DbErr::Exec(sea_orm::RuntimeErr::SqlxError(sqlx))
        | DbErr::Query(sea_orm::RuntimeErr::SqlxError(sqlx))) = error
        else {
            return false;
        };
        sqlx.as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| matches!(&*code, "40001" | "40P01" | "55P03" | "5" | "517"))
    }
}
