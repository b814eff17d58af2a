//! Who calls, and what they may do and see.

mod cache;
mod changes;
mod email;
mod identity;
mod logins;
mod password;
mod refusal;
mod session;
mod token;
mod viewer;

pub(crate) use cache::Credential;
pub use cache::{Authenticated, ViewerCache};
pub use changes::AccessChange;
pub(crate) use changes::AccessChanges;
pub use email::normalize_email;
pub(crate) use identity::Identity;
pub use identity::{IdentityConfig, IdentityProvider, is_foreign_issuer, is_safe_for_keys};
pub use logins::LoginGate;
pub use password::{check_password, hash_password, new_password, verify_password};
pub use refusal::{Refusal, RefusalCode};
pub use session::{Claims, SessionKeys};
pub use token::{NewToken, TOKEN_PREFIX, hash_token, new_secret, new_token};
pub use viewer::{Caller, Permission, Reach, Sight, Viewer};
