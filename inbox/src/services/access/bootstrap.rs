//! What every deployment needs before anybody can log in.

use super::change::{AuditChange, Subject, record};
use crate::app::{App, Secret};
use crate::auth::{self, Permission, Viewer};
use crate::error::{Error, Result};
use crate::store::{Priority, Tx, roles, users};
use entities::{AuditAction, RoleId, Timestamp, UserId, UserKind, role, user};
use uuid::Uuid;

/// The built-in role with all permissions.
pub const ADMINISTRATOR_ROLE: RoleId = RoleId(built_in(1));
/// The built-in role of those who work all conversations.
pub const AGENT_ROLE: RoleId = RoleId(built_in(2));
/// The built-in role of those who work the conversations that they own.
pub const OWN_CONVERSATIONS_ROLE: RoleId = RoleId(built_in(3));
/// The user who owns what nobody owns.
pub const GUEST_USER: UserId = UserId(built_in(1));

/// The name of the built-in role with all permissions.
const ADMINISTRATOR: &str = "Administrator";
/// The address of the first administrator when none is configured.
const DEFAULT_EMAIL: &str = "admin@localhost";

/// An id of version 7 from the year 1970: the same in every deployment, and no other id can be equal.
const fn built_in(number: u128) -> Uuid {
    Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000 | number)
}

/// What the first start made.
#[derive(Debug)]
pub struct Bootstrap {
    /// The administrator, if there was no person yet.
    pub admin: Option<FirstAdmin>,
}

/// How to log in for the first time.
#[derive(Debug)]
pub struct FirstAdmin {
    /// The e-mail address.
    pub email: String,
    /// The password, if it was made here: to be shown now, because it is not kept.
    pub generated_password: Option<Secret>,
}

/// Makes the built-in roles, the guest and, when there is no person yet, an administrator. Nodes may start together: one
/// of them makes it. Later starts change nothing; another e-mail address or password in the configuration has no effect.
///
/// Without an address it is `admin@localhost`, without a password one is made and returned once.
///
/// # Errors
/// [`Error::Invalid`] if the address of the first administrator cannot be taken, [`Error::Refused`] if the password
/// cannot.
pub async fn bootstrap(
    app: &App,
    admin_email: Option<String>,
    admin_password: Option<Secret>,
) -> Result<Bootstrap> {
    let admin = if users::any_person(app.db.read()).await? {
        None
    } else {
        Some(first_admin(app, admin_email, admin_password).await?)
    };
    let row = admin.as_ref().map(|(_, row)| row.clone());
    let held = app.clone();
    let made = app
        .db
        .write(Priority::Interactive, move |tx| {
            let (app, row) = (held.clone(), row.clone());
            Box::pin(async move { write(&app, tx, row).await })
        })
        .await?;
    Ok(Bootstrap { admin: admin.filter(|_| made).map(|(admin, _)| admin) })
}

async fn first_admin(
    app: &App,
    email: Option<String>,
    password: Option<Secret>,
) -> Result<(FirstAdmin, user::Model)> {
    let email = email.filter(|email| !email.is_empty()).unwrap_or_else(|| DEFAULT_EMAIL.to_owned());
    let email = auth::normalize_email(&email).ok_or_else(|| {
        Error::invalid("adminEmail", "this is not an e-mail address; write name@example.org")
    })?;
    let given = password.filter(|password| !password.is_empty());
    let (password, generated) = match given {
        Some(password) => {
            auth::check_password("adminPassword", &password)?;
            (password, None)
        }
        None => {
            let password = auth::new_password()?;
            (password.clone(), Some(password))
        }
    };
    let row = user::Model {
        id: app.ids.next(),
        kind: UserKind::Person,
        email: Some(email.clone()),
        name: "Administrator".to_owned(),
        password_hash: Some(auth::hash_password(password.expose().to_owned()).await?),
        role_id: ADMINISTRATOR_ROLE,
        language: None,
        phone: None,
        phone_match_key: None,
        created_at: app.clock.now(),
        joined_at: Some(app.clock.now()),
        last_seen_at: None,
        deactivated_at: None,
    };
    Ok((FirstAdmin { email, generated_password: generated }, row))
}

/// Whether the administrator was made.
async fn write(app: &App, tx: &Tx, admin: Option<user::Model>) -> Result<bool> {
    // Nodes that start together on a new database meet here: the second waits for the first to commit, and then sees its
    // administrator.
    roles::insert_if_absent(tx.conn(), built_in_roles(tx.now())).await?;
    users::insert_if_absent(tx.conn(), guest(tx.now())).await?;
    let Some(admin) = admin else { return Ok(false) };
    if users::any_person(tx.conn()).await? {
        return Ok(false);
    }
    let (id, actor) = (admin.id, Viewer::system().actor());
    users::insert(tx.conn(), admin).await?;
    let role = AuditChange::shown("role", None, Some(ADMINISTRATOR.to_owned()));
    record(&app.ids, tx, actor, AuditAction::UserCreated, Subject::User(id), vec![role]).await?;
    Ok(true)
}

fn built_in_roles(now: Timestamp) -> Vec<role::Model> {
    use Permission::{Edit, ReadAll, ReadOwn, Send};
    let role = |id, name: &str, description: &str, permissions: &[Permission]| role::Model {
        id,
        name: name.to_owned(),
        permissions: Permission::list_to_json(permissions),
        description: Some(description.to_owned()),
        default_assistant_id: None,
        built_in: true,
        created_at: now,
    };
    vec![
        role(ADMINISTRATOR_ROLE, ADMINISTRATOR, "May do everything.", Permission::ALL),
        role(AGENT_ROLE, "Agent", "Works all conversations.", &[ReadAll, Send, Edit]),
        role(
            OWN_CONVERSATIONS_ROLE,
            "Own conversations",
            "Works the conversations that one owns.",
            &[ReadOwn, Send, Edit],
        ),
    ]
}

/// It never logs in, so its role only chooses the assistant of what it owns.
fn guest(now: Timestamp) -> user::Model {
    user::Model {
        id: GUEST_USER,
        kind: UserKind::Guest,
        email: None,
        name: "Guest".to_owned(),
        password_hash: None,
        role_id: AGENT_ROLE,
        language: None,
        phone: None,
        phone_match_key: None,
        created_at: now,
        joined_at: Some(now),
        last_seen_at: None,
        deactivated_at: None,
    }
}
