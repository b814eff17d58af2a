use super::super::{
    LoginError, Session, authenticate, login, logout, password_change, purge_sessions, refresh_session,
};
use super::{EMAIL, code, deactivate, is_unauthenticated, newest_entry, password, person};
use crate::app::{App, Secret};
use crate::auth::{AccessChange, Caller, Permission, RefusalCode, Viewer};
use crate::error::Error;
use crate::store::users;
use crate::testing::{another_node, for_each_store};
use entities::{AuditAction, refresh_token};
use sea_orm::{EntityTrait, PaginatorTrait};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn sign_in(app: &App) -> Session {
    login(app, EMAIL, &password()).await.expect("the login is right")
}

async fn refresh(app: &App, session: &Session) -> crate::Result<Session> {
    refresh_session(app, session.refresh_token.expose()).await
}

#[tokio::test]
async fn only_the_right_password_of_an_active_person_opens() {
    for_each_store(async |app| {
        let user = person(&app, "Agent").await;
        let session = login(&app, " ANA@example.org ", &password()).await.expect("case does not matter");
        assert_eq!(session.user, user);
        let table =
            [(EMAIL, "wrong"), (EMAIL, ""), ("ben@example.org", "correct horse"), ("ana", "correct horse")];
        for (email, wrong) in table {
            let outcome = login(&app, email, &Secret::new(wrong)).await;
            assert!(matches!(outcome, Err(LoginError::InvalidCredentials)), "{email} {wrong}: {outcome:?}");
        }
        deactivate(&app, user.id).await;
        let outcome = login(&app, EMAIL, &password()).await;
        assert!(matches!(outcome, Err(LoginError::InvalidCredentials)), "{outcome:?}");
    })
    .await;
}

#[tokio::test]
async fn failures_cost_time_and_the_right_password_does_not_help_meanwhile() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        for email in [EMAIL, "unknown@example.org"] {
            for _ in 0..5 {
                let outcome = login(&app, email, &Secret::new("wrong")).await;
                assert!(matches!(outcome, Err(LoginError::InvalidCredentials)), "{email}: {outcome:?}");
            }
            let Err(LoginError::TooManyAttempts { retry_after }) = login(&app, email, &password()).await
            else {
                panic!("the sixth attempt with {email} was not refused");
            };
            assert!(retry_after > Duration::ZERO && retry_after <= Duration::from_secs(2), "{retry_after:?}");
        }
        app.clock.advance(Duration::from_secs(2));
        sign_in(&app).await;
        // A success starts anew.
        assert!(matches!(
            login(&app, EMAIL, &Secret::new("wrong")).await,
            Err(LoginError::InvalidCredentials)
        ));
        sign_in(&app).await;
    })
    .await;
}

#[tokio::test]
async fn many_right_logins_at_once_all_succeed() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        let password = password();
        let logins = (0..12).map(|_| login(&app, EMAIL, &password));
        for outcome in futures_util::future::join_all(logins).await {
            outcome.expect("right logins do not disturb each other");
        }
    })
    .await;
}

#[tokio::test]
async fn an_access_token_gives_the_rights_of_the_role_until_it_ends() {
    for_each_store(async |app| {
        let user = person(&app, "Own conversations").await;
        let session = sign_in(&app).await;
        let token = session.access_token.expose();
        let who = authenticate(&app, token).await.unwrap();
        let rights = vec![Permission::ReadOwn, Permission::Send, Permission::Edit];
        assert_eq!(who.viewer, Viewer::new(Caller::User(user.id), rights));
        assert_eq!(who.expires_at, Some(session.expires_at));
        assert!(matches!(who.viewer.require(Permission::Administer), Err(Error::Forbidden(_))));

        let statements = app.db.statements();
        assert_eq!(authenticate(&app, token).await.unwrap(), who);
        assert_eq!(app.db.statements(), statements, "a caller seen lately costs no statement");

        app.clock.advance(15 * MINUTE);
        assert!(is_unauthenticated(authenticate(&app, token).await));
        assert!(is_unauthenticated(authenticate(&app, "nonsense").await));
    })
    .await;
}

#[tokio::test]
async fn a_deactivated_user_is_out_within_ten_seconds() {
    for_each_store(async |app| {
        let user = person(&app, "Agent").await;
        let session = sign_in(&app).await;
        let token = session.access_token.expose();
        authenticate(&app, token).await.unwrap();
        deactivate(&app, user.id).await;
        authenticate(&app, token).await.expect("remembered for a moment");
        app.clock.advance(Duration::from_secs(10));
        assert!(is_unauthenticated(authenticate(&app, token).await));
        assert!(is_unauthenticated(refresh(&app, &session).await));
    })
    .await;
}

#[tokio::test]
async fn a_session_is_renewed_with_a_new_token_each_time() {
    for_each_store(async |app| {
        let user = person(&app, "Agent").await;
        let mut session = sign_in(&app).await;
        for _ in 0..3 {
            app.clock.advance(29 * DAY);
            let next = refresh(&app, &session).await.expect("a fresh token renews");
            assert_ne!(next.refresh_token, session.refresh_token);
            assert_eq!(next.user.id, user.id);
            authenticate(&app, next.access_token.expose()).await.unwrap();
            session = next;
        }
        app.clock.advance(30 * DAY);
        assert!(is_unauthenticated(refresh(&app, &session).await), "thirty days without renewal end it");
        assert!(is_unauthenticated(refresh_session(&app, "nonsense").await));
    })
    .await;
}

#[tokio::test]
async fn a_spent_token_ends_its_session_and_no_other() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        let (stolen, elsewhere) = (sign_in(&app).await, sign_in(&app).await);
        let next = refresh(&app, &stolen).await.unwrap();
        assert!(is_unauthenticated(refresh(&app, &stolen).await));
        assert!(is_unauthenticated(refresh(&app, &next).await), "what descends from it is revoked");
        refresh(&app, &elsewhere).await.expect("another login is not concerned");
    })
    .await;
}

#[tokio::test]
async fn two_nodes_cannot_spend_one_token() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        let other = another_node(&app).await;
        let session = sign_in(&app).await;
        let (here, there) = tokio::join!(refresh(&app, &session), refresh(&other, &session));
        let renewed: Vec<Session> = [here, there].into_iter().flatten().collect();
        assert_eq!(renewed.len(), 1);
        assert!(is_unauthenticated(refresh(&app, &renewed[0]).await), "the second use ended the session");
    })
    .await;
}

#[tokio::test]
async fn a_session_cannot_be_renewed_while_it_is_being_ended() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        for round in 0..10 {
            let spent = sign_in(&app).await;
            let live = refresh(&app, &spent).await.unwrap();
            let (renewed, reused) = tokio::join!(refresh(&app, &live), refresh(&app, &spent));
            assert!(is_unauthenticated(reused));
            if let Ok(renewed) = renewed {
                assert!(is_unauthenticated(refresh(&app, &renewed).await), "round {round}: it got away");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn logging_out_ends_ones_own_session() {
    for_each_store(async |app| {
        let user = person(&app, "Agent").await;
        let session = sign_in(&app).await;
        let token = session.refresh_token.expose();
        let me = Viewer::new(Caller::User(user.id), Vec::new());
        let another = Viewer::new(Caller::User(app.ids.next()), Vec::new());

        logout(&app, &another, token).await.expect("says nothing about other people's tokens");
        let session = refresh(&app, &session).await.expect("and does nothing to them");
        let elsewhere = sign_in(&app).await;
        let mut changes = app.access_changes();
        logout(&app, &me, session.refresh_token.expose()).await.unwrap();
        let told = changes.try_recv().expect("long-lived connections are told");
        assert_eq!(told, AccessChange::Session(user.id));
        assert!(is_unauthenticated(refresh(&app, &session).await));
        assert!(is_unauthenticated(authenticate(&app, session.access_token.expose()).await), "at once");
        authenticate(&app, elsewhere.access_token.expose()).await.expect("another session goes on");
        logout(&app, &me, session.refresh_token.expose()).await.expect("twice is as once");
        assert!(matches!(logout(&app, &Viewer::system(), token).await, Err(Error::Invalid { .. })));
    })
    .await;
}

#[tokio::test]
async fn ended_sessions_are_purged() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        sign_in(&app).await;
        app.clock.advance(30 * DAY);
        let live = sign_in(&app).await;
        assert_eq!(purge_sessions(&app).await.unwrap(), 1);
        assert_eq!(refresh_token::Entity::find().count(app.db.read()).await.unwrap(), 1);
        refresh(&app, &live).await.expect("the live one is kept");
    })
    .await;
}

#[tokio::test]
async fn a_person_who_is_seen_is_noted() {
    for_each_store(async |app| {
        let user = person(&app, "Agent").await;
        let session = sign_in(&app).await;
        authenticate(&app, session.access_token.expose()).await.unwrap();
        let noted = async {
            while users::get(app.db.read(), user.id).await.unwrap().unwrap().last_seen_at.is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), noted).await.expect("it is noted");
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_ends_all_sessions_but_the_new_one() {
    for_each_store(async |app| {
        let user = person(&app, "Agent").await;
        let me = Viewer::new(Caller::User(user.id), Vec::new());
        let (old, new) = (sign_in(&app).await, Secret::new("another horse"));
        let change =
            async |current: &str, new: &Secret| password_change(&app, &me, &Secret::new(current), new).await;
        assert_eq!(code(change("wrong", &new).await), RefusalCode::CurrentPasswordWrong);
        assert_eq!(code(change("correct horse", &Secret::new("short")).await), RefusalCode::PasswordInvalid);
        let session = change("correct horse", &new).await.expect("the password is right");
        authenticate(&app, session.access_token.expose()).await.expect("the new session is good");
        refresh(&app, &session).await.expect("and can be renewed");
        assert!(is_unauthenticated(authenticate(&app, old.access_token.expose()).await));
        assert!(is_unauthenticated(refresh(&app, &old).await));
        login(&app, EMAIL, &new).await.expect("the new password opens");
        assert!(login(&app, EMAIL, &password()).await.is_err(), "the old one does not");
        let (action, changes) = newest_entry(&app).await;
        assert_eq!(
            (action, changes),
            (AuditAction::PasswordChanged, vec![("password".to_owned(), None, None)])
        );
    })
    .await;
}

#[tokio::test]
async fn guessing_the_current_password_costs_time() {
    for_each_store(async |app| {
        let user = person(&app, "Agent").await;
        let me = Viewer::new(Caller::User(user.id), Vec::new());
        let guess = async |current: Secret| {
            code(password_change(&app, &me, &current, &Secret::new("another horse")).await)
        };
        for _ in 0..5 {
            assert_eq!(guess(Secret::new("wrong")).await, RefusalCode::CurrentPasswordWrong);
        }
        assert_eq!(guess(password()).await, RefusalCode::TooManyAttempts);
        let nobody = password_change(&app, &Viewer::system(), &password(), &password()).await;
        assert_eq!(code(nobody), RefusalCode::NoPassword);
    })
    .await;
}
