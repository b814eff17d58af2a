//! Webhooks in, rows out, on both stores.

mod messages;
mod replay;

use super::Parsed;
use crate::app::App;
use crate::services::receive;
use crate::store::{Priority, receipts};
use crate::testing::for_each_store;
use entities::{
    ChannelState, EventKind, MessageStatus, Mode, Provider, ReceiptState, Timestamp, UserKind, channel,
    contact, contact_identity, conversation, event, media, message, message_update, message_version,
    provider_update, reaction, role, user, webhook_receipt,
};
use providers::meta::verify::Verified;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};

const NUMBER: &str = "106540352242922";
const ALL: receipts::Portion = receipts::Portion { bodies: 10_000, bytes: 1 << 30 };

/// A guest and a channel.
async fn prepare(app: &App) {
    let (ids, now) = (app.ids.clone(), app.clock.now());
    app.db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let role = role::Model {
                    id: ids.next(),
                    name: "Guest".to_owned(),
                    permissions: "[]".to_owned(),
                    description: None,
                    default_assistant_id: None,
                    built_in: true,
                    created_at: now,
                };
                let guest = user::Model {
                    id: ids.next(),
                    kind: UserKind::Guest,
                    email: None,
                    name: "Guest".to_owned(),
                    password_hash: None,
                    role_id: role.id,
                    language: None,
                    phone: None,
                    phone_match_key: None,
                    created_at: now,
                    joined_at: None,
                    last_seen_at: None,
                    deactivated_at: None,
                };
                let channel = channel::Model {
                    id: ids.next(),
                    name: "Shop".to_owned(),
                    provider: Provider::Meta,
                    state: ChannelState::Active,
                    is_default: true,
                    phone_number_id: Some(NUMBER.to_owned()),
                    business_account_id: None,
                    app_id: None,
                    display_phone_number: None,
                    messages_per_second: 80,
                    read_receipts: entities::ReadReceipts::OnOpen,
                    created_at: now,
                    updated_at: now,
                };
                role.into_active_model().reset_all().insert(tx.conn()).await?;
                guest.into_active_model().reset_all().insert(tx.conn()).await?;
                channel.into_active_model().reset_all().insert(tx.conn()).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// Stores the bodies and applies all that wait.
async fn deliver(app: &App, bodies: &[Value]) {
    for body in bodies {
        deliver_raw(app, body.to_string().into_bytes()).await;
    }
    apply(app).await;
}

async fn deliver_raw(app: &App, body: Vec<u8>) {
    app.receipts.store(Verified::from_store(body.into()), None).await.unwrap();
}

async fn apply(app: &App) {
    let waiting = receipts::pending(app.db.read(), &[], ALL).await.unwrap();
    receive::apply(app, waiting.into_iter().map(Parsed::new).collect()).await.unwrap();
}

fn envelope(value: Value) -> Value {
    let mut value = value;
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({ "display_phone_number": "15550783881", "phone_number_id": NUMBER });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102290129340398", "changes": [
        { "field": "messages", "value": value }
    ]}]})
}

fn message(phone: &str, wamid: &str, at: i64, rest: Value) -> Value {
    let mut message = json!({ "from": phone, "id": wamid, "timestamp": at.to_string() });
    for (key, value) in rest.as_object().unwrap() {
        message[key] = value.clone();
    }
    envelope(json!({
        "contacts": [{ "profile": { "name": "Lucía" }, "wa_id": phone }],
        "messages": [message]
    }))
}

fn text(phone: &str, wamid: &str, at: i64, body: &str) -> Value {
    message(phone, wamid, at, json!({ "type": "text", "text": { "body": body } }))
}

fn status(wamid: &str, status: &str, at: i64) -> Value {
    envelope(
        json!({ "statuses": [{ "id": wamid, "status": status, "timestamp": at.to_string(), "recipient_id": "34600111222" }] }),
    )
}

fn echo(phone: &str, wamid: &str, at: i64, body: &str) -> Value {
    let mut body = envelope(json!({ "message_echoes": [
        { "from": "15550783881", "to": phone, "id": wamid, "timestamp": at.to_string(), "type": "text", "text": { "body": body } }
    ]}));
    body["entry"][0]["changes"][0]["field"] = json!("smb_message_echoes");
    body
}

async fn count<E: EntityTrait>(app: &App) -> u64
where
    E::Model: Send + Sync,
{
    E::find().count(app.db.read()).await.unwrap()
}

async fn only<E: EntityTrait>(app: &App) -> E::Model {
    let mut rows = E::find().all(app.db.read()).await.unwrap();
    assert_eq!(rows.len(), 1, "one row of {}", std::any::type_name::<E>());
    rows.pop().unwrap()
}

async fn events(app: &App) -> Vec<EventKind> {
    let rows = event::Entity::find().order_by_asc(event::Column::Seq).all(app.db.read()).await.unwrap();
    assert!(rows.iter().zip(1..).all(|(row, seq)| row.seq == seq), "the log has no holes");
    rows.into_iter().map(|row| row.kind).collect()
}

#[tokio::test]
async fn a_first_message_makes_contact_conversation_message_and_events() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver(&app, &[text("5215512345678", "wamid.A", 1_700_000_000, "¡Hola! 🙂")]).await;

        let contact = only::<contact::Entity>(&app).await;
        assert_eq!(contact.profile_name.as_deref(), Some("Lucía"));
        let identity = only::<contact_identity::Entity>(&app).await;
        assert_eq!((identity.value.as_str(), identity.match_key.as_str()), ("5215512345678", "525512345678"));
        let message = only::<message::Entity>(&app).await;
        assert_eq!(message.content, r#"{"kind":"TEXT","body":"¡Hola! 🙂"}"#);
        assert_eq!(message.sent_at, Timestamp::from_seconds(1_700_000_000));
        let conversation = only::<conversation::Entity>(&app).await;
        assert_eq!(conversation.mode, Mode::Automatic);
        assert!(!conversation.assistant_active);
        assert_eq!(conversation.unread_count, 1);
        assert_eq!(conversation.last_message_id, Some(message.id));
        assert_eq!(conversation.last_inbound_at, Some(message.sent_at));
        assert_eq!(events(&app).await, [EventKind::ContactUpdated, EventKind::MessageAdded]);
        let receipt = only::<webhook_receipt::Entity>(&app).await;
        assert_eq!((receipt.state, receipt.effects, receipt.attempts), (ReceiptState::Applied, 1, 1));
        assert_eq!(receipt.fields.as_deref(), Some("messages"));
    })
    .await;
}

#[tokio::test]
async fn the_same_body_again_and_again_has_one_effect() {
    for_each_store(async |app| {
        prepare(&app).await;
        let body = text("34600111222", "wamid.A", 1_700_000_000, "once");
        deliver(&app, &vec![body.clone(); 25]).await;
        deliver(&app, &vec![body; 25]).await;
        assert_eq!(count::<message::Entity>(&app).await, 1);
        assert_eq!(only::<conversation::Entity>(&app).await.unread_count, 1);
        assert_eq!(events(&app).await.len(), 2);
        let receipts = webhook_receipt::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(receipts.iter().map(|row| row.effects).sum::<i32>(), 1);
        assert!(receipts.iter().all(|row| row.state == ReceiptState::Applied));
    })
    .await;
}

#[tokio::test]
async fn national_variants_are_one_person() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver(&app, &[text("5215512345678", "wamid.A", 1, "a"), text("525512345678", "wamid.B", 2, "b")])
            .await;
        assert_eq!(count::<contact::Entity>(&app).await, 1);
        assert_eq!(only::<contact_identity::Entity>(&app).await.value, "525512345678", "the newest form");
        assert_eq!(count::<conversation::Entity>(&app).await, 1);
    })
    .await;
}

#[tokio::test]
async fn statuses_in_any_order_and_before_their_message() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver(
            &app,
            &[status("wamid.E", "read", 30), status("wamid.E", "sent", 10), status("wamid.E", "read", 30)],
        )
        .await;
        assert_eq!(count::<message_update::Entity>(&app).await, 2, "parked, each once");
        assert_eq!(count::<message::Entity>(&app).await, 0);

        deliver(&app, &[echo("34600111222", "wamid.E", 9, "hola")]).await;
        let message = only::<message::Entity>(&app).await;
        assert_eq!(message.status, Some(MessageStatus::Read));
        assert_eq!(message.read_at, Some(Timestamp::from_seconds(30)));

        deliver(&app, &[status("wamid.E", "delivered", 20), status("wamid.E", "failed", 40)]).await;
        let message = only::<message::Entity>(&app).await;
        assert_eq!(message.status, Some(MessageStatus::Read), "never backwards");
        assert_eq!(message.delivered_at, Some(Timestamp::from_seconds(20)));
        let parked = message_update::Entity::find().all(app.db.read()).await.unwrap();
        assert!(parked.iter().all(|row| row.message_id == Some(message.id)));
    })
    .await;
}

#[tokio::test]
async fn an_echo_is_a_manual_send() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver(&app, &[text("34600111222", "wamid.A", 1, "hi"), echo("34600111222", "wamid.E", 2, "hello")])
            .await;
        let conversation = only::<conversation::Entity>(&app).await;
        assert_eq!((conversation.mode, conversation.control_epoch), (Mode::Manual, 1));
        assert_eq!(conversation.unread_count, 1);
        assert_eq!(conversation.last_inbound_at, Some(Timestamp::from_seconds(1)));
    })
    .await;
}

#[tokio::test]
async fn edits_revokes_and_reactions_find_their_message_even_when_they_come_first() {
    for_each_store(async |app| {
        prepare(&app).await;
        let edit = json!({ "type": "edit", "edit": { "original_message_id": "wamid.A", "message": { "type": "text", "text": { "body": "new" } } } });
        let react = |emoji: &str| json!({ "type": "reaction", "reaction": { "message_id": "wamid.A", "emoji": emoji } });
        let revoke = json!({ "type": "revoke", "revoke": { "original_message_id": "wamid.A" } });
        deliver(
            &app,
            &[
                message("34600111222", "wamid.1", 20, edit),
                message("34600111222", "wamid.3", 31, react("👍")),
                message("34600111222", "wamid.2", 30, react("😮")),
                message("34600111222", "wamid.4", 40, revoke),
                text("34600111222", "wamid.A", 10, "old"),
            ],
        )
        .await;
        let message = only::<message::Entity>(&app).await;
        assert!(message.content.contains("new"), "{}", message.content);
        assert_eq!(message.edited_at, Some(Timestamp::from_seconds(20)));
        assert_eq!(message.revoked_at, Some(Timestamp::from_seconds(40)));
        assert!(only::<message_version::Entity>(&app).await.content.contains("old"));
        assert_eq!(only::<reaction::Entity>(&app).await.emoji.as_deref(), Some("👍"));
    })
    .await;
}

#[tokio::test]
async fn a_changed_number_re_keys_the_contact_in_place() {
    for_each_store(async |app| {
        prepare(&app).await;
        let system = json!({ "type": "system", "system": { "type": "user_changed_number", "body": "changed", "wa_id": "34600999888" } });
        deliver(
            &app,
            &[
                text("34600111222", "wamid.A", 1, "before"),
                message("34600111222", "wamid.S", 2, system),
                text("34600999888", "wamid.B", 3, "after"),
            ],
        )
        .await;
        assert_eq!(count::<contact::Entity>(&app).await, 1);
        assert_eq!(count::<conversation::Entity>(&app).await, 1);
        assert_eq!(count::<message::Entity>(&app).await, 3);
        assert_eq!(only::<contact_identity::Entity>(&app).await.value, "34600999888");
        assert_eq!(only::<conversation::Entity>(&app).await.unread_count, 2, "nobody has to read WhatsApp's own note");
    })
    .await;
}

#[tokio::test]
async fn bodies_that_cannot_be_understood_or_routed_stay_and_block_nobody() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver_raw(&app, b"{\"object\": \"whatsapp_business_account\", \"entry\": [".to_vec()).await;
        let mut foreign = text("34600111222", "wamid.X", 1, "to another number");
        foreign["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = json!("999");
        let mut mixed = text("34600111222", "wamid.A", 2, "good");
        let messages = mixed["entry"][0]["changes"][0]["value"]["messages"].as_array_mut().unwrap();
        messages.push(json!({ "from": "34600111222", "id": ["wrong type"], "timestamp": "3", "type": "text" }));
        messages.push(json!({ "from": "34600111222", "id": "x".repeat(10_000), "timestamp": "3", "type": "text", "text": { "body": "long id" } }));
        messages.push(json!({ "from": "34600111222", "id": "wamid.B", "timestamp": "4", "type": "text", "text": { "body": "good\u{0}too" } }));
        deliver(&app, &[foreign, mixed, text("34600111222", "wamid.C", 5, "good as well")]).await;

        let receipts =
            webhook_receipt::Entity::find().order_by_asc(webhook_receipt::Column::Id).all(app.db.read()).await.unwrap();
        let states: Vec<_> = receipts.iter().map(|row| (row.state, row.effects)).collect();
        assert_eq!(
            states,
            [
                (ReceiptState::Failed, 0),
                (ReceiptState::Failed, 0),
                (ReceiptState::Failed, 2),
                (ReceiptState::Applied, 1)
            ]
        );
        assert!(receipts[1].error.as_deref().unwrap().contains("no channel has the phone number id 999"));
        assert!(!receipts[2].error.as_deref().unwrap().contains("long id"), "no customer's text");
        assert_eq!(count::<message::Entity>(&app).await, 3);
    })
    .await;
}

#[tokio::test]
async fn preferences_and_announcements_are_recorded_once() {
    for_each_store(async |app| {
        prepare(&app).await;
        let mut preference = envelope(json!({
            "contacts": [{ "wa_id": "34600111222" }],
            "user_preferences": [{ "wa_id": "34600111222", "detail": "…", "category": "marketing_messages", "value": "stop", "timestamp": 1_731_705_721 }]
        }));
        preference["entry"][0]["changes"][0]["field"] = json!("user_preferences");
        let template = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "time": 5, "changes": [
            { "field": "message_template_status_update", "value": { "event": "APPROVED", "message_template_id": 1689556908129835_i64, "message_template_name": "hello", "message_template_language": "en-US" } }
        ]}]});
        deliver(&app, &[preference.clone(), template.clone(), preference, template]).await;
        let contact = only::<contact::Entity>(&app).await;
        assert_eq!(contact.marketing_opted_out_at, Some(Timestamp::from_seconds(1_731_705_721)));
        let recorded = only::<provider_update::Entity>(&app).await;
        assert!(recorded.value.contains("1689556908129835"), "ids past 2^53 stay whole");
        assert_eq!(events(&app).await, [EventKind::ContactUpdated, EventKind::ProviderUpdated, EventKind::TemplateUpdated]);
    })
    .await;
}

#[tokio::test]
async fn a_file_is_noted_for_download() {
    for_each_store(async |app| {
        prepare(&app).await;
        let image = json!({ "type": "image", "image": { "id": "1234567890123456789", "mime_type": "image/jpeg", "sha256": "yJ8hZxFqzTkhfA6LdB0rTfhmDqO6JNPbyZ7AJgJ5l3U=", "caption": "look" } });
        deliver(&app, &[message("34600111222", "wamid.A", 1, image)]).await;
        let media = only::<media::Entity>(&app).await;
        assert_eq!(media.provider_id.as_deref(), Some("1234567890123456789"));
        assert_eq!(media.message_id, Some(only::<message::Entity>(&app).await.id));
    })
    .await;
}

#[tokio::test]
async fn a_node_without_the_lease_writes_nothing() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver(&app, &[text("34600111222", "wamid.A", 1, "mine")]).await;
        if app.db.backend() == sea_orm::DbBackend::Postgres {
            let other = crate::testing::another_node(&app).await;
            deliver_raw(&other, text("34600111222", "wamid.B", 2, "later").to_string().into_bytes()).await;
            let waiting = receipts::pending(other.db.read(), &[], ALL).await.unwrap();
            let refused = receive::apply(&other, waiting.into_iter().map(Parsed::new).collect()).await;
            assert!(matches!(refused, Err(crate::Error::Conflict(_))), "{refused:?}");
            assert_eq!(count::<message::Entity>(&app).await, 1);
            app.clock.advance(receive::LEASE_TTL * 2);
            apply(&other).await;
            assert_eq!(count::<message::Entity>(&app).await, 2);
        }
    })
    .await;
}

#[tokio::test]
async fn a_portion_is_bounded_by_bytes_but_never_empty() {
    for_each_store(async |app| {
        for size in [100, 200, 5_000, 100] {
            deliver_raw(&app, vec![b' '; size]).await;
        }
        for (bytes, expected) in [(1, 1), (300, 2), (5_299, 2), (5_300, 3), (1 << 20, 4)] {
            let portion = receipts::Portion { bodies: 10, bytes };
            assert_eq!(
                receipts::pending(app.db.read(), &[], portion).await.unwrap().len(),
                expected,
                "{bytes}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_parked_while_its_message_got_its_id_is_found_again() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver(&app, &[echo("34600111222", "wamid.E", 9, "hola"), status("wamid.Z", "read", 30)]).await;
        // As two transactions leave it that did not see each other.
        app.db
            .write(Priority::Interactive, |tx| {
                Box::pin(async move {
                    tx.conn().execute_unprepared("UPDATE message_update SET wamid = 'wamid.E'").await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        assert_eq!(only::<message::Entity>(&app).await.status, Some(MessageStatus::Sent));
        receive::apply_stranded(&app).await.unwrap();
        assert_eq!(only::<message::Entity>(&app).await.status, Some(MessageStatus::Read));
        assert!(only::<message_update::Entity>(&app).await.message_id.is_some());
    })
    .await;
}
