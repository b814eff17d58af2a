//! The session of a socket: from `connection_init` to the end of its token.

use super::{End, Socket};
use crate::graphql::transport::http::bearer;
use crate::graphql::transport::message::{self, Close, Init};
use crate::graphql::transport::session::Session;
use axum::extract::ws::Message;
use inbox::auth::AccessChange;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

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
        match Session::of(&*self.endpoint.operations, token).await {
            Ok(session) => Ok(session),
            Err(inbox::Error::Unauthenticated(_)) => Err(Close::FORBIDDEN),
            Err(error) => {
                tracing::error!(%error, "a caller could not be authenticated");
                Err(Close::UNAVAILABLE)
            }
        }
    }

    /// The next ping, or the end of the token if that is sooner.
    fn next_wake(&self) -> Instant {
        let (now, ping) = (self.endpoint.clock.now(), self.endpoint.limits.ping);
        Instant::now() + self.session.as_ref().map_or(ping, |session| session.left(now, ping))
    }

    /// The timer: no initialisation in time, the end of the token, or a ping.
    pub(super) async fn wake(&mut self) -> Result<(), End> {
        let session = self.session.as_ref().ok_or(Close::INIT_TIMEOUT)?;
        if session.has_expired(self.endpoint.clock.now()) {
            return Err(Close::EXPIRED.into());
        }
        if self.pings > 0 && !self.heard {
            return Err(End::Gone);
        }
        self.pings += 1;
        if self.pings.is_multiple_of(self.endpoint.limits.pings_per_check) {
            self.check(session).await?;
        }
        self.heard = false;
        self.replies.push_back(Message::Ping(bytes::Bytes::new()));
        self.wake_at = self.next_wake();
        Ok(())
    }

    /// Somebody's rights changed.
    pub(super) async fn recheck(&self, change: Result<AccessChange, RecvError>) -> Result<(), End> {
        match &self.session {
            Some(session) if session.is_concerned_by(change) => Ok(self.check(session).await?),
            _ => Ok(()),
        }
    }

    async fn check(&self, session: &Session) -> Result<(), Close> {
        if session.still_holds(&*self.endpoint.operations).await { Ok(()) } else { Err(Close::EXPIRED) }
    }
}
