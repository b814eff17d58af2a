//! What people do with the queue: send again, give up, take back, plan.

use super::bench::Bench;
use super::fake_graph::Reply;
use crate::auth::{Permission, Viewer};
use crate::services::send::{
    Draft, RefusalCode, ScheduleInput, SendError, SendInput, SendTarget, message_cancel, message_give_up,
    message_retry, message_schedule, send_due,
};
use crate::testing::{Customer, another_node, for_each_store};
use entities::{MessageStatus, Mode, OutboxState, Timestamp, conversation, message, scheduled_message};
use providers::content::{Content, Text};
use sea_orm::{ActiveValue::Set, EntityTrait, PaginatorTrait};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn agent(bench: &Bench) -> Viewer {
    bench.shop.agent(&[Permission::ReadOwn, Permission::Send])
}

fn code<T: std::fmt::Debug>(outcome: Result<T, SendError>) -> RefusalCode {
    match outcome {
        Err(SendError::Refused(refusals)) => refusals[0].code,
        outcome => panic!("not refused: {outcome:?}"),
    }
}

fn text(body: &str) -> Draft {
    Draft::Content(Content::Text(Text { body: body.to_owned(), preview_url: false }))
}

fn plan(customer: Customer, body: &str, send_at: Timestamp) -> ScheduleInput {
    let send = SendInput {
        target: SendTarget::Conversation(customer.conversation),
        draft: text(body),
        reply_to: None,
        idempotency_key: format!("plan {body}").replace(' ', "-"),
    };
    ScheduleInput { send, send_at, fallback: None }
}

async fn last_message(bench: &Bench, customer: Customer) -> Option<entities::MessageId> {
    let row = conversation::Entity::find_by_id(customer.conversation).one(bench.app.db.read()).await;
    row.unwrap().unwrap().last_message_id
}

#[tokio::test]
async fn what_failed_is_sent_again_once_as_another_message() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        bench.graph.answer(&[Reply::Error(131_026)]);
        let failed = bench.queue(customer, "hola").await;
        assert_eq!(code(message_retry(&bench.app, &agent(&bench), failed).await), RefusalCode::NotRetryable);
        bench.sender().work().await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (app, viewer) = (bench.app.clone(), agent(&bench));
            tasks.spawn(async move { message_retry(&app, &viewer, failed).await.unwrap().id });
        }
        let again = tasks.join_all().await;
        assert!(again.iter().all(|id| *id == again[0] && *id != failed));
        bench.sender().work().await;
        assert_eq!(bench.graph.texts(), ["hola", "hola"]);
        assert_eq!(bench.status(failed).await, MessageStatus::Failed);
        assert_eq!(bench.status(again[0]).await, MessageStatus::Accepted);
        assert_eq!(last_message(&bench, customer).await, Some(again[0]));
        assert_eq!(message::Entity::find().count(bench.app.db.read()).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_knows_is_sent_again_or_given_up() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        bench.graph.answer(&[Reply::Unclear, Reply::Unclear]);
        let (one, other) = (
            bench.queue(bench.customer(1).await, "1").await,
            bench.queue(bench.customer(2).await, "2").await,
        );
        let mut sender = bench.sender();
        sender.work().await;
        assert!(bench.outbox().await.iter().all(|row| row.state == OutboxState::Unknown));
        message_give_up(&bench.app, &agent(&bench), one).await.unwrap();
        let again = message_retry(&bench.app, &agent(&bench), other).await.unwrap().id;
        sender.work().await;
        for (id, status) in
            [(one, MessageStatus::Failed), (other, MessageStatus::Failed), (again, MessageStatus::Accepted)]
        {
            assert_eq!(bench.status(id).await, status);
        }
        assert!(bench.error(one).await.details.unwrap().contains("given up"));
        assert!(bench.outbox().await.is_empty());
        assert_eq!(code(message_give_up(&bench.app, &agent(&bench), one).await), RefusalCode::NotUnknown);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_sent_again_when_the_window_is_closed() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        bench.graph.answer(&[Reply::Error(131_026)]);
        let failed = bench.queue(bench.customer(1).await, "hola").await;
        bench.sender().work().await;
        bench.app.clock.advance(HOUR * 24);
        assert_eq!(code(message_retry(&bench.app, &agent(&bench), failed).await), RefusalCode::WindowClosed);
    })
    .await;
}

#[tokio::test]
async fn what_waits_can_be_taken_back_and_what_is_under_way_cannot() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        let (first, second) = (bench.queue(customer, "1").await, bench.queue(customer, "2").await);
        bench.graph.hold(true);
        let mut sender = bench.sender();
        sender.begin().await;
        bench.graph.arrived(1).await;
        assert_eq!(code(message_cancel(&bench.app, &agent(&bench), first).await), RefusalCode::NotCancelable);
        for _ in 0..2 {
            let canceled = message_cancel(&bench.app, &agent(&bench), second).await.unwrap();
            assert_eq!(canceled.status, Some(MessageStatus::Canceled));
        }
        bench.graph.hold(false);
        sender.work().await;
        assert_eq!(bench.graph.texts(), ["1"]);
        assert_eq!(bench.status(second).await, MessageStatus::Canceled);
    })
    .await;
}

#[tokio::test]
async fn a_planned_message_is_sent_once_when_its_time_comes() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        let send_at = bench.app.clock.now().plus(HOUR);
        let schedule =
            async |body, at| message_schedule(&bench.app, &agent(&bench), plan(customer, body, at)).await;
        assert_eq!(code(schedule("late", bench.app.clock.now()).await), RefusalCode::SendAtInvalid);
        let planned = schedule("planned", send_at).await.unwrap();
        assert_eq!((planned.status, planned.sent_at), (Some(MessageStatus::Scheduled), send_at));
        assert_eq!(schedule("planned", send_at).await.unwrap().id, planned.id);
        let other_time = schedule("planned", send_at.plus(HOUR)).await;
        assert_eq!(code(other_time), RefusalCode::IdempotencyKeyReused);
        let taken_back = schedule("taken back", send_at).await.unwrap().id;
        message_cancel(&bench.app, &agent(&bench), taken_back).await.unwrap();

        assert_eq!(send_due(&bench.app).await.unwrap(), Some(send_at));
        assert_eq!(last_message(&bench, customer).await, None);
        let now = bench.queue(customer, "now").await;
        let mut sender = bench.sender();
        sender.work().await;
        bench.app.clock.advance(HOUR);
        let other = another_node(&bench.app).await;
        let (one, two) = tokio::join!(send_due(&bench.app), send_due(&other));
        assert_eq!((one.unwrap(), two.unwrap()), (None, None));
        sender.work().await;
        assert_eq!(bench.graph.texts(), ["now", "planned"]);
        assert_eq!(last_message(&bench, customer).await, Some(planned.id));
        assert_eq!(bench.status(planned.id).await, MessageStatus::Accepted);
        assert!(bench.message(planned.id).await.sent_at >= send_at);
        assert!(bench.message(now).await.sent_at < send_at);
        assert_eq!(bench.status(taken_back).await, MessageStatus::Canceled);
    })
    .await;
}

#[tokio::test]
async fn a_planned_message_falls_back_or_fails_when_the_window_is_closed() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (one, other) = (bench.customer(1).await, bench.customer(2).await);
        let send_at = bench.app.clock.now().plus(HOUR * 25);
        let with_fallback = plan(one, "one", send_at);
        let with_fallback = message_schedule(&bench.app, &agent(&bench), with_fallback).await.unwrap();
        let fallback = r#"{"Content":{"kind":"TEMPLATE","name":"hello","language":"en_US"}}"#;
        bench
            .set::<scheduled_message::Entity>(scheduled_message::ActiveModel {
                fallback: Set(Some(fallback.to_owned())),
                ..Default::default()
            })
            .await;
        let without =
            message_schedule(&bench.app, &agent(&bench), plan(other, "other", send_at)).await.unwrap();
        let mut not_a_template = plan(other, "third", send_at);
        not_a_template.fallback = Some(text("still text"));
        let refused = message_schedule(&bench.app, &agent(&bench), not_a_template).await;
        assert_eq!(code(refused), RefusalCode::FallbackNotTemplate);

        bench.app.clock.advance(HOUR * 25);
        send_due(&bench.app).await.unwrap();
        bench.sender().work().await;
        let sends = bench.graph.sends();
        assert_eq!(sends.len(), 1);
        assert_eq!(sends[0]["template"]["name"], "hello");
        let sent = bench.message(with_fallback.id).await;
        assert_eq!((sent.kind.as_str(), sent.status), ("TEMPLATE", Some(MessageStatus::Accepted)));
        assert_eq!(bench.status(without.id).await, MessageStatus::Failed);
        assert_eq!(bench.error(without.id).await.code, Some(131_047));
        // Nobody was there who took the conversation over.
        let row = conversation::Entity::find_by_id(one.conversation).one(bench.app.db.read()).await;
        assert_eq!(row.unwrap().unwrap().mode, Mode::Automatic);
    })
    .await;
}
