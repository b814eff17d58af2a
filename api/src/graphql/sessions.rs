//! Logging in and out.

use super::context::{app, viewer};
use super::errors::Result;
use super::scalars::DateTime;
use super::user_errors::{refusals, split, user_errors};
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

refusals! {
    /// Why an invitation was not taken.
    InvitationAcceptUserError, InvitationAcceptUserErrorCode {
        /// The invitation is unknown, used, replaced, or older than seven days; ask for a new one.
        InvitationInvalid,
        /// A password has 8 characters to 1,024 bytes.
        PasswordInvalid,
        /// There were too many failed attempts; wait as long as the message says.
        TooManyAttempts,
    }
}

refusals! {
    /// Why a password was not changed.
    PasswordChangeUserError, PasswordChangeUserErrorCode {
        /// The current password is another one.
        CurrentPasswordWrong,
        /// A password has 8 characters to 1,024 bytes.
        PasswordInvalid,
        /// The caller has no password here: it is an API token, or logs in elsewhere.
        NoPassword,
        /// There were too many failed attempts; wait as long as the message says.
        TooManyAttempts,
    }
}

/// An invitation to take.
#[derive(InputObject)]
struct InvitationAcceptInput {
    /// The token that the invited person was given.
    #[graphql(secret)]
    token: String,
    /// The password to choose: 8 characters to 1,024 bytes.
    #[graphql(secret)]
    password: String,
}

/// A password to change.
#[derive(InputObject)]
struct PasswordChangeInput {
    /// The password so far.
    #[graphql(secret)]
    current_password: String,
    /// The password from now on: 8 characters to 1,024 bytes.
    #[graphql(secret)]
    new_password: String,
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

/// Declares what a mutation that opens a session answers with.
macro_rules! session_payloads {
    ($($(#[$doc:meta])* $payload:ident, $error:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Default, SimpleObject)]
        struct $payload {
            /// Authorises requests until `expiresAt`: send `Authorization: Bearer …`.
            access_token: Option<String>,
            /// Renews the session with `refreshSession`, once, within 30 days.
            refresh_token: Option<String>,
            /// When the access token ends: 15 minutes after it was issued.
            expires_at: Option<DateTime>,
            /// Whose session it is.
            viewer: Option<Viewer>,
            /// Why there is no session.
            user_errors: Vec<$error>,
        }

        impl $payload {
            async fn opened(app: &App, session: Session) -> Result<Self> {
                // Exposed because this is the only time that they are shown.
                Ok(Self {
                    viewer: Some(viewer_of(app, &session).await?),
                    access_token: Some(session.access_token.expose().to_owned()),
                    refresh_token: Some(session.refresh_token.expose().to_owned()),
                    expires_at: Some(session.expires_at.into()),
                    user_errors: Vec::new(),
                })
            }

            fn refused(user_errors: Vec<$error>) -> Self {
                Self { user_errors, ..Self::default() }
            }
        }
    )* };
}

session_payloads! {
    /// A session that began, or why none did.
    LoginPayload, LoginUserError;
    /// A session that was renewed, or why it was not. The refresh token that was given is spent.
    RefreshSessionPayload, RefreshSessionUserError;
    /// A session that began with the chosen password, or why none did.
    InvitationAcceptPayload, InvitationAcceptUserError;
    /// The session that began with the new password, or why the old one stays. All others have ended.
    PasswordChangePayload, PasswordChangeUserError;
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
            Ok(session) => return LoginPayload::opened(app, session).await,
            Err(LoginError::Error(error)) => return Err(error.into()),
            Err(refused) => refused,
        };
        let code = match error {
            LoginError::TooManyAttempts { .. } => LoginUserErrorCode::TooManyAttempts,
            _ => LoginUserErrorCode::InvalidCredentials,
        };
        Ok(LoginPayload::refused(vec![LoginUserError::new(code, None, error.to_string())]))
    }

    /// Renews a session before or after its access token ended. Needs no token.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session to renew.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        let app = app(ctx);
        match access::refresh_session(app, &input.refresh_token).await {
            Ok(session) => RefreshSessionPayload::opened(app, session).await,
            Err(inbox::Error::Unauthenticated(message)) => {
                let field = Some(vec!["refreshToken".to_owned()]);
                let code = RefreshSessionUserErrorCode::SessionEnded;
                Ok(RefreshSessionPayload::refused(vec![RefreshSessionUserError::new(code, field, message)]))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes an invitation: chooses the password of the user who was invited, ends older sessions of the user and begins
    /// one. Needs no token. An invitation can be taken once, within seven days.
    async fn invitation_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation, and the password to choose.")] input: InvitationAcceptInput,
    ) -> Result<InvitationAcceptPayload> {
        let (app, token) = (app(ctx), Secret::new(input.token));
        let outcome = access::invitation_accept(app, &token, &Secret::new(input.password)).await;
        match split(outcome)? {
            (Some(session), _) => InvitationAcceptPayload::opened(app, session).await,
            (None, user_errors) => Ok(InvitationAcceptPayload::refused(user_errors)),
        }
    }

    /// Changes the caller's own password. All sessions of the user end, and a new one begins: go on with its tokens. Needs
    /// the access token of a user.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The current password and the new one.")] input: PasswordChangeInput,
    ) -> Result<PasswordChangePayload> {
        let (app, viewer) = (app(ctx), viewer(ctx)?);
        let (current, new) = (Secret::new(input.current_password), Secret::new(input.new_password));
        match split(access::password_change(app, viewer, &current, &new).await)? {
            (Some(session), _) => PasswordChangePayload::opened(app, session).await,
            (None, user_errors) => Ok(PasswordChangePayload::refused(user_errors)),
        }
    }

    /// Ends the session that a refresh token belongs to, with the access tokens that it issued, and closes their
    /// connections. A token that is not one of the caller's ends nothing. Needs the access token of a user.
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
