//! API tokens of integrations: made and revoked.

use super::change::{AuditChange, Change, Subject, change, of_anyone, shown_permissions};
use super::checks::valid_name;
use crate::app::{App, Secret};
use crate::auth::{self, Caller, NewToken, Permission, Refusal, RefusalCode, Viewer};
use crate::error::{Error, Result};
use crate::store::{TxFuture, tokens, users};
use entities::{ApiTokenId, AuditAction, Timestamp, UserId, api_token};

/// A new API token.
#[derive(Clone, Debug)]
pub struct TokenCreate {
    /// What it is for.
    pub name: String,
    /// What it may do; at least one thing.
    pub permissions: Vec<Permission>,
    /// Its sends count as a person's and switch a conversation to manual mode.
    pub acts_for_people: bool,
    /// From then on it is refused; never, if absent.
    pub expires_at: Option<Timestamp>,
}

/// What [`token_create`] made.
#[derive(Debug)]
pub struct CreatedToken {
    /// The token's row.
    pub token: api_token::Model,
    /// The token itself, `rcd_…`: to be shown now, because it is not kept.
    pub secret: Secret,
}

/// Makes an API token. It never does more than the user who made it can do; one made on the command line stands for
/// itself.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Refused`].
pub async fn token_create(app: &App, viewer: &Viewer, input: TokenCreate) -> Result<CreatedToken> {
    viewer.require(Permission::Administer)?;
    let name = valid_name(&input.name)?;
    check_permissions(viewer, &input.permissions)?;
    let now = app.clock.now();
    if input.expires_at.is_some_and(|at| at <= now) {
        let message = "the token would have expired already; name a later time";
        return Err(Refusal::of(RefusalCode::ExpiryInPast, "expiresAt", message).into());
    }
    let NewToken { secret, hash, last_four } = auth::new_token()?;
    let token = api_token::Model {
        id: app.ids.next(),
        name,
        token_hash: hash,
        last_four,
        permissions: Permission::list_to_json(&input.permissions),
        acts_for_people: input.acts_for_people,
        created_by: None,
        created_at: now,
        expires_at: input.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let token = change(app, viewer, token, of_anyone, create).await?;
    Ok(CreatedToken { token, secret: Secret::new(secret) })
}

fn check_permissions(viewer: &Viewer, permissions: &[Permission]) -> Result<()> {
    let refused = |code, message| Err(Refusal::of(code, "permissions", message).into());
    if permissions.is_empty() {
        return refused(RefusalCode::PermissionsEmpty, "a token needs at least one permission");
    }
    if permissions.contains(&Permission::ReadOwn) {
        let message = "a token owns no conversations; give it READ_ALL instead of READ_OWN";
        return refused(RefusalCode::PermissionNotForTokens, message);
    }
    viewer.require_all(Some("permissions"), permissions)
}

fn create<'a>(change: Change<'a>, row: &'a api_token::Model) -> TxFuture<'a, api_token::Model> {
    Box::pin(async move {
        let row = api_token::Model { created_by: maker(change).await?, ..row.clone() };
        tokens::insert_api(change.conn(), row.clone()).await?;
        let fields = vec![
            AuditChange::shown("name", None, Some(row.name.clone())),
            AuditChange::shown("permissions", None, shown_permissions(&row.permissions)?),
        ];
        change.record(AuditAction::ApiTokenCreated, Subject::ApiToken(row.id), fields).await?;
        Ok(row)
    })
}

/// The user behind the call; behind a token, whoever made that. Who lost access a moment ago must not leave a token
/// behind.
async fn maker(change: Change<'_>) -> Result<Option<UserId>> {
    let id = match change.viewer.caller() {
        Caller::User(id) => Some(id),
        Caller::Token { id, .. } => {
            let token = tokens::get_api(change.conn(), id).await?.filter(|token| token.revoked_at.is_none());
            token.ok_or(Error::Unauthenticated("the API token has been revoked"))?.created_by
        }
        Caller::Assistant(_) | Caller::System => None,
    };
    if let Some(id) = id {
        let user = users::get(change.conn(), id).await?.filter(|user| user.deactivated_at.is_none());
        user.ok_or(Error::Unauthenticated("this user has no access any more; ask an administrator"))?;
    }
    Ok(id)
}

/// Revokes an API token: it is refused at once on this node, within 10 seconds on the others. Doing it again changes
/// nothing.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`]; [`Error::Refused`] if the token can do
/// what the caller cannot.
pub async fn token_revoke(app: &App, viewer: &Viewer, id: ApiTokenId) -> Result<api_token::Model> {
    viewer.require(Permission::Administer)?;
    change(app, viewer, id, of_anyone, revoke).await
}

fn revoke<'a>(change: Change<'a>, id: &'a ApiTokenId) -> TxFuture<'a, api_token::Model> {
    Box::pin(async move {
        let token = tokens::get_api(change.conn(), *id).await?.ok_or(Error::NotFound("API token"))?;
        if token.revoked_at.is_some() {
            return Ok(token);
        }
        change.viewer.require_all(None, &Permission::list_from_json(&token.permissions)?)?;
        let now = change.tx.now();
        tokens::revoke_api(change.conn(), *id, now).await?;
        change.record(AuditAction::ApiTokenRevoked, Subject::ApiToken(*id), Vec::new()).await?;
        Ok(api_token::Model { revoked_at: Some(now), ..token })
    })
}
