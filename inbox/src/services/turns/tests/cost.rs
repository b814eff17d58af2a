//! What answers cost.

use super::*;
use crate::services::assistants::assistant_update;
use crate::services::model_prices::{ModelPriceInput, model_price_set};
use entities::AssistantProvider;
use models::{Completion, Stop, ToolCall, Usage};

/// An answer for which the model read 1,000 tokens, 400 of them from its cache, and wrote 100.
fn answer(body: &str) -> Step {
    let call =
        ToolCall { id: "1".to_owned(), name: "send_text".to_owned(), arguments: json!({ "body": body }) };
    let usage = Usage { input_tokens: 1_000, cached_input_tokens: 400, output_tokens: 100 };
    Step::completion(Completion { text: None, calls: vec![call], stop: Stop::Done, usage })
}

/// From now on a million tokens cost so many dollars; written ones ten times as much, cached ones a tenth.
async fn costs(house: &House, dollars: i64) {
    let input = ModelPriceInput {
        provider: AssistantProvider::Scripted,
        model: "*".to_owned(),
        valid_from: None,
        input_micros: dollars * 1_000_000,
        output_micros: dollars * 10_000_000,
        cached_input_micros: Some(dollars * 100_000),
        currency: "USD".to_owned(),
    };
    let admin = house.shop.agent(&[Permission::Administer]);
    model_price_set(&house.app, &admin, input).await.unwrap();
}

#[tokio::test]
async fn a_run_costs_what_was_valid_when_it_began() {
    for_each_store(async |app| {
        let house = House::open(&app, vec![answer("Uno")]).await;
        house.wrote("hola").await;
        house.work().await;
        costs(&house, 1).await;
        let changing = house.app.clone();
        let (shop, model) = (house.shop, house.model.clone());
        let later = House {
            app: changing,
            model: model.clone(),
            customer: house.customer,
            agent: house.agent.clone(),
            shop,
            assistant: house.assistant,
        };
        model.push(answer("Dos").after(async move { costs(&later, 2).await }));
        for word in ["¿y pan?", "¿y vino?"] {
            house.app.clock.advance(SECOND);
            house.wrote(word).await;
            house.work().await;
            model.push(answer("Tres"));
        }
        let costs: Vec<_> =
            house.runs().await.into_iter().map(|run| (run.cost_micros, run.currency)).collect();
        let dollars = Some("USD".to_owned());
        assert_eq!(costs, [(None, None), (Some(600 + 40 + 1_000), dollars.clone()), (Some(3_280), dollars)]);

        // The assistant's own prices go before the table's, and are of no currency that we know.
        let admin = house.shop.agent(&[Permission::Administer]);
        let assistant = house.conversation().await.assistant_id.unwrap();
        let own = AssistantInput {
            input_price_micros: Some(Some(3_000_000)),
            output_price_micros: Some(Some(0)),
            ..AssistantInput::default()
        };
        assistant_update(&house.app, &admin, assistant, own).await.unwrap();
        house.app.clock.advance(SECOND);
        house.wrote("¿y queso?").await;
        house.work().await;
        let last = house.runs().await.pop().unwrap();
        assert_eq!((last.cost_micros, last.currency), (Some(3_000), None));
    })
    .await;
}

#[tokio::test]
async fn a_budget_holds_by_the_prices_of_the_table_in_their_currency() {
    for_each_store(async |app| {
        let budget = AssistantInput { monthly_budget_micros: Some(Some(1_640)), ..AssistantInput::default() };
        let house = House::with(&app, vec![answer("Uno")], budget).await;
        costs(&house, 1).await;
        house.wrote("hola").await;
        house.work().await;
        assert_eq!(house.said().await, ["Uno"]);
        house.wrote("¿y pan?").await;
        house.work().await;
        assert_eq!(house.handed_off().await, [Reason::LimitReached.name()]);
        assert_eq!(house.model.requests().len(), 1);
    })
    .await;
}

/// The model wants to know the customer first, and has read so many tokens.
fn looks_up(input_tokens: u64) -> Step {
    let call = ToolCall { id: "1".to_owned(), name: "get_customer_context".to_owned(), arguments: json!({}) };
    let usage = Usage { input_tokens, cached_input_tokens: 0, output_tokens: 50 };
    Step::completion(Completion { text: None, calls: vec![call], stop: Stop::Done, usage })
}

#[tokio::test]
async fn limits_hold_within_an_answer() {
    for_each_store(async |app| {
        let limit = AssistantInput { max_tokens_per_day: Some(2_000), ..AssistantInput::default() };
        let house = House::with(&app, vec![looks_up(900), text("Uno")], limit).await;
        house.wrote("hola").await;
        house.work().await;
        assert_eq!(house.said().await, ["Uno"]);
        let cut: Vec<u32> = house.model.requests().iter().map(|request| request.max_output_tokens).collect();
        assert_eq!(cut, [1_024, 150], "2,000 without the 950 that were used and the 900 that are read again");

        house.app.clock.advance(SECOND * 24 * 3_600);
        house.model.push(looks_up(1_500));
        house.wrote("¿y pan?").await;
        house.work().await;
        assert_eq!(house.handed_off().await, [Reason::LimitReached.name()]);
        assert_eq!(house.model.requests().len(), 3, "it is not asked again");
        let last = house.runs().await.pop().unwrap();
        assert_eq!((last.state, last.input_tokens), (RunState::HandedOff, 1_500));
    })
    .await;
}
