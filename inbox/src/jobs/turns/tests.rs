//! What an assistant's customers see while it thinks, against a Graph API that answers as it is told, on both stores.

use super::*;
use crate::auth::Permission;
use crate::jobs::sender::tests::bench::Bench;
use crate::jobs::sender::tests::fake_graph::Reply;
use crate::services::assistants::{AssistantInput, assistant_create};
use crate::services::conversations::{conversation_set_assistant, conversation_set_mode};
use crate::services::turns::testing::write;
use crate::testing::{Customer, for_each_store};
use entities::{Mode, ReadReceipts, channel, conversation};
use models::scripted::{Scripted, Step};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

const SECOND: Duration = Duration::from_secs(1);
/// Longer than it takes to look whether typing is to be shown again.
const A_LOOK: Duration = Duration::from_millis(1_200);

/// A bench whose customer writes to an assistant that thinks until it is told to stop.
struct House {
    bench: Bench,
    customer: Customer,
    thinks: Scripted,
    enough: Arc<Notify>,
}

impl House {
    async fn open(app: &App) -> Self {
        let mut bench = Bench::new(app).await;
        let (thinks, enough) = (Scripted::new(Vec::new()), Arc::new(Notify::new()));
        let mut config = bench.app.config.clone();
        config.automatic.model = Some(Arc::new(thinks.clone()));
        bench.app = App::open(config, app.clock.clone(), app.http.clone()).await.unwrap();
        let customer = bench.customer(1).await;
        let admin = bench.shop.agent(&[Permission::Administer, Permission::ReadAll, Permission::Edit]);
        let input = AssistantInput { name: Some("Bot".to_owned()), ..AssistantInput::default() };
        let assistant = assistant_create(&bench.app, &admin, input).await.unwrap();
        let id = customer.conversation;
        conversation_set_assistant(&bench.app, &admin, id, Some(assistant.id)).await.unwrap();
        Self { bench, customer, thinks, enough }
    }

    /// The customer writes, and the assistant begins to think.
    async fn wrote(&self, wamid: &str) -> JoinHandle<()> {
        let enough = Arc::clone(&self.enough);
        self.thinks.push(Step::text("Hola").after(async move { enough.notified().await }));
        self.writes(wamid).await;
        self.bench.app.clock.advance(SECOND * 5);
        let (app, asked) = (self.bench.app.clone(), self.thinks.requests().len() + 1);
        let thinking = tokio::spawn(async move {
            for claim in turns::claim(&app, 10).await.unwrap() {
                turns::answer(&app, &claim).await.unwrap();
            }
        });
        self.thinks.asked(asked).await;
        thinking
    }

    async fn writes(&self, wamid: &str) {
        let message = self.bench.wrote(self.customer, wamid).await;
        write(&self.bench.app, self.customer.conversation, message).await;
    }

    /// What WhatsApp was asked to show, by the message that it was shown for.
    fn typing(&self) -> Vec<Value> {
        let sends = self.bench.graph.sends().into_iter();
        sends
            .filter(|send| send["typing_indicator"]["type"] == "text")
            .map(|send| send["message_id"].clone())
            .collect()
    }

    async fn policy(&self, policy: ReadReceipts) {
        let row = channel::ActiveModel { read_receipts: Set(policy), ..Default::default() };
        self.bench.set::<channel::Entity>(row).await;
    }

    async fn conversation(&self) -> conversation::Model {
        let row = conversation::Entity::find_by_id(self.customer.conversation).one(self.bench.app.db.read());
        row.await.unwrap().unwrap()
    }

    /// Lets the model answer.
    async fn over(&self, thinking: JoinHandle<()>) {
        self.enough.notify_one();
        thinking.await.unwrap();
    }
}

#[tokio::test]
async fn typing_is_shown_for_as_long_as_the_assistant_thinks() {
    for_each_store(async |app| {
        let house = House::open(&app).await;
        let thinking = house.wrote("wamid.1").await;
        house.bench.graph.arrived(1).await;
        assert_eq!(house.typing(), ["wamid.1"]);
        house.bench.app.clock.advance(SECOND * 15);
        tokio::time::sleep(A_LOOK).await;
        assert_eq!(house.typing().len(), 1, "it is shown still");
        house.bench.app.clock.advance(SECOND * 5);
        house.bench.graph.arrived(2).await;
        house.over(thinking).await;
        let row = house.conversation().await;
        assert_eq!(
            row.read_receipt_at, row.last_inbound_at,
            "it was read, and the answer asks for no receipt"
        );
        house.bench.app.clock.advance(SECOND * 30);
        tokio::time::sleep(A_LOOK).await;
        assert_eq!(house.typing(), ["wamid.1", "wamid.1"]);
    })
    .await;
}

#[tokio::test]
async fn typing_is_not_shown_again_when_the_answer_will_not_be_sent() {
    for_each_store(async |app| {
        let house = House::open(&app).await;
        let thinking = house.wrote("wamid.1").await;
        house.bench.graph.arrived(1).await;
        house.writes("wamid.2").await;
        house.bench.app.clock.advance(SECOND * 30);
        tokio::time::sleep(A_LOOK).await;
        assert_eq!(house.typing(), ["wamid.1"], "the customer wrote more");
        house.over(thinking).await;

        let thinking = house.wrote("wamid.3").await;
        house.bench.graph.arrived(2).await;
        let agent = house.bench.shop.agent(&[Permission::ReadAll, Permission::Edit]);
        conversation_set_mode(&house.bench.app, &agent, house.customer.conversation, Mode::Manual)
            .await
            .unwrap();
        house.bench.app.clock.advance(SECOND * 30);
        tokio::time::sleep(A_LOOK).await;
        assert_eq!(house.typing(), ["wamid.1", "wamid.3"], "a person took over");
        house.over(thinking).await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_waits_neither_for_typing_nor_for_its_failure() {
    for_each_store(async |app| {
        let house = House::open(&app).await;
        house.bench.graph.answer(&[Reply::Error(131_000)]);
        let thinking = house.wrote("wamid.1").await;
        house.bench.graph.arrived(1).await;
        house.over(thinking).await;
        house.bench.graph.hold(true);
        let thinking = house.wrote("wamid.2").await;
        house.bench.graph.arrived(2).await;
        house.over(thinking).await;
        house.bench.graph.hold(false);
        house.policy(ReadReceipts::Never).await;
        house.bench.app.clock.advance(SECOND * 30);
        let thinking = house.wrote("wamid.3").await;
        tokio::time::sleep(A_LOOK).await;
        house.over(thinking).await;
        assert_eq!(
            house.typing(),
            ["wamid.1", "wamid.2"],
            "this channel never shows that messages were read"
        );
        assert_eq!(house.bench.outbox().await.len(), 3, "each was answered");
    })
    .await;
}
