//! What goes and what stays.

use super::*;
use crate::clock::Ids;
use crate::events::Feed;
use crate::store::db::NewEvent;
use crate::store::{Tx, events};
use crate::testing::{Shop, for_each_store};
use entities::{
    EventKind, JobCause, JobName, JobState, MessageId, ReceiptState, RunState, RunStepKind, Timestamp,
    assistant_run, assistant_run_step, event, idempotency_key, inbox_notification, job_run, provider_update,
    webhook_receipt,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const STATES: [ReceiptState; 4] =
    [ReceiptState::Received, ReceiptState::Applied, ReceiptState::Failed, ReceiptState::Ignored];

fn receipt(ids: &Ids, state: ReceiptState, now: Timestamp) -> webhook_receipt::Model {
    webhook_receipt::Model {
        id: ids.next(),
        received_at: now,
        channel_id: None,
        state,
        attempts: 0,
        effects: 0,
        report: None,
        fields: None,
        error: None,
        body: b"{}".to_vec(),
    }
}

fn run_of(ids: &Ids, job: JobName, finished: bool, now: Timestamp) -> job_run::Model {
    job_run::Model {
        id: ids.next(),
        job,
        slot: now,
        cause: JobCause::Schedule,
        actor_kind: None,
        actor_id: None,
        state: if finished { JobState::Succeeded } else { JobState::Running },
        attempts: 1,
        claimed_by: None,
        claimed_until: now,
        started_at: now,
        finished_at: finished.then_some(now),
        report: None,
        error: None,
    }
}

/// One of each thing, as of now.
async fn fill(tx: &Tx, ids: &Ids, shop: Shop) -> Result<()> {
    let now = tx.now();
    for state in STATES {
        receipt(ids, state, now).into_active_model().reset_all().insert(tx.conn()).await?;
    }
    let unfinished = run_of(ids, JobName::SyncTemplates, false, now);
    for run in [run_of(ids, JobName::Retention, true, now), unfinished] {
        run.into_active_model().reset_all().insert(tx.conn()).await?;
    }
    let update = provider_update::Model {
        id: ids.next(),
        content_hash: ids.next::<uuid::Uuid>().to_string(),
        receipt_id: ids.next(),
        channel_id: None,
        entry_id: String::new(),
        field: "account_update".to_owned(),
        value: "{}".to_owned(),
        occurred_at: now,
    };
    update.into_active_model().reset_all().insert(tx.conn()).await?;
    let key = idempotency_key::Model {
        scope: "system".to_owned(),
        key: ids.next::<uuid::Uuid>().to_string(),
        request_hash: String::new(),
        message_id: ids.next::<MessageId>(),
        created_at: now,
    };
    key.into_active_model().reset_all().insert(tx.conn()).await?;
    let notification = inbox_notification::Model {
        id: ids.next(),
        user_id: shop.owner,
        unread_messages: 1,
        unread_conversations: 1,
        new_messages: 1,
        conversations: "[]".to_owned(),
        created_at: now,
    };
    notification.into_active_model().reset_all().insert(tx.conn()).await?;
    tx.emit(NewEvent::new(EventKind::ContactUpdated));
    Ok(())
}

async fn fill_now(app: &App, shop: Shop) {
    let ids = app.ids.clone();
    app.db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move { fill(tx, &ids, shop).await })
        })
        .await
        .unwrap();
}

/// How many there are: receipts, runs, announcements, keys, notifications, events.
async fn counts(app: &App) -> [u64; 6] {
    async fn count<E: EntityTrait, C: ConnectionTrait>(db: &C) -> u64
    where
        E::Model: Send + Sync,
    {
        E::find().count(db).await.unwrap()
    }
    let db = app.db.read();
    [
        count::<webhook_receipt::Entity, _>(db).await,
        count::<job_run::Entity, _>(db).await,
        count::<provider_update::Entity, _>(db).await,
        count::<idempotency_key::Entity, _>(db).await,
        count::<inbox_notification::Entity, _>(db).await,
        count::<event::Entity, _>(db).await,
    ]
}

#[tokio::test]
async fn what_is_old_goes_and_what_somebody_needs_stays() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        fill_now(&app, shop).await;
        assert_eq!(counts(&app).await, [4, 2, 1, 1, 1, 1]);
        run(&app).await.unwrap();
        assert_eq!(counts(&app).await, [4, 2, 1, 1, 1, 1], "nothing is old");

        app.clock.advance(DAY * 8);
        let report = run(&app).await.unwrap();
        assert_eq!(counts(&app).await, [4, 2, 1, 0, 1, 1], "keys go after a week");
        let keys = report.entries().find(|(name, _)| *name == "idempotencyKeys");
        assert_eq!(keys, Some(("idempotencyKeys", "1".to_owned())));

        app.clock.advance(DAY * 23);
        fill_now(&app, shop).await;
        run(&app).await.unwrap();
        // Of the old receipts those that wait and that failed; of the log the new event.
        assert_eq!(counts(&app).await, [4 + 2, 4, 2, 1, 1, 1]);
        let states: Vec<ReceiptState> = webhook_receipt::Entity::find()
            .order_by_asc(webhook_receipt::Column::Id)
            .all(app.db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.state)
            .collect();
        assert_eq!(states[..2], [ReceiptState::Received, ReceiptState::Failed]);
        assert_eq!(states[2..], STATES);

        app.clock.advance(DAY * 400);
        run(&app).await.unwrap();
        // What is under way stays, and of what has ended the newest of each job; the log keeps its newest place.
        assert_eq!(counts(&app).await, [4, 3, 0, 0, 0, 1]);
        let log = events::after(app.db.read(), 0, 10).await.unwrap();
        assert_eq!(log[0].seq, events::head(app.db.read()).await.unwrap());
    })
    .await;
}

/// A run of an assistant that asked its model twice.
async fn think(app: &App, shop: Shop, phone: &str) {
    let customer = shop.customer(app, phone).await;
    let ids = app.ids.clone();
    app.db
        .write(Priority::Interactive, move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                let run = assistant_run::Model {
                    id: ids.next(),
                    conversation_id: customer.conversation,
                    assistant_id: ids.next(),
                    assistant_version: 1,
                    model: "m".to_owned(),
                    state: RunState::Answered,
                    last_message_id: ids.next(),
                    control_epoch: 0,
                    attempt: 1,
                    reason: None,
                    input_tokens: 20,
                    output_tokens: 10,
                    cost_micros: Some(7),
                    currency: None,
                    rating: None,
                    rating_note: None,
                    rated_by: None,
                    started_at: tx.now(),
                    finished_at: Some(tx.now()),
                };
                let run_id = run.id;
                run.into_active_model().reset_all().insert(tx.conn()).await?;
                for number in 1..=2 {
                    let step = assistant_run_step::Model {
                        id: ids.next(),
                        run_id,
                        number,
                        kind: RunStepKind::Model,
                        name: None,
                        input: None,
                        output: Some("what a customer wrote".to_owned()),
                        input_tokens: 10,
                        output_tokens: 5,
                        duration_ms: 1,
                        created_at: tx.now(),
                    };
                    step.into_active_model().reset_all().insert(tx.conn()).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn what_assistants_did_goes_and_what_it_cost_stays() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        think(&app, shop, "34600000001").await;
        app.clock.advance(DAY * 29);
        think(&app, shop, "34600000002").await;
        run(&app).await.unwrap();
        let steps = async || assistant_run_step::Entity::find().count(app.db.read()).await.unwrap();
        assert_eq!(steps().await, 4, "nothing is old");
        app.clock.advance(DAY * 2);
        let report = run(&app).await.unwrap();
        let told = report.entries().find(|(name, _)| *name == "assistantRunSteps");
        assert_eq!((told, steps().await), (Some(("assistantRunSteps", "2".to_owned())), 2));
        let runs = assistant_run::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(runs.iter().filter_map(|run| run.cost_micros).collect::<Vec<_>>(), [7, 7]);
    })
    .await;
}

#[tokio::test]
async fn who_was_away_for_longer_than_the_log_reaches_back_is_told_so() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        for _ in 0..3 {
            fill_now(&app, shop).await;
        }
        app.clock.advance(DAY * 40);
        run(&app).await.unwrap();
        for (cursor, resync) in [(0, true), (1, true), (2, false)] {
            let mut feed = app.events.subscribe(Some(cursor));
            let first = feed.next().await.unwrap();
            assert_eq!(matches!(first, Feed::Resync { head: 3 }), resync, "after {cursor}: {first:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn more_than_a_portion_goes_at_once() {
    for_each_store(async |app| {
        let ids = app.ids.clone();
        let many = i64::try_from(PORTION).unwrap() + 10;
        app.db
            .write(Priority::Interactive, move |tx| {
                let ids = ids.clone();
                Box::pin(async move {
                    for _ in 0..many {
                        receipt(&ids, ReceiptState::Applied, tx.now())
                            .into_active_model()
                            .reset_all()
                            .insert(tx.conn())
                            .await?;
                        tx.emit(NewEvent::new(EventKind::ContactUpdated));
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        app.clock.advance(DAY * 31);
        run(&app).await.unwrap();
        assert_eq!(counts(&app).await, [0, 0, 0, 0, 0, 1]);
    })
    .await;
}
