//! Users and API tokens, made by administrators and on the command line.

use crate::app::{App, Secret};
use crate::auth::{self, AccessChange, NewToken, Permission, Viewer};
use crate::error::{Error, Result};
use crate::store::{Priority, Tx, tokens, users};
use entities::{ApiTokenId, RoleId, Timestamp, UserKind, api_token, user};

/// The longest name of a user or token, in characters.
const MAX_NAME: usize = 100;

/// A new user.
#[derive(Clone, Debug)]
pub struct UserCreate {
    /// The e-mail address to log in with.
    pub email: String,
    /// As shown to colleagues; without one, the part of the address before the `@`.
    pub name: Option<String>,
    /// What the user may do.
    pub role: RoleRef,
    /// 8 characters to 1,024 bytes; without one, it is made and returned once.
    pub password: Option<Secret>,
}

/// Names a role: programs by its id, people by its name.
#[derive(Clone, Debug)]
pub enum RoleRef {
    /// By id.
    Id(RoleId),
    /// By name, as it is written.
    Name(String),
}

/// What [`user_create`] made.
#[derive(Debug)]
pub struct CreatedUser {
    /// The user.
    pub user: user::Model,
    /// The password, if it was made here: to be shown now, because it is not kept.
    pub generated_password: Option<Secret>,
}

/// Adds a person.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Invalid`] (`email`, `name`, `role`, `password`);
/// [`Error::Conflict`] if there is a user with this address.
pub async fn user_create(app: &App, viewer: &Viewer, input: UserCreate) -> Result<CreatedUser> {
    viewer.require(Permission::Administer)?;
    let email = auth::normalize_email(&input.email)
        .ok_or_else(|| Error::invalid("email", "this is not an e-mail address; write name@example.org"))?;
    let local = email.split('@').next().unwrap_or(&email);
    let name = check_name(input.name.as_deref().unwrap_or(local))?;
    let (password, generated) = match input.password {
        Some(password) => (password, None),
        None => {
            let password = auth::new_password()?;
            (password.clone(), Some(password))
        }
    };
    auth::check_password("password", &password)?;
    let password_hash = Some(auth::hash_password(password.expose().to_owned()).await?);
    let (id, role) = (app.ids.next(), input.role);
    let user = app
        .db
        .write(Priority::Interactive, move |tx| {
            let (role, email, name, password_hash) =
                (role.clone(), email.clone(), name.clone(), password_hash.clone());
            Box::pin(async move {
                let role_id = find_role(tx, &role).await?;
                if users::by_email(tx.conn(), &email).await?.is_some() {
                    return Err(Error::Conflict(
                        "there is already a user with this e-mail address".to_owned(),
                    ));
                }
                let user = user::Model {
                    id,
                    kind: UserKind::Person,
                    email: Some(email),
                    name,
                    password_hash,
                    role_id,
                    language: None,
                    phone: None,
                    phone_match_key: None,
                    created_at: tx.now(),
                    deactivated_at: None,
                };
                users::insert(tx.conn(), user.clone()).await?;
                Ok(user)
            })
        })
        .await?;
    Ok(CreatedUser { user, generated_password: generated })
}

async fn find_role(tx: &Tx, role: &RoleRef) -> Result<RoleId> {
    let found = match role {
        RoleRef::Id(id) => users::get_role(tx.conn(), *id).await?,
        RoleRef::Name(name) => users::role_by_name(tx.conn(), name).await?,
    };
    Ok(found.ok_or_else(|| Error::invalid("role", "there is no such role; names are case-sensitive"))?.id)
}

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

/// Makes an API token.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::Invalid`] (`name`, `permissions`, `expiresAt`).
pub async fn token_create(app: &App, viewer: &Viewer, input: TokenCreate) -> Result<CreatedToken> {
    viewer.require(Permission::Administer)?;
    let name = check_name(&input.name)?;
    if input.permissions.is_empty() {
        return Err(Error::invalid("permissions", "a token needs at least one permission"));
    }
    if input.permissions.contains(&Permission::ReadOwn) {
        return Err(Error::invalid("permissions", "a token owns no conversations; give it READ_ALL instead"));
    }
    let now = app.clock.now();
    if input.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::invalid("expiresAt", "the token would have expired already; name a later time"));
    }
    let NewToken { secret, hash, last_four } = auth::new_token()?;
    let token = api_token::Model {
        id: app.ids.next(),
        name,
        token_hash: hash,
        last_four,
        permissions: Permission::list_to_json(&input.permissions),
        acts_for_people: input.acts_for_people,
        created_by: viewer.user_id(),
        created_at: now,
        expires_at: input.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let row = token.clone();
    app.db
        .write(Priority::Interactive, move |tx| Box::pin(tokens::insert_api(tx.conn(), row.clone())))
        .await?;
    Ok(CreatedToken { token, secret: Secret::new(secret) })
}

/// Revokes an API token: it is refused at once on this node, within 10 seconds on the others. Doing it again changes
/// nothing.
///
/// # Errors
/// [`Error::Forbidden`] without [`Permission::Administer`]; [`Error::NotFound`].
pub async fn token_revoke(app: &App, viewer: &Viewer, id: ApiTokenId) -> Result<api_token::Model> {
    viewer.require(Permission::Administer)?;
    let token = app
        .db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move {
                tokens::revoke_api(tx.conn(), id, tx.now()).await?;
                tokens::get_api(tx.conn(), id).await?.ok_or(Error::NotFound("API token"))
            })
        })
        .await?;
    app.access_changed(AccessChange::Anyone);
    Ok(token)
}

fn check_name(name: &str) -> Result<String> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > MAX_NAME || name.contains(char::is_control) {
        return Err(Error::invalid("name", format!("a name is one line of 1 to {MAX_NAME} characters")));
    }
    Ok(name.to_owned())
}
