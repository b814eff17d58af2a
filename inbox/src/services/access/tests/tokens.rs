use super::super::{
    ADMINISTRATOR_ROLE, AGENT_ROLE, RoleRef, TokenCreate, UserCreate, UserUpdate, authenticate, bootstrap,
    login, token_create, token_revoke, user_create, user_deactivate, user_reactivate, user_update,
};
use super::{EMAIL, administrator, code, first_administrator, is_unauthenticated, new_user, person};
use crate::app::{App, AppConfig, Secret};
use crate::auth::{AccessChange, Caller, Permission, RefusalCode, Viewer};
use crate::bus::BusConfig;
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
        let user = UserCreate { role: RoleRef::Id(ADMINISTRATOR_ROLE), ..new_user(EMAIL, "") };
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
            name: Some("  Ben  ".to_owned()),
            role: RoleRef::Name(role.to_owned()),
            password: Some(Secret::new("long enough")),
            ..new_user(email, "")
        };
        let create = async |input| user_create(&app, &Viewer::system(), input).await;

        let made = create(input("Ben@example.org", "Agent")).await.unwrap();
        assert_eq!((made.user.email.as_deref(), made.user.name.as_str()), (Some("ben@example.org"), "Ben"));
        login(&app, "ben@example.org", &Secret::new("long enough")).await.expect("it opens the door");

        let same = create(input("ANA@example.org", "Agent")).await;
        assert_eq!(code(same), RefusalCode::EmailTaken);
        let short = UserCreate { password: Some(Secret::new("short")), ..input("c@example.org", "Agent") };
        let long = UserCreate { name: Some("x".repeat(101)), ..input("c@example.org", "Agent") };
        let table = [
            (RefusalCode::EmailInvalid, input("ben", "Agent")),
            (RefusalCode::RoleNotFound, input("c@example.org", "agent")),
            (RefusalCode::PasswordInvalid, short),
            (RefusalCode::NameInvalid, long),
        ];
        for (expected, input) in table {
            assert_eq!(code(create(input).await), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_needs_a_name_a_permission_and_a_future() {
    for_each_store(async |app| {
        let past = Some(app.clock.now());
        let table = [
            (RefusalCode::NameInvalid, TokenCreate { name: " ".to_owned(), ..integration() }),
            (RefusalCode::NameInvalid, TokenCreate { name: "two\nlines".to_owned(), ..integration() }),
            (RefusalCode::PermissionsEmpty, TokenCreate { permissions: vec![], ..integration() }),
            (
                RefusalCode::PermissionNotForTokens,
                TokenCreate { permissions: vec![Permission::ReadOwn], ..integration() },
            ),
            (RefusalCode::ExpiryInPast, TokenCreate { expires_at: past, ..integration() }),
        ];
        for (expected, input) in table {
            assert_eq!(code(token_create(&app, &Viewer::system(), input).await), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_never_does_more_than_its_maker_can() {
    for_each_store(async |app| {
        let ana = person(&app, "Administrator").await;
        let admin = first_administrator(&app).await;
        let input =
            TokenCreate { permissions: vec![Permission::ReadAll, Permission::Administer], ..integration() };
        let made = token_create(&app, &administrator(&ana), input.clone()).await.unwrap();
        let secret = made.secret.expose();
        let viewer = authenticate(&app, secret).await.unwrap().viewer;
        assert_eq!(viewer.permissions(), [Permission::ReadAll, Permission::Administer]);
        // What a token makes is its maker's too.
        let narrow = TokenCreate { permissions: vec![Permission::ReadAll], ..integration() };
        let child = token_create(&app, &viewer, narrow).await.unwrap();
        assert_eq!(child.token.created_by, Some(ana.id));

        let demoted = UserUpdate { role: Some(RoleRef::Id(AGENT_ROLE)), ..UserUpdate::default() };
        user_update(&app, &administrator(&admin), ana.id, demoted).await.unwrap();
        let viewer = authenticate(&app, secret).await.unwrap().viewer;
        assert_eq!(viewer.permissions(), [Permission::ReadAll], "at once on this node");

        user_deactivate(&app, &administrator(&admin), ana.id).await.unwrap();
        user_reactivate(&app, &administrator(&admin), ana.id).await.unwrap();
        for secret in [secret, child.secret.expose()] {
            assert!(is_unauthenticated(authenticate(&app, secret).await), "it stays revoked");
        }
        user_deactivate(&app, &administrator(&admin), ana.id).await.unwrap();
        for maker in [administrator(&ana), viewer_with_everything(viewer)] {
            let late = token_create(&app, &maker, input.clone()).await;
            assert!(is_unauthenticated(late), "whoever lost access leaves no token behind");
        }
    })
    .await;
}

/// As a node remembers it that has not heard yet.
fn viewer_with_everything(viewer: Viewer) -> Viewer {
    Viewer::new(viewer.caller(), Permission::ALL.to_vec())
}

#[tokio::test]
async fn nobody_gives_a_token_more_than_they_have_or_revokes_one_that_has_more() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let narrow = Viewer::new(Caller::System, vec![Permission::Administer, Permission::Send]);
        assert_eq!(code(token_create(&app, &narrow, integration()).await), RefusalCode::PermissionNotHeld);
        let made = token_create(&app, &Viewer::system(), integration()).await.unwrap();
        assert_eq!(code(token_revoke(&app, &narrow, made.token.id).await), RefusalCode::PermissionNotHeld);
    })
    .await;
}

#[tokio::test]
async fn listeners_hear_of_each_change_of_access() {
    for_each_store(async |app| {
        let mut changes = app.access_changes();
        let made = token_create(&app, &Viewer::system(), integration()).await.unwrap();
        assert_eq!(changes.try_recv().unwrap(), AccessChange::Anyone);
        token_revoke(&app, &Viewer::system(), made.token.id).await.unwrap();
        assert_eq!(changes.try_recv().unwrap(), AccessChange::Anyone);
        let ana = person(&app, "Agent").await;
        assert_eq!(changes.try_recv().unwrap(), AccessChange::User(ana.id));
        user_deactivate(&app, &Viewer::system(), ana.id).await.unwrap();
        assert_eq!(changes.try_recv().unwrap(), AccessChange::User(ana.id));
    })
    .await;
}

/// Without a clock that moves: the hint comes over the bus.
#[tokio::test]
async fn other_nodes_are_told_when_the_bus_reaches_them() {
    for_each_store(async |app| {
        if app.db.backend() != sea_orm::DbBackend::Postgres {
            // One process has one bus.
            return;
        }
        let bus = BusConfig::Postgres(app.config.database.url.clone());
        let node = async || {
            let config = AppConfig { bus: bus.clone(), ..app.config.clone() };
            App::open(config, app.clock.clone(), app.http.clone()).await.unwrap()
        };
        let (here, there) = (node().await, node().await);
        let made = token_create(&here, &Viewer::system(), integration()).await.unwrap();
        let secret = made.secret.expose();
        let mut changes = there.access_changes();
        authenticate(&there, secret).await.expect("it is good");
        token_revoke(&here, &Viewer::system(), made.token.id).await.unwrap();
        // Hints of what was before may come first.
        while authenticate(&there, secret).await.is_ok() {
            let heard = tokio::time::timeout(Duration::from_secs(20), changes.recv()).await;
            heard.expect("the hint arrives").unwrap();
        }
    })
    .await;
}
