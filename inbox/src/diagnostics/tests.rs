use super::*;
use crate::store::{Priority, receipts};
use crate::testing::for_each_store;
use entities::{ReceiptState, Timestamp, WebhookReceiptId, webhook_receipt};
use sea_orm::ActiveValue::Set;
use std::time::Duration;

fn state(checks: &[Check], name: &str) -> State {
    checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no check {name}")).state
}

#[tokio::test]
async fn every_check_that_did_not_pass_says_what_to_do() {
    for_each_store(async |app| {
        for check in run(&app).await {
            assert_eq!(check.advice.is_none(), check.state == State::Passed, "{check:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_webhook_that_nobody_applies_is_found() {
    for_each_store(async |app| {
        assert_eq!(state(&run(&app).await, "webhooks"), State::Warning, "none came yet");
        let (id, now) = (app.ids.next(), app.clock.now());
        app.db
            .write(Priority::Interactive, move |tx| {
                Box::pin(async move { receipts::insert(tx.conn(), vec![waiting(id, now)]).await })
            })
            .await
            .unwrap();
        assert_eq!(state(&run(&app).await, "webhooks"), State::Passed, "one came just now");
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(state(&run(&app).await, "webhooks"), State::Failed, "and nobody applies it");
    })
    .await;
}

fn waiting(id: WebhookReceiptId, received_at: Timestamp) -> webhook_receipt::ActiveModel {
    webhook_receipt::ActiveModel {
        id: Set(id),
        received_at: Set(received_at),
        channel_id: Set(None),
        state: Set(ReceiptState::Received),
        attempts: Set(0),
        effects: Set(0),
        report: Set(None),
        fields: Set(None),
        error: Set(None),
        body: Set(b"{}".to_vec()),
    }
}

#[tokio::test]
async fn ids_that_were_entered_twice_are_named() {
    for_each_store(async |app| {
        let mut whatsapp = app.config.whatsapp.clone();
        whatsapp.phone_number_id = whatsapp.app_id.clone();
        let found = checks::ids(&whatsapp);
        let states: Vec<State> = found.iter().map(|check| check.state).collect();
        assert_eq!(states, [State::Failed, State::Passed, State::Failed]);
        assert!(found[0].seen.ends_with(", the same as phoneNumberId"), "{}", found[0].seen);
    })
    .await;
}

#[test]
fn ages() {
    let cases = [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (259_200, "3 d")];
    for (seconds, text) in cases {
        let now = Timestamp::default().plus(Duration::from_secs(seconds));
        assert_eq!(checks::age(now, Timestamp::default()), text);
    }
}

#[test]
fn metas_codes_are_told_apart() {
    let cause = |code| checks::refused("accessToken", 400, code).advice.unwrap().cause;
    assert!(cause(190).contains("expired"));
    assert!(cause(100).contains("no such number"));
    assert!(cause(200).contains("permission"));
    assert!(cause(4).contains("another reason"));
}
