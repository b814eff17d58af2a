use super::super::{
    ADMINISTRATOR_ROLE, AGENT_ROLE, RoleCreate, RoleUpdate, authenticate, bootstrap, login, role_create,
    role_delete, role_update, user_deactivate,
};
use super::{EMAIL, administrator, another_person, code, first_administrator, newest_entry, password};
use crate::app::App;
use crate::auth::{Caller, Permission, RefusalCode, Viewer};
use crate::error::Error;
use crate::services::assistants::{AssistantInput, assistant_create, assistant_delete, assistant_update};
use crate::services::contacts::{ContactCreate, Created, contact_create};
use crate::store::roles;
use crate::testing::for_each_store;
use entities::{AssistantId, AuditAction, UserId};

fn night_shift() -> RoleCreate {
    RoleCreate {
        name: " Night shift ".to_owned(),
        description: Some("Answers at night".to_owned()),
        permissions: vec![Permission::Send, Permission::ReadAll, Permission::Send],
        default_assistant_id: None,
    }
}

#[tokio::test]
async fn a_changed_role_changes_its_holders_at_once() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let me = administrator(&first_administrator(&app).await);
        let role = role_create(&app, &me, night_shift()).await.unwrap();
        assert_eq!(
            (role.name.as_str(), role.permissions.as_str()),
            ("Night shift", r#"["READ_ALL","SEND"]"#)
        );
        assert_eq!(newest_entry(&app).await.0, AuditAction::RoleCreated);
        another_person(&app, EMAIL, "Night shift").await;
        let session = login(&app, EMAIL, &password()).await.unwrap();
        let rights = async || {
            let who = authenticate(&app, session.access_token.expose()).await.unwrap();
            who.viewer.permissions().to_vec()
        };
        assert_eq!(rights().await, [Permission::ReadAll, Permission::Send]);
        let input = RoleUpdate {
            name: Some("Nights".to_owned()),
            description: Some(None),
            permissions: Some(vec![Permission::ReadOwn]),
            default_assistant_id: None,
        };
        let changed = role_update(&app, &me, role.id, input).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.description), ("Nights", None));
        assert_eq!(rights().await, [Permission::ReadOwn]);
        let text = |text: &str| Some(text.to_owned());
        let expected = vec![
            ("name".to_owned(), text("Night shift"), text("Nights")),
            ("description".to_owned(), None, None),
            ("permissions".to_owned(), text("READ_ALL, SEND"), text("READ_OWN")),
        ];
        assert_eq!(newest_entry(&app).await, (AuditAction::RoleUpdated, expected));
    })
    .await;
}

#[tokio::test]
async fn a_role_is_deleted_when_nobody_holds_it() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let me = administrator(&first_administrator(&app).await);
        let (held, free) = (night_shift(), RoleCreate { name: "Free".to_owned(), ..night_shift() });
        let (held, free) =
            (role_create(&app, &me, held).await.unwrap(), role_create(&app, &me, free).await.unwrap());
        let ana = another_person(&app, EMAIL, "Night shift").await;
        user_deactivate(&app, &me, ana.id).await.unwrap();
        another_person(&app, "ben@example.org", "Night shift").await;
        let Err(Error::Refused(refusal)) = role_delete(&app, &me, held.id).await else { panic!("deleted") };
        assert_eq!(refusal.code, RefusalCode::InUse);
        assert!(refusal.message.starts_with("2 users hold"), "{}", refusal.message);
        role_delete(&app, &me, free.id).await.unwrap();
        assert!(roles::get(app.db.read(), free.id).await.unwrap().is_none());
        assert_eq!(newest_entry(&app).await.0, AuditAction::RoleDeleted);
        assert!(matches!(role_delete(&app, &me, free.id).await, Err(Error::NotFound(_))));
    })
    .await;
}

async fn employ(app: &App, viewer: &Viewer, name: &str) -> AssistantId {
    let input = AssistantInput { name: Some(name.to_owned()), ..AssistantInput::default() };
    assistant_create(app, viewer, input).await.unwrap().id
}

#[tokio::test]
async fn new_contacts_get_the_assistant_of_their_owners_role() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let me = administrator(&first_administrator(&app).await);
        let (day, night) = (employ(&app, &me, "Day").await, employ(&app, &me, "Night").await);
        let input = RoleCreate { default_assistant_id: Some(night), ..night_shift() };
        let role = role_create(&app, &me, input).await.unwrap();
        let change =
            |assistant| RoleUpdate { default_assistant_id: Some(assistant), ..RoleUpdate::default() };
        let ana = another_person(&app, EMAIL, "Night shift").await.id;
        let her = Viewer::new(Caller::User(ana), vec![Permission::ReadOwn, Permission::Edit]);
        let mut phone = 34_600_000_100_u64;
        let mut answers = async |viewer: &Viewer, owner: Option<UserId>| {
            phone += 1;
            let input = ContactCreate { phone: format!("+{phone}"), owner, ..ContactCreate::default() };
            match contact_create(&app, viewer, input).await.unwrap() {
                Created::New(contact, _) => contact.assistant_id,
                Created::Known(contact) => panic!("known: {contact:?}"),
            }
        };
        assert_eq!(answers(&me, None).await, None, "the guest's role has none");
        assert_eq!(answers(&me, Some(ana)).await, Some(night));
        assert_eq!(answers(&her, None).await, Some(night), "she sees only her own");
        let text = |text: &str| Some(text.to_owned());
        role_update(&app, &me, role.id, change(Some(day))).await.unwrap();
        let expected = vec![("defaultAssistant".to_owned(), text("Night"), text("Day"))];
        assert_eq!(newest_entry(&app).await, (AuditAction::RoleUpdated, expected));
        assert_eq!(answers(&me, Some(ana)).await, Some(day));
        assistant_update(
            &app,
            &me,
            night,
            AssistantInput { is_default: Some(true), ..AssistantInput::default() },
        )
        .await
        .unwrap();
        assert_eq!(answers(&me, Some(ana)).await, Some(night), "the setting goes before");

        assistant_delete(&app, &me, night).await.unwrap();
        assistant_delete(&app, &me, day).await.unwrap();
        assert_eq!(roles::get(app.db.read(), role.id).await.unwrap().unwrap().default_assistant_id, None);
        assert_eq!(answers(&me, Some(ana)).await, None);
        let gone = role_update(&app, &me, role.id, change(Some(day))).await;
        assert_eq!(code(gone), RefusalCode::AssistantNotFound);
        let unknown = RoleCreate { name: "X".to_owned(), default_assistant_id: Some(day), ..night_shift() };
        assert_eq!(code(role_create(&app, &me, unknown).await), RefusalCode::AssistantNotFound);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_role_is_refused() {
    for_each_store(async |app| {
        bootstrap(&app, None, None).await.unwrap();
        let me = administrator(&first_administrator(&app).await);
        let role = role_create(&app, &me, night_shift()).await.unwrap();
        let narrow = Viewer::new(Caller::System, vec![Permission::Administer, Permission::Send]);
        let renamed = RoleUpdate { name: Some("Agent".to_owned()), ..RoleUpdate::default() };
        let described = RoleUpdate { description: Some(Some("x".repeat(501))), ..RoleUpdate::default() };
        let outcomes = [
            (RefusalCode::NameTaken, role_create(&app, &me, night_shift()).await),
            (RefusalCode::NameTaken, role_update(&app, &me, role.id, renamed).await),
            (
                RefusalCode::NameInvalid,
                role_create(&app, &me, RoleCreate { name: String::new(), ..night_shift() }).await,
            ),
            (RefusalCode::DescriptionInvalid, role_update(&app, &me, role.id, described).await),
            (RefusalCode::IsBuiltIn, role_update(&app, &me, AGENT_ROLE, RoleUpdate::default()).await),
            (RefusalCode::PermissionNotHeld, role_create(&app, &narrow, night_shift()).await),
            (
                RefusalCode::PermissionNotHeld,
                role_update(&app, &narrow, role.id, RoleUpdate::default()).await,
            ),
        ];
        for (expected, outcome) in outcomes {
            assert_eq!(code(outcome), expected);
        }
        assert_eq!(code(role_delete(&app, &me, ADMINISTRATOR_ROLE).await), RefusalCode::IsBuiltIn);
        assert_eq!(code(role_delete(&app, &narrow, role.id).await), RefusalCode::PermissionNotHeld);
        let agent = Viewer::new(Caller::System, vec![Permission::Edit]);
        let forbidden = [
            role_create(&app, &agent, night_shift()).await.map(|_| ()),
            role_update(&app, &agent, role.id, RoleUpdate::default()).await.map(|_| ()),
            role_delete(&app, &agent, role.id).await,
        ];
        for outcome in forbidden {
            assert!(matches!(outcome, Err(Error::Forbidden(_))), "{outcome:?}");
        }
    })
    .await;
}
