//! Choosing another password.

use super::change::{AuditChange, Change, Subject, change, of_user};
use super::sessions::{NextToken, Session, begin_session, too_many_attempts};
use crate::app::{App, Secret};
use crate::auth::{self, Refusal, RefusalCode, Viewer};
use crate::error::{Error, Result};
use crate::store::{TxFuture, tokens, users};
use entities::{AuditAction, UserId, user};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

/// A password that is being changed.
struct NewPassword {
    user: UserId,
    /// What was compared with the current password; if it is another by now, somebody was faster.
    old_hash: String,
    new_hash: String,
    next: NextToken,
}

/// Changes the caller's password. All its sessions end, and a new one begins. Slowed down as logins are.
///
/// # Errors
/// [`Error::Refused`] if the caller has no password, the current one is another, or the new one cannot be taken.
pub async fn password_change(app: &App, viewer: &Viewer, current: &Secret, new: &Secret) -> Result<Session> {
    auth::check_password("newPassword", new)?;
    let user = users::of_viewer(app.db.read(), viewer).await?;
    let stored = user.and_then(|user| Some((user.id, user.email?, user.password_hash?)));
    let (user, email, old_hash) = stored.ok_or_else(|| {
        let message = "there is no password to change: you use an API token, or log in elsewhere";
        Refusal::new(RefusalCode::NoPassword, message)
    })?;
    let turn = app.logins.enter(&email, &app.clock).await.map_err(too_many_attempts)?;
    if !auth::verify_password(current.expose().to_owned(), Some(old_hash.clone())).await? {
        turn.failed(app.clock.now());
        return Err(wrong_password().into());
    }
    turn.succeeded();
    let new_hash = auth::hash_password(new.expose().to_owned()).await?;
    let next = NextToken::new(app)?;
    let input = NewPassword { user, old_hash, new_hash, next: next.clone() };
    let user = change(app, viewer, input, of_user, replace).await?;
    begin_session(app, user, next)
}

fn replace<'a>(change: Change<'a>, new: &'a NewPassword) -> TxFuture<'a, user::Model> {
    Box::pin(async move {
        let (conn, now) = (change.conn(), change.tx.now());
        let user = users::lock(conn, new.user).await?.ok_or(Error::NotFound("user"))?;
        if user.deactivated_at.is_some() || user.password_hash.as_ref() != Some(&new.old_hash) {
            return Err(wrong_password().into());
        }
        tokens::revoke_sessions(conn, user.id, now).await?;
        tokens::insert_refresh(conn, new.next.row(user.id, now)).await?;
        let row =
            user::ActiveModel { password_hash: Set(Some(new.new_hash.clone())), ..user.into_active_model() };
        let user = users::update(conn, row).await?;
        let fields = vec![AuditChange::hidden("password")];
        change.record(AuditAction::PasswordChanged, Subject::User(user.id), fields).await?;
        Ok(user)
    })
}

fn wrong_password() -> Refusal {
    let message =
        "the current password is another one; if you forgot it, ask an administrator for an invitation";
    Refusal::of(RefusalCode::CurrentPasswordWrong, "currentPassword", message)
}
