use super::super::{ADMINISTRATOR_ROLE, GUEST_USER, bootstrap, login};
use crate::app::{App, Secret};
use crate::store::users;
use crate::testing::{another_node, for_each_store};
use entities::{ActorKind, AuditAction, UserKind, role, user};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};

async fn roles_and_users(app: &App) -> (Vec<role::Model>, Vec<user::Model>) {
    let roles = role::Entity::find().order_by_asc(role::Column::Id).all(app.db.read()).await.unwrap();
    let users = user::Entity::find().order_by_asc(user::Column::Id).all(app.db.read()).await.unwrap();
    (roles, users)
}

#[tokio::test]
async fn the_first_start_makes_roles_guest_and_administrator() {
    for_each_store(async |app| {
        let admin = bootstrap(&app, None, None).await.unwrap().admin.expect("an administrator was made");
        assert_eq!(admin.email, "admin@localhost");
        let password = admin.generated_password.expect("a password was made");
        assert_eq!(password.expose().len(), 20);
        login(&app, &admin.email, &password).await.expect("the password opens the door");

        let (roles, users) = roles_and_users(&app).await;
        let roles: Vec<_> =
            roles.iter().map(|role| (role.name.as_str(), role.permissions.as_str(), role.built_in)).collect();
        let expected = [
            ("Administrator", r#"["READ_OWN","READ_ALL","SEND","EDIT","ADMINISTER"]"#, true),
            ("Agent", r#"["READ_ALL","SEND","EDIT"]"#, true),
            ("Own conversations", r#"["READ_OWN","SEND","EDIT"]"#, true),
        ];
        assert_eq!(roles, expected);
        assert_eq!(users.len(), 2);
        assert_eq!((users[0].id, users[0].kind), (GUEST_USER, UserKind::Guest));
        assert_eq!((users[1].role_id, users[1].kind), (ADMINISTRATOR_ROLE, UserKind::Person));
        let entries = super::audit(&app).await;
        let [entry] = &entries[..] else { panic!("one entry expected: {entries:?}") };
        assert_eq!((entry.actor_kind, entry.actor_id), (ActorKind::System, None));
        assert_eq!((entry.action, entry.subject_id), (AuditAction::UserCreated, users[1].id.0));
    })
    .await;
}

#[tokio::test]
async fn later_starts_change_nothing() {
    for_each_store(async |app| {
        let (email, password) = ("Root@Example.org".to_owned(), Secret::new("first password"));
        let admin = bootstrap(&app, Some(email), Some(password.clone())).await.unwrap().admin.unwrap();
        assert_eq!(admin.email, "root@example.org");
        assert_eq!(admin.generated_password, None, "a given password is not shown");
        let before = roles_and_users(&app).await;

        let other = Some("other@example.org".to_owned());
        let again = bootstrap(&app, other, Some(Secret::new("another password"))).await.unwrap();
        assert!(again.admin.is_none());
        assert_eq!(roles_and_users(&app).await, before);
        login(&app, "root@example.org", &password).await.expect("the first password still holds");
    })
    .await;
}

#[tokio::test]
async fn nodes_may_start_together() {
    for_each_store(async |app| {
        let nodes = [another_node(&app).await, another_node(&app).await, app.clone()];
        let starts = nodes
            .iter()
            .enumerate()
            .map(|(number, node)| bootstrap(node, Some(format!("admin{number}@example.org")), None));
        let starts = futures_util::future::join_all(starts).await;
        let made: Vec<_> = starts.into_iter().filter_map(|start| start.unwrap().admin).collect();
        assert_eq!(made.len(), 1, "one node made the administrator");
        assert_eq!(user::Entity::find().count(app.db.read()).await.unwrap(), 2);
        let password = made[0].generated_password.as_ref().unwrap();
        login(&app, &made[0].email, password).await.expect("it is the one whose password was returned");
    })
    .await;
}

#[tokio::test]
async fn a_bad_first_administrator_is_refused_and_nothing_is_made() {
    for_each_store(async |app| {
        let table = [
            ("nobody", "long enough", "adminEmail: this is not"),
            ("a@b", "short", "a password needs at least"),
        ];
        for (email, password, wrong) in table {
            let start = bootstrap(&app, Some(email.to_owned()), Some(Secret::new(password))).await;
            let message = start.unwrap_err().to_string();
            assert!(message.starts_with(wrong) && !message.contains(password), "{message}");
        }
        assert!(!users::any_person(app.db.read()).await.unwrap());
    })
    .await;
}
