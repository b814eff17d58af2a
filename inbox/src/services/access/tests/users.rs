use super::super::{
    ADMINISTRATOR_ROLE, AGENT_ROLE, GUEST_USER, RoleCreate, RoleRef, UserCreate, UserUpdate, authenticate,
    bootstrap, login, refresh_session, role_create, role_update, user_create, user_deactivate,
    user_reactivate, user_update,
};
use super::{
    EMAIL, administrator, another_person, audit, can_log_in, code, first_administrator, is_unauthenticated,
    new_user, newest_entry, password, person,
};
use crate::app::App;
use crate::auth::{Caller, Permission, RefusalCode, Sight, Viewer};
use crate::domain::people::UserState;
use crate::error::{Error, Result};
use crate::services::access::RoleUpdate;
use crate::store::page::{Direction, PageRequest, Take};
use crate::store::users::{self, UserFilter};
use crate::testing::{another_node, for_each_store};
use entities::{AuditAction, UserKind, user};

fn to_role(name: &str) -> UserUpdate {
    UserUpdate { role: Some(RoleRef::Name(name.to_owned())), ..UserUpdate::default() }
}

fn shown(field: &str, before: &str, after: &str) -> (String, Option<String>, Option<String>) {
    (field.to_owned(), Some(before.to_owned()), Some(after.to_owned()))
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_the_audit_says_so() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        let admin = administrator(&first_administrator(&app).await);
        let input = UserUpdate {
            email: Some("Ana.Gil@Example.org".to_owned()),
            phone: Some(Some("+52 1 55 1234 5678".to_owned())),
            language: Some(Some("PT-br".to_owned())),
            ..to_role("Own conversations")
        };
        let after = user_update(&app, &admin, ana.id, input).await.unwrap();
        assert_eq!((after.email.as_deref(), after.name.as_str()), (Some("ana.gil@example.org"), "ana"));
        assert_eq!(after.phone.as_deref(), Some("+5215512345678"));
        assert_eq!(after.phone_match_key.as_deref(), Some("525512345678"), "as contacts are looked up");
        assert_eq!(after.language.as_deref(), Some("pt-BR"));
        let (action, changes) = newest_entry(&app).await;
        let hidden = |field: &str| (field.to_owned(), None, None);
        let role = shown("role", "Agent", "Own conversations");
        assert_eq!(action, AuditAction::UserUpdated);
        assert_eq!(changes, [hidden("email"), hidden("phone"), hidden("language"), role]);

        let entries = audit(&app).await.len();
        user_update(&app, &admin, ana.id, UserUpdate::default()).await.unwrap();
        assert_eq!(audit(&app).await.len(), entries, "nothing changed, nothing to tell");

        let cleared = UserUpdate { phone: Some(None), language: Some(None), ..UserUpdate::default() };
        let after = user_update(&app, &admin, ana.id, cleared).await.unwrap();
        assert_eq!((after.phone, after.phone_match_key, after.language), (None, None, None));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_stand_in_a_user_is_refused() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        let admin = administrator(&first_administrator(&app).await);
        let taken =
            UserCreate { phone: Some("+5255 1234 5678".to_owned()), ..new_user("b@example.org", "Agent") };
        let ben = user_create(&app, &admin, taken.clone()).await.unwrap().user;
        let text = |text: &str| Some(text.to_owned());
        let update = |change: fn(&mut UserUpdate, Option<String>), value| {
            let mut input = UserUpdate::default();
            change(&mut input, value);
            input
        };
        let phone = |input: &mut UserUpdate, value| input.phone = Some(value);
        let email = |input: &mut UserUpdate, value| input.email = value;
        let table = [
            (RefusalCode::EmailInvalid, update(email, text("nobody"))),
            (RefusalCode::EmailTaken, update(email, text("B@example.org"))),
            (RefusalCode::NameInvalid, update(|input, value| input.name = value, text(" "))),
            (RefusalCode::PhoneInvalid, update(phone, text("600111222"))),
            // The same number in another national form.
            (RefusalCode::PhoneTaken, update(phone, text("+52 1 55 1234 5678"))),
            (
                RefusalCode::LanguageInvalid,
                update(|input, value| input.language = Some(value), text("español")),
            ),
            (RefusalCode::RoleNotFound, to_role("Nobody")),
        ];
        for (expected, input) in table {
            assert_eq!(code(user_update(&app, &admin, ana.id, input).await), expected);
        }
        let guest = user_update(&app, &admin, GUEST_USER, UserUpdate::default()).await;
        assert_eq!(code(guest), RefusalCode::IsGuest);

        // A number is free when its user goes, and missing when the user comes back too late.
        user_deactivate(&app, &admin, ben.id).await.unwrap();
        user_update(&app, &admin, ana.id, update(phone, text("+525512345678"))).await.unwrap();
        assert_eq!(code(user_reactivate(&app, &admin, ben.id).await), RefusalCode::PhoneTaken);
        let again = UserCreate { email: "c@example.org".to_owned(), ..taken };
        assert_eq!(code(user_create(&app, &admin, again).await), RefusalCode::PhoneTaken);
    })
    .await;
}

#[tokio::test]
async fn people_change_their_own_name_and_language_and_no_more() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        let me = Viewer::new(Caller::User(ana.id), vec![Permission::ReadAll]);
        let own = UserUpdate {
            name: Some("Ana Gil".to_owned()),
            language: Some(Some("es".to_owned())),
            ..UserUpdate::default()
        };
        let after = user_update(&app, &me, ana.id, own.clone()).await.unwrap();
        assert_eq!((after.name.as_str(), after.language.as_deref()), ("Ana Gil", Some("es")));
        let admin = first_administrator(&app).await;
        let email = UserUpdate { email: Some("x@example.org".to_owned()), ..UserUpdate::default() };
        let phone = UserUpdate { phone: Some(None), ..UserUpdate::default() };
        for (id, input) in
            [(admin.id, own), (ana.id, email), (ana.id, phone), (ana.id, to_role("Administrator"))]
        {
            let outcome = user_update(&app, &me, id, input).await;
            assert!(matches!(outcome, Err(Error::Forbidden(Permission::Administer))), "{outcome:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_deactivated_user_is_out_at_once_and_may_come_back() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        let admin = administrator(&first_administrator(&app).await);
        let session = login(&app, EMAIL, &password()).await.unwrap();
        authenticate(&app, session.access_token.expose()).await.unwrap();
        let gone = user_deactivate(&app, &admin, ana.id).await.unwrap();
        assert!(gone.deactivated_at.is_some());
        assert_eq!(
            newest_entry(&app).await,
            (AuditAction::UserDeactivated, vec![shown("state", "ACTIVE", "DEACTIVATED")])
        );
        assert!(is_unauthenticated(authenticate(&app, session.access_token.expose()).await));
        assert!(!can_log_in(&app, EMAIL).await);
        let again = user_deactivate(&app, &admin, ana.id).await.unwrap();
        assert_eq!(again.deactivated_at, gone.deactivated_at, "twice is as once");

        let back = user_reactivate(&app, &admin, ana.id).await.unwrap();
        assert_eq!(back.deactivated_at, None);
        assert!(can_log_in(&app, EMAIL).await);
        assert!(is_unauthenticated(refresh_session(&app, session.refresh_token.expose()).await));
        let agent = Viewer::new(Caller::User(ana.id), vec![Permission::Edit]);
        for outcome in
            [user_deactivate(&app, &agent, ana.id).await, user_reactivate(&app, &agent, ana.id).await]
        {
            assert!(matches!(outcome, Err(Error::Forbidden(_))), "{outcome:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let admin = first_administrator(&app).await;
        let me = administrator(&admin);
        let refused = async || {
            let demoted = user_update(&app, &me, admin.id, to_role("Agent")).await;
            assert_eq!(code(demoted), RefusalCode::LastAdministrator);
            assert_eq!(code(user_deactivate(&app, &me, admin.id).await), RefusalCode::LastAdministrator);
        };
        refused().await;
        // Who has not joined, or was deactivated, cannot step in.
        let ben = user_create(&app, &me, new_user("ben@example.org", "Administrator")).await.unwrap();
        refused().await;
        let ana = another_person(&app, EMAIL, "Administrator").await;
        user_deactivate(&app, &me, ana.id).await.unwrap();
        refused().await;
        // An invited administrator may go, and others are no reason to stay.
        user_deactivate(&app, &me, ben.user.id).await.unwrap();
        another_person(&app, "zoe@example.org", "Agent").await;
        refused().await;
        user_reactivate(&app, &me, ana.id).await.unwrap();
        user_deactivate(&app, &me, admin.id).await.expect("another one is left");
    })
    .await;
}

#[tokio::test]
async fn a_role_of_ones_own_can_hold_the_last_administrator() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let admin = first_administrator(&app).await;
        let me = administrator(&admin);
        let owners = RoleCreate {
            name: "Owners".to_owned(),
            description: None,
            permissions: Permission::ALL.to_vec(),
            default_assistant_id: None,
        };
        let role = role_create(&app, &me, owners).await.unwrap();
        user_update(&app, &me, admin.id, to_role("Owners")).await.expect("the role can administer too");
        let fewer = RoleUpdate { permissions: Some(vec![Permission::ReadAll]), ..RoleUpdate::default() };
        let outcome = role_update(&app, &me, role.id, fewer.clone()).await;
        assert_eq!(code(outcome), RefusalCode::LastAdministrator);
        another_person(&app, EMAIL, "Administrator").await;
        role_update(&app, &me, role.id, fewer).await.expect("another one is left");
    })
    .await;
}

/// Two administrators at two nodes, at the same moment: one of them must stay, however the two changes meet.
#[tokio::test]
async fn two_administrators_cannot_send_each_other_away() {
    for_each_store(async |app| {
        let ana = person(&app, "Administrator").await;
        let admin = first_administrator(&app).await;
        let (me, her) = (administrator(&admin), administrator(&ana));
        let other = another_node(&app).await;
        for round in 0..10 {
            let outcomes: [Result<user::Model>; 2] = if round % 2 == 0 {
                let (here, there) =
                    tokio::join!(user_deactivate(&app, &me, ana.id), user_deactivate(&other, &her, admin.id));
                [here, there]
            } else {
                let (here, there) = tokio::join!(
                    user_update(&app, &me, ana.id, to_role("Agent")),
                    user_deactivate(&other, &her, admin.id)
                );
                [here, there]
            };
            let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!(done.len(), 1, "round {round}");
            for outcome in refused {
                assert_eq!(code(outcome), RefusalCode::LastAdministrator, "round {round}");
            }
            restore(&app, &ana).await;
            restore(&app, &admin).await;
        }
    })
    .await;
}

async fn restore(app: &App, user: &user::Model) {
    user_reactivate(app, &Viewer::system(), user.id).await.unwrap();
    user_update(app, &Viewer::system(), user.id, to_role("Administrator")).await.unwrap();
}

#[tokio::test]
async fn nobody_gives_or_touches_more_than_they_have() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let admin = first_administrator(&app).await;
        let permissions = vec![Permission::Administer, Permission::ReadAll];
        let staff = RoleCreate {
            name: "Staff".to_owned(),
            description: None,
            permissions: permissions.clone(),
            default_assistant_id: None,
        };
        role_create(&app, &administrator(&admin), staff).await.unwrap();
        let ben = another_person(&app, "ben@example.org", "Staff").await;
        let me = Viewer::new(Caller::User(ben.id), permissions);
        let agent = another_person(&app, EMAIL, "Agent").await;
        let renamed = UserUpdate { name: Some("Renamed".to_owned()), ..UserUpdate::default() };
        let outcomes = [
            user_create(&app, &me, new_user("c@example.org", "Agent")).await.map(|made| made.user),
            user_update(&app, &me, ben.id, to_role("Administrator")).await,
            user_update(&app, &me, admin.id, renamed.clone()).await,
            user_deactivate(&app, &me, agent.id).await,
        ];
        for outcome in outcomes {
            assert_eq!(code(outcome), RefusalCode::PermissionNotHeld);
        }
        user_create(&app, &me, new_user("c@example.org", "Staff")).await.expect("what one has oneself");
        user_update(&app, &me, ben.id, renamed).await.expect("oneself");
    })
    .await;
}

#[tokio::test]
async fn users_are_listed_by_state_role_and_beginning() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        let admin = first_administrator(&app).await;
        let ben = user_create(&app, &Viewer::system(), new_user("ben@else.org", "Agent")).await.unwrap().user;
        let zoe = another_person(&app, "zoe@example.org", "Agent").await;
        user_deactivate(&app, &Viewer::system(), zoe.id).await.unwrap();
        let request = PageRequest {
            direction: Direction::Ascending,
            after: None,
            before: None,
            take: Take::First(10),
            wants_previous: false,
            wants_next: false,
        };
        let search = |text: &str| UserFilter { search: Some(text.to_owned()), ..UserFilter::default() };
        let state = |state| UserFilter { state: Some(state), ..UserFilter::default() };
        let role = |role| UserFilter { role_id: Some(role), ..UserFilter::default() };
        let people = UserFilter { kind: Some(UserKind::Person), ..UserFilter::default() };
        let (all, full) = (vec![admin.id, ana.id, ben.id, zoe.id], Sight::Full);
        let table = [
            (full, people.clone(), all.clone()),
            (Sight::Names, people.clone(), all),
            (Sight::Nothing, people, vec![]),
            (full, state(UserState::Active), vec![GUEST_USER, admin.id, ana.id]),
            (full, state(UserState::Invited), vec![ben.id]),
            (full, state(UserState::Deactivated), vec![zoe.id]),
            (full, role(ADMINISTRATOR_ROLE), vec![admin.id]),
            (full, role(AGENT_ROLE), vec![GUEST_USER, ana.id, ben.id, zoe.id]),
            (full, search("AN"), vec![ana.id]),
            (full, search("ben@ELSE"), vec![ben.id]),
            // An address that one may not see cannot be found out letter by letter.
            (Sight::Names, search("ben@else"), vec![]),
        ];
        for (sight, filter, expected) in table {
            let page = users::page(app.db.read(), sight, &filter, &request).await.unwrap();
            let found: Vec<_> = page.rows.iter().map(|row| row.id).collect();
            assert!(expected.iter().all(|id| found.contains(id)), "{sight:?} {filter:?}: {found:?}");
            assert_eq!(found.len(), expected.len(), "{sight:?} {filter:?}");
            let count = users::count(app.db.read(), sight, &filter).await.unwrap();
            assert_eq!(count, expected.len() as u64, "{sight:?} {filter:?}");
        }
    })
    .await;
}
