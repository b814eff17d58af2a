//! Webhooks that are applied once more.

use super::*;
use crate::auth::{Caller, Permission, RefusalCode, Viewer};
use crate::domain::effects::Effects;
use crate::error::Error;
use crate::services::receive::{Replay, webhook_receipt_replay};
use crate::store::erasures;
use entities::WebhookEffectKind::{
    ContactCreated, ConversationOpened, MessageAdded, StatusRecorded, UpdateAnnounced,
};
use entities::{AuditAction, WebhookReceiptId, audit_entry};
use std::collections::BTreeMap;

const PHONE: &str = "34600111222";

fn administrator() -> Viewer {
    Viewer::new(Caller::System, vec![Permission::Administer])
}

async fn newest(app: &App) -> webhook_receipt::Model {
    let newest = webhook_receipt::Entity::find().order_by_desc(webhook_receipt::Column::Id);
    newest.one(app.db.read()).await.unwrap().expect("a receipt")
}

async fn replay(app: &App, id: WebhookReceiptId, dry_run: bool) -> Replay {
    webhook_receipt_replay(app, &administrator(), id, dry_run).await.unwrap()
}

async fn messages(app: &App) -> u64 {
    message::Entity::find().count(app.db.read()).await.unwrap()
}

fn kinds(effects: &Effects) -> BTreeMap<&'static str, i32> {
    effects.iter().map(|(kind, count)| (kind.as_str(), count)).collect()
}

fn first_message() -> BTreeMap<&'static str, i32> {
    [MessageAdded, ContactCreated, ConversationOpened].map(|kind| (kind.as_str(), 1)).into()
}

#[tokio::test]
async fn a_receipt_says_what_it_changed() {
    for_each_store(async |app| {
        prepare(&app).await;
        let changed = async |body: Value| {
            deliver(&app, &[body]).await;
            let row = newest(&app).await;
            assert_eq!(row.state, ReceiptState::Applied);
            kinds(&Effects::from_json(row.report.as_deref()))
        };
        assert_eq!(changed(text(PHONE, "wamid.1", 100, "Hola")).await, first_message());
        assert_eq!(changed(text(PHONE, "wamid.1", 100, "Hola")).await, [].into(), "again");
        assert_eq!(changed(text(PHONE, "wamid.2", 101, "?")).await, [(MessageAdded.as_str(), 1)].into());
        assert_eq!(changed(status("wamid.9", "read", 102)).await, [(StatusRecorded.as_str(), 1)].into());
        let alert = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "time": 103, "changes": [
            { "field": "account_alerts", "value": { "alert_type": "OBA" } } ] }] });
        assert_eq!(changed(alert).await, [(UpdateAnnounced.as_str(), 1)].into());
    })
    .await;
}

#[tokio::test]
async fn a_failed_webhook_is_tried_dry_and_then_applied_once() {
    for_each_store(async |app| {
        deliver(&app, &[text(PHONE, "wamid.1", 100, "Hola")]).await;
        let failed = newest(&app).await;
        assert_eq!((failed.state, failed.attempts), (ReceiptState::Failed, 1), "no such number yet");
        let still = replay(&app, failed.id, true).await;
        assert!(still.problem.unwrap_or_default().contains("no channel has the phone number id"));

        prepare(&app).await;
        for _ in 0..2 {
            let dry = replay(&app, failed.id, true).await;
            assert_eq!((dry.state, kinds(&dry.effects)), (ReceiptState::Applied, first_message()));
            assert_eq!(dry.problem, None);
            assert_eq!((messages(&app).await, newest(&app).await), (0, failed.clone()), "nothing is kept");
        }
        let events = crate::store::events::head(app.db.read()).await.unwrap();

        let real = replay(&app, failed.id, false).await;
        assert_eq!((real.state, kinds(&real.effects)), (ReceiptState::Applied, first_message()));
        let row = newest(&app).await;
        assert_eq!((row.state, row.attempts, row.error), (ReceiptState::Applied, 2, None));
        assert_eq!(messages(&app).await, 1);
        assert!(crate::store::events::head(app.db.read()).await.unwrap() > events);

        let again = replay(&app, failed.id, false).await;
        assert_eq!((again.state, kinds(&again.effects)), (ReceiptState::Applied, [].into()));
        let row = newest(&app).await;
        assert_eq!(kinds(&Effects::from_json(row.report.as_deref())), first_message(), "what it ever did");
        assert_eq!((messages(&app).await, row.attempts), (1, 3));
        let audited = audit_entry::Entity::find().all(app.db.read()).await.unwrap();
        let told: Vec<_> = audited.iter().map(|entry| (entry.action, entry.subject_id)).collect();
        assert_eq!(told, [(AuditAction::WebhookReceiptReplayed, failed.id.0); 2], "dry runs are not");
    })
    .await;
}

#[tokio::test]
async fn what_waits_or_was_erased_is_not_replayed() {
    for_each_store(async |app| {
        prepare(&app).await;
        deliver_raw(&app, text(PHONE, "wamid.1", 100, "Hola").to_string().into()).await;
        let waiting = newest(&app).await.id;
        let refused = async |viewer: &Viewer| match webhook_receipt_replay(&app, viewer, waiting, false).await
        {
            Err(Error::Refused(refusal)) => refusal.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&administrator()).await, RefusalCode::WebhookReceiptWaiting);
        assert_eq!(kinds(&replay(&app, waiting, true).await.effects), first_message(), "but it may be tried");
        apply(&app).await;
        app.db
            .write(Priority::Interactive, move |tx| {
                Box::pin(async move { erasures::empty_receipts(tx.conn(), vec![waiting]).await })
            })
            .await
            .unwrap();
        assert_eq!(refused(&administrator()).await, RefusalCode::WebhookReceiptErased);

        let nobody = Viewer::new(Caller::System, vec![Permission::ReadAll]);
        let forbidden = webhook_receipt_replay(&app, &nobody, waiting, true).await;
        assert!(matches!(forbidden, Err(Error::Forbidden(Permission::Administer))), "{forbidden:?}");
        let unknown = webhook_receipt_replay(&app, &administrator(), app.ids.next(), true).await;
        assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
    })
    .await;
}
