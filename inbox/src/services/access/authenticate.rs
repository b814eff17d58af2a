//! From a bearer token to a viewer.

use crate::app::App;
use crate::auth::{Authenticated, Caller, Credential, Permission, TOKEN_PREFIX, Viewer, hash_token};
use crate::error::{Error, Result};
use crate::store::{Priority, tokens, users};
use entities::{ApiTokenId, Timestamp, UserId, api_token};
use std::time::Duration;

/// The precision of a token's last use.
const NOTE_USE_EVERY: Duration = Duration::from_secs(60);

/// Who calls with this bearer token: an API token (`rcd_…`), or the access token of a session. Costs no statement when
/// the same caller was seen in the last 10 seconds; a change of rights on another node shows after as long.
///
/// # Errors
/// [`Error::Unauthenticated`] if the token is unknown, ended or revoked, or its user deactivated.
pub async fn authenticate(app: &App, bearer: &str) -> Result<Authenticated> {
    if bearer.starts_with(TOKEN_PREFIX) {
        by_token(app, hash_token(bearer)).await
    } else {
        by_session(app, bearer).await
    }
}

async fn by_token(app: &App, hash: String) -> Result<Authenticated> {
    let now = app.clock.now();
    let credential = Credential::Token(hash.clone());
    if let Some(known) = app.viewers.get(&credential, now) {
        refuse_expired(known.expires_at, now)?;
        return Ok(known);
    }
    let generation = app.viewers.generation();
    let token = tokens::api_by_hash(app.db.read(), &hash)
        .await?
        .ok_or(Error::Unauthenticated("the API token is not one of ours; check that it was copied whole"))?;
    if token.revoked_at.is_some() {
        return Err(Error::Unauthenticated(
            "the API token has been revoked; ask an administrator for another",
        ));
    }
    refuse_expired(token.expires_at, now)?;
    note_use(app, &token, now);
    let caller = Caller::Token { id: token.id, acts_for_people: token.acts_for_people };
    let viewer = Viewer::new(caller, Permission::list_from_json(&token.permissions)?);
    let authenticated = Authenticated { viewer, expires_at: token.expires_at };
    app.viewers.put(credential, authenticated.clone(), generation, now);
    Ok(authenticated)
}

fn refuse_expired(expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    if expires_at.is_some_and(|at| at <= now) {
        return Err(Error::Unauthenticated("the API token has expired; ask an administrator for another"));
    }
    Ok(())
}

/// Beside the request, which does not wait for it. Called whenever the token is read, which is often enough.
fn note_use(app: &App, token: &api_token::Model, now: Timestamp) {
    if token.last_used_at.is_some_and(|at| now.since(at) < NOTE_USE_EVERY) {
        return;
    }
    let (app, id): (App, ApiTokenId) = (app.clone(), token.id);
    tokio::spawn(async move {
        let noted = app.db.write(Priority::Background, move |tx| {
            Box::pin(tokens::note_api_use(tx.conn(), id, now, NOTE_USE_EVERY))
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, token = %id, "the last use of an API token could not be noted");
        }
    });
}

async fn by_session(app: &App, token: &str) -> Result<Authenticated> {
    let now = app.clock.now();
    let claims = app.sessions.verify(token, now)?;
    let expires_at = Some(Timestamp::from_seconds(claims.exp));
    let credential = Credential::User(claims.sub);
    if let Some(known) = app.viewers.get(&credential, now) {
        return Ok(Authenticated { expires_at, ..known });
    }
    let generation = app.viewers.generation();
    let viewer = user(app, claims.sub).await?;
    let of_user = Authenticated { viewer: viewer.clone(), expires_at: None };
    app.viewers.put(credential, of_user, generation, now);
    Ok(Authenticated { viewer, expires_at })
}

async fn user(app: &App, id: UserId) -> Result<Viewer> {
    let user = users::get(app.db.read(), id)
        .await?
        .filter(|user| user.deactivated_at.is_none())
        .ok_or(Error::Unauthenticated("this user has no access any more; ask an administrator"))?;
    let role = users::get_role(app.db.read(), user.role_id)
        .await?
        .ok_or_else(|| Error::internal("a user has a role that does not exist"))?;
    Ok(Viewer::new(Caller::User(id), Permission::list_from_json(&role.permissions)?))
}
