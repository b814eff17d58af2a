use super::super::{
    NewInvitation, authenticate, bootstrap, invitation_accept, login, user_create, user_deactivate,
    user_invite, user_reactivate,
};
use super::{
    EMAIL, administrator, another_person, can_log_in, code, first_administrator, is_unauthenticated,
    new_user, newest_entry, password, person,
};
use crate::app::{App, Secret};
use crate::auth::{Caller, Permission, RefusalCode, Viewer};
use crate::domain::people::{UserState, user_state};
use crate::error::Error;
use crate::services::access::{GUEST_USER, RoleCreate, role_create};
use crate::store::users;
use crate::testing::{another_node, for_each_store};
use entities::{AuditAction, UserId};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn invited(app: &App) -> (UserId, NewInvitation) {
    bootstrap(app, None, None).await.unwrap();
    let made = user_create(app, &Viewer::system(), new_user(EMAIL, "Agent")).await.unwrap();
    (made.user.id, made.invitation.expect("without a password there is an invitation"))
}

async fn state(app: &App, id: UserId) -> UserState {
    let user = users::get(app.db.read(), id).await.unwrap().unwrap();
    user_state(user.joined_at, user.deactivated_at)
}

#[tokio::test]
async fn an_invitation_opens_once() {
    for_each_store(async |app| {
        let (id, invitation) = invited(&app).await;
        assert_eq!(state(&app, id).await, UserState::Invited);
        assert!(!can_log_in(&app, EMAIL).await);
        let accept = async |secret: Secret| invitation_accept(&app, &invitation.token, &secret).await;

        assert_eq!(code(accept(Secret::new("short")).await), RefusalCode::PasswordInvalid);
        let session = accept(password()).await.expect("the invitation is good");
        let who = authenticate(&app, session.access_token.expose()).await.unwrap();
        assert_eq!(who.viewer.user_id(), Some(id));
        assert_eq!(state(&app, id).await, UserState::Active);
        assert!(can_log_in(&app, EMAIL).await);
        let (action, changes) = newest_entry(&app).await;
        assert_eq!((action, changes), (AuditAction::UserJoined, vec![("password".to_owned(), None, None)]));

        assert_eq!(code(accept(Secret::new("another horse")).await), RefusalCode::InvitationInvalid);
        assert!(can_log_in(&app, EMAIL).await, "the password is still the first");
    })
    .await;
}

#[tokio::test]
async fn two_nodes_cannot_take_one_invitation() {
    for_each_store(async |app| {
        let (_, invitation) = invited(&app).await;
        let other = another_node(&app).await;
        let (one, two) = (password(), Secret::new("another horse"));
        let (here, there) = tokio::join!(
            invitation_accept(&app, &invitation.token, &one),
            invitation_accept(&other, &invitation.token, &two)
        );
        assert_eq!(u8::from(here.is_ok()) + u8::from(there.is_ok()), 1, "{here:?} {there:?}");
    })
    .await;
}

#[tokio::test]
async fn an_invitation_ends_after_seven_days_or_when_it_is_replaced_or_the_user_deactivated() {
    for_each_store(async |app| {
        let (id, first) = invited(&app).await;
        let accept = async |token: &Secret| code(invitation_accept(&app, token, &password()).await);
        let (_, second) = user_invite(&app, &Viewer::system(), id).await.unwrap();
        assert_eq!(accept(&first.token).await, RefusalCode::InvitationInvalid, "replaced");
        app.clock.advance(7 * DAY);
        assert_eq!(accept(&second.token).await, RefusalCode::InvitationInvalid, "too late");

        let (_, third) = user_invite(&app, &Viewer::system(), id).await.unwrap();
        user_deactivate(&app, &Viewer::system(), id).await.unwrap();
        assert_eq!(accept(&third.token).await, RefusalCode::InvitationInvalid, "deactivated");
        let invited = user_invite(&app, &Viewer::system(), id).await;
        assert_eq!(code(invited), RefusalCode::IsDeactivated);
        user_reactivate(&app, &Viewer::system(), id).await.unwrap();
        assert_eq!(accept(&third.token).await, RefusalCode::InvitationInvalid, "it does not come back");
        assert_eq!(state(&app, id).await, UserState::Invited);
    })
    .await;
}

#[tokio::test]
async fn who_forgot_the_password_is_invited_again() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        let old = login(&app, EMAIL, &password()).await.unwrap();
        let (_, invitation) = user_invite(&app, &Viewer::system(), ana.id).await.unwrap();
        assert!(can_log_in(&app, EMAIL).await, "the old password opens until there is a new one");
        let new = Secret::new("another horse");
        invitation_accept(&app, &invitation.token, &new).await.expect("the invitation is good");
        assert!(!can_log_in(&app, EMAIL).await);
        login(&app, EMAIL, &new).await.expect("the new password opens");
        assert!(
            is_unauthenticated(authenticate(&app, old.access_token.expose()).await),
            "old sessions ended"
        );
        assert_eq!(newest_entry(&app).await.0, AuditAction::PasswordChanged);
    })
    .await;
}

#[tokio::test]
async fn wrong_invitations_cost_time() {
    for_each_store(async |app| {
        let guess = Secret::new("guess");
        for _ in 0..5 {
            let outcome = invitation_accept(&app, &guess, &password()).await;
            assert_eq!(code(outcome), RefusalCode::InvitationInvalid);
        }
        assert_eq!(code(invitation_accept(&app, &guess, &password()).await), RefusalCode::TooManyAttempts);
    })
    .await;
}

#[tokio::test]
async fn only_who_may_manage_a_person_invites() {
    for_each_store(async |app| {
        let ana = person(&app, "Administrator").await;
        let admin = first_administrator(&app).await;
        let agent = Viewer::new(Caller::User(ana.id), vec![Permission::ReadAll]);
        let forbidden = user_invite(&app, &agent, admin.id).await;
        assert!(matches!(forbidden, Err(Error::Forbidden(_))), "{forbidden:?}");
        let guest = user_invite(&app, &administrator(&admin), GUEST_USER).await;
        assert_eq!(code(guest), RefusalCode::IsGuest);
        let unknown = user_invite(&app, &administrator(&admin), app.ids.next()).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");

        // An invitation of somebody with more rights would be a way to these rights.
        let permissions = vec![Permission::Administer, Permission::ReadAll];
        let role = RoleCreate {
            name: "Staff".to_owned(),
            description: None,
            permissions: permissions.clone(),
            default_assistant_id: None,
        };
        role_create(&app, &administrator(&admin), role).await.unwrap();
        let ben = another_person(&app, "ben@example.org", "Staff").await;
        let ben = Viewer::new(Caller::User(ben.id), permissions);
        assert_eq!(code(user_invite(&app, &ben, admin.id).await), RefusalCode::PermissionNotHeld);
    })
    .await;
}
