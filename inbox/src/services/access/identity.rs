//! People whom an outside identity provider vouches for.

use super::authenticate::viewer_of_user;
use super::change::{AuditChange, Change, Subject, change};
use crate::app::App;
use crate::auth::{AccessChange, Authenticated, Credential, Identity, IdentityProvider, Viewer};
use crate::domain::people;
use crate::error::{Error, Result};
use crate::store::{TxFuture, identities, invitations, roles, users};
use entities::{AuditAction, UserId, UserKind, user, user_identity};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

/// Who shows this token of the provider: the user who is linked with its subject, or is now.
pub(super) async fn by_identity(
    app: &App,
    provider: &IdentityProvider,
    token: &str,
) -> Result<Authenticated> {
    let identity = provider.verify(token, &app.clock).await?;
    let (now, expires_at) = (app.clock.now(), Some(identity.expires_at));
    let credential = Credential::Identity(identity.subject.clone());
    if let Some(known) = app.viewers.get(&credential, now) {
        return Ok(Authenticated { expires_at, ..known });
    }
    let mut generation = app.viewers.generation();
    let linked = identities::find(app.db.read(), provider.issuer(), &identity.subject).await?;
    let id = match linked {
        Some(link) => link.user_id,
        None => {
            let stranger = Stranger {
                issuer: provider.issuer().to_owned(),
                default_role: provider.default_role().map(str::to_owned),
                identity,
            };
            let id = change(app, &Viewer::system(), stranger, |id| AccessChange::User(*id), admit).await?;
            generation = app.viewers.generation();
            id
        }
    };
    let viewer = viewer_of_user(app, id).await?;
    let remembered = Authenticated { viewer: viewer.clone(), expires_at: None };
    app.viewers.put(credential, remembered, generation, now);
    Ok(Authenticated { viewer, expires_at })
}

/// Somebody whom the provider knows and who is linked with no user.
struct Stranger {
    issuer: String,
    default_role: Option<String>,
    identity: Identity,
}

/// Links a stranger: with the user of the verified e-mail address, or else with a new one, if newcomers have a role.
fn admit<'a>(change: Change<'a>, stranger: &'a Stranger) -> TxFuture<'a, UserId> {
    Box::pin(async move {
        let (conn, identity) = (change.conn(), &stranger.identity);
        // Another request of the same person may have been faster.
        if let Some(link) = identities::find(conn, &stranger.issuer, &identity.subject).await? {
            return Ok(link.user_id);
        }
        let known = match &identity.email {
            Some(email) => users::by_email(conn, email).await?,
            None => None,
        };
        let user = match known {
            Some(user) => join(change, user).await?,
            None => newcomer(change, stranger).await?,
        };
        let link = user_identity::Model {
            id: change.app.ids.next(),
            user_id: user,
            issuer: stranger.issuer.clone(),
            subject: identity.subject.clone(),
            created_at: change.tx.now(),
        };
        identities::insert(conn, link).await?;
        change.record(AuditAction::UserLinked, Subject::User(user), Vec::new()).await?;
        Ok(user)
    })
}

/// A user who was made here. Who was invited needs no password any more.
async fn join(change: Change<'_>, user: user::Model) -> Result<UserId> {
    if user.deactivated_at.is_some() || user.kind != UserKind::Person {
        return Err(Error::Unauthenticated("this user has no access any more; ask an administrator"));
    }
    let id = user.id;
    if user.joined_at.is_none() {
        invitations::delete_of(change.conn(), id).await?;
        let row = user::ActiveModel { joined_at: Set(Some(change.tx.now())), ..user.into_active_model() };
        users::update(change.conn(), row).await?;
    }
    Ok(id)
}

async fn newcomer(change: Change<'_>, Stranger { default_role, identity, .. }: &Stranger) -> Result<UserId> {
    let name = default_role.as_deref().ok_or(Error::Unauthenticated(
        "the identity provider vouches for you, but nobody here has your verified e-mail address; ask an administrator \
         to add you",
    ))?;
    let Some(role) = roles::by_name(change.conn(), name).await? else {
        tracing::error!(role = name, "the setting identity_default_role names a role that does not exist");
        return Err(Error::Unauthenticated(
            "you cannot be let in, because the role for newcomers does not exist; tell the operator",
        ));
    };
    let local = identity.email.as_deref().and_then(|email| email.split('@').next());
    let shown = [identity.name.as_deref(), local].into_iter().flatten().find_map(people::name);
    let row = user::Model {
        id: change.app.ids.next(),
        kind: UserKind::Person,
        email: identity.email.clone(),
        name: shown.unwrap_or_else(|| "Newcomer".to_owned()),
        password_hash: None,
        role_id: role.id,
        language: None,
        phone: None,
        phone_match_key: None,
        created_at: change.tx.now(),
        joined_at: Some(change.tx.now()),
        last_seen_at: None,
        deactivated_at: None,
    };
    users::insert(change.conn(), row.clone()).await?;
    let role = AuditChange::shown("role", None, Some(role.name));
    change.record(AuditAction::UserCreated, Subject::User(row.id), vec![role]).await?;
    Ok(row.id)
}
