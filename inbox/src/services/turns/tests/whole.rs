//! Of an answer of several messages the customer gets all or none.

use super::*;
use crate::services::turns::commit::{self, Done};
use crate::services::turns::engine;
use crate::store::idempotency;
use entities::idempotency_key;
use sea_orm::IntoActiveModel;

/// Another request has taken the key of the second message of this run.
async fn take_the_second_key(app: &App, run: &assistant_run::Model) {
    let row = idempotency_key::Model {
        scope: Viewer::assistant(run.assistant_id).scope(),
        key: format!("run-{}-1", run.id),
        request_hash: "another".to_owned(),
        message_id: run.last_message_id,
        created_at: app.clock.now(),
    };
    app.db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone().into_active_model();
            Box::pin(async move { idempotency::insert(tx.conn(), row).await })
        })
        .await
        .unwrap();
}

async fn people_have_it(house: &House) {
    assert_eq!(house.said().await, [""; 0], "the first message is not sent without the second");
    assert_eq!(house.handed_off().await, [Reason::NotDelivered.name()]);
    assert_eq!(house.states().await, [RunState::HandedOff]);
    assert!(house.runs().await[0].reason.is_some());
    let queued = entities::outbox::Entity::find().count(house.app.db.read()).await.unwrap();
    assert_eq!((queued, house.turns().await), (0, 0));
}

#[tokio::test]
async fn nothing_is_queued_when_one_message_cannot_be_prepared() {
    for_each_store(async |app| {
        let house = House::open(&app, Vec::new()).await;
        let both =
            Step::calls([("send_text", json!({ "body": "Uno" })), ("send_text", json!({ "body": "Dos" }))]);
        let taken = house.app.clone();
        house.model.push(both.after(async move {
            let run = assistant_run::Entity::find().one(taken.db.read()).await.unwrap().unwrap();
            take_the_second_key(&taken, &run).await;
        }));
        house.wrote("hola").await;
        house.work().await;
        people_have_it(&house).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_queued_when_one_message_is_refused_at_the_last_moment() {
    for_each_store(async |app| {
        let house = House::open(&app, Vec::new()).await;
        house.wrote("hola").await;
        house.app.clock.advance(SECOND * 5);
        let claim = claim(&house.app, 1).await.unwrap().pop().unwrap();
        let conversation = house.conversation().await;
        let assistant =
            assistants::get(app.db.read(), conversation.assistant_id.unwrap()).await.unwrap().unwrap();
        let run = engine::begin(&house.app, &claim, &conversation, &assistant).await.unwrap();
        let contents =
            ["Uno", "Dos"].map(|body| Content::Text(Text { body: body.to_owned(), preview_url: false }));
        let ready = engine::prepared(&house.app, conversation.id, assistant.id, &run, contents.to_vec())
            .await
            .unwrap();
        assert_eq!(ready.as_ref().map(Vec::len).ok(), Some(2));
        take_the_second_key(&house.app, &run).await;
        let done = Done { run, ready, hand_off: None, state: RunState::Answered };
        let held = Arc::new((house.app.clone(), claim, done));
        let finished = house.app.db.write(Priority::Background, move |tx| {
            let held = Arc::clone(&held);
            Box::pin(async move { commit::finish(tx, &held.0, &held.1, &held.2).await })
        });
        finished.await.unwrap();
        people_have_it(&house).await;
    })
    .await;
}
