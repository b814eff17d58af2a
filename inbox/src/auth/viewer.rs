//! The authoriser: every read and write takes a [`Viewer`], and asks it.

use super::{Refusal, RefusalCode};
use crate::error::{Error, Result};
use entities::{ActorKind, ApiTokenId, AssistantId, UserId, conversation};
use serde::{Deserialize, Serialize};

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// One thing that a role or token may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Permission { $($(#[$doc])* #[serde(rename = $text)] $variant,)* }

        impl Permission {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, as stored and shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

permissions! {
    /// See the conversations that one owns, with their contacts and messages.
    ReadOwn = "READ_OWN",
    /// See all conversations, contacts and messages.
    ReadAll = "READ_ALL",
    /// Send messages in the conversations that one sees.
    Send = "SEND",
    /// Change contacts and conversations that one sees.
    Edit = "EDIT",
    /// Users, roles, tokens, settings, channels, templates.
    Administer = "ADMINISTER",
}

impl Permission {
    /// The permission of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.as_str() == name)
    }

    /// The form in which roles and tokens keep a list: JSON of the names.
    #[must_use]
    pub fn list_to_json(list: &[Self]) -> String {
        serde_json::Value::from_iter(list.iter().map(|permission| permission.as_str())).to_string()
    }

    /// The list of a role or token. A name that this version does not know is left out: it grants nothing here.
    ///
    /// # Errors
    /// [`Error::Internal`] if the text is not a JSON list of names.
    pub fn list_from_json(json: &str) -> Result<Vec<Self>> {
        let names: Vec<String> = serde_json::from_str(json).map_err(|error| {
            Error::internal(format!("a stored list of permissions cannot be read: {error}"))
        })?;
        Ok(names.iter().filter_map(|name| Self::parse(name)).collect())
    }
}

/// Who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A person with a session.
    User(UserId),
    /// An integration with an API token.
    Token {
        /// Which token.
        id: ApiTokenId,
        /// Its sends count as a person's.
        acts_for_people: bool,
    },
    /// An assistant.
    Assistant(AssistantId),
    /// The service itself: jobs and the command line.
    System,
}

/// Which conversations, contacts and messages exist for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// All of them.
    All,
    /// Those of the conversations that this user owns.
    Own(UserId),
    /// None.
    Nothing,
}

impl Reach {
    /// Whether this conversation exists for the caller.
    #[must_use]
    pub fn covers(self, conversation: &conversation::Model) -> bool {
        match self {
            Self::All => true,
            Self::Own(user) => conversation.owner_id == user,
            Self::Nothing => false,
        }
    }
}

/// Which users, roles, tokens and audit entries exist for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// All of them, with all there is about them.
    Full,
    /// The names of colleagues.
    Names,
    /// None.
    Nothing,
}

/// A caller with its rights. There is no way to read or write that does not ask for one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Viewer {
    caller: Caller,
    permissions: Vec<Permission>,
}

impl Viewer {
    /// A caller with these rights.
    #[must_use]
    pub fn new(caller: Caller, mut permissions: Vec<Permission>) -> Self {
        permissions.sort_unstable();
        permissions.dedup();
        Self { caller, permissions }
    }

    /// The service itself, which may do everything.
    #[must_use]
    pub fn system() -> Self {
        Self::new(Caller::System, Permission::ALL.to_vec())
    }

    /// An assistant, which answers wherever its turn comes.
    #[must_use]
    pub fn assistant(id: AssistantId) -> Self {
        Self::new(Caller::Assistant(id), vec![Permission::ReadAll, Permission::Send])
    }

    /// Who is calling.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller
    }

    /// What it may do.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// The user behind the call, if it is one.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        match self.caller {
            Caller::User(id) => Some(id),
            Caller::Token { .. } | Caller::Assistant(_) | Caller::System => None,
        }
    }

    /// Whether it may do this.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// Refuses unless it may do this.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) { Ok(()) } else { Err(Error::Forbidden(permission)) }
    }

    /// What exists for it.
    #[must_use]
    pub fn reach(&self) -> Reach {
        if self.may(Permission::ReadAll) {
            return Reach::All;
        }
        match self.user_id() {
            Some(user) if self.may(Permission::ReadOwn) => Reach::Own(user),
            _ => Reach::Nothing,
        }
    }

    /// What of the house itself exists for it: administrators see all, those who see conversations the names of
    /// colleagues.
    #[must_use]
    pub fn sight(&self) -> Sight {
        match self.reach() {
            _ if self.may(Permission::Administer) => Sight::Full,
            Reach::All | Reach::Own(_) => Sight::Names,
            Reach::Nothing => Sight::Nothing,
        }
    }

    /// Nobody gives, or takes over, more than they have.
    ///
    /// # Errors
    /// [`Error::Refused`] if one of these is not among its own permissions.
    pub fn require_all(&self, field: Option<&'static str>, permissions: &[Permission]) -> Result<()> {
        let Some(missing) = permissions.iter().find(|permission| !self.may(**permission)) else {
            return Ok(());
        };
        let code = RefusalCode::PermissionNotHeld;
        let message = format!(
            "this is about the permission {}, which you do not have yourself; ask somebody who has it",
            missing.as_str()
        );
        Err(Error::Refused(Refusal { code, field, message }))
    }

    /// Its sends switch a conversation to manual mode.
    #[must_use]
    pub fn is_person(&self) -> bool {
        match self.caller {
            Caller::User(_) => true,
            Caller::Token { acts_for_people, .. } => acts_for_people,
            Caller::Assistant(_) | Caller::System => false,
        }
    }

    /// As recorded on what it sends.
    #[must_use]
    pub fn actor(&self) -> (ActorKind, Option<uuid::Uuid>) {
        match self.caller {
            Caller::User(id) => (ActorKind::User, Some(id.0)),
            Caller::Token { id, .. } => (ActorKind::ApiToken, Some(id.0)),
            Caller::Assistant(id) => (ActorKind::Assistant, Some(id.0)),
            Caller::System => (ActorKind::System, None),
        }
    }

    /// The name under which its idempotency keys are kept.
    #[must_use]
    pub fn scope(&self) -> String {
        match self.caller {
            Caller::User(id) => format!("user:{id}"),
            Caller::Token { id, .. } => format!("token:{id}"),
            Caller::Assistant(id) => format!("assistant:{id}"),
            Caller::System => "system".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lists_of_permissions_are_read() {
        let table: [(&str, Option<&[Permission]>); 6] = [
            ("[]", Some(&[])),
            (r#"["SEND","READ_ALL"]"#, Some(&[Permission::Send, Permission::ReadAll])),
            (r#"["SEND","A_LATER_ONE"]"#, Some(&[Permission::Send])),
            ("", None),
            (r#""SEND""#, None),
            ("[1]", None),
        ];
        for (json, expected) in table {
            assert_eq!(Permission::list_from_json(json).ok().as_deref(), expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_list_survives_storage(list in proptest::sample::subsequence(Permission::ALL, 0..=Permission::ALL.len())) {
            let json = Permission::list_to_json(&list);
            prop_assert_eq!(Permission::list_from_json(&json).unwrap(), list);
        }

        #[test]
        fn any_text_is_a_list_or_an_error(text in "\\PC*") {
            let _ = Permission::list_from_json(&text);
        }
    }

    #[test]
    fn sight_follows_the_permissions() {
        let caller = Caller::User(UserId(uuid::Uuid::from_u128(1)));
        let table: [(&[Permission], Sight); 5] = [
            (&[], Sight::Nothing),
            (&[Permission::Send], Sight::Nothing),
            (&[Permission::ReadOwn], Sight::Names),
            (&[Permission::ReadAll], Sight::Names),
            (&[Permission::Administer], Sight::Full),
        ];
        for (permissions, sight) in table {
            assert_eq!(Viewer::new(caller, permissions.to_vec()).sight(), sight, "{permissions:?}");
        }
    }

    proptest! {
        #[test]
        fn nobody_gives_more_than_they_have(
            own in proptest::sample::subsequence(Permission::ALL, 0..=Permission::ALL.len()),
            given in proptest::sample::subsequence(Permission::ALL, 0..=Permission::ALL.len()),
        ) {
            let viewer = Viewer::new(Caller::System, own.clone());
            let allowed = given.iter().all(|permission| own.contains(permission));
            prop_assert_eq!(viewer.require_all(None, &given).is_ok(), allowed);
        }
    }

    #[test]
    fn reach_follows_the_permissions() {
        let (user, token) = (UserId(uuid::Uuid::from_u128(1)), ApiTokenId(uuid::Uuid::from_u128(2)));
        let token = Caller::Token { id: token, acts_for_people: true };
        let table: [(Caller, &[Permission], Reach); 6] = [
            (Caller::User(user), &[], Reach::Nothing),
            (Caller::User(user), &[Permission::ReadOwn], Reach::Own(user)),
            (Caller::User(user), &[Permission::ReadOwn, Permission::ReadAll], Reach::All),
            (Caller::User(user), &[Permission::Administer], Reach::Nothing),
            (token, &[Permission::ReadOwn], Reach::Nothing),
            (token, &[Permission::ReadAll], Reach::All),
        ];
        for (caller, permissions, reach) in table {
            assert_eq!(
                Viewer::new(caller, permissions.to_vec()).reach(),
                reach,
                "{caller:?} {permissions:?}"
            );
        }
    }
}
