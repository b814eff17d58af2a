//! From a bearer token to a viewer.

use super::identity::by_identity;
use crate::app::App;
use crate::auth::{Authenticated, Caller, Credential, Permission, TOKEN_PREFIX, Viewer, hash_token};
use crate::error::{Error, Result};
use crate::store::{Priority, roles, tokens, users};
use entities::{ActorKind, ApiTokenId, Timestamp, UserId, api_token, user};
use std::time::Duration;
use uuid::Uuid;

/// The precision of a token's last use.
const NOTE_USE_EVERY: Duration = Duration::from_secs(60);

/// Who calls with this bearer token: an API token (`rcd_…`), the access token of a session, or a token of the outside
/// identity provider. Costs no statement when the same caller was seen in the last 10 seconds; a change of rights on
/// another node shows after as long at the latest.
///
/// # Errors
/// [`Error::Unauthenticated`] if the token is unknown, ended or revoked, its session has ended, or its user is deactivated.
pub async fn authenticate(app: &App, bearer: &str) -> Result<Authenticated> {
    if bearer.starts_with(TOKEN_PREFIX) {
        return by_token(app, hash_token(bearer)).await;
    }
    // What a token says of its origin chooses who verifies it, and nothing else.
    match app.identity.as_ref().filter(|provider| provider.is_named_by(bearer)) {
        Some(provider) => by_identity(app, provider, bearer).await,
        None => by_session(app, bearer).await,
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
    let viewer = viewer_of_token(app, &token).await?;
    let authenticated = Authenticated { viewer, expires_at: token.expires_at };
    app.viewers.put(credential, authenticated.clone(), generation, now);
    Ok(authenticated)
}

/// Whoever did something, with the rights it has by now: for work that goes on when the request is over.
///
/// # Errors
/// [`Error::Unauthenticated`] if it has no access any more.
pub(crate) async fn viewer_of_actor(app: &App, kind: ActorKind, id: Option<Uuid>) -> Result<Viewer> {
    let gone = || Error::Unauthenticated("who asked for this has no access any more; ask an administrator");
    match (kind, id) {
        (ActorKind::System, _) => Ok(Viewer::system()),
        (ActorKind::User, Some(id)) => {
            let (user, permissions) = active_user(app, UserId(id)).await?;
            Ok(Viewer::new(Caller::User(user.id), permissions))
        }
        (ActorKind::ApiToken, Some(id)) => {
            let token = tokens::get_api(app.db.read(), ApiTokenId(id)).await?;
            let token = token.filter(|token| token.revoked_at.is_none()).ok_or_else(gone)?;
            refuse_expired(token.expires_at, app.clock.now())?;
            viewer_of_token(app, &token).await
        }
        _ => Err(gone()),
    }
}

/// A token with the rights that its maker still has.
async fn viewer_of_token(app: &App, token: &api_token::Model) -> Result<Viewer> {
    let caller = Caller::Token { id: token.id, acts_for_people: token.acts_for_people };
    let mut permissions = Permission::list_from_json(&token.permissions)?;
    if let Some(maker) = token.created_by {
        let of_maker = active_user(app, maker).await?.1;
        permissions.retain(|permission| of_maker.contains(permission));
    }
    Ok(Viewer::new(caller, permissions))
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
    let credential = Credential::Session(claims.sub, claims.sid);
    if let Some(known) = app.viewers.get(&credential, now) {
        return Ok(Authenticated { expires_at, ..known });
    }
    let generation = app.viewers.generation();
    if !tokens::is_live(app.db.read(), claims.sub, claims.sid).await? {
        return Err(Error::Unauthenticated("the session has ended; log in again"));
    }
    let viewer = viewer_of_user(app, claims.sub).await?;
    let of_user = Authenticated { viewer: viewer.clone(), expires_at: None };
    app.viewers.put(credential, of_user, generation, now);
    Ok(Authenticated { viewer, expires_at })
}

/// A user with the rights of its role. Notes that the user was here.
pub(super) async fn viewer_of_user(app: &App, id: UserId) -> Result<Viewer> {
    let (user, permissions) = active_user(app, id).await?;
    note_seen(app, &user);
    Ok(Viewer::new(Caller::User(id), permissions))
}

async fn active_user(app: &App, id: UserId) -> Result<(user::Model, Vec<Permission>)> {
    let user = users::get(app.db.read(), id)
        .await?
        .filter(|user| user.deactivated_at.is_none())
        .ok_or(Error::Unauthenticated("this user has no access any more; ask an administrator"))?;
    let role = roles::get(app.db.read(), user.role_id)
        .await?
        .ok_or_else(|| Error::internal("a user has a role that does not exist"))?;
    let permissions = Permission::list_from_json(&role.permissions)?;
    Ok((user, permissions))
}

/// As [`note_use`], for people.
fn note_seen(app: &App, user: &user::Model) {
    let now = app.clock.now();
    if user.last_seen_at.is_some_and(|at| now.since(at) < NOTE_USE_EVERY) {
        return;
    }
    let (app, id) = (app.clone(), user.id);
    tokio::spawn(async move {
        let noted = app.db.write(Priority::Background, move |tx| {
            Box::pin(users::note_seen(tx.conn(), id, now, NOTE_USE_EVERY))
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, user = %id, "that a user was here could not be noted");
        }
    });
}
