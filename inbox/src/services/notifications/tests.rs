//! Who is told what and how often, over a business that webhooks write to.

use super::*;
use crate::auth::Permission;
use crate::events::Feed;
use crate::services::access::GUEST_USER;
use crate::services::conversations::conversation_mark_read;
use crate::store::send;
use crate::testing::{Customer, Shop, another_node, for_each_store};
use entities::{
    ConversationId, Direction, MessageId, Origin, RoleId, UserId, UserKind, conversation, message, role,
};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder};

/// Writes a message into a conversation as the receiver does, in one transaction with its event.
async fn wrote(app: &App, shop: &Shop, id: ConversationId, origin: Origin, unread: i32) {
    let direction = if origin == Origin::Customer { Direction::Inbound } else { Direction::Outbound };
    let now = app.clock.now();
    let row = message::Model {
        id: app.ids.next::<MessageId>(),
        conversation_id: id,
        channel_id: shop.channel,
        direction,
        origin,
        actor_kind: None,
        actor_id: None,
        kind: "TEXT".to_owned(),
        content: r#"{"kind":"TEXT","body":"hola"}"#.to_owned(),
        context: None,
        wamid: Some(app.ids.next::<uuid::Uuid>().to_string()),
        reply_to_wamid: None,
        status: None,
        sent_at: now,
        received_at: now,
        accepted_at: None,
        status_sent_at: None,
        delivered_at: None,
        read_at: None,
        played_at: None,
        failed_at: None,
        error: None,
        pricing: None,
        edited_at: None,
        revoked_at: None,
        hold: None,
        run_id: None,
    };
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                let message = row.id;
                row.into_active_model().reset_all().insert(tx.conn()).await?;
                let change = conversation::ActiveModel { unread_count: Set(unread), ..Default::default() };
                send::update_conversation(tx.conn(), id, change).await?;
                tx.emit(NewEvent {
                    conversation_id: Some(id),
                    message_id: Some(message),
                    ..NewEvent::new(EventKind::MessageAdded)
                });
                Ok(())
            })
        })
        .await
        .unwrap();
}

async fn own(app: &App, customer: Customer, owner: UserId, unread: i32) {
    app.db
        .write(Priority::Interactive, move |tx| {
            let owner_id = Set(owner);
            let change =
                conversation::ActiveModel { owner_id, unread_count: Set(unread), ..Default::default() };
            Box::pin(async move { send::update_conversation(tx.conn(), customer.conversation, change).await })
        })
        .await
        .unwrap();
}

async fn person(app: &App, name: &str, permissions: &[Permission]) -> UserId {
    user(app, app.ids.next(), UserKind::Person, name, permissions).await
}

async fn user(app: &App, id: UserId, kind: UserKind, name: &str, permissions: &[Permission]) -> UserId {
    let (role_id, now) = (app.ids.next::<RoleId>(), app.clock.now());
    let role = role::Model {
        id: role_id,
        name: name.to_owned(),
        permissions: Permission::list_to_json(permissions),
        description: None,
        default_assistant_id: None,
        built_in: false,
        created_at: now,
    };
    let user = entities::user::Model {
        id,
        kind,
        email: None,
        name: name.to_owned(),
        password_hash: None,
        role_id,
        language: None,
        phone: None,
        phone_match_key: None,
        created_at: now,
        joined_at: Some(now),
        last_seen_at: None,
        deactivated_at: None,
    };
    app.db
        .write(Priority::Interactive, move |tx| {
            let (role, user) = (role.clone(), user.clone());
            Box::pin(async move {
                role.into_active_model().reset_all().insert(tx.conn()).await?;
                user.into_active_model().reset_all().insert(tx.conn()).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    id
}

async fn deactivate(app: &App, id: UserId) {
    app.db
        .write(Priority::Interactive, move |tx| {
            Box::pin(async move {
                let left = Set(Some(tx.now()));
                let row =
                    entities::user::ActiveModel { id: Set(id), deactivated_at: left, ..Default::default() };
                row.update(tx.conn()).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

/// What each person was told since the last time, oldest first: new messages, unread ones, unread conversations, and where.
type Told = (UserId, i64, i64, i64, Vec<ConversationId>);

async fn told(app: &App, seen: &mut usize) -> Vec<Told> {
    check_new_messages(app).await.unwrap();
    let rows = inbox_notification::Entity::find()
        .order_by_asc(inbox_notification::Column::Id)
        .all(app.db.read())
        .await
        .unwrap();
    let new = rows[*seen..].iter().map(|row| {
        let conversations = store::conversations_of(row).unwrap();
        (row.user_id, row.new_messages, row.unread_messages, row.unread_conversations, conversations)
    });
    let new: Vec<Told> = new.collect();
    *seen = rows.len();
    new
}

#[tokio::test]
async fn each_person_is_told_once_of_what_is_theirs_to_answer() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        user(&app, GUEST_USER, UserKind::Guest, "Guest", &[Permission::ReadAll]).await;
        let ana = person(&app, "Ana", &[Permission::ReadOwn]).await;
        let ben = person(&app, "Ben", &[Permission::ReadAll]).await;
        let blind = person(&app, "Blind", &[Permission::Send]).await;
        let left = person(&app, "Left", &[Permission::ReadAll]).await;
        deactivate(&app, left).await;
        let (anas, bens, guests, blinds) = (
            shop.customer(&app, "34600000001").await,
            shop.customer(&app, "34600000002").await,
            shop.customer(&app, "34600000003").await,
            shop.customer(&app, "34600000004").await,
        );
        for (customer, owner) in [(anas, ana), (bens, ben), (guests, GUEST_USER), (blinds, blind)] {
            own(&app, customer, owner, 0).await;
        }
        let mut seen = 0;
        wrote(&app, &shop, anas.conversation, Origin::Customer, 1).await;
        assert_eq!(told(&app, &mut seen).await, [], "the first time ever begins now");
        assert_eq!(told(&app, &mut seen).await, [], "nothing is new");

        wrote(&app, &shop, anas.conversation, Origin::Customer, 2).await;
        wrote(&app, &shop, anas.conversation, Origin::Customer, 3).await;
        assert_eq!(told(&app, &mut seen).await, [(ana, 2, 3, 1, vec![anas.conversation])]);
        assert_eq!(told(&app, &mut seen).await, [], "not twice");

        // Nobody answers for these but who sees all: not who sees only their own.
        wrote(&app, &shop, guests.conversation, Origin::Customer, 1).await;
        wrote(&app, &shop, blinds.conversation, Origin::Customer, 1).await;
        wrote(&app, &shop, bens.conversation, Origin::Customer, 1).await;
        let mut conversations = vec![guests.conversation, blinds.conversation, bens.conversation];
        conversations.sort_unstable();
        assert_eq!(told(&app, &mut seen).await, [(ben, 3, 3, 3, conversations)]);

        // What was said by the business, imported, or read meanwhile is no news.
        wrote(&app, &shop, anas.conversation, Origin::BusinessApp, 3).await;
        wrote(&app, &shop, anas.conversation, Origin::History, 3).await;
        wrote(&app, &shop, bens.conversation, Origin::Customer, 2).await;
        let viewer = shop.agent(&[Permission::ReadAll, Permission::Edit]);
        conversation_mark_read(&app, &viewer, bens.conversation).await.unwrap();
        assert_eq!(told(&app, &mut seen).await, []);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_lost_or_told_twice_over_a_downtime_and_many_nodes() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let ana = person(&app, "Ana", &[Permission::ReadOwn]).await;
        let customer = shop.customer(&app, "34600000001").await;
        own(&app, customer, ana, 0).await;
        let mut seen = 0;
        assert_eq!(told(&app, &mut seen).await, []);
        for unread in 1..=5 {
            wrote(&app, &shop, customer.conversation, Origin::Customer, unread).await;
            app.clock.advance(Duration::from_secs(2 * 24 * 60 * 60));
        }
        let other = another_node(&app).await;
        let (one, two) = tokio::join!(check_new_messages(&app), check_new_messages(&other));
        one.and(two).unwrap();
        assert_eq!(told(&app, &mut seen).await, [(ana, 5, 5, 1, vec![customer.conversation])]);
    })
    .await;
}

#[tokio::test]
async fn the_change_log_carries_what_a_person_is_told() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let ana = person(&app, "Ana", &[Permission::ReadOwn]).await;
        let customer = shop.customer(&app, "34600000001").await;
        own(&app, customer, ana, 0).await;
        check_new_messages(&app).await.unwrap();
        let head = events::head(app.db.read()).await.unwrap();
        wrote(&app, &shop, customer.conversation, Origin::Customer, 1).await;
        check_new_messages(&app).await.unwrap();
        let mut feed = app.events.subscribe(Some(head + 1));
        let Some(Feed::Event(event)) = feed.next().await else { panic!("an event follows the message's") };
        assert_eq!((event.kind, event.conversation_id), (EventKind::InboxNotification, None));
        assert_eq!(event.notification.as_ref().map(|row| (row.user_id, row.new_messages)), Some((ana, 1)));
    })
    .await;
}

#[tokio::test]
async fn webhooks_that_wait_for_too_long_are_told() {
    for_each_store(async |app| {
        use providers::meta::Verified;
        app.receipts.store(Verified::from_store("{}".into()), None).await.unwrap();
        let stuck = async || {
            let report = check_new_messages(&app).await.unwrap();
            let found = report.entries().find(|(name, _)| *name == "stuckReceipts").map(|(_, value)| value);
            found.unwrap()
        };
        assert_eq!(stuck().await, "0");
        app.clock.advance(STUCK_AFTER + Duration::from_secs(1));
        let mut receiver = app.bus.listen(Topic::Receipts);
        receiver.mark_unchanged();
        assert_eq!(stuck().await, "1");
        assert!(receiver.has_changed().unwrap(), "the receiver is woken");
    })
    .await;
}
