//! Invitations: a token, shown once, with which a person chooses a password.

use super::change::{AuditChange, Change, Subject, change, of_user};
use super::checks::lock_person;
use super::sessions::{NextToken, Session, begin_session, too_many_attempts};
use crate::app::{App, Secret};
use crate::auth::{self, Permission, Refusal, RefusalCode, Viewer, hash_token};
use crate::domain::people::INVITATION_TTL;
use crate::error::{Error, Result};
use crate::store::{TxFuture, invitations, tokens, users};
use entities::{AuditAction, InvitationId, Timestamp, UserId, invitation, user};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

/// What lets a person choose a password, once, within seven days.
#[derive(Debug)]
pub struct NewInvitation {
    /// To be shown now, because it is not kept.
    pub token: Secret,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

/// What is stored of it.
#[derive(Debug)]
pub(super) struct PendingInvitation {
    id: InvitationId,
    token_hash: String,
    expires_at: Timestamp,
}

impl PendingInvitation {
    /// What is to be stored, and what is to be shown.
    pub(super) fn new(app: &App) -> Result<(Self, NewInvitation)> {
        let (token, expires_at) = (auth::new_secret()?, app.clock.now().plus(INVITATION_TTL));
        let pending = Self { id: app.ids.next(), token_hash: hash_token(&token), expires_at };
        Ok((pending, NewInvitation { token: Secret::new(token), expires_at }))
    }

    pub(super) fn row(&self, user: UserId, now: Timestamp) -> invitation::Model {
        invitation::Model {
            id: self.id,
            user_id: user,
            token_hash: self.token_hash.clone(),
            created_at: now,
            expires_at: self.expires_at,
        }
    }
}

/// Invites a user to choose a password, the first one or another after it was forgotten. Takes the place of an earlier
/// invitation. The old password opens until a new one is chosen.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`].
pub async fn user_invite(app: &App, viewer: &Viewer, id: UserId) -> Result<(user::Model, NewInvitation)> {
    viewer.require(Permission::Administer)?;
    let (pending, shown) = PendingInvitation::new(app)?;
    let user = change(app, viewer, (id, pending), of_user, invite).await?;
    Ok((user, shown))
}

fn invite<'a>(
    change: Change<'a>,
    (id, pending): &'a (UserId, PendingInvitation),
) -> TxFuture<'a, user::Model> {
    Box::pin(async move {
        let user = lock_person(change, *id).await?;
        if user.deactivated_at.is_some() {
            let message = "the user is deactivated; reactivate it first";
            return Err(Refusal::new(RefusalCode::IsDeactivated, message).into());
        }
        change.require_rights_of(user.role_id).await?;
        invitations::replace(change.conn(), pending.row(user.id, change.tx.now())).await?;
        change.record(AuditAction::UserInvited, Subject::User(user.id), Vec::new()).await?;
        Ok(user)
    })
}

/// An invitation that is being taken.
struct Acceptance {
    token_hash: String,
    password_hash: String,
    next: NextToken,
}

/// Takes an invitation: the person's password is the chosen one from now on, older sessions end and a new one begins.
/// Slowed down as logins are.
///
/// # Errors
/// [`Error::Refused`] if the password cannot be taken or the invitation is not good (any more).
pub async fn invitation_accept(app: &App, token: &Secret, password: &Secret) -> Result<Session> {
    auth::check_password("password", password)?;
    let token_hash = hash_token(token.expose());
    let turn = app.logins.enter(&token_hash, &app.clock).await.map_err(too_many_attempts)?;
    let found = invitations::by_hash(app.db.read(), &token_hash).await?;
    if found.is_none_or(|invitation| invitation.expires_at <= app.clock.now()) {
        turn.failed(app.clock.now());
        return Err(not_good().into());
    }
    let password_hash = auth::hash_password(password.expose().to_owned()).await?;
    let next = NextToken::new(app)?;
    let acceptance = Acceptance { token_hash: token_hash.clone(), password_hash, next: next.clone() };
    // Nobody is known yet: the holder of the token acts for the user whom it names.
    let user = change(app, &Viewer::system(), acceptance, of_user, accept).await?;
    turn.succeeded();
    begin_session(app, user, next)
}

fn accept<'a>(change: Change<'a>, acceptance: &'a Acceptance) -> TxFuture<'a, user::Model> {
    Box::pin(async move {
        let (conn, now) = (change.conn(), change.tx.now());
        let invitation = invitations::by_hash(conn, &acceptance.token_hash).await?.ok_or_else(not_good)?;
        let user = users::lock(conn, invitation.user_id).await?.ok_or(Error::NotFound("user"))?;
        let is_good = invitation.expires_at > now && user.deactivated_at.is_none();
        if !is_good || !invitations::spend(conn, invitation.id).await? {
            return Err(not_good().into());
        }
        tokens::revoke_sessions(conn, user.id, now).await?;
        tokens::insert_refresh(conn, acceptance.next.row(user.id, now)).await?;
        let (action, joined_at) = match user.joined_at {
            None => (AuditAction::UserJoined, Some(now)),
            joined_at => (AuditAction::PasswordChanged, joined_at),
        };
        let row = user::ActiveModel {
            password_hash: Set(Some(acceptance.password_hash.clone())),
            joined_at: Set(joined_at),
            ..user.into_active_model()
        };
        let user = users::update(conn, row).await?;
        let change = Change { viewer: &acting_user(user.id), ..change };
        change.record(action, Subject::User(user.id), vec![AuditChange::hidden("password")]).await?;
        Ok(user)
    })
}

/// The user itself, for the audit.
pub(super) fn acting_user(id: UserId) -> Viewer {
    Viewer::new(auth::Caller::User(id), Vec::new())
}

fn not_good() -> Refusal {
    let message = "the invitation is unknown, used, replaced or older than seven days; ask for a new one";
    Refusal::of(RefusalCode::InvitationInvalid, "token", message)
}
