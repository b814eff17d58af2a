//! Marketing that the provider refuses is kept back.

use super::bench::Bench;
use super::fake_graph::Reply;
use crate::auth::Permission;
use crate::domain::marketing::HOLD;
use crate::services::receive::{Parsed, apply};
use crate::services::send::draft::TemplateDraft;
use crate::services::send::{Draft, RefusalCode, SendError, SendInput, SendTarget, message_send};
use crate::store::{Priority, receipts};
use crate::testing::{Customer, for_each_store};
use entities::{MessageId, MessageStatus, TemplateId, channel, template};
use providers::meta::Verified;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::json;
use std::time::Duration;

const ACCOUNT: &str = "100000000000002";

/// An approved template of this category.
async fn template(bench: &Bench, category: &str) -> TemplateId {
    let now = bench.app.clock.now();
    let row = template::Model {
        id: bench.app.ids.next(),
        business_account_id: ACCOUNT.to_owned(),
        provider_id: category.len().to_string(),
        name: category.to_lowercase(),
        language: "es".to_owned(),
        status: "APPROVED".to_owned(),
        status_reason: None,
        status_at: None,
        category: Some(category.to_owned()),
        previous_category: None,
        correct_category: None,
        category_change_at: None,
        quality: None,
        parameter_format: None,
        components: r#"[{"type":"BODY","text":"Hola"}]"#.to_owned(),
        needs_sync: false,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let id = row.id;
    bench
        .app
        .db
        .write(Priority::Interactive, move |tx| {
            let row = row.clone();
            Box::pin(async move {
                row.into_active_model().reset_all().insert(tx.conn()).await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    id
}

struct Shop {
    bench: Bench,
    marketing: TemplateId,
    utility: TemplateId,
}

impl Shop {
    async fn open(app: &crate::App) -> Self {
        let bench = Bench::new(app).await;
        let account =
            channel::ActiveModel { business_account_id: Set(Some(ACCOUNT.to_owned())), ..Default::default() };
        bench.set::<channel::Entity>(account).await;
        let (marketing, utility) = (template(&bench, "MARKETING").await, template(&bench, "UTILITY").await);
        Self { bench, marketing, utility }
    }

    async fn send(&self, customer: Customer, template: TemplateId) -> Result<MessageId, SendError> {
        let input = SendInput {
            target: SendTarget::Conversation(customer.conversation),
            draft: Draft::Template(TemplateDraft { template, variables: Vec::new() }),
            reply_to: None,
            idempotency_key: uuid::Uuid::new_v4().to_string(),
        };
        let viewer = self.bench.shop.agent(&[Permission::ReadOwn, Permission::Send]);
        message_send(&self.bench.app, &viewer, input).await.map(|message| message.id)
    }

    async fn is_held(&self, customer: Customer) -> bool {
        match self.send(customer, self.marketing).await {
            Ok(_) => false,
            Err(SendError::Refused(refusals)) => {
                assert_eq!(refusals[0].code, RefusalCode::MarketingHeld, "{refusals:?}");
                true
            }
            Err(error) => panic!("{error}"),
        }
    }

    async fn failed(&self, id: MessageId, wamid: &str, code: i64) {
        let seconds = (self.bench.app.clock.now().millis() / 1000).to_string();
        let status = json!({ "id": wamid, "status": "failed", "timestamp": seconds, "recipient_id": "34600000001",
            "biz_opaque_callback_data": id.to_string(), "errors": [{ "code": code, "title": "no" }] });
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": ACCOUNT, "changes": [{
            "field": "messages", "value": { "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": "1", "phone_number_id": "100000000000003" },
                "statuses": [status] } }] }] });
        let app = &self.bench.app;
        app.receipts.store(Verified::from_store(body.to_string().into_bytes().into()), None).await.unwrap();
        let all = receipts::Portion { bodies: 100, bytes: 1 << 20 };
        let waiting = receipts::pending(app.db.read(), &[], all).await.unwrap();
        apply(app, waiting.into_iter().map(Parsed::new).collect()).await.unwrap();
    }
}

#[tokio::test]
async fn who_got_enough_of_it_gets_none_for_a_day() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (one, other) = (shop.bench.customer(1).await, shop.bench.customer(2).await);
        let first = shop.send(one, shop.marketing).await.unwrap();
        let second = shop.send(one, shop.marketing).await.unwrap();
        let service = shop.send(one, shop.utility).await.unwrap();
        shop.bench.graph.answer(&[Reply::Error(131_049)]);
        shop.bench.sender().work().await;
        // The second was queued before anybody knew; it costs no call.
        for id in [first, second] {
            assert_eq!(shop.bench.status(id).await, MessageStatus::Failed);
            assert_eq!(shop.bench.error(id).await.code, Some(131_049));
        }
        assert_eq!(shop.bench.status(service).await, MessageStatus::Accepted);
        assert_eq!(shop.bench.graph.sends().len(), 2);
        assert!(shop.is_held(one).await && !shop.is_held(other).await);
        shop.send(one, shop.utility).await.unwrap();

        shop.bench.app.clock.advance(HOLD - Duration::from_secs(60));
        assert!(shop.is_held(one).await);
        shop.bench.app.clock.advance(Duration::from_secs(61));
        assert!(!shop.is_held(one).await);
    })
    .await;
}

#[tokio::test]
async fn a_reported_number_sends_no_marketing_and_everything_else() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (one, other) = (shop.bench.customer(1).await, shop.bench.customer(2).await);
        shop.send(one, shop.marketing).await.unwrap();
        shop.bench.graph.answer(&[Reply::Error(131_048)]);
        shop.bench.sender().work().await;
        assert!(shop.is_held(one).await && shop.is_held(other).await);
        shop.send(other, shop.utility).await.unwrap();
        shop.bench.queue(other, "hola").await;
    })
    .await;
}

#[tokio::test]
async fn a_late_refusal_holds_from_when_it_happened() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let (one, other) = (shop.bench.customer(1).await, shop.bench.customer(2).await);
        let id = shop.send(one, shop.marketing).await.unwrap();
        let service = shop.bench.queue(other, "hola").await;
        shop.bench.sender().work().await;
        let wamid = shop.bench.message(id).await.wamid.unwrap();
        shop.failed(id, &wamid, 131_049).await;
        assert_eq!(shop.bench.status(id).await, MessageStatus::Failed);
        assert!(shop.is_held(one).await && !shop.is_held(other).await);
        // Of a message that is no template it says nothing about marketing.
        let wamid = shop.bench.message(service).await.wamid.unwrap();
        shop.failed(service, &wamid, 131_048).await;
        assert!(!shop.is_held(other).await);
    })
    .await;
}
