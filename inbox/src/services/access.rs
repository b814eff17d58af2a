//! Who gets in: the first start, logins and sessions of people, tokens of integrations.
//!
//! An access token is believed until it ends (15 minutes), as long as its user is not deactivated. Rights are read from
//! the database and remembered for up to 10 seconds, see [`ViewerCache`](crate::auth::ViewerCache): a deactivated user,
//! a revoked API token or a changed role takes effect at once on the node that changed it, and within 10 seconds on the
//! others.

mod accounts;
mod authenticate;
mod bootstrap;
mod sessions;
#[cfg(test)]
mod tests;

pub use accounts::{
    CreatedToken, CreatedUser, RoleRef, TokenCreate, UserCreate, token_create, token_revoke, user_create,
};
pub use authenticate::authenticate;
pub use bootstrap::{
    ADMINISTRATOR_ROLE, AGENT_ROLE, Bootstrap, FirstAdmin, GUEST_USER, OWN_CONVERSATIONS_ROLE, bootstrap,
};
pub use sessions::{LoginError, Session, login, logout, purge_sessions, refresh_session};
