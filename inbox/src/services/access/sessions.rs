//! Sessions of people: a short-lived access token, renewed with a refresh token that can be used once.

use crate::app::{App, Secret};
use crate::auth::{self, AccessChange, Refusal, RefusalCode, Viewer, hash_token};
use crate::error::{Error, Result};
use crate::store::{Priority, Tx, tokens, users};
use entities::{RefreshTokenId, Timestamp, UserId, refresh_token, user};
use std::time::Duration;
use uuid::Uuid;

/// How long a session lives without being renewed.
const REFRESH_TOKEN_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A user is logged in.
#[derive(Debug)]
pub struct Session {
    /// Authorises requests until [`expires_at`](Self::expires_at).
    pub access_token: Secret,
    /// Renews the session, once, within 30 days.
    pub refresh_token: Secret,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// Who.
    pub user: user::Model,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Which of the two is wrong, or whether the user was deactivated, is not said.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// Too many failed logins with this address, or on this node.
    #[error("there were too many failed logins; try again in {} s", .retry_after.as_secs().max(1))]
    TooManyAttempts {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Something else.
    #[error(transparent)]
    Error(#[from] Error),
}

/// Begins a session. After five failures an e-mail address has to wait, longer each time, up to five minutes; a node
/// takes a hundred failures and then one a second. Takes as long whether or not there is such a user.
///
/// # Errors
/// See [`LoginError`].
pub async fn login(app: &App, email: &str, password: &Secret) -> Result<Session, LoginError> {
    let outcome = try_login(app, email, password).await;
    let label = match &outcome {
        Ok(_) => "ok",
        Err(LoginError::InvalidCredentials) => "invalid_credentials",
        Err(LoginError::TooManyAttempts { .. }) => "too_many_attempts",
        Err(LoginError::Error(_)) => "error",
    };
    metrics::counter!("recado_logins_total", "outcome" => label).increment(1);
    outcome
}

async fn try_login(app: &App, email: &str, password: &Secret) -> Result<Session, LoginError> {
    let email = auth::normalize_email(email).ok_or(LoginError::InvalidCredentials)?;
    let turn = app
        .logins
        .enter(&email, &app.clock)
        .await
        .map_err(|retry_after| LoginError::TooManyAttempts { retry_after })?;
    let user = users::by_email(app.db.read(), &email).await?.filter(|user| user.deactivated_at.is_none());
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let is_right = auth::verify_password(password.expose().to_owned(), stored).await?;
    let Some(user) = user.filter(|_| is_right) else {
        turn.failed(app.clock.now());
        return Err(LoginError::InvalidCredentials);
    };
    let next = NextToken::new(app)?;
    let (row, verified) = (next.clone(), user.clone());
    let user = app
        .db
        .write(Priority::Interactive, move |tx| {
            let (row, verified) = (row.clone(), verified.clone());
            Box::pin(async move { begin(tx, &verified, &row).await })
        })
        .await?;
    let Some(user) = user else {
        turn.failed(app.clock.now());
        return Err(LoginError::InvalidCredentials);
    };
    turn.succeeded();
    Ok(begin_session(app, user, next)?)
}

/// None if the password was changed, or the user deactivated, while it was being verified.
async fn begin(tx: &Tx, verified: &user::Model, next: &NextToken) -> Result<Option<user::Model>> {
    let user = users::lock(tx.conn(), verified.id).await?;
    let same =
        |user: &user::Model| user.deactivated_at.is_none() && user.password_hash == verified.password_hash;
    let Some(user) = user.filter(same) else { return Ok(None) };
    tokens::insert_refresh(tx.conn(), next.row(user.id, tx.now())).await?;
    Ok(Some(user))
}

/// Exchanges a refresh token for a new session of the same user. A token can be spent once: who shows it again has
/// copied it, or was copied, so everything that descends from the same login is revoked.
///
/// # Errors
/// [`Error::Unauthenticated`] if the token is unknown, spent, ended or revoked, or its user deactivated.
pub async fn refresh_session(app: &App, refresh_token: &str) -> Result<Session> {
    let hash = hash_token(refresh_token);
    let next = NextToken::new(app)?;
    let row = next.clone();
    let exchanged = app
        .db
        .write(Priority::Interactive, move |tx| {
            let (hash, row) = (hash.clone(), row.clone());
            Box::pin(async move { exchange(tx, &hash, &row).await })
        })
        .await?;
    match exchanged {
        Exchanged::Renewed(user, family) => begin_session(app, user, NextToken { family, ..next }),
        Exchanged::Ended => Err(Error::Unauthenticated("the session has ended; log in again")),
        Exchanged::Reused(user) => {
            app.access_changed(AccessChange::Session(user.id));
            tracing::warn!(user = %user.id, "a refresh token was used twice; its session was ended");
            metrics::counter!("recado_refresh_token_reuse_total").increment(1);
            Err(Error::Unauthenticated(
                "the refresh token had been used before, so its session was ended; log in again",
            ))
        }
    }
}

/// Ends the session that this refresh token belongs to, with the access tokens that it issued: at once on this node,
/// within 10 seconds on the others. A token that is not one of the caller's ends nothing.
///
/// # Errors
/// [`Error::Invalid`] if the caller is not a user and so has no session.
pub async fn logout(app: &App, viewer: &Viewer, refresh_token: &str) -> Result<()> {
    let user = viewer.user_id().ok_or_else(|| {
        Error::invalid("refreshToken", "only a user has a session; an API token is revoked instead")
    })?;
    let hash = hash_token(refresh_token);
    app.db
        .write(Priority::Interactive, move |tx| {
            let hash = hash.clone();
            Box::pin(async move {
                users::lock(tx.conn(), user).await?;
                if let Some(token) = tokens::refresh_by_hash(tx.conn(), &hash).await? {
                    tokens::revoke_family(tx.conn(), user, token.family, tx.now()).await?;
                }
                Ok(())
            })
        })
        .await?;
    app.access_changed(AccessChange::Session(user));
    Ok(())
}

/// Deletes the refresh tokens that have ended, for the job `Retention`, and says how many.
///
/// # Errors
/// If the database refuses.
pub async fn purge_sessions(app: &App) -> Result<u64> {
    app.db.write(Priority::Background, |tx| Box::pin(tokens::delete_ended_refresh(tx.conn(), tx.now()))).await
}

enum Exchanged {
    Renewed(user::Model, Uuid),
    Ended,
    Reused(user::Model),
}

async fn exchange(tx: &Tx, hash: &str, next: &NextToken) -> Result<Exchanged> {
    let Some(token) = tokens::refresh_by_hash(tx.conn(), hash).await? else { return Ok(Exchanged::Ended) };
    // Locked, so that a family cannot grow while it is being revoked.
    let Some(user) = users::lock(tx.conn(), token.user_id).await? else { return Ok(Exchanged::Ended) };
    if token.expires_at <= tx.now() {
        return Ok(Exchanged::Ended);
    }
    if user.deactivated_at.is_some() {
        tokens::revoke_family(tx.conn(), user.id, token.family, tx.now()).await?;
        return Ok(Exchanged::Ended);
    }
    if !tokens::spend_refresh(tx.conn(), token.id, tx.now()).await? {
        let was_live = tokens::revoke_family(tx.conn(), user.id, token.family, tx.now()).await?;
        return Ok(if was_live { Exchanged::Reused(user) } else { Exchanged::Ended });
    }
    let row = refresh_token::Model { family: token.family, ..next.row(user.id, tx.now()) };
    tokens::insert_refresh(tx.conn(), row).await?;
    Ok(Exchanged::Renewed(user, token.family))
}

/// A refresh token that is about to be issued.
#[derive(Clone, Debug)]
pub(super) struct NextToken {
    id: RefreshTokenId,
    family: Uuid,
    secret: Secret,
}

impl NextToken {
    /// The first of a session.
    pub(super) fn new(app: &App) -> Result<Self> {
        Ok(Self { id: app.ids.next(), family: app.ids.next(), secret: Secret::new(auth::new_secret()?) })
    }

    /// What is stored of it.
    pub(super) fn row(&self, user: UserId, now: Timestamp) -> refresh_token::Model {
        refresh_token::Model {
            id: self.id,
            user_id: user,
            family: self.family,
            token_hash: hash_token(self.secret.expose()),
            created_at: now,
            expires_at: now.plus(REFRESH_TOKEN_TTL),
            used_at: None,
            revoked_at: None,
        }
    }
}

/// The session that goes on with this refresh token, which has been stored.
pub(super) fn begin_session(app: &App, user: user::Model, next: NextToken) -> Result<Session> {
    let (access_token, expires_at) = app.sessions.issue(user.id, next.family, app.clock.now())?;
    Ok(Session { access_token: Secret::new(access_token), refresh_token: next.secret, expires_at, user })
}

/// What the [gate](crate::auth::LoginGate) says, for those who show something else than a login.
pub(super) fn too_many_attempts(retry_after: Duration) -> Error {
    let refused = LoginError::TooManyAttempts { retry_after };
    Refusal::new(RefusalCode::TooManyAttempts, refused.to_string()).into()
}
