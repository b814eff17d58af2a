//! On both stores, with a clock that is moved instead of waited for.

mod first_start;
mod sessions;
mod tokens;

use super::{RoleRef, UserCreate, bootstrap, user_create};
use crate::app::{App, Secret};
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::store::Priority;
use entities::{UserId, user};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

const EMAIL: &str = "ana@example.org";

fn password() -> Secret {
    Secret::new("correct horse")
}

/// A deployment with one more person, [`EMAIL`], in the role of this name.
async fn person(app: &App, role: &str) -> user::Model {
    bootstrap(app, None, Some(Secret::new("administrator"))).await.unwrap();
    let input = UserCreate {
        email: EMAIL.to_owned(),
        name: None,
        role: RoleRef::Name(role.to_owned()),
        password: Some(password()),
    };
    user_create(app, &Viewer::system(), input).await.unwrap().user
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
