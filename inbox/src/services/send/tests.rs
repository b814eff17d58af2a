//! What a send checks and writes, on both stores.

mod split;

use super::*;
use crate::auth::{Permission, Viewer};
use crate::services::conversations::{
    conversation_archive, conversation_mark_read, conversation_set_mode, conversation_unarchive,
};
use crate::store::events;
use crate::testing::{Customer, Shop, for_each_store};
use entities::{ActorKind, ApiTokenId, Mode, UserId, channel, contact, conversation, event};
use providers::content::{File, Template, Text};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::time::Duration;

const AGENT: [Permission; 3] = [Permission::ReadOwn, Permission::Send, Permission::Edit];

fn text(body: &str) -> Content {
    Content::Text(Text { body: body.to_owned(), preview_url: false })
}

fn template() -> Content {
    Content::Template(Template { name: "hello".to_owned(), language: "en".to_owned(), ..Template::default() })
}

fn input(target: SendTarget, content: Content, key: &str) -> SendInput {
    SendInput { target, draft: Draft::Content(content), reply_to: None, idempotency_key: key.to_owned() }
}

fn into(customer: Customer, body: &str, key: &str) -> SendInput {
    input(SendTarget::Conversation(customer.conversation), text(body), key)
}

fn codes(outcome: Result<message::Model, SendError>) -> Vec<RefusalCode> {
    match outcome {
        Err(SendError::Refused(refusals)) => {
            assert!(refusals.iter().all(|refusal| refusal.message.len() > 20), "a sentence each");
            refusals.into_iter().map(|refusal| refusal.code).collect()
        }
        outcome => panic!("not refused: {outcome:?}"),
    }
}

async fn conversation(app: &App, customer: Customer) -> conversation::Model {
    conversation::Entity::find_by_id(customer.conversation).one(app.db.read()).await.unwrap().unwrap()
}

async fn count_messages(app: &App) -> u64 {
    message::Entity::find().count(app.db.read()).await.unwrap()
}

async fn events_of(app: &App, kind: EventKind) -> u64 {
    event::Entity::find().filter(event::Column::Kind.eq(kind)).count(app.db.read()).await.unwrap()
}

/// Changes rows behind the services' back.
async fn set<E: EntityTrait>(app: &App, row: E::ActiveModel)
where
    E::ActiveModel: Clone + Send + Sync + 'static,
{
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                E::update_many().set(row).exec(tx.conn()).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_send_queues_message_outbox_row_and_event() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let message = message_send(&app, &shop.agent(&AGENT), into(customer, "hola", "k1")).await.unwrap();

        assert_eq!(message.status, Some(MessageStatus::Queued));
        assert_eq!((message.direction, message.origin), (Direction::Outbound, Origin::Api));
        assert_eq!((message.actor_kind, message.actor_id), (Some(ActorKind::User), Some(shop.owner.0)));
        assert_eq!(message.content, r#"{"kind":"TEXT","body":"hola"}"#);
        let stored = message::Entity::find_by_id(message.id).one(app.db.read()).await.unwrap();
        assert_eq!(stored.as_ref(), Some(&message));
        let queued = outbox_row::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(queued.len(), 1);
        assert_eq!((queued[0].message_id, queued[0].state), (message.id, OutboxState::Queued));

        let conversation = conversation(&app, customer).await;
        assert_eq!((conversation.mode, conversation.control_epoch), (Mode::Manual, 1));
        assert_eq!(conversation.last_message_id, Some(message.id));
        assert_eq!(conversation.last_activity_at, message.sent_at);
        assert_eq!(events_of(&app, EventKind::MessageAdded).await, 1);
        assert_eq!(events_of(&app, EventKind::ConversationUpdated).await, 1);
    })
    .await;
}

#[tokio::test]
async fn fifty_equal_requests_at_once_are_one_message() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (app, viewer) = (app.clone(), shop.agent(&AGENT));
            tasks.spawn(async move { message_send(&app, &viewer, into(customer, "hola", "k1")).await });
        }
        let sent = tasks.join_all().await;
        let first = sent[0].as_ref().unwrap().id;
        assert!(sent.iter().all(|sent| sent.as_ref().unwrap().id == first));
        assert_eq!(count_messages(&app).await, 1);
        assert_eq!(outbox_row::Entity::find().count(app.db.read()).await.unwrap(), 1);
        assert_eq!(events_of(&app, EventKind::MessageAdded).await, 1);
        assert_eq!(conversation(&app, customer).await.control_epoch, 1);
    })
    .await;
}

#[tokio::test]
async fn sends_at_once_into_one_conversation_lose_nothing() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..30 {
            let (app, viewer) = (app.clone(), shop.agent(&AGENT));
            let input = into(customer, "hola", &format!("k{number}"));
            tasks.spawn(async move { message_send(&app, &viewer, input).await.unwrap() });
        }
        let mut sent = tasks.join_all().await;
        sent.sort_unstable_by_key(|message| (message.sent_at, message.id));
        let conversation = conversation(&app, customer).await;
        assert_eq!(conversation.control_epoch, 30);
        assert_eq!(conversation.last_message_id, sent.last().map(|message| message.id));
        // They are sent in the order in which they are shown.
        let mut queue = outbox_row::Entity::find().all(app.db.read()).await.unwrap();
        queue.sort_unstable_by_key(|row| row.id);
        let queued: Vec<_> = queue.iter().map(|row| row.message_id).collect();
        assert_eq!(queued, sent.iter().map(|message| message.id).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_caller() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (one, other) =
            (shop.customer(&app, "34600000001").await, shop.customer(&app, "34600000002").await);
        let agent = shop.agent(&AGENT);
        message_send(&app, &agent, into(one, "hola", "k1")).await.unwrap();
        let reused = [into(one, "adiós", "k1"), into(other, "hola", "k1")];
        for input in reused {
            assert_eq!(codes(message_send(&app, &agent, input).await), [RefusalCode::IdempotencyKeyReused]);
        }
        let token = Viewer::new(
            Caller::Token { id: ApiTokenId(uuid::Uuid::from_u128(1)), acts_for_people: false },
            vec![Permission::ReadAll, Permission::Send],
        );
        message_send(&app, &token, into(one, "adiós", "k1")).await.unwrap();
        assert_eq!(count_messages(&app).await, 2);
        for key in ["", "a key", "ñ", "\u{0}", &"k".repeat(256)] {
            let outcome = message_send(&app, &agent, into(one, "hola", key)).await;
            assert!(matches!(outcome, Err(SendError::Error(Error::Invalid { .. }))), "{key:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_is_answered_whatever_has_changed_since() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let agent = shop.agent(&AGENT);
        let first = message_send(&app, &agent, into(customer, "hola", "k1")).await.unwrap();
        app.clock.advance(Duration::from_secs(25 * 3600));
        assert_eq!(
            codes(message_send(&app, &agent, into(customer, "hola", "k2")).await),
            [RefusalCode::WindowClosed]
        );
        let again = message_send(&app, &agent, into(customer, "hola", "k1")).await.unwrap();
        assert_eq!(again.id, first.id);
        let blind = shop.agent(&[Permission::Send]);
        let outcome = message_send(&app, &blind, into(customer, "hola", "k1")).await;
        assert!(matches!(outcome, Err(SendError::Error(Error::NotFound("message")))), "{outcome:?}");
    })
    .await;
}

#[tokio::test]
async fn refusals_write_nothing() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let here = || SendTarget::Conversation(customer.conversation);
        let phone = |phone: &str| SendTarget::Phone { phone: phone.to_owned(), channel_id: None };
        let audio = |caption: Option<&str>| {
            let caption = caption.map(str::to_owned);
            Content::Audio(File {
                link: Some("https://example.com/a.ogg".to_owned()),
                caption,
                ..File::default()
            })
        };
        let cases = [
            (here(), text(""), RefusalCode::Missing),
            (here(), text(&"é".repeat(4097)), RefusalCode::TooLong),
            (here(), audio(Some("hear this")), RefusalCode::NotAllowed),
            (here(), Content::Image(File::default()), RefusalCode::Missing),
            (here(), Content::MediaPlaceholder, RefusalCode::NotSendableKind),
            (phone("+34 699 999 999"), text("hola"), RefusalCode::RecipientNotFound),
            (phone("no phone"), text("hola"), RefusalCode::RecipientNotFound),
        ];
        for (target, content, code) in cases {
            let outcome = message_send(&app, &shop.agent(&AGENT), input(target, content, "k")).await;
            assert_eq!(codes(outcome), [code]);
        }
        let reply = SendInput { reply_to: Some(app.ids.next()), ..into(customer, "hola", "k") };
        assert_eq!(
            codes(message_send(&app, &shop.agent(&AGENT), reply).await),
            [RefusalCode::ReplyToNotFound]
        );
        assert_eq!(count_messages(&app).await, 0);
        assert_eq!(events::head(app.db.read()).await.unwrap(), 0);
        // A refused key is free.
        message_send(&app, &shop.agent(&AGENT), into(customer, "hola", "k")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn after_the_window_only_templates() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let here = || SendTarget::Conversation(customer.conversation);
        let agent = shop.agent(&AGENT);
        app.clock.advance(Duration::from_secs(24 * 3600));
        let late = message_send(&app, &agent, into(customer, "hola", "k1")).await;
        assert_eq!(codes(late), [RefusalCode::WindowClosed]);
        message_send(&app, &agent, input(here(), template(), "k2")).await.unwrap();

        let blocked = contact::ActiveModel { blocked_at: Set(Some(app.clock.now())), ..Default::default() };
        set::<contact::Entity>(&app, blocked).await;
        let to_blocked = message_send(&app, &agent, input(here(), template(), "k3")).await;
        assert_eq!(codes(to_blocked), [RefusalCode::ContactBlocked]);
    })
    .await;
}

#[tokio::test]
async fn a_template_opens_a_conversation_and_a_text_does_not() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "5511987654321").await;
        let second = channel::Model {
            id: app.ids.next(),
            is_default: false,
            phone_number_id: Some("100000000000004".to_owned()),
            ..channel::Entity::find_by_id(shop.channel).one(app.db.read()).await.unwrap().unwrap()
        };
        let (row, channel_id) = (second.clone(), Some(second.id));
        app.db
            .write(Priority::Interactive, move |tx| {
                let row = channel::ActiveModel::from(row.clone());
                Box::pin(async move {
                    channel::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        // Without the ninth digit: the national variants meet.
        let phone = || SendTarget::Phone { phone: "+55 11 8765-4321".to_owned(), channel_id };
        let agent = shop.agent(&AGENT);
        let text = message_send(&app, &agent, input(phone(), text("oi"), "k1")).await;
        assert_eq!(codes(text), [RefusalCode::WindowClosed]);

        let first = message_send(&app, &agent, input(phone(), template(), "k2")).await.unwrap();
        assert_eq!(first.channel_id, second.id);
        let contact = SendTarget::Contact { contact_id: customer.contact, channel_id };
        let next = message_send(&app, &agent, input(contact, template(), "k3")).await.unwrap();
        assert_eq!(first.conversation_id, next.conversation_id);
        assert_ne!(first.conversation_id, customer.conversation);
        let default = SendTarget::Contact { contact_id: customer.contact, channel_id: None };
        let here = message_send(&app, &agent, input(default, template(), "k4")).await.unwrap();
        assert_eq!(here.conversation_id, customer.conversation);
    })
    .await;
}

#[tokio::test]
async fn what_a_caller_may_not_see_does_not_exist() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let stranger = |permissions: &[Permission]| {
            Viewer::new(Caller::User(UserId(uuid::Uuid::from_u128(9))), permissions.to_vec())
        };
        let contact = SendTarget::Contact { contact_id: customer.contact, channel_id: None };
        let phone = SendTarget::Phone { phone: "34600000001".to_owned(), channel_id: None };
        let outcome = message_send(&app, &stranger(&AGENT), into(customer, "hola", "k")).await;
        assert!(matches!(outcome, Err(SendError::Error(Error::NotFound("conversation")))), "{outcome:?}");
        let outcome = message_send(&app, &stranger(&AGENT), input(contact, text("hola"), "k")).await;
        assert!(matches!(outcome, Err(SendError::Error(Error::NotFound("contact")))), "{outcome:?}");
        let outcome = message_send(&app, &stranger(&AGENT), input(phone, text("hola"), "k")).await;
        assert_eq!(codes(outcome), [RefusalCode::RecipientNotFound]);
        let reader = stranger(&[Permission::ReadAll]);
        let outcome = message_send(&app, &reader, into(customer, "hola", "k")).await;
        assert!(matches!(outcome, Err(SendError::Error(Error::Forbidden(Permission::Send)))), "{outcome:?}");
        let outcome = conversation_archive(&app, &stranger(&AGENT), customer.conversation).await;
        assert!(matches!(outcome, Err(Error::NotFound("conversation"))), "{outcome:?}");
        let outcome = conversation_archive(&app, &reader, customer.conversation).await;
        assert!(matches!(outcome, Err(Error::Forbidden(Permission::Edit))), "{outcome:?}");
        assert_eq!(events::head(app.db.read()).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_reply_quotes_by_the_providers_id() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (customer, other) =
            (shop.customer(&app, "34600000001").await, shop.customer(&app, "34600000002").await);
        let agent = shop.agent(&AGENT);
        let quoted = message_send(&app, &agent, into(customer, "hola", "k1")).await.unwrap();
        let reply = |to, key: &str| SendInput { reply_to: Some(quoted.id), ..into(to, "¿sí?", key) };
        // The provider has not taken it yet.
        assert_eq!(
            codes(message_send(&app, &agent, reply(customer, "k2")).await),
            [RefusalCode::ReplyToNotFound]
        );
        let wamid = message::ActiveModel { wamid: Set(Some("wamid.1".to_owned())), ..Default::default() };
        set::<message::Entity>(&app, wamid).await;
        let sent = message_send(&app, &agent, reply(customer, "k2")).await.unwrap();
        assert_eq!(sent.reply_to_wamid.as_deref(), Some("wamid.1"));
        assert_eq!(
            codes(message_send(&app, &agent, reply(other, "k3")).await),
            [RefusalCode::ReplyToNotFound]
        );
    })
    .await;
}

#[tokio::test]
async fn an_integration_leaves_the_mode_alone() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, "34600000001").await;
        let token = |acts_for_people| {
            let id = ApiTokenId(uuid::Uuid::from_u128(1));
            Viewer::new(Caller::Token { id, acts_for_people }, vec![Permission::ReadAll, Permission::Send])
        };
        message_send(&app, &token(false), into(customer, "hola", "k1")).await.unwrap();
        message_send(&app, &Viewer::system(), into(customer, "hola", "k1")).await.unwrap();
        let automatic = conversation(&app, customer).await;
        assert_eq!((automatic.mode, automatic.control_epoch), (Mode::Automatic, 0));
        assert_eq!(events_of(&app, EventKind::ConversationUpdated).await, 0);
        message_send(&app, &token(true), into(customer, "hola", "k2")).await.unwrap();
        let manual = conversation(&app, customer).await;
        assert_eq!((manual.mode, manual.control_epoch), (Mode::Manual, 1));
    })
    .await;
}

#[tokio::test]
async fn conversations_change_and_say_so_once() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let id = shop.customer(&app, "34600000001").await.conversation;
        let agent = shop.agent(&AGENT);
        for _ in 0..2 {
            let manual = conversation_set_mode(&app, &agent, id, Mode::Manual).await.unwrap();
            assert_eq!((manual.mode, manual.control_epoch), (Mode::Manual, 1));
        }
        assert_eq!(events_of(&app, EventKind::ConversationUpdated).await, 1);
        for _ in 0..2 {
            let archived = conversation_archive(&app, &agent, id).await.unwrap();
            assert_eq!(
                (archived.archived, archived.mode, archived.control_epoch),
                (true, Mode::Automatic, 2)
            );
        }
        for _ in 0..2 {
            let back = conversation_unarchive(&app, &agent, id).await.unwrap();
            assert_eq!((back.archived, back.control_epoch), (false, 2));
        }
        for _ in 0..2 {
            assert_eq!(conversation_mark_read(&app, &agent, id).await.unwrap().unread_count, 0);
        }
        assert_eq!(events_of(&app, EventKind::ConversationUpdated).await, 4);
    })
    .await;
}
