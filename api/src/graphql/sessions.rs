//! Logging in and out.

use super::context::{app, viewer};
use super::errors::Result;
use super::scalars::DateTime;
use super::user_errors::user_errors;
use super::viewer::Viewer;
use async_graphql::{Context, InputObject, Object, SimpleObject};
use inbox::services::access::{self, LoginError, Session};
use inbox::{App, Secret};

user_errors! {
    /// Why somebody was not let in.
    LoginUserError, LoginUserErrorCode {
        /// The e-mail address or the password is wrong; which one is not said.
        InvalidCredentials,
        /// There were too many failed logins; wait as long as the message says.
        TooManyAttempts,
    }
}

user_errors! {
    /// Why a session was not renewed.
    RefreshSessionUserError, RefreshSessionUserErrorCode {
        /// The session has ended, or its refresh token was used before; log in again.
        SessionEnded,
    }
}

user_errors! {
    /// Why there was nothing to end.
    LogoutUserError, LogoutUserErrorCode {
        /// The caller is an API token, which has no session.
        NoSession,
    }
}

/// Who wants to log in.
#[derive(InputObject)]
struct LoginInput {
    /// The user's e-mail address, in any case.
    email: String,
    /// The user's password.
    #[graphql(secret)]
    password: String,
}

/// A session to renew.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The newest refresh token of the session. It can be used once.
    #[graphql(secret)]
    refresh_token: String,
}

/// A session to end.
#[derive(InputObject)]
struct LogoutInput {
    /// The newest refresh token of the session.
    #[graphql(secret)]
    refresh_token: String,
}

/// A session that began, or why none did.
#[derive(Default, SimpleObject)]
struct LoginPayload {
    /// Authorises requests until `expiresAt`: send `Authorization: Bearer …`.
    access_token: Option<String>,
    /// Renews the session with `refreshSession`, once, within 30 days.
    refresh_token: Option<String>,
    /// When the access token ends: 15 minutes after it was issued.
    expires_at: Option<DateTime>,
    /// Who logged in.
    viewer: Option<Viewer>,
    /// Why nobody did.
    user_errors: Vec<LoginUserError>,
}

/// A session that was renewed, or why it was not.
#[derive(Default, SimpleObject)]
struct RefreshSessionPayload {
    /// Authorises requests until `expiresAt`: send `Authorization: Bearer …`.
    access_token: Option<String>,
    /// Renews the session the next time; the one that was given is spent.
    refresh_token: Option<String>,
    /// When the access token ends: 15 minutes after it was issued.
    expires_at: Option<DateTime>,
    /// Whose session it is.
    viewer: Option<Viewer>,
    /// Why it was not renewed.
    user_errors: Vec<RefreshSessionUserError>,
}

/// How ending a session went.
#[derive(SimpleObject)]
struct LogoutPayload {
    /// Why there was nothing to end.
    user_errors: Vec<LogoutUserError>,
}

#[derive(Default)]
pub(super) struct SessionMutations;

#[Object]
impl SessionMutations {
    /// Begins a session. Needs no token. After five failures an e-mail address has to wait before the next try, longer
    /// each time, up to five minutes.
    async fn login(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who wants to log in.")] input: LoginInput,
    ) -> Result<LoginPayload> {
        let app = app(ctx);
        let error = match access::login(app, &input.email, &Secret::new(input.password)).await {
            Ok(session) => {
                let viewer = viewer_of(app, &session).await?;
                return Ok(LoginPayload {
                    access_token: Some(session.access_token.expose().to_owned()),
                    refresh_token: Some(session.refresh_token.expose().to_owned()),
                    expires_at: Some(session.expires_at.into()),
                    viewer: Some(viewer),
                    user_errors: Vec::new(),
                });
            }
            Err(LoginError::Error(error)) => return Err(error.into()),
            Err(refused) => refused,
        };
        let code = match error {
            LoginError::TooManyAttempts { .. } => LoginUserErrorCode::TooManyAttempts,
            _ => LoginUserErrorCode::InvalidCredentials,
        };
        let user_errors = vec![LoginUserError::new(code, None, error.to_string())];
        Ok(LoginPayload { user_errors, ..LoginPayload::default() })
    }

    /// Renews a session before or after its access token ended. Needs no token.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session to renew.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        let app = app(ctx);
        match access::refresh_session(app, &input.refresh_token).await {
            Ok(session) => {
                let viewer = viewer_of(app, &session).await?;
                Ok(RefreshSessionPayload {
                    access_token: Some(session.access_token.expose().to_owned()),
                    refresh_token: Some(session.refresh_token.expose().to_owned()),
                    expires_at: Some(session.expires_at.into()),
                    viewer: Some(viewer),
                    user_errors: Vec::new(),
                })
            }
            Err(inbox::Error::Unauthenticated(message)) => {
                let field = Some(vec!["refreshToken".to_owned()]);
                let code = RefreshSessionUserErrorCode::SessionEnded;
                let user_errors = vec![RefreshSessionUserError::new(code, field, message)];
                Ok(RefreshSessionPayload { user_errors, ..RefreshSessionPayload::default() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the session that a refresh token belongs to. Access tokens that it issued end by themselves, within 15
    /// minutes. A token that is not one of the caller's ends nothing. Needs the access token of a user.
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session to end.")] input: LogoutInput,
    ) -> Result<LogoutPayload> {
        match access::logout(app(ctx), viewer(ctx)?, &input.refresh_token).await {
            Ok(()) => Ok(LogoutPayload { user_errors: Vec::new() }),
            Err(inbox::Error::Invalid { message, .. }) => {
                let field = Some(vec!["refreshToken".to_owned()]);
                Ok(LogoutPayload {
                    user_errors: vec![LogoutUserError::new(LogoutUserErrorCode::NoSession, field, message)],
                })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Who a session is for, with the rights that it gives.
async fn viewer_of(app: &App, session: &Session) -> Result<Viewer> {
    let authenticated = access::authenticate(app, session.access_token.expose()).await?;
    Ok(Viewer(authenticated.viewer))
}
