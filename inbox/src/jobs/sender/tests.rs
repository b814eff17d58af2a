//! The sender against a Graph API that answers as it is told, on both stores. Most tests take its steps one by one, so
//! that nothing waits for a clock.

pub(in crate::jobs) mod bench;
pub(in crate::jobs) mod fake_graph;
mod files;
mod marketing;
mod people;

use super::*;
use crate::store::{Priority, leases};
use crate::testing::for_each_store;
use bench::{Bench, node};
use entities::{
    ChannelState, EventKind, MessageStatus, OutboxState, channel, contact, conversation, message_update,
};
use fake_graph::Reply;
use sea_orm::{ActiveValue::Set, DbBackend, EntityTrait, IntoActiveModel};

#[tokio::test]
async fn what_is_queued_is_sent_and_named() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        let id = bench.queue(customer, "hola").await;
        bench.sender().work().await;

        let message = bench.message(id).await;
        assert_eq!(message.status, Some(MessageStatus::Accepted));
        assert_eq!(message.wamid.as_deref(), Some("wamid.1"));
        assert!(message.accepted_at.is_some());
        assert!(bench.outbox().await.is_empty());
        let sends = bench.graph.sends();
        assert_eq!(sends[0]["to"], "+34600000001");
        assert_eq!(sends[0]["biz_opaque_callback_data"], id.to_string());
        // Being sent, and accepted.
        assert_eq!(bench.events(EventKind::MessageUpdated).await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_meta_holds_back_is_accepted_and_says_so() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let cases = [("accepted", None), ("paused", Some("paused"))];
        for (number, (word, hold)) in (1..).zip(cases) {
            bench.graph.answer(&[Reply::Held(word)]);
            let id = bench.queue(bench.customer(number).await, "hola").await;
            bench.sender().work().await;
            let message = bench.message(id).await;
            assert_eq!((message.status, message.hold.as_deref()), (Some(MessageStatus::Accepted), hold));
        }
        assert!(bench.outbox().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_sent_in_order_one_at_a_time() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (one, other) = (bench.customer(1).await, bench.customer(2).await);
        for number in 0..6 {
            bench.queue(one, &format!("one {number}")).await;
            bench.queue(other, &format!("other {number}")).await;
        }
        bench.sender().work().await;
        let texts = bench.graph.texts();
        assert_eq!(texts.len(), 12);
        for name in ["one", "other"] {
            let of_one: Vec<_> = texts.iter().filter(|text| text.starts_with(name)).collect();
            assert!(of_one.windows(2).all(|pair| pair[0] < pair[1]), "{of_one:?}");
        }
        assert_eq!(bench.graph.most_at_once(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_unprocessed_is_tried_again_in_order() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        bench.graph.answer(&[Reply::Error(131_056), Reply::Error(131_056)]);
        let (first, second) = (bench.queue(customer, "1").await, bench.queue(customer, "2").await);
        let mut sender = bench.sender();
        // 4⁰ seconds and up to a quarter more, then 4¹.
        for (tries, least, most) in [(1, 1000, 1250), (2, 4000, 5000)] {
            sender.work().await;
            assert_eq!(bench.graph.texts(), vec!["1"; tries]);
            assert_eq!(bench.status(first).await, MessageStatus::Queued);
            let row = &bench.outbox().await[0];
            let wait = row.not_before.since(row.claimed_at.unwrap());
            assert!(wait >= Duration::from_millis(least), "{wait:?}");
            bench.app.clock.advance(Duration::from_millis(most));
        }
        sender.work().await;
        assert_eq!(bench.graph.texts(), ["1", "1", "1", "2"]);
        for id in [first, second] {
            assert_eq!(bench.status(id).await, MessageStatus::Accepted);
        }
    })
    .await;
}

#[tokio::test]
async fn a_limit_of_the_number_holds_the_whole_channel() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        bench.graph.answer(&[Reply::Wait(130_429)]);
        bench.queue(bench.customer(1).await, "1").await;
        let mut sender = bench.sender();
        sender.work().await;
        bench.queue(bench.customer(2).await, "2").await;
        sender.work().await;
        assert_eq!(bench.graph.texts(), ["1"]);
        bench.app.clock.advance(Duration::from_secs(600 * 5 / 4));
        sender.work().await;
        assert_eq!(bench.graph.texts().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn patience_ends_after_a_day() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        bench.graph.answer(&[Reply::Error(131_056); 2]);
        let id = bench.queue(bench.customer(1).await, "1").await;
        let mut sender = bench.sender();
        sender.work().await;
        // The customer keeps writing, so that the window is not what ends it.
        bench.app.clock.advance(Duration::from_secs(24 * 3600));
        let wrote = bench.app.clock.now();
        bench
            .set::<conversation::Entity>(conversation::ActiveModel {
                last_inbound_at: Set(Some(wrote)),
                ..Default::default()
            })
            .await;
        sender.work().await;
        assert_eq!(bench.status(id).await, MessageStatus::Failed);
        assert_eq!(bench.error(id).await.code, Some(131_056));
        assert!(bench.outbox().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_rejection_fails_the_message_and_corrects_the_window() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let (one, other) = (bench.customer(1).await, bench.customer(2).await);
        bench.graph.answer(&[Reply::Error(131_047), Reply::Error(131_026)]);
        let closed = bench.queue(one, "1").await;
        let mut sender = bench.sender();
        sender.work().await;
        let undeliverable = bench.queue(other, "2").await;
        sender.work().await;
        for (id, code, customer, window_closed) in
            [(closed, 131_047, one, true), (undeliverable, 131_026, other, false)]
        {
            let message = bench.message(id).await;
            assert_eq!(message.status, Some(MessageStatus::Failed));
            assert!(message.failed_at.is_some());
            assert_eq!(bench.error(id).await.code, Some(code));
            let conversation = conversation::Entity::find_by_id(customer.conversation);
            let conversation = conversation.one(bench.app.db.read()).await.unwrap().unwrap();
            assert_eq!(conversation.window_closed_by_provider, window_closed);
        }
        // Twice the mode, once the window.
        assert_eq!(bench.events(EventKind::ConversationUpdated).await, 2);
        assert_eq!(bench.events(EventKind::ConversationWindowClosed).await, 1);
        assert!(bench.outbox().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_unclear_answer_is_never_sent_again() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        bench.graph.answer(&[Reply::Unclear]);
        let (unclear, next) = (bench.queue(customer, "1").await, bench.queue(customer, "2").await);
        bench.sender().work().await;
        assert_eq!(bench.status(unclear).await, MessageStatus::Unknown);
        assert_eq!(bench.outbox().await[0].state, OutboxState::Unknown);
        assert_eq!(bench.status(next).await, MessageStatus::Accepted);
        bench.app.clock.advance(Duration::from_secs(48 * 3600));
        bench.sender().work().await;
        assert_eq!(bench.graph.texts(), ["1", "2"]);
    })
    .await;
}

#[tokio::test]
async fn a_kill_between_claim_and_answer_leaves_it_unknown() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let customer = bench.customer(1).await;
        bench.graph.hold(true);
        let (cut_off, next) = (bench.queue(customer, "1").await, bench.queue(customer, "2").await);
        let running = tokio::spawn(run(bench.app.clone(), CancellationToken::new()));
        bench.graph.arrived(1).await;
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        assert_eq!(bench.status(cut_off).await, MessageStatus::Sending);

        bench.graph.hold(false);
        bench.sender().work().await;
        assert_eq!(bench.status(cut_off).await, MessageStatus::Unknown);
        assert_eq!(bench.status(next).await, MessageStatus::Accepted);
        assert_eq!(bench.graph.texts(), ["1", "2"]);
    })
    .await;
}

#[tokio::test]
async fn a_stop_lets_calls_end_and_gives_the_lease_back() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        bench.graph.hold(true);
        let id = bench.queue(bench.customer(1).await, "1").await;
        let stop = CancellationToken::new();
        let running = tokio::spawn(run(bench.app.clone(), stop.clone()));
        bench.graph.arrived(1).await;
        stop.cancel();
        bench.graph.hold(false);
        running.await.unwrap();
        assert_eq!(bench.status(id).await, MessageStatus::Accepted);
        let name = format!("sender:{}", bench.shop.channel);
        let other = bench.app.ids.next();
        assert!(!leases::is_taken(bench.app.db.read(), &name, other, bench.app.clock.now()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_paused_channel_keeps_its_queue() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let state = |state| channel::ActiveModel { state: Set(state), ..Default::default() };
        bench.set::<channel::Entity>(state(ChannelState::Paused)).await;
        let id = bench.queue(bench.customer(1).await, "1").await;
        let mut sender = bench.sender();
        sender.work().await;
        assert_eq!(bench.status(id).await, MessageStatus::Queued);
        bench.set::<channel::Entity>(state(ChannelState::Active)).await;
        sender.work().await;
        assert_eq!(bench.status(id).await, MessageStatus::Accepted);
    })
    .await;
}

#[tokio::test]
async fn the_rules_are_applied_again_before_the_call() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let id = bench.queue(bench.customer(1).await, "1").await;
        let blocked = contact::ActiveModel { blocked_at: Set(Some(app.clock.now())), ..Default::default() };
        bench.set::<contact::Entity>(blocked).await;
        bench.sender().work().await;
        assert_eq!(bench.status(id).await, MessageStatus::Failed);
        assert_eq!(bench.error(id).await.code, Some(130_403));

        let late = bench.queue(bench.customer(2).await, "2").await;
        bench.app.clock.advance(Duration::from_secs(24 * 3600));
        bench.sender().work().await;
        assert_eq!(bench.status(late).await, MessageStatus::Failed);
        assert_eq!(bench.error(late).await.code, Some(131_047));
        assert!(bench.graph.texts().is_empty());
        assert!(bench.outbox().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn speed_is_limited_per_number_and_per_customer() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let rate = |rate| channel::ActiveModel { messages_per_second: Set(rate), ..Default::default() };
        bench.set::<channel::Entity>(rate(2)).await;
        for number in 0..20 {
            bench.queue(bench.customer(number).await, "one").await;
        }
        let mut sender = bench.sender();
        let started = bench.app.clock.now();
        sender.work().await;
        let seconds = bench.app.clock.now().since(started).as_secs() as usize;
        let sent = bench.graph.texts().len();
        assert!((2..=2 * (seconds + 1)).contains(&sent), "{sent} in {seconds} s");
        bench.app.clock.advance(Duration::from_secs(1));
        sender.work().await;
        assert!(bench.graph.texts().len() >= sent + 2);

        bench.set::<channel::Entity>(rate(1000)).await;
        sender.work().await;
        let chatty = bench.customer(20).await;
        for _ in 0..60 {
            bench.queue(chatty, "many").await;
        }
        let started = bench.app.clock.now();
        sender.work().await;
        let paid = bench.app.clock.now().since(started).as_secs() as usize / 6;
        let sent = bench.graph.texts().len() - 20;
        assert!((45..=45 + paid).contains(&sent), "{sent} to one customer");
        bench.app.clock.advance(Duration::from_secs(6));
        sender.work().await;
        assert!(bench.graph.texts().len() - 20 > sent);
    })
    .await;
}

#[tokio::test]
async fn what_was_parked_for_a_message_is_applied_when_it_gets_its_name() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let id = bench.queue(bench.customer(1).await, "1").await;
        let parked = message_update::Model {
            id: app.ids.next(),
            channel_id: bench.shop.channel,
            wamid: "wamid.1".to_owned(),
            effect: "status:delivered:".to_owned(),
            payload: r#"{"change":"status","status":"delivered","at":5000}"#.to_owned(),
            occurred_at: entities::Timestamp(5000),
            message_id: None,
            created_at: app.clock.now(),
        };
        app.db
            .write(Priority::Interactive, move |tx| {
                let row = parked.clone().into_active_model();
                Box::pin(async move {
                    message_update::Entity::insert(row).exec_without_returning(tx.conn()).await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        bench.sender().work().await;
        let message = bench.message(id).await;
        assert_eq!(message.status, Some(MessageStatus::Delivered));
        assert_eq!(message.delivered_at, Some(entities::Timestamp(5000)));
        assert!(message.accepted_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn another_node_takes_over_and_a_late_answer_still_counts() {
    for_each_store(async |app| {
        if app.db.backend() == DbBackend::Sqlite {
            return;
        }
        let bench = Bench::new(&app).await;
        let other = node(&app, &bench.graph).await;
        let customer = bench.customer(1).await;
        bench.graph.hold(true);
        let (slow, next) = (bench.queue(customer, "1").await, bench.queue(customer, "2").await);
        let mut first = bench.sender();
        first.begin().await;
        bench.graph.arrived(1).await;

        let mut second = ChannelSender::new(other, bench.shop.channel);
        second.begin().await;
        assert_eq!(bench.status(slow).await, MessageStatus::Sending);
        bench.app.clock.advance(Duration::from_secs(11));
        second.begin().await;
        bench.graph.arrived(2).await;
        assert_eq!(bench.status(slow).await, MessageStatus::Unknown);

        bench.graph.hold(false);
        second.work().await;
        first.work().await;
        assert_eq!(bench.status(slow).await, MessageStatus::Accepted);
        assert_eq!(bench.status(next).await, MessageStatus::Accepted);
        assert_eq!(bench.graph.texts(), ["1", "2"]);
        assert!(bench.outbox().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn all_nodes_together_send_each_message_once() {
    for_each_store(async |app| {
        let bench = Bench::new(&app).await;
        let mut nodes = vec![bench.app.clone()];
        if app.db.backend() == DbBackend::Postgres {
            nodes.push(node(&app, &bench.graph).await);
        }
        let stop = CancellationToken::new();
        let running: Vec<_> = nodes.into_iter().map(|node| tokio::spawn(run(node, stop.clone()))).collect();
        let mut ids = Vec::new();
        for number in 0..10 {
            let customer = bench.customer(number).await;
            for _ in 0..6 {
                ids.push(bench.queue(customer, "hola").await);
            }
        }
        bench.graph.arrived(ids.len()).await;
        stop.cancel();
        for running in running {
            running.await.unwrap();
        }
        let mut sent: Vec<_> =
            bench.graph.sends().iter().map(|s| s["biz_opaque_callback_data"].clone()).collect();
        sent.sort_unstable_by_key(ToString::to_string);
        sent.dedup();
        assert_eq!((sent.len(), bench.graph.sends().len()), (60, 60));
        for id in ids {
            assert_eq!(bench.status(id).await, MessageStatus::Accepted);
        }
    })
    .await;
}
