use super::super::{
    ADMINISTRATOR_ROLE, RoleRef, TokenCreate, UserCreate, authenticate, bootstrap, login, token_create,
    token_revoke, user_create,
};
use super::{EMAIL, is_unauthenticated, person};
use crate::app::{App, Secret};
use crate::auth::{Caller, Permission, Viewer};
use crate::error::Error;
use crate::store::tokens;
use crate::testing::{another_node, for_each_store};
use entities::{ApiTokenId, Timestamp};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn integration() -> TokenCreate {
    TokenCreate {
        name: "CRM".to_owned(),
        permissions: vec![Permission::Send, Permission::ReadAll],
        acts_for_people: true,
        expires_at: None,
    }
}

fn agent() -> Viewer {
    Viewer::new(Caller::System, vec![Permission::ReadAll, Permission::Send, Permission::Edit])
}

/// When the token was last used, as soon as the task beside the request has noted a use other than `before`.
async fn next_use(app: &App, id: ApiTokenId, before: Option<Timestamp>) -> Timestamp {
    let noted = async {
        loop {
            match tokens::get_api(app.db.read(), id).await.unwrap().unwrap().last_used_at {
                Some(at) if Some(at) != before => return at,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noted).await.expect("the use is noted")
}

#[tokio::test]
async fn an_api_token_gives_its_permissions() {
    for_each_store(async |app| {
        let made = token_create(&app, &Viewer::system(), integration()).await.unwrap();
        let secret = made.secret.expose();
        assert!(secret.starts_with("rcd_") && secret.ends_with(&made.token.last_four));
        let stored = tokens::get_api(app.db.read(), made.token.id).await.unwrap().unwrap();
        assert_eq!(stored, made.token);
        assert!(!format!("{stored:?}").contains(secret), "the token itself is not kept");

        let who = authenticate(&app, secret).await.unwrap();
        let caller = Caller::Token { id: made.token.id, acts_for_people: true };
        assert_eq!(who.viewer, Viewer::new(caller, vec![Permission::ReadAll, Permission::Send]));
        assert_eq!(who.expires_at, None);
        for wrong in ["rcd_", "rcd_nonsense", &secret[..secret.len() - 1]] {
            assert!(is_unauthenticated(authenticate(&app, wrong).await), "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_refused_also_when_it_was_seen_lately() {
    for_each_store(async |app| {
        let expires_at = Some(app.clock.now().plus(60 * MINUTE));
        let input = TokenCreate { expires_at, ..integration() };
        let made = token_create(&app, &Viewer::system(), input).await.unwrap();
        app.clock.advance(60 * MINUTE - Duration::from_secs(9));
        assert_eq!(authenticate(&app, made.secret.expose()).await.unwrap().expires_at, expires_at);
        app.clock.advance(Duration::from_secs(9));
        assert!(is_unauthenticated(authenticate(&app, made.secret.expose()).await), "from memory");
        app.clock.advance(MINUTE);
        assert!(is_unauthenticated(authenticate(&app, made.secret.expose()).await), "from the database");
    })
    .await;
}

#[tokio::test]
async fn a_revoked_token_is_refused_here_at_once_and_elsewhere_within_ten_seconds() {
    for_each_store(async |app| {
        let other = another_node(&app).await;
        let made = token_create(&app, &Viewer::system(), integration()).await.unwrap();
        let secret = made.secret.expose();
        authenticate(&app, secret).await.unwrap();
        authenticate(&other, secret).await.unwrap();

        let revoked = token_revoke(&app, &Viewer::system(), made.token.id).await.unwrap();
        assert!(is_unauthenticated(authenticate(&app, secret).await));
        authenticate(&other, secret).await.expect("the other node remembers for a moment");
        app.clock.advance(Duration::from_secs(10));
        assert!(is_unauthenticated(authenticate(&other, secret).await));

        let again = token_revoke(&app, &Viewer::system(), made.token.id).await.unwrap();
        assert_eq!(again.revoked_at, revoked.revoked_at, "the first time stands");
        let unknown = token_revoke(&app, &Viewer::system(), app.ids.next()).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_minute_beside_the_request() {
    for_each_store(async |app| {
        let made = token_create(&app, &Viewer::system(), integration()).await.unwrap();
        let (id, secret) = (made.token.id, made.secret.expose());
        authenticate(&app, secret).await.unwrap();
        let first = next_use(&app, id, None).await;

        let statements = app.db.statements();
        authenticate(&app, secret).await.unwrap();
        assert_eq!(app.db.statements(), statements, "a token seen lately costs no statement");

        app.clock.advance(Duration::from_secs(30));
        authenticate(&app, secret).await.unwrap();
        app.clock.advance(Duration::from_secs(31));
        authenticate(&app, secret).await.unwrap();
        let second = next_use(&app, id, Some(first)).await;
        assert!(second.since(first) >= MINUTE, "the use after 30 s was not noted");
    })
    .await;
}

#[tokio::test]
async fn only_administrators_make_users_and_tokens() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let user = UserCreate {
            email: EMAIL.to_owned(),
            name: None,
            role: RoleRef::Id(ADMINISTRATOR_ROLE),
            password: None,
        };
        let forbidden = Error::Forbidden(Permission::Administer).to_string();
        let outcomes = [
            user_create(&app, &agent(), user).await.map(|_| ()),
            token_create(&app, &agent(), integration()).await.map(|_| ()),
            token_revoke(&app, &agent(), app.ids.next()).await.map(|_| ()),
        ];
        for outcome in outcomes {
            assert_eq!(outcome.unwrap_err().to_string(), forbidden);
        }
    })
    .await;
}

#[tokio::test]
async fn a_user_needs_an_address_of_its_own_and_a_role() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        assert_eq!((ana.email.as_deref(), ana.name.as_str()), (Some(EMAIL), "ana"));
        let input = |email: &str, role: &str| UserCreate {
            email: email.to_owned(),
            name: Some("  Ben  ".to_owned()),
            role: RoleRef::Name(role.to_owned()),
            password: None,
        };
        let create = async |input| user_create(&app, &Viewer::system(), input).await;

        let made = create(input("Ben@example.org", "Agent")).await.unwrap();
        assert_eq!((made.user.email.as_deref(), made.user.name.as_str()), (Some("ben@example.org"), "Ben"));
        let password = made.generated_password.expect("a password was made");
        login(&app, "ben@example.org", &password).await.expect("it opens the door");

        let same = create(input("ANA@example.org", "Agent")).await;
        assert!(matches!(same, Err(Error::Conflict(_))), "{same:?}");
        let short = UserCreate { password: Some(Secret::new("short")), ..input("c@example.org", "Agent") };
        let long = UserCreate { name: Some("x".repeat(101)), ..input("c@example.org", "Agent") };
        let table = [
            ("email", input("ben", "Agent")),
            ("role", input("c@example.org", "agent")),
            ("password", short),
            ("name", long),
        ];
        for (wrong, input) in table {
            let Err(Error::Invalid { field, .. }) = create(input).await else { panic!("{wrong} was taken") };
            assert_eq!(field, wrong);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_needs_a_name_a_permission_and_a_future() {
    for_each_store(async |app| {
        let past = Some(app.clock.now());
        let table = [
            ("name", TokenCreate { name: " ".to_owned(), ..integration() }),
            ("name", TokenCreate { name: "two\nlines".to_owned(), ..integration() }),
            ("permissions", TokenCreate { permissions: vec![], ..integration() }),
            ("permissions", TokenCreate { permissions: vec![Permission::ReadOwn], ..integration() }),
            ("expiresAt", TokenCreate { expires_at: past, ..integration() }),
        ];
        for (wrong, input) in table {
            let outcome = token_create(&app, &Viewer::system(), input).await;
            let Err(Error::Invalid { field, .. }) = outcome else { panic!("{wrong} was taken") };
            assert_eq!(field, wrong);
        }
    })
    .await;
}
