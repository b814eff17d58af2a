use super::*;
use crate::auth::Viewer;
use crate::services::receive::{Parsed, apply};
use crate::store::{Priority, receipts, templates as store};
use crate::testing::{Shop, for_each_store};
use entities::{TemplateChangeSource, TemplateProperty, template_change};
use providers::meta::{ListedTemplate, Verified};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

const ACCOUNT: &str = "100000000000002";
const ALL: receipts::Portion = receipts::Portion { bodies: 100, bytes: 1 << 20 };

fn listed(name: &str, change: Value) -> ListedTemplate {
    let mut one = json!({
        "id": format!("1{}", name.len()), "name": name, "language": "es", "status": "APPROVED", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Hola" }],
    });
    for (key, value) in change.as_object().into_iter().flatten() {
        one[key] = value.clone();
    }
    serde_json::from_value(one).unwrap()
}

async fn rows(app: &App) -> Vec<entities::template::Model> {
    template::Entity::find().order_by_asc(template::Column::Name).all(app.db.read()).await.unwrap()
}

async fn history(app: &App) -> Vec<template_change::Model> {
    let query = template_change::Entity::find().order_by_asc(template_change::Column::Id);
    query.all(app.db.read()).await.unwrap()
}

async fn webhook(app: &App, field: &str, mut value: Value) {
    value["message_template_id"] = json!(4711);
    value["message_template_name"] = json!("sale");
    value["message_template_language"] = json!("es");
    let seconds = app.clock.now().millis() / 1000;
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": ACCOUNT, "time": seconds,
        "changes": [{ "field": field, "value": value }] }] });
    app.receipts.store(Verified::from_store(body.to_string().into_bytes().into()), None).await.unwrap();
    let waiting = receipts::pending(app.db.read(), &[], ALL).await.unwrap();
    apply(app, waiting.into_iter().map(Parsed::new).collect()).await.unwrap();
}

/// Applies a listing as [`templates_sync`] does, without asking anybody.
async fn apply_listing(app: &App, listing: Vec<ListedTemplate>) -> SyncReport {
    let began = app.clock.now();
    let ids = app.ids.clone();
    app.db
        .write(Priority::Background, move |tx| {
            let (listing, ids) = (listing.clone(), ids.clone());
            Box::pin(async move {
                let mut book = Book::new(store::lock_account(tx, ACCOUNT, None).await?);
                let report = sync::compare(&mut book, &ids, ACCOUNT, &listing, began, tx.now());
                book.save(tx, &ids).await?;
                Ok(report)
            })
        })
        .await
        .unwrap()
}

fn tick(app: &App) {
    app.clock.advance(std::time::Duration::from_secs(2));
}

#[tokio::test]
async fn a_listing_creates_updates_removes_and_revives() {
    for_each_store(async |app| {
        let (a, b) = (listed("a", json!({})), listed("bb", json!({})));
        let report = apply_listing(&app, vec![a.clone(), b.clone()]).await;
        assert_eq!(report, SyncReport { created: 2, ..SyncReport::default() });
        tick(&app);
        let paused = listed("a", json!({ "status": "PAUSED" }));
        let report = apply_listing(&app, vec![paused.clone()]).await;
        assert_eq!(report, SyncReport { updated: 1, removed: 1, ..SyncReport::default() });
        tick(&app);
        let report = apply_listing(&app, vec![paused, b]).await;
        assert_eq!(report, SyncReport { updated: 1, unchanged: 1, ..SyncReport::default() });
        let rows = rows(&app).await;
        assert!(rows.iter().all(|row| row.deleted_at.is_none() && !row.needs_sync));
        let of_b: Vec<_> =
            history(&app).await.into_iter().filter(|one| one.template_id == rows[1].id).collect();
        let states: Vec<_> =
            of_b.iter().map(|one| (one.old_value.as_deref(), one.new_value.as_deref())).collect();
        let (approved, deleted) = (Some("APPROVED"), Some("DELETED"));
        assert_eq!(states, [(None, approved), (approved, deleted), (deleted, approved)]);
        assert!(of_b.iter().all(|one| one.source == TemplateChangeSource::Sync));
    })
    .await;
}

#[tokio::test]
async fn what_a_webhook_told_meanwhile_is_newer_than_the_listing() {
    for_each_store(async |app| {
        Shop::open(&app).await;
        let stale = listed("sale", json!({ "id": "4711", "status": "PENDING" }));
        let began = app.clock.now();
        tick(&app);
        webhook(&app, "message_template_status_update", json!({ "event": "APPROVED", "reason": "NONE" }))
            .await;
        let mut book = Book::new(rows(&app).await);
        let report = sync::compare(&mut book, &app.ids, ACCOUNT, &[stale], began, app.clock.now());
        assert_eq!(report, SyncReport { unchanged: 1, ..SyncReport::default() });
    })
    .await;
}

#[tokio::test]
async fn webhooks_are_applied_with_their_history() {
    for_each_store(async |app| {
        Shop::open(&app).await;
        webhook(&app, "message_template_quality_update", json!({ "new_quality_score": "YELLOW" })).await;
        let row = rows(&app).await.pop().unwrap();
        assert_eq!((row.status.as_str(), row.needs_sync), ("UNKNOWN", true), "begun with what is known");
        tick(&app);
        let approved =
            json!({ "event": "APPROVED", "reason": "NONE", "message_template_category": "UTILITY" });
        webhook(&app, "message_template_status_update", approved.clone()).await;
        webhook(&app, "message_template_status_update", approved).await;
        tick(&app);
        let announced = json!({ "correct_category": "MARKETING", "new_category": "UTILITY" });
        webhook(&app, "template_category_update", announced).await;
        tick(&app);
        let moved = json!({ "previous_category": "UTILITY", "new_category": "MARKETING" });
        webhook(&app, "template_category_update", moved).await;
        tick(&app);
        webhook(&app, "message_template_components_update", json!({ "message_template_element": "Hi" }))
            .await;
        let row = rows(&app).await.pop().unwrap();
        assert_eq!((row.provider_id.as_str(), row.status.as_str()), ("4711", "APPROVED"));
        assert_eq!((row.category.as_deref(), row.quality.as_deref()), (Some("MARKETING"), Some("YELLOW")));
        assert!(row.category_change_at.is_some() && row.correct_category.is_none());
        let properties: Vec<_> = history(&app).await.iter().map(|one| one.property).collect();
        use TemplateProperty::{Category, Content, CorrectCategory, Quality, Status};
        assert_eq!(properties, [Quality, Status, CorrectCategory, Category, Content]);
        let kinds = entities::event::Entity::find().all(app.db.read()).await.unwrap();
        let told = kinds.iter().filter(|event| event.kind == entities::EventKind::TemplateUpdated);
        assert_eq!(told.count(), 5);
    })
    .await;
}

#[tokio::test]
async fn changes_need_a_permission_and_a_valid_template() {
    for_each_store(async |app| {
        Shop::open(&app).await;
        let nobody = Viewer::new(crate::auth::Caller::System, vec![]);
        let synced = templates_sync(&app, &nobody).await;
        assert!(matches!(synced, Err(TemplateError::Error(crate::Error::Forbidden(_)))));
        let template = providers::template::NewTemplate {
            name: "Sale".to_owned(),
            language: "es".to_owned(),
            category: "MARKETING".to_owned(),
            definition: Definition::read(&json!([{ "type": "BODY", "text": "Hola a todos" }]), None),
        };
        let input = TemplateCreate { channel_id: None, template, samples: Vec::new() };
        let TemplateError::Refused(refusals) =
            template_create(&app, &Viewer::system(), input.clone()).await.unwrap_err()
        else {
            panic!("refused")
        };
        assert_eq!(refusals[0].field, ["name"]);
        let mut input = input;
        "sale".clone_into(&mut input.template.name);
        let TemplateError::Refused(refusals) =
            template_create(&app, &Viewer::system(), input).await.unwrap_err()
        else {
            panic!("refused")
        };
        assert_eq!(refusals[0].code, TemplateRefusalCode::ChannelNotFound, "the channel has no account");
        assert_eq!(rows(&app).await, []);
    })
    .await;
}
