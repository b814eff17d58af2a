//! On both stores, with a clock that is moved instead of waited for.

mod first_start;
mod identity;
mod invitations;
mod roles;
mod sessions;
mod tokens;
mod users;

use super::{AuditChange, RoleRef, UserCreate, bootstrap, login, user_create};
use crate::app::{App, Secret};
use crate::auth::{Caller, Permission, RefusalCode, Viewer};
use crate::error::{Error, Result};
use crate::store::Priority;
use entities::{AuditAction, UserId, audit_entry, user};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

const EMAIL: &str = "ana@example.org";

fn password() -> Secret {
    Secret::new("correct horse")
}

/// A deployment with one more person, [`EMAIL`], in the role of this name.
async fn person(app: &App, role: &str) -> user::Model {
    bootstrap(app, None, Some(Secret::new("administrator"))).await.unwrap();
    another_person(app, EMAIL, role).await
}

/// One more person, with [`password`].
async fn another_person(app: &App, email: &str, role: &str) -> user::Model {
    let input = UserCreate { password: Some(password()), ..new_user(email, role) };
    user_create(app, &Viewer::system(), input).await.unwrap().user
}

/// Somebody to invite.
fn new_user(email: &str, role: &str) -> UserCreate {
    UserCreate {
        email: email.to_owned(),
        name: None,
        role: RoleRef::Name(role.to_owned()),
        phone: None,
        language: None,
        password: None,
    }
}

/// The only person whom the first start made.
async fn first_administrator(app: &App) -> user::Model {
    let found =
        user::Entity::find().filter(user::Column::Email.eq("admin@localhost")).one(app.db.read()).await;
    found.unwrap().expect("there is an administrator")
}

fn administrator(user: &user::Model) -> Viewer {
    Viewer::new(Caller::User(user.id), Permission::ALL.to_vec())
}

/// Whether the person's usual password opens.
async fn can_log_in(app: &App, email: &str) -> bool {
    login(app, email, &password()).await.is_ok()
}

/// Which rule was broken.
fn code<T: std::fmt::Debug>(outcome: Result<T>) -> RefusalCode {
    match outcome {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("not refused: {other:?}"),
    }
}

/// The audit, oldest first, behind what the first start and [`person`] wrote.
async fn audit(app: &App) -> Vec<audit_entry::Model> {
    let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(app.db.read()).await;
    entries.unwrap()
}

/// The newest entry: what was done, and the fields with their values.
async fn newest_entry(app: &App) -> (AuditAction, Vec<(String, Option<String>, Option<String>)>) {
    let entry = audit(app).await.pop().expect("there is an entry");
    let changes = AuditChange::list_of(&entry).into_iter();
    (entry.action, changes.map(|change| (change.field, change.before, change.after)).collect())
}

async fn deactivate(app: &App, id: UserId) {
    let deactivated = app.db.write(Priority::Interactive, move |tx| {
        Box::pin(async move {
            let row = user::ActiveModel { deactivated_at: Set(Some(tx.now())), ..Default::default() };
            let query = user::Entity::update_many().set(row).filter(user::Column::Id.eq(id));
            Ok(query.exec(tx.conn()).await?.rows_affected)
        })
    });
    assert_eq!(deactivated.await.unwrap(), 1);
}

fn is_unauthenticated<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Unauthenticated(_)))
}
