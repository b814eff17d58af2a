//! On both stores.

use super::*;
use crate::testing::{Shop, for_each_store};
use entities::audit_entry;
use sea_orm::{EntityTrait, QueryOrder};
use std::time::Duration;

fn price(model: &str, input_micros: i64) -> ModelPriceInput {
    ModelPriceInput {
        provider: AssistantProvider::OpenAi,
        model: model.to_owned(),
        valid_from: None,
        input_micros,
        output_micros: 2_000_000,
        cached_input_micros: None,
        currency: " usd ".to_owned(),
    }
}

#[tokio::test]
async fn prices_are_set_changed_and_deleted() {
    for_each_store(async |app| {
        let admin = Shop::open(&app).await.agent(&[Permission::Administer]);
        assert_eq!(model_prices(&app, &admin).await.unwrap(), [], "none come with the service");
        let first = model_price_set(&app, &admin, price("gpt-5*", 1_250_000)).await.unwrap();
        assert_eq!(first.currency, "USD");
        app.clock.advance(Duration::from_secs(1));
        let second = model_price_set(&app, &admin, price("gpt-5*", 1_000_000)).await.unwrap();
        let again = ModelPriceInput { valid_from: Some(second.valid_from), ..price("gpt-5*", 900_000) };
        let changed = model_price_set(&app, &admin, again).await.unwrap();
        assert_eq!((changed.id, changed.input_micros), (second.id, 900_000));
        assert_eq!(model_prices(&app, &admin).await.unwrap(), [changed.clone(), first.clone()]);
        model_price_delete(&app, &admin, changed.id).await.unwrap();
        assert_eq!(model_prices(&app, &admin).await.unwrap(), [first]);
        let gone = model_price_delete(&app, &admin, changed.id).await;
        assert!(matches!(gone, Err(Error::NotFound(_))));
        let entries = audit_entry::Entity::find().order_by_asc(audit_entry::Column::Id).all(app.db.read());
        let entries = entries.await.unwrap();
        let changes: Vec<usize> = entries.iter().map(|entry| AuditChange::list_of(entry).len()).collect();
        assert_eq!(changes, [5, 5, 3, 5], "what it is the price of, and what changed");
        assert_eq!(entries[3].action, AuditAction::ModelPriceDeleted);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_price_is_refused() {
    for_each_store(async |app| {
        let shop = Shop::open(&app).await;
        let admin = shop.agent(&[Permission::Administer]);
        for (input, expected) in [
            (price(" ", 1), "model"),
            (price("g*t", 1), "model"),
            (price(&"x".repeat(201), 1), "model"),
            (price("m", -1), "inputPrice"),
            (ModelPriceInput { output_micros: -1, ..price("m", 1) }, "outputPrice"),
            (ModelPriceInput { cached_input_micros: Some(-1), ..price("m", 1) }, "cachedInputPrice"),
            (ModelPriceInput { currency: "euro".to_owned(), ..price("m", 1) }, "currency"),
        ] {
            match model_price_set(&app, &admin, input).await {
                Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
                other => panic!("not refused: {other:?}"),
            }
        }
        let agent = shop.agent(&[Permission::Edit]);
        assert!(matches!(model_prices(&app, &agent).await, Err(Error::Forbidden(_))));
        assert!(matches!(model_price_set(&app, &agent, price("m", 1)).await, Err(Error::Forbidden(_))));
    })
    .await;
}
