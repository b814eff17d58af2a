//! Waiting messages on both stores.

use super::*;
use crate::domain::business_hours::BusinessHours;
use crate::services::receive::{Parsed, apply};
use crate::services::{conversations, turns as engine};
use crate::store::receipts;
use crate::testing::{Shop, another_node, for_each_store};
use entities::{Direction, Mode, Origin, message, user};
use providers::meta::Verified;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::time::Duration;

const ALL: receipts::Portion = receipts::Portion { bodies: 100, bytes: 1 << 20 };
const MINUTE: Duration = Duration::from_secs(60);

async fn wrote(app: &App, phone: &str, text: &str) {
    let seconds = (app.clock.now().millis() / 1000).to_string();
    let message = json!({ "from": phone, "id": format!("wamid.{}", uuid::Uuid::new_v4()), "timestamp": seconds,
        "type": "text", "text": { "body": text } });
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
        "field": "messages", "value": { "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "1", "phone_number_id": "100000000000003" },
            "contacts": [{ "wa_id": phone, "profile": { "name": "Núria" } }], "messages": [message] } }] }] });
    app.receipts.store(Verified::from_store(body.to_string().into_bytes().into()), None).await.unwrap();
    let waiting = receipts::pending(app.db.read(), &[], ALL).await.unwrap();
    apply(app, waiting.into_iter().map(Parsed::new).collect()).await.unwrap();
}

async fn work(app: &App) {
    for claim in engine::claim(app, 10).await.unwrap() {
        engine::answer(app, &claim).await.unwrap();
    }
}

async fn told(app: &App) -> Vec<String> {
    let sent = message::Entity::find()
        .filter(message::Column::Direction.eq(Direction::Outbound))
        .filter(message::Column::Origin.eq(Origin::System))
        .order_by_asc(message::Column::Id);
    let sent = sent.all(app.db.read()).await.unwrap();
    sent.into_iter()
        .map(|row| match serde_json::from_str(&row.content) {
            Ok(Content::Text(text)) => text.body,
            other => panic!("{other:?}"),
        })
        .collect()
}

async fn speaks(app: &App, language: &'static str) {
    let row = user::ActiveModel { language: Set(Some(language.to_owned())), ..Default::default() };
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                user::Entity::update_many().set(row).exec(tx.conn()).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// Nobody's assistant.
async fn without_assistant(app: &App) {
    app.db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move {
                let none = conversation::ActiveModel {
                    assistant_id: Set(None),
                    assistant_active: Set(false),
                    ..Default::default()
                };
                conversation::Entity::update_many().set(none).exec(tx.conn()).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn who_writes_is_told_to_wait_once_a_quiet_period_in_the_owners_language() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        shop.customer(&app, "34600000001").await;
        without_assistant(&app).await;
        speaks(&app, "pt-BR").await;
        for text in ["hola", "¿hay alguien?", "¿hola?"] {
            wrote(&app, "34600000001", text).await;
            let other = another_node(&app).await;
            tokio::join!(work(&app), work(&other));
        }
        let brazilian = shipped("pt-BR", WaitingMessageVariant::Standard).unwrap();
        assert_eq!(told(&app).await, [brazilian]);
        app.clock.advance(MINUTE * 29);
        wrote(&app, "34600000001", "?").await;
        work(&app).await;
        assert_eq!(told(&app).await.len(), 1);

        app.clock.advance(MINUTE);
        let admin = shop.agent(&[Permission::Administer]);
        let own = Some(" Um momento. ".to_owned());
        let variant = WaitingMessageVariant::Standard;
        waiting_message_update(&app, &admin, "pt", variant, own).await.unwrap();
        speaks(&app, "pt-PT").await;
        wrote(&app, "34600000001", "?").await;
        work(&app).await;
        assert_eq!(told(&app).await, [brazilian, "Um momento."]);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_told_to_wait_for_an_assistant_or_in_manual_mode_or_when_the_window_is_closed() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let one = shop.customer(&app, "34600000001").await;
        shop.customer(&app, "34600000002").await;
        without_assistant(&app).await;
        let agent = shop.agent(&[Permission::ReadAll, Permission::Edit]);
        wrote(&app, "34600000001", "hola").await;
        // Somebody takes over before the turn is answered.
        conversations::conversation_set_mode(&app, &agent, one.conversation, Mode::Manual).await.unwrap();
        work(&app).await;
        wrote(&app, "34600000001", "hola").await;
        work(&app).await;
        assert_eq!(told(&app).await, [""; 0]);

        // The service was down for more than a day.
        wrote(&app, "34600000002", "hola").await;
        app.clock.advance(MINUTE * 60 * 25);
        work(&app).await;
        assert_eq!(told(&app).await, [""; 0]);
        assert_eq!(entities::turn::Entity::find().count(app.db.read()).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn out_of_hours_customers_read_so() {
    for_each_store(async |app| {
        let mut config = app.config.clone();
        config.automatic.business_hours = BusinessHours::parse("Mon 00:00-00:01", "").unwrap();
        let app = App::open(config, app.clock.clone(), app.http.clone()).await.unwrap();
        let now = app.clock.now();
        let shop = Shop::open(&app).await;
        shop.customer(&app, "34600000001").await;
        without_assistant(&app).await;
        if app.config.automatic.business_hours.are_open(now) {
            app.clock.advance(MINUTE * 2);
        }
        wrote(&app, "34600000001", "hola").await;
        work(&app).await;
        assert_eq!(told(&app).await, [shipped("en", WaitingMessageVariant::OutOfHours).unwrap()]);
    })
    .await;
}

#[tokio::test]
async fn texts_are_listed_changed_and_reset() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = shop.agent(&[Permission::Administer]);
        let standard = WaitingMessageVariant::Standard;
        let all = waiting_messages(&app, &admin).await.unwrap();
        assert_eq!(all.len(), SHIPPED.len() * 2);
        assert!(all.iter().all(|text| !text.changed));
        let galician = Some("Agarde un intre.".to_owned());
        waiting_message_update(&app, &admin, "gl", standard, galician).await.unwrap();
        waiting_message_update(&app, &admin, "es", standard, Some("Un momento.".to_owned())).await.unwrap();
        let all = waiting_messages(&app, &admin).await.unwrap();
        assert_eq!(all.len(), SHIPPED.len() * 2 + 1);
        assert_eq!(all.iter().filter(|text| text.changed).count(), 2);
        let back = waiting_message_update(&app, &admin, "es", standard, None).await.unwrap().unwrap();
        assert_eq!((back.changed, back.body.as_str()), (false, shipped("es", standard).unwrap()));
        assert_eq!(waiting_message_update(&app, &admin, "gl", standard, None).await.unwrap(), None);

        for (language, body) in [("not a tag", "x"), ("es", " "), ("es", &"x".repeat(1_001))] {
            let body = Some(body.to_owned());
            assert!(waiting_message_update(&app, &admin, language, standard, body).await.is_err());
        }
        let reader = shop.agent(&[Permission::ReadAll]);
        assert!(matches!(waiting_messages(&app, &reader).await, Err(Error::Forbidden(_))));
    })
    .await;
}
