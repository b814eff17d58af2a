//! Which users to list.

use super::{UserKind, UserState};
use crate::graphql::contacts::valid_search;
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use async_graphql::{ID, InputObject};
use entities::RoleId;
use inbox::auth::{Permission, Viewer};
use inbox::store::users as store;

/// Which users. What is absent or null does not matter; what is given must all be so.
#[derive(Clone, Debug, Default, InputObject)]
pub(super) struct UserFilter {
    /// Only those in this state.
    state: Option<UserState>,
    /// Only people, or only the guest.
    kind: Option<UserKind>,
    /// Only those who hold this role. Needs the permission ADMINISTER.
    role_id: Option<ID>,
    /// Only those whose name begins with this; for callers with the permission ADMINISTER also those whose e-mail address
    /// does. At most 100 characters.
    search: Option<String>,
}

impl UserFilter {
    /// In the store's terms.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for ids of other types, `FORBIDDEN` for roles if the caller may not see them.
    pub(super) fn into_store(self, viewer: &Viewer) -> Result<store::UserFilter> {
        if self.role_id.is_some() {
            viewer.require(Permission::Administer)?;
        }
        valid_search(self.search.as_deref())?;
        Ok(store::UserFilter {
            state: self.state.map(Into::into),
            kind: self.kind.map(Into::into),
            role_id: RoleId::parse_option("filter.roleId", self.role_id.as_ref())?,
            search: self.search,
        })
    }
}
