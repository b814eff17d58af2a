//! Who comes in with a token of an outside identity provider.

use super::super::{authenticate, login, user_create, user_deactivate, user_reactivate};
use super::{EMAIL, another_person, audit, can_log_in, is_unauthenticated, new_user, password, person};
use crate::app::{App, AppConfig};
use crate::auth::{Permission, Viewer};
use crate::store::users;
use crate::testing::for_each_store;
use crate::testing::identity::{FakeProvider, SigningKey};
use entities::{AuditAction, UserId, invitation};
use jsonwebtoken::Algorithm;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

/// A deployment with a provider, and somebody's way to sign tokens.
struct Setting {
    app: App,
    fake: FakeProvider,
    key: SigningKey,
}

impl Setting {
    /// One more node, set up with a provider.
    async fn new(app: &App, default_role: Option<&str>) -> Self {
        let fake = FakeProvider::start().await;
        let key = SigningKey::new(Algorithm::ES256, "kid");
        fake.publish([&key]);
        let config = AppConfig { identity: Some(fake.config(default_role)), ..app.config.clone() };
        let app = App::open(config, app.clock.clone(), app.http.clone()).await.unwrap();
        Self { app, fake, key }
    }

    fn token(&self, subject: &str, email: Option<&str>, is_verified: bool) -> String {
        let mut claims = self.fake.claims(subject, self.app.clock.now());
        claims["email"] = json!(email);
        claims["email_verified"] = json!(is_verified);
        claims["name"] = json!("Ana Gil");
        self.key.sign(&claims)
    }

    async fn who(&self, token: &str) -> crate::Result<Option<UserId>> {
        authenticate(&self.app, token).await.map(|who| who.viewer.user_id())
    }
}

#[tokio::test]
async fn a_verified_address_links_once_and_for_all() {
    for_each_store(async |app| {
        let ana = person(&app, "Agent").await;
        let setting = Setting::new(&app, None).await;
        let token = setting.token("1", Some("ANA@example.org"), true);
        let who = authenticate(&setting.app, &token).await.expect("she is known");
        assert_eq!(who.viewer.user_id(), Some(ana.id));
        assert_eq!(who.viewer.permissions(), [Permission::ReadAll, Permission::Send, Permission::Edit]);
        assert!(who.expires_at.is_some());
        assert_eq!(audit(&app).await.pop().map(|entry| entry.action), Some(AuditAction::UserLinked));

        let statements = setting.app.db.statements();
        setting.who(&token).await.expect("seen lately");
        assert_eq!(setting.app.db.statements(), statements);

        // The link holds when the address changes at the provider; passwords go on beside it.
        let moved = setting.token("1", Some("new@example.org"), true);
        assert_eq!(setting.who(&moved).await.unwrap(), Some(ana.id));
        login(&setting.app, EMAIL, &password()).await.expect("side by side");
        let session = login(&setting.app, EMAIL, &password()).await.unwrap();
        assert_eq!(setting.who(session.access_token.expose()).await.unwrap(), Some(ana.id));
    })
    .await;
}

#[tokio::test]
async fn who_has_no_verified_address_here_stays_out() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        let setting = Setting::new(&app, None).await;
        let strangers = [
            setting.token("1", Some(EMAIL), false),
            setting.token("2", None, true),
            setting.token("3", Some("stranger@example.org"), true),
        ];
        for token in strangers {
            assert!(is_unauthenticated(setting.who(&token).await));
        }
        assert!(
            is_unauthenticated(authenticate(&app, &setting.token("4", Some(EMAIL), true)).await),
            "no provider"
        );
    })
    .await;
}

#[tokio::test]
async fn newcomers_get_the_role_for_newcomers() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        let setting = Setting::new(&app, Some("Own conversations")).await;
        // At the same moment, from several tabs.
        let token = setting.token("1", Some("zoe@example.org"), true);
        let (one, two) = tokio::join!(setting.who(&token), setting.who(&token));
        let id = one.unwrap().expect("a user");
        assert_eq!(two.unwrap(), Some(id));
        let user = users::get(app.db.read(), id).await.unwrap().unwrap();
        assert_eq!((user.name.as_str(), user.email.as_deref()), ("Ana Gil", Some("zoe@example.org")));
        assert!(user.joined_at.is_some() && user.password_hash.is_none());

        // Somebody else's address is not taken over by saying it.
        let liar = setting.who(&setting.token("2", Some(EMAIL), false)).await.unwrap().expect("a user");
        let liar = users::get(app.db.read(), liar).await.unwrap().unwrap();
        assert_eq!(liar.email, None);
        assert!(can_log_in(&app, EMAIL).await);

        let nowhere = Setting::new(&app, Some("Nobody")).await;
        assert!(is_unauthenticated(nowhere.who(&nowhere.token("3", None, true)).await));
    })
    .await;
}

#[tokio::test]
async fn a_deactivated_user_stays_out_and_an_invited_one_has_joined() {
    for_each_store(async |app| {
        person(&app, "Agent").await;
        let setting = Setting::new(&app, Some("Agent")).await;
        let ben = another_person(&app, "ben@example.org", "Agent").await;
        user_deactivate(&app, &Viewer::system(), ben.id).await.unwrap();
        let token = setting.token("1", Some("ben@example.org"), true);
        assert!(is_unauthenticated(setting.who(&token).await));
        user_reactivate(&app, &Viewer::system(), ben.id).await.unwrap();
        assert_eq!(setting.who(&token).await.unwrap(), Some(ben.id));
        user_deactivate(&setting.app, &Viewer::system(), ben.id).await.unwrap();
        assert!(is_unauthenticated(setting.who(&token).await), "at once, linked or not");

        let zoe = user_create(&app, &Viewer::system(), new_user("zoe@example.org", "Agent")).await.unwrap();
        let who = setting.who(&setting.token("2", Some("zoe@example.org"), true)).await.unwrap();
        assert_eq!(who, Some(zoe.user.id));
        let zoe = users::get(app.db.read(), zoe.user.id).await.unwrap().unwrap();
        assert!(zoe.joined_at.is_some());
        assert_eq!(
            invitation::Entity::find().count(app.db.read()).await.unwrap(),
            0,
            "it is of no use any more"
        );
    })
    .await;
}
