//! Read receipts and reactions against a Graph API that answers as it is told, on both stores.

use super::*;
use crate::auth::{Permission, Viewer};
use crate::jobs::sender::tests::bench::Bench;
use crate::jobs::sender::tests::fake_graph::Reply;
use crate::services::channels::{ChannelChange, channel_update};
use crate::services::conversations::conversation_mark_read;
use crate::services::reactions::message_react;
use crate::services::send::{RefusalCode, SendError};
use crate::services::typing::conversation_start_typing;
use crate::testing::for_each_store;
use entities::{EventKind, MessageId, ReactionState, ReadReceipts, provider_task, reaction};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

const AGENT: [Permission; 3] = [Permission::ReadOwn, Permission::Send, Permission::Edit];

async fn left(app: &App) -> u64 {
    provider_task::Entity::find().count(app.db.read()).await.unwrap()
}

async fn reaction_to(app: &App, id: MessageId) -> reaction::Model {
    let all = reaction::Entity::find().all(app.db.read()).await.unwrap();
    all.into_iter().find(|row| row.message_id == id).unwrap()
}

fn code<T: std::fmt::Debug>(outcome: Result<T, SendError>) -> RefusalCode {
    match outcome {
        Err(SendError::Refused(refusals)) => refusals[0].code,
        outcome => panic!("not refused: {outcome:?}"),
    }
}

async fn policy(bench: &Bench, policy: ReadReceipts) {
    let admin: Viewer = bench.shop.agent(&[Permission::Administer]);
    let change = ChannelChange { read_receipts: Some(policy), ..ChannelChange::default() };
    channel_update(&bench.app, &admin, bench.shop.channel, change).await.unwrap();
}

#[tokio::test]
async fn opening_shows_the_newest_message_as_read_once() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (agent, customer) = (bench.shop.agent(&AGENT), bench.customer(1).await);
        let mut worker = Worker::new(bench.app.clone());
        bench.wrote(customer, "wamid.1").await;
        bench.app.clock.advance(Duration::from_secs(1));
        bench.wrote(customer, "wamid.2").await;
        for _ in 0..2 {
            let row = conversation_mark_read(&bench.app, &agent, customer.conversation).await.unwrap();
            assert_eq!((row.unread_count, row.read_receipt_at), (0, row.last_inbound_at));
            worker.work().await;
        }
        let receipt = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.2" });
        assert_eq!(bench.graph.sends(), [receipt]);
        assert_eq!(left(&bench.app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_channel_says_when_customers_see_it() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (agent, customer) = (bench.shop.agent(&AGENT), bench.customer(1).await);
        let open = async || {
            bench.wrote(customer, &format!("wamid.in.{}", uuid::Uuid::new_v4())).await;
            conversation_mark_read(&bench.app, &agent, customer.conversation).await.unwrap();
            left(&bench.app).await
        };
        policy(&bench, ReadReceipts::Never).await;
        assert_eq!(open().await, 0);
        bench.queue(customer, "hola").await;
        assert_eq!(left(&bench.app).await, 0);
        policy(&bench, ReadReceipts::OnReply).await;
        assert_eq!(open().await, 0);
        bench.queue(customer, "hola").await;
        assert_eq!(left(&bench.app).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_went_wrong_is_made_again_and_a_newer_one_takes_its_place() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (agent, customer) = (bench.shop.agent(&AGENT), bench.customer(1).await);
        let mut worker = Worker::new(bench.app.clone());
        let id = bench.wrote(customer, "wamid.in").await;
        bench.graph.answer(&[Reply::Unclear, Reply::Error(130_429)]);
        message_react(&bench.app, &agent, id, Some("👍")).await.unwrap();
        worker.work().await;
        assert_eq!(reaction_to(&bench.app, id).await.state, Some(ReactionState::Queued));
        bench.app.clock.advance(Duration::from_secs(2));
        worker.work().await;
        message_react(&bench.app, &agent, id, Some("❤")).await.unwrap();
        worker.work().await;
        let sent: Vec<_> = bench.graph.sends().iter().map(|body| body["reaction"]["emoji"].clone()).collect();
        assert_eq!(sent, ["👍", "👍", "❤️"]);
        let body = &bench.graph.sends()[2];
        assert_eq!(
            (&body["to"], &body["reaction"]["message_id"]),
            (&json!("+34600000001"), &json!("wamid.in"))
        );
        assert_eq!(body["biz_opaque_callback_data"], format!("reaction:{id}"));
        let row = reaction_to(&bench.app, id).await;
        assert_eq!((row.emoji.as_deref(), row.state), (Some("❤️"), Some(ReactionState::Sent)));
        assert_eq!(left(&bench.app).await, 0);
        // Asked for twice, and settled.
        assert_eq!(bench.events(EventKind::MessageUpdated).await, 3);

        message_react(&bench.app, &agent, id, None).await.unwrap();
        worker.work().await;
        assert_eq!(bench.graph.sends()[3]["reaction"]["emoji"], "");
        assert_eq!(reaction_to(&bench.app, id).await.emoji, None);
    })
    .await;
}

#[tokio::test]
async fn a_refused_reaction_says_why() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (agent, customer) = (bench.shop.agent(&AGENT), bench.customer(1).await);
        let id = bench.wrote(customer, "wamid.in").await;
        bench.graph.answer(&[Reply::Error(131_009)]);
        message_react(&bench.app, &agent, id, Some("👍")).await.unwrap();
        Worker::new(bench.app.clone()).work().await;
        let row = reaction_to(&bench.app, id).await;
        assert_eq!(row.state, Some(ReactionState::Failed));
        let error: ProviderError = serde_json::from_str(&row.error.unwrap()).unwrap();
        assert_eq!(error.code, Some(131_009));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_reacted_to_is_refused() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (agent, customer) = (bench.shop.agent(&AGENT), bench.customer(1).await);
        let id = bench.wrote(customer, "wamid.in").await;
        policy(&bench, ReadReceipts::Never).await;
        let queued = bench.queue(customer, "not sent yet").await;
        let react = async |id, emoji| message_react(&bench.app, &agent, id, Some(emoji)).await;
        assert_eq!(code(react(id, "yes").await), RefusalCode::EmojiInvalid);
        assert_eq!(code(react(queued, "👍").await), RefusalCode::NotReactable);
        bench.app.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(code(react(id, "👍").await), RefusalCode::WindowClosed);
        bench.app.clock.advance(Duration::from_secs(29 * 24 * 3600));
        assert_eq!(code(react(id, "👍").await), RefusalCode::NotReactable);
        let stranger = Viewer::new(
            crate::auth::Caller::User(bench.app.ids.next()),
            vec![Permission::ReadOwn, Permission::Send],
        );
        let hidden = message_react(&bench.app, &stranger, id, Some("👍")).await;
        assert!(matches!(hidden, Err(SendError::Error(crate::Error::NotFound(_)))), "{hidden:?}");
        assert_eq!(left(&bench.app).await, 0);
    })
    .await;
}

#[tokio::test]
async fn typing_is_shown_at_once_and_counts_as_read() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (agent, customer) = (bench.shop.agent(&AGENT), bench.customer(1).await);
        let typing = async || conversation_start_typing(&bench.app, &agent, customer.conversation).await;
        assert_eq!(code(typing().await), RefusalCode::NothingToAnswer);
        bench.wrote(customer, "wamid.in").await;
        for _ in 0..3 {
            typing().await.unwrap();
        }
        assert_eq!(bench.graph.sends().len(), 1);
        assert_eq!(bench.graph.sends()[0]["typing_indicator"], json!({ "type": "text" }));
        conversation_mark_read(&bench.app, &agent, customer.conversation).await.unwrap();
        assert_eq!(left(&bench.app).await, 0, "WhatsApp has marked it as read already");
        bench.app.clock.advance(Duration::from_secs(10));
        bench.graph.answer(&[Reply::Error(131_009)]);
        assert_eq!(code(typing().await), RefusalCode::ProviderRefused);
        policy(&bench, ReadReceipts::Never).await;
        assert_eq!(code(typing().await), RefusalCode::ReadReceiptsOff);
        policy(&bench, ReadReceipts::OnReply).await;
        bench.app.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(code(typing().await), RefusalCode::WindowClosed);
    })
    .await;
}
