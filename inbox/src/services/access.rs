//! Who gets in, and what they may do: the first start, logins and sessions of people, the people and their roles, tokens
//! of integrations, an outside identity provider.
//!
//! Rights are read from the database and remembered for up to 10 seconds, see [`ViewerCache`](crate::auth::ViewerCache): a
//! session that has ended, a deactivated user, a revoked API token or a changed role takes effect at once on the node that
//! changed it, and on the others when its hint arrives, or else within 10 seconds.

mod api_tokens;
mod authenticate;
mod bootstrap;
mod change;
mod checks;
mod identity;
mod invitations;
mod passwords;
mod roles;
mod sessions;
#[cfg(test)]
mod tests;
mod users;

pub use api_tokens::{CreatedToken, TokenCreate, token_create, token_revoke};
pub use authenticate::authenticate;
pub(crate) use authenticate::viewer_of_actor;
pub use bootstrap::{
    ADMINISTRATOR_ROLE, AGENT_ROLE, Bootstrap, FirstAdmin, GUEST_USER, OWN_CONVERSATIONS_ROLE, bootstrap,
};
pub use change::AuditChange;
pub(crate) use change::{Subject, record};
pub use invitations::{NewInvitation, invitation_accept, user_invite};
pub use passwords::password_change;
pub use roles::{RoleCreate, RoleUpdate, role_create, role_delete, role_update};
pub use sessions::{LoginError, Session, login, logout, purge_sessions, refresh_session};
pub use users::{
    CreatedUser, RoleRef, UserCreate, UserUpdate, user_create, user_deactivate, user_reactivate, user_update,
};
