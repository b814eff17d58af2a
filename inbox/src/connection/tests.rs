use super::*;
use crate::auth::{Permission, Viewer};
use crate::services::settings::{Changed, SettingsChange, sealed, settings_update};
use crate::store::Priority;
use crate::testing::{another_node, for_each_store};
use crate::{App, AppConfig};
use entities::channel;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

const TOKEN: &str = "EAAcanaryOfTheStore";

/// A service whose environment sets nothing.
async fn unset(app: &App) -> App {
    let blank = WhatsAppConfig {
        access_token: Secret::default(),
        app_id: String::new(),
        app_secret: Secret::default(),
        business_account_id: String::new(),
        phone_number_id: String::new(),
        verify_token: Secret::default(),
        ..app.config.whatsapp.clone()
    };
    let config = AppConfig { whatsapp: blank, ..app.config.clone() };
    App::open(config, app.clock.clone(), app.http.clone()).await.unwrap()
}

async fn change(app: &App, values: &[(SettingName, Option<&str>)]) {
    let change: SettingsChange = values.iter().map(|(name, value)| (*name, value.map(Secret::new))).collect();
    let changed = settings_update(app, &Viewer::system(), change).await.unwrap();
    assert!(matches!(changed, Changed::Settings(_)), "{changed:?}");
}

#[tokio::test]
async fn what_is_stored_holds_where_the_environment_is_silent() {
    for_each_store(async |app| {
        let blank = unset(&app).await;
        assert!(blank.connections().lacks_tokens());
        change(&blank, &[(SettingName::AccessToken, Some(TOKEN)), (SettingName::AppId, Some("77"))]).await;
        change(&blank, &[(SettingName::VerifySignature, Some("no"))]).await;
        let now = blank.whatsapp();
        assert_eq!((now.access_token.expose(), now.app_id.as_str()), (TOKEN, "77"));
        assert!(!now.verifies_signatures());
        // Another node reads the same; one whose environment speaks does not.
        let other = unset(&app).await;
        assert_eq!(*other.connections(), *blank.connections());
        let strict = another_node(&app).await;
        assert_eq!(strict.whatsapp().access_token, app.config.whatsapp.access_token);
        assert!(!strict.whatsapp().verifies_signatures(), "of this the environment says nothing");
        change(&blank, &[(SettingName::AccessToken, None), (SettingName::VerifySignature, None)]).await;
        assert!(blank.connections().lacks_tokens() && blank.whatsapp().verifies_signatures());
    })
    .await;
}

#[tokio::test]
async fn stored_secrets_cannot_be_read_without_the_key() {
    for_each_store(async |app| {
        let blank = unset(&app).await;
        change(&blank, &[(SettingName::AccessToken, Some(TOKEN))]).await;
        let rows = settings::secrets(blank.db.read()).await.unwrap();
        assert!(!String::from_utf8_lossy(&rows[0].sealed).contains("canary"));
        assert!(!format!("{rows:?} {:?}", blank.connections()).contains("canary"));
        let config = AppConfig { secret_keys: vec![crate::SecretKey([8; 32])], ..blank.config.clone() };
        let stranger = App::open(config, app.clock.clone(), app.http.clone()).await.unwrap();
        assert!(stranger.whatsapp().access_token.is_empty());
        assert_eq!(stranger.connections().unreadable(), ["setting:accessToken"]);
    })
    .await;
}

#[tokio::test]
async fn a_channel_has_its_own_where_it_has_any() {
    for_each_store(async |app| {
        crate::services::connect::configured_number(&app).await.unwrap();
        app.settings_changed().await.unwrap();
        let row = channel::Entity::find().one(app.db.read()).await.unwrap().unwrap();
        let shared = app.whatsapp_of(row.id);
        assert_eq!(shared.access_token, app.config.whatsapp.access_token);
        assert_eq!(app.whatsapp_of_account("100000000000002"), shared);
        let (id, own) = (row.id, app.clone());
        let write = app.db.write(Priority::Interactive, move |tx| {
            let (row, app) = (row.clone(), own.clone());
            Box::pin(async move {
                let place = settings::place_of_channel(SettingName::AccessToken, row.id);
                let secret = sealed(&app, place, &Secret::new(TOKEN), tx.now(), None)?;
                settings::put_secret(tx.conn(), secret).await?;
                let mut row = row.into_active_model();
                row.app_id = Set(Some("88".to_owned()));
                row.update(tx.conn()).await?;
                tx.wake(Topic::Settings);
                Ok(())
            })
        });
        write.await.unwrap();
        app.settings_changed().await.unwrap();
        let own = app.whatsapp_of(id);
        assert_eq!((own.access_token.expose(), own.app_id.as_str()), (TOKEN, "88"));
        assert!(own.app_secret.is_empty(), "the deployment's is another app's");
        assert_eq!(app.whatsapp().access_token, app.config.whatsapp.access_token);
    })
    .await;
}

#[tokio::test]
async fn only_administrators_see_or_change_settings() {
    for_each_store(async |app| {
        let shop = crate::testing::Shop::open(&app).await;
        let agent = shop.agent(&[Permission::ReadAll, Permission::Send, Permission::Edit]);
        let refused = settings_update(&app, &agent, SettingsChange::new()).await.unwrap_err();
        assert!(matches!(refused, crate::Error::Forbidden(Permission::Administer)));
        assert!(crate::services::settings::settings(&app, &agent).await.is_err());
    })
    .await;
}
