//! Who is on the other side of a socket, and whether it still is.

use super::{End, Socket};
use crate::graphql::transport::http::bearer;
use crate::graphql::transport::message::{self, Close, Init};
use axum::extract::ws::Message;
use entities::Timestamp;
use inbox::auth::Viewer;
use tokio::time::Instant;

/// Who is on the other side.
#[derive(Default)]
pub(super) struct Session {
    pub(super) viewer: Option<Viewer>,
    token: Box<str>,
    expires_at: Option<Timestamp>,
}

impl Socket {
    /// `connection_init`: once, with a good token or none.
    pub(super) async fn init(&mut self, init: Init) -> Result<(), Close> {
        if self.session.is_some() {
            return Err(Close::SECOND_INIT);
        }
        let header = self.header.take().map(String::from);
        let session = match init.authorization.or(header) {
            None => Session::default(),
            Some(authorization) => self.authenticate(bearer(&authorization).ok_or(Close::FORBIDDEN)?).await?,
        };
        self.session = Some(session);
        self.wake_at = self.next_wake();
        self.reply(message::ack());
        Ok(())
    }

    async fn authenticate(&self, token: &str) -> Result<Session, Close> {
        match self.endpoint.operations.authenticate(token).await {
            Ok(caller) => Ok(Session {
                viewer: Some(caller.viewer),
                token: token.into(),
                expires_at: caller.expires_at,
            }),
            Err(inbox::Error::Unauthenticated(_)) => Err(Close::FORBIDDEN),
            Err(error) => {
                tracing::error!(%error, "a caller could not be authenticated");
                Err(Close::UNAVAILABLE)
            }
        }
    }

    /// The next ping, or the end of the token if that is sooner.
    fn next_wake(&self) -> Instant {
        let ping = self.endpoint.limits.ping;
        let expires_at = self.session.as_ref().and_then(|session| session.expires_at);
        let left = expires_at.map_or(ping, |at| at.since(self.endpoint.clock.now()));
        Instant::now() + ping.min(left)
    }

    /// The timer: no initialisation in time, the end of the token, or a ping.
    pub(super) async fn wake(&mut self) -> Result<(), End> {
        let session = self.session.as_ref().ok_or(Close::INIT_TIMEOUT)?;
        if session.expires_at.is_some_and(|at| at <= self.endpoint.clock.now()) {
            return Err(Close::EXPIRED.into());
        }
        if self.pings > 0 && !self.heard {
            return Err(End::Gone);
        }
        self.pings += 1;
        if self.pings.is_multiple_of(self.endpoint.limits.pings_per_check) && !session.token.is_empty() {
            self.check(session).await?;
        }
        self.heard = false;
        self.replies.push_back(Message::Ping(bytes::Bytes::new()));
        self.wake_at = self.next_wake();
        Ok(())
    }

    /// Whether the token still stands for the same rights. A store that does not answer now is asked again later.
    async fn check(&self, session: &Session) -> Result<(), Close> {
        match self.authenticate(&session.token).await {
            Ok(now) if now.viewer == session.viewer => Ok(()),
            Err(close) if close == Close::UNAVAILABLE => Ok(()),
            Ok(_) | Err(_) => Err(Close::EXPIRED),
        }
    }
}
