//! What administrators do with users, and users with themselves.

use super::{User, written};
use crate::graphql::context::{app, viewer};
use crate::graphql::errors::Result;
use crate::graphql::global_id::GlobalId;
use crate::graphql::scalars::{DateTime, PhoneNumber};
use crate::graphql::user_errors::{refusals, split};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entities::{RoleId, UserId, user};
use inbox::Secret;
use inbox::services::access::{self, RoleRef, UserCreate, UserUpdate};

refusals! {
    /// Why a user was not made.
    UserCreateUserError, UserCreateUserErrorCode {
        /// The text cannot be an e-mail address.
        EmailInvalid,
        /// Another user has the e-mail address.
        EmailTaken,
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// There is no such role.
        RoleNotFound,
        /// The role gives a permission that you do not have yourself.
        PermissionNotHeld,
        /// The text is no phone number with a plus and the country code.
        PhoneInvalid,
        /// Another active user has the phone number, perhaps in another national form.
        PhoneTaken,
        /// The text is no BCP 47 tag.
        LanguageInvalid,
        /// A password has 8 characters to 1,024 bytes.
        PasswordInvalid,
    }
}

refusals! {
    /// Why a user was not changed.
    UserUpdateUserError, UserUpdateUserErrorCode {
        /// The text cannot be an e-mail address, or there is none.
        EmailInvalid,
        /// Another user has the e-mail address.
        EmailTaken,
        /// A name is one line of 1 to 100 characters.
        NameInvalid,
        /// There is no such role.
        RoleNotFound,
        /// The user has, or would get, a permission that you do not have yourself.
        PermissionNotHeld,
        /// The text is no phone number with a plus and the country code.
        PhoneInvalid,
        /// Another active user has the phone number, perhaps in another national form.
        PhoneTaken,
        /// The text is no BCP 47 tag.
        LanguageInvalid,
        /// Nobody who can administer would be left.
        LastAdministrator,
        /// The guest cannot be changed.
        IsGuest,
    }
}

refusals! {
    /// Why a user was not invited.
    UserInviteUserError, UserInviteUserErrorCode {
        /// The user has a permission that you do not have yourself.
        PermissionNotHeld,
        /// The guest never logs in.
        IsGuest,
        /// The user is deactivated; reactivate it first.
        IsDeactivated,
    }
}

refusals! {
    /// Why a user was not deactivated.
    UserDeactivateUserError, UserDeactivateUserErrorCode {
        /// The user has a permission that you do not have yourself.
        PermissionNotHeld,
        /// Nobody who can administer would be left.
        LastAdministrator,
        /// The guest cannot be changed.
        IsGuest,
    }
}

refusals! {
    /// Why a user was not reactivated.
    UserReactivateUserError, UserReactivateUserErrorCode {
        /// The user would get a permission that you do not have yourself.
        PermissionNotHeld,
        /// Another active user has the phone number by now; change it first.
        PhoneTaken,
        /// The guest cannot be changed.
        IsGuest,
    }
}

/// A person to add.
#[derive(InputObject)]
struct UserCreateInput {
    /// The e-mail address to log in with, in any case; no other user may have it.
    email: String,
    /// As shown to colleagues: one line of 1 to 100 characters.
    name: String,
    /// What the person may do: a role that gives nothing that you do not have yourself.
    role_id: ID,
    /// New contacts with this phone number get this owner. With a plus and the country code; no other active user may have
    /// it, in whatever national form.
    phone: Option<PhoneNumber>,
    /// BCP 47 tag (`es`, `pt-BR`) of the language of the waiting messages to the person's customers, and of the words
    /// for errors.
    language: Option<String>,
    /// 8 characters to 1,024 bytes. Without one the person is invited, and chooses a password with `invitationAccept`.
    #[graphql(secret)]
    password: Option<String>,
}

/// What is to change in a user. What is absent stays.
#[derive(InputObject)]
struct UserUpdateInput {
    /// The e-mail address to log in with; cannot be null. Needs the permission ADMINISTER.
    email: MaybeUndefined<String>,
    /// As shown to colleagues: one line of 1 to 100 characters; cannot be null.
    name: MaybeUndefined<String>,
    /// What the user may do; cannot be null. Needs the permission ADMINISTER.
    role_id: MaybeUndefined<ID>,
    /// New contacts with this phone number get this owner; null for none. Needs the permission ADMINISTER.
    phone: MaybeUndefined<PhoneNumber>,
    /// BCP 47 tag (`es`, `pt-BR`); null for the deployment's language.
    language: MaybeUndefined<String>,
}

impl UserUpdateInput {
    /// In the terms of the use case, which refuses empty texts where null means nothing.
    fn into_service(self) -> Result<UserUpdate> {
        let role = match self.role_id {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(RoleRef::Name(String::new())),
            MaybeUndefined::Value(id) => Some(RoleRef::Id(RoleId::parse("input.roleId", &id)?)),
        };
        Ok(UserUpdate {
            email: self.email.as_opt_ref().map(|email| email.cloned().unwrap_or_default()),
            name: self.name.as_opt_ref().map(|name| name.cloned().unwrap_or_default()),
            role,
            phone: self.phone.map_value(|phone| phone.0).into(),
            language: self.language.into(),
        })
    }
}

/// What lets a person choose a password, once, with `invitationAccept`.
#[derive(SimpleObject)]
struct Invitation {
    /// To be handed to the person. Shown only here: it is not kept.
    token: String,
    /// When it ends: seven days after it was made.
    expires_at: DateTime,
}

impl From<access::NewInvitation> for Invitation {
    fn from(new: access::NewInvitation) -> Self {
        // Exposed because this is the only time that it is shown.
        Self { token: new.token.expose().to_owned(), expires_at: new.expires_at.into() }
    }
}

/// A user who was made, or why none was.
#[derive(SimpleObject)]
struct UserCreatePayload {
    /// The user: `ACTIVE` with a password, `INVITED` without. Null if there are user errors.
    user: Option<User>,
    /// Null if a password was given.
    invitation: Option<Invitation>,
    /// Why no user was made.
    user_errors: Vec<UserCreateUserError>,
}

/// A user who was changed, or why none was.
#[derive(SimpleObject)]
struct UserUpdatePayload {
    /// The user as it is now. Null if there are user errors.
    user: Option<User>,
    /// Why it was not changed.
    user_errors: Vec<UserUpdateUserError>,
}

/// A user who was invited, or why none was.
#[derive(SimpleObject)]
struct UserInvitePayload {
    /// The user. Null if there are user errors.
    user: Option<User>,
    /// It takes the place of an earlier one.
    invitation: Option<Invitation>,
    /// Why there is no invitation.
    user_errors: Vec<UserInviteUserError>,
}

/// A user who was deactivated, or why none was.
#[derive(SimpleObject)]
struct UserDeactivatePayload {
    /// The user as it is now. Null if there are user errors.
    user: Option<User>,
    /// Why it was not deactivated.
    user_errors: Vec<UserDeactivateUserError>,
}

/// A user who was reactivated, or why none was.
#[derive(SimpleObject)]
struct UserReactivatePayload {
    /// The user as it is now. Null if there are user errors.
    user: Option<User>,
    /// Why it was not reactivated.
    user_errors: Vec<UserReactivateUserError>,
}

#[derive(Default)]
pub(in crate::graphql) struct UserMutations;

#[Object]
impl UserMutations {
    /// Adds a person. Needs the permission ADMINISTER.
    async fn user_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person to add.")] input: UserCreateInput,
    ) -> Result<UserCreatePayload> {
        let viewer = viewer(ctx)?;
        let input = UserCreate {
            email: input.email,
            name: Some(input.name),
            role: RoleRef::Id(RoleId::parse("input.roleId", &input.role_id)?),
            phone: input.phone.map(|phone| phone.0),
            language: input.language,
            password: input.password.map(Secret::new),
        };
        let (made, user_errors) = split(access::user_create(app(ctx), viewer, input).await)?;
        let (row, invitation) = made.map(|made| (made.user, made.invitation)).unzip();
        let invitation = invitation.flatten().map(Into::into);
        Ok(UserCreatePayload { user: shown(ctx, row).await?, invitation, user_errors })
    }

    /// Changes a user. Everybody may change their own name and language; the rest needs the permission ADMINISTER.
    async fn user_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user's id.")] id: ID,
        #[graphql(desc = "What is to change; what is absent stays.")] input: UserUpdateInput,
    ) -> Result<UserUpdatePayload> {
        let (viewer, id) = (viewer(ctx)?, UserId::parse("id", &id)?);
        let outcome = access::user_update(app(ctx), viewer, id, input.into_service()?).await;
        let (row, user_errors) = split(outcome)?;
        Ok(UserUpdatePayload { user: shown(ctx, row).await?, user_errors })
    }

    /// Makes an invitation with which a user chooses a password: the first one, or another after it was forgotten. The old
    /// password opens until then. Needs the permission ADMINISTER.
    async fn user_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user's id.")] id: ID,
    ) -> Result<UserInvitePayload> {
        let (viewer, id) = (viewer(ctx)?, UserId::parse("id", &id)?);
        let (made, user_errors) = split(access::user_invite(app(ctx), viewer, id).await)?;
        let (row, invitation) = made.unzip();
        let invitation = invitation.map(Into::into);
        Ok(UserInvitePayload { user: shown(ctx, row).await?, invitation, user_errors })
    }

    /// Takes a user's access away at once: ends the sessions, takes back the invitation and revokes the API tokens that the
    /// user made. Conversations and contacts keep their owner. Doing it again changes nothing. Needs the permission
    /// ADMINISTER.
    async fn user_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user's id.")] id: ID,
    ) -> Result<UserDeactivatePayload> {
        let (viewer, id) = (viewer(ctx)?, UserId::parse("id", &id)?);
        let (row, user_errors) = split(access::user_deactivate(app(ctx), viewer, id).await)?;
        Ok(UserDeactivatePayload { user: shown(ctx, row).await?, user_errors })
    }

    /// Gives a deactivated user access again, with role and password as they were; sessions and API tokens stay ended.
    /// Doing it again changes nothing. Needs the permission ADMINISTER.
    async fn user_reactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user's id.")] id: ID,
    ) -> Result<UserReactivatePayload> {
        let (viewer, id) = (viewer(ctx)?, UserId::parse("id", &id)?);
        let (row, user_errors) = split(access::user_reactivate(app(ctx), viewer, id).await)?;
        Ok(UserReactivatePayload { user: shown(ctx, row).await?, user_errors })
    }
}

async fn shown(ctx: &Context<'_>, row: Option<user::Model>) -> Result<Option<User>> {
    match row {
        Some(row) => written(ctx, row).await,
        None => Ok(None),
    }
}
