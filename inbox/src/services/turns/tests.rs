//! Turns of an assistant whose model says what the test tells it, on both stores.

mod cost;
mod knowledge;
mod server_tools;
mod walk;
mod whole;

use super::*;
use crate::auth::{Permission, Viewer};
use crate::domain::handoff::Reason;
use crate::services::assistants::{AssistantInput, assistant_create};
use crate::services::conversations;
use crate::services::receive::{Parsed, apply};
use crate::services::send::{Draft, SendInput, SendTarget, message_send};
use crate::store::receipts;
use crate::testing::{Customer, Shop, another_node, for_each_store};
use entities::{
    AssistantId, ConversationChangeKind, MessageStatus, Mode, Origin, RunState, assistant_run, conversation,
    conversation_change, message, turn,
};
use models::scripted::{Scripted, Step};
use models::{LanguageModel, ModelError, Turn};
use providers::content::{Content, Text};
use providers::meta::Verified;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Notify;

const ALL: receipts::Portion = receipts::Portion { bodies: 100, bytes: 1 << 20 };
const SECOND: Duration = Duration::from_secs(1);
const PHONE: &str = "34600000001";

/// A shop with an assistant and a customer.
struct House {
    app: App,
    model: Scripted,
    customer: Customer,
    agent: Viewer,
    shop: Shop,
    assistant: AssistantId,
}

impl House {
    async fn open(app: &App, steps: Vec<Step>) -> Self {
        Self::with(app, steps, AssistantInput::default()).await
    }

    async fn with(app: &App, steps: Vec<Step>, input: AssistantInput) -> Self {
        let model = Scripted::new(steps);
        let app = with_model(app, Arc::new(model.clone())).await;
        let shop = Shop::open(&app).await;
        let customer = shop.customer(&app, PHONE).await;
        let admin = shop.agent(&[Permission::Administer, Permission::ReadAll]);
        let input = AssistantInput {
            name: Some("Bot".to_owned()),
            instructions: Some("We sell bread.".to_owned()),
            allowed_urls: Some(vec!["https://shop.example".to_owned()]),
            ..input
        };
        let assistant = assistant_create(&app, &admin, input).await.unwrap();
        let agent = shop.agent(&[Permission::ReadAll, Permission::Send, Permission::Edit]);
        let id = customer.conversation;
        conversations::conversation_set_assistant(&app, &agent, id, Some(assistant.id)).await.unwrap();
        Self { app, model, customer, agent, shop, assistant: assistant.id }
    }

    async fn wrote(&self, text: &str) {
        wrote(&self.app, PHONE, text).await;
    }

    /// Lets the pause for more pass, and answers what is due.
    async fn work(&self) {
        self.app.clock.advance(SECOND * 5);
        work(&self.app).await;
    }

    /// What was queued for the customer, oldest first.
    async fn said(&self) -> Vec<String> {
        let rows = message::Entity::find()
            .filter(message::Column::Origin.eq(Origin::Assistant))
            .order_by_asc(message::Column::Id)
            .all(self.app.db.read())
            .await
            .unwrap();
        let queued = rows.into_iter().filter(|row| row.status != Some(MessageStatus::Canceled));
        queued.map(|row| history::note(&serde_json::from_str(&row.content).unwrap())).collect()
    }

    async fn runs(&self) -> Vec<assistant_run::Model> {
        let runs = assistant_run::Entity::find().order_by_asc(assistant_run::Column::Id);
        runs.all(self.app.db.read()).await.unwrap()
    }

    async fn states(&self) -> Vec<RunState> {
        self.runs().await.into_iter().map(|run| run.state).collect()
    }

    async fn conversation(&self) -> conversation::Model {
        let row = conversation::Entity::find_by_id(self.customer.conversation).one(self.app.db.read());
        row.await.unwrap().unwrap()
    }

    async fn turns(&self) -> u64 {
        turn::Entity::find().count(self.app.db.read()).await.unwrap()
    }

    async fn handed_off(&self) -> Vec<String> {
        let lines = conversation_change::Entity::find()
            .filter(conversation_change::Column::Kind.eq(ConversationChangeKind::HandedOff))
            .all(self.app.db.read());
        lines.await.unwrap().into_iter().filter_map(|line| line.reason).collect()
    }

    /// A person answers.
    async fn person(&self, body: &str) {
        let input = SendInput {
            target: SendTarget::Conversation(self.customer.conversation),
            draft: Draft::Content(Content::Text(Text { body: body.to_owned(), preview_url: false })),
            reply_to: None,
            idempotency_key: uuid::Uuid::new_v4().to_string(),
        };
        message_send(&self.app, &self.agent, input).await.unwrap();
    }
}

async fn with_model(app: &App, model: Arc<dyn LanguageModel>) -> App {
    let mut config = app.config.clone();
    config.automatic.model = Some(model);
    config.automatic.private_hosts = vec!["127.0.0.1".to_owned()];
    App::open(config, app.clock.clone(), app.http.clone()).await.unwrap()
}

async fn wrote(app: &App, phone: &str, text: &str) {
    deliver(app, from(app, phone, text)).await;
}

/// A text of a customer, as Meta tells it.
fn from(app: &App, phone: &str, text: &str) -> serde_json::Value {
    let seconds = (app.clock.now().millis() / 1000).to_string();
    let message = json!({ "from": phone, "id": format!("wamid.{}", uuid::Uuid::new_v4()), "timestamp": seconds,
        "type": "text", "text": { "body": text } });
    json!({ "messages": [message], "contacts": [{ "wa_id": phone, "profile": { "name": "Núria" } }] })
}

async fn deliver(app: &App, value: serde_json::Value) {
    received(app, value).await;
    apply_all(app).await;
}

async fn received(app: &App, mut value: serde_json::Value) {
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({ "display_phone_number": "1", "phone_number_id": "100000000000003" });
    let field = if value.get("message_echoes").is_some() { "smb_message_echoes" } else { "messages" };
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
        "field": field, "value": value }] }] });
    app.receipts.store(Verified::from_store(body.to_string().into_bytes().into()), None).await.unwrap();
}

async fn apply_all(app: &App) {
    let waiting = receipts::pending(app.db.read(), &[], ALL).await.unwrap();
    apply(app, waiting.into_iter().map(Parsed::new).collect()).await.unwrap();
}

async fn work(app: &App) {
    for claim in claim(app, 10).await.unwrap() {
        answer(app, &claim).await.unwrap();
    }
}

fn text(body: &str) -> Step {
    Step::calls([("send_text", json!({ "body": body }))])
}

#[tokio::test]
async fn a_burst_is_answered_once_when_it_is_over() {
    for_each_store(async |app| {
        let house = House::open(&app, vec![text("¡Claro! ¿Cuál?")]).await;
        for word in ["hola", "quiero", "pan"] {
            house.wrote(word).await;
            house.app.clock.advance(SECOND);
            work(&house.app).await;
        }
        assert_eq!(house.model.requests().len(), 0, "the customer is still writing");
        house.work().await;
        assert_eq!(house.said().await, ["¡Claro! ¿Cuál?"]);
        let asked = &house.model.requests()[0];
        assert_eq!(asked.turns, [Turn::User("hola\nquiero\npan".to_owned())]);
        assert!(asked.instructions.starts_with("We sell bread.") && !asked.instructions.contains("hola"));
        assert_eq!((house.states().await, house.turns().await), (vec![RunState::Answered], 0));
        let row = house.conversation().await;
        assert_eq!((row.mode, row.waiting_message_at), (Mode::Automatic, None));
    })
    .await;
}

#[tokio::test]
async fn who_never_stops_writing_is_answered_all_the_same() {
    for_each_store(async |app| {
        let house = House::open(&app, vec![text("Uno"), text("Dos")]).await;
        // Each another: the same again and again would be a machine's.
        for second in 0..16_u8 {
            house.wrote(&char::from(b'a' + second).to_string().repeat(9)).await;
            house.app.clock.advance(SECOND);
            work(&house.app).await;
        }
        assert_eq!(house.said().await, ["Uno"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_sent_that_was_begun_before_a_person_wrote() {
    for_each_store(async |app| {
        let go = Arc::new(Notify::new());
        let (one, two) = (Arc::clone(&go), Arc::clone(&go));
        let slow = |go: Arc<Notify>| text("late").after(async move { go.notified().await });
        let house = House::open(&app, vec![slow(one), slow(two)]).await;
        house.wrote("hola").await;
        house.app.clock.advance(SECOND * 5);
        let thinking = tokio::spawn({
            let app = house.app.clone();
            async move { work(&app).await }
        });
        house.model.asked(1).await;
        house.person("Soy Marta").await;
        go.notify_one();
        thinking.await.unwrap();
        assert_eq!(house.said().await, [""; 0]);
        assert_eq!(house.states().await, [RunState::Canceled]);
        assert_eq!(house.conversation().await.mode, Mode::Manual);

        // The same by the business's phone.
        conversations::conversation_set_mode(&house.app, &house.agent, house.customer.conversation, Mode::Automatic)
            .await
            .unwrap();
        house.wrote("¿hola?").await;
        house.app.clock.advance(SECOND * 5);
        let thinking = tokio::spawn({
            let app = house.app.clone();
            async move { work(&app).await }
        });
        house.model.asked(2).await;
        let echo = json!({ "from": "1", "to": PHONE, "id": "wamid.ECHO", "type": "text", "text": { "body": "Voy" },
            "timestamp": (house.app.clock.now().millis() / 1000).to_string() });
        deliver(&house.app, json!({ "message_echoes": [echo] })).await;
        go.notify_one();
        thinking.await.unwrap();
        assert_eq!(house.said().await, [""; 0]);
        assert_eq!((house.states().await[1], house.turns().await), (RunState::Canceled, 0));
    })
    .await;
}

#[tokio::test]
async fn what_is_queued_is_withdrawn_when_a_person_writes() {
    for_each_store(async |app| {
        let both =
            Step::calls([("send_text", json!({ "body": "Uno" })), ("send_text", json!({ "body": "Dos" }))]);
        let house = House::open(&app, vec![both]).await;
        house.wrote("hola").await;
        house.work().await;
        assert_eq!(house.said().await, ["Uno", "Dos"]);
        house.person("Soy Marta").await;
        assert_eq!(house.said().await, [""; 0]);
        let queued = entities::outbox::Entity::find().count(house.app.db.read()).await.unwrap();
        assert_eq!(queued, 1, "only the person's");
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_half_a_question_is_thrown_away_but_not_for_ever() {
    for_each_store(async |app| {
        let house = House::open(&app, Vec::new()).await;
        house.wrote("quiero").await;
        for round in 0..3 {
            let go = Arc::new(Notify::new());
            let told = Arc::clone(&go);
            house.model.push(text(&format!("Respuesta {round}")).after(async move { told.notified().await }));
            house.app.clock.advance(SECOND * 5);
            let thinking = tokio::spawn({
                let app = house.app.clone();
                async move { work(&app).await }
            });
            house.model.asked(round + 1).await;
            house.wrote(&format!("y también {round} cosas distintas")).await;
            go.notify_one();
            thinking.await.unwrap();
        }
        assert_eq!(house.states().await, [RunState::Superseded, RunState::Superseded, RunState::Answered]);
        assert_eq!(house.said().await, ["Respuesta 2"]);
        // What came meanwhile is answered next.
        house.model.push(text("Y lo demás"));
        house.work().await;
        assert_eq!(house.said().await, ["Respuesta 2", "Y lo demás"]);
        assert_eq!(house.turns().await, 0);
    })
    .await;
}

#[tokio::test]
async fn who_wants_a_person_gets_one_without_a_model() {
    for_each_store(async |app| {
        let house = House::open(&app, Vec::new()).await;
        house.wrote("quiero hablar con una persona").await;
        house.work().await;
        assert_eq!(house.model.requests().len(), 0);
        assert_eq!(house.handed_off().await, [Reason::CustomerRequest.name()]);
        assert_eq!(house.said().await.len(), 1, "the customer is told");
        let row = house.conversation().await;
        assert_eq!((row.mode, row.assistant_active), (Mode::Automatic, false));
        assert!(row.handed_off_at.is_some());
        // From then on people answer, and nobody tells the customer twice.
        house.wrote("¿hola?").await;
        house.work().await;
        assert_eq!((house.said().await.len(), house.states().await.len()), (1, 1));
        assert_eq!(
            message::Entity::find()
                .filter(message::Column::Origin.eq(Origin::System))
                .count(house.app.db.read())
                .await
                .unwrap(),
            0
        );
        // Archived and back: the assistant begins afresh, without what people dealt with.
        let id = house.customer.conversation;
        conversations::conversation_archive(&house.app, &house.agent, id).await.unwrap();
        house.model.push(text("¿En qué puedo ayudar?"));
        house.app.clock.advance(SECOND);
        house.wrote("buenas").await;
        house.work().await;
        assert_eq!(house.model.requests()[0].turns, [Turn::User("buenas".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_model_hands_over_with_its_words() {
    for_each_store(async |app| {
        let call = json!({ "reason": "frustration", "summary": "Angry about bread.", "message": "Lo siento, ahora viene alguien." });
        let house = House::open(&app, vec![Step::calls([("handoff_to_human", call)])]).await;
        house.wrote("esto es un desastre").await;
        house.work().await;
        assert_eq!(house.said().await, ["Lo siento, ahora viene alguien."]);
        assert_eq!(house.handed_off().await, ["frustration"]);
        assert_eq!(house.states().await, [RunState::HandedOff]);
    })
    .await;
}

#[tokio::test]
async fn answers_are_repaired_twice_and_then_people_get_them() {
    for_each_store(async |app| {
        let buttons = |count: usize| {
            let button = |n: usize| json!({ "id": n.to_string(), "title": format!("Button {n}") });
            let buttons: Vec<_> = (0..count).map(button).collect();
            Step::calls([("send_buttons", json!({ "body": "Which?", "buttons": buttons }))])
        };
        let house =
            House::open(&app, vec![buttons(4), Step::text("Te paso con una compañera"), buttons(2)]).await;
        house.wrote("hola").await;
        house.work().await;
        assert_eq!(house.said().await, ["Which? [buttons: Button 0, Button 1]"]);
        let told = house.model.requests();
        assert!(matches!(&told[1].turns[2], Turn::ToolResult { content, .. } if content.contains("buttons")));
        assert!(told[2].instructions.contains("handoff_to_human"));

        for step in [
            Step::text("See https://evil.example/x"),
            Step::calls([("no_such_tool", json!({}))]),
            Step::text(" "),
        ] {
            house.model.push(step);
        }
        house.wrote("¿y el enlace?").await;
        house.work().await;
        assert_eq!(house.handed_off().await, [Reason::ModelFailure.name()]);
        assert!(!house.said().await.iter().any(|said| said.contains("evil")));
        assert_eq!(house.model.left(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_model_that_fails_is_asked_again_and_then_people_get_it() {
    for_each_store(async |app| {
        let overloaded = || Step::error(ModelError::Overloaded);
        let house = House::open(&app, vec![overloaded(), text("Ya")]).await;
        house.wrote("hola").await;
        house.work().await;
        assert_eq!((house.said().await, house.states().await), (vec![], vec![RunState::Failed]));
        house.work().await;
        assert_eq!(house.said().await, ["Ya"]);

        for _ in 0..3 {
            house.model.push(overloaded());
        }
        house.wrote("¿sigues ahí?").await;
        for _ in 0..3 {
            house.app.clock.advance(SECOND * 30);
            work(&house.app).await;
        }
        assert_eq!(house.handed_off().await, [Reason::ModelFailure.name()]);
        assert!(!house.said().await.join(" ").contains("provider"), "no word of the provider's");
    })
    .await;
}

#[tokio::test]
async fn a_node_that_dies_while_it_thinks_leaves_the_turn_to_another() {
    for_each_store(async |app| {
        let house =
            House::open(&app, vec![Step::text("x").after(std::future::pending()), text("Aquí estoy")]).await;
        house.wrote("hola").await;
        house.app.clock.advance(SECOND * 5);
        let dies = tokio::spawn({
            let app = house.app.clone();
            async move { work(&app).await }
        });
        house.model.asked(1).await;
        dies.abort();
        let other = another_node(&house.app).await;
        work(&other).await;
        assert_eq!(house.said().await, [""; 0], "the claim counts still");
        house.app.clock.advance(LEASE);
        work(&other).await;
        assert_eq!(house.said().await, ["Aquí estoy"]);
        assert_eq!(house.states().await, [RunState::Canceled, RunState::Answered]);
    })
    .await;
}

#[tokio::test]
async fn of_two_nodes_one_answers() {
    for_each_store(async |app| {
        let house = House::open(&app, vec![text("Uno"), text("Dos")]).await;
        let other = another_node(&house.app).await;
        house.wrote("hola").await;
        house.app.clock.advance(SECOND * 5);
        tokio::join!(work(&house.app), work(&other), work(&house.app));
        assert_eq!(house.said().await, ["Uno"]);
    })
    .await;
}

#[tokio::test]
async fn limits_hand_over_before_a_model_is_asked() {
    for_each_store(async |app| {
        let limits = AssistantInput { max_answers_per_day: Some(2), ..AssistantInput::default() };
        let house = House::with(&app, vec![text("Uno"), text("Dos"), text("Tres")], limits).await;
        for question in ["¿pan?", "¿tartas?", "¿bollos?"] {
            house.wrote(question).await;
            house.work().await;
            house.app.clock.advance(SECOND * 60);
        }
        assert_eq!(house.model.left(), 1);
        assert_eq!(house.handed_off().await, [Reason::LimitReached.name()]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_said_when_nothing_needs_to_be_said_or_the_window_closes() {
    for_each_store(async |app| {
        let house = House::open(&app, vec![Step::calls([("no_reply", json!({ "reason": "thanks" }))])]).await;
        house.wrote("gracias").await;
        house.work().await;
        assert_eq!(house.states().await, [RunState::NoReply]);
        house.wrote("hola").await;
        house.app.clock.advance(SECOND * 60 * 60 * 24);
        work(&house.app).await;
        assert_eq!(house.states().await, [RunState::NoReply, RunState::Canceled]);
        assert_eq!((house.said().await, house.turns().await), (vec![], 0));
    })
    .await;
}

#[tokio::test]
async fn the_first_answer_says_that_it_is_a_machines() {
    for_each_store(async |app| {
        let input = AssistantInput {
            disclosure: Some(Some("Soy un asistente.".to_owned())),
            ..AssistantInput::default()
        };
        let house = House::with(&app, vec![text("Uno"), text("Dos")], input).await;
        for question in ["¿pan?", "¿tartas?"] {
            house.wrote(question).await;
            house.work().await;
        }
        assert_eq!(house.said().await, ["Soy un asistente.", "Uno", "Dos"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_received_before_the_archive_and_stored_after_is_answered() {
    for_each_store(async |app| {
        let house = House::open(&app, vec![text("Hola")]).await;
        received(&house.app, from(&house.app, PHONE, "antes")).await;
        house.app.clock.advance(SECOND);
        let House { app, agent, customer, .. } = &house;
        conversations::conversation_archive(app, agent, customer.conversation).await.unwrap();
        house.app.clock.advance(SECOND);
        apply_all(&house.app).await;
        house.work().await;
        assert_eq!(house.model.requests()[0].turns, [Turn::User("antes".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn a_try_sends_nothing() {
    for_each_store(async |app| {
        let house = House::open(&app, vec![text("Hola")]).await;
        house.wrote("hola").await;
        let admin = house.shop.agent(&[Permission::Administer, Permission::ReadAll]);
        let assistant = house.conversation().await.assistant_id.unwrap();
        let tried = assistant_try(&house.app, &admin, assistant, house.customer.conversation).await.unwrap();
        assert_eq!((tried.contents.len(), tried.steps.len()), (1, 1));
        assert_eq!((house.said().await, house.runs().await.len()), (vec![], 0));
        let agent = assistant_try(&house.app, &house.agent, assistant, house.customer.conversation).await;
        assert!(agent.is_err());
    })
    .await;
}

#[tokio::test]
async fn what_a_customer_writes_is_never_an_instruction() {
    let lines: Vec<&str> = include_str!("../../domain/injections.txt")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, line)| line)
        .collect();
    assert!(lines.len() >= 40);
    for_each_store(async |app| {
        let limits = AssistantInput { max_answers_per_day: Some(10_000), ..AssistantInput::default() };
        let house = House::with(&app, Vec::new(), limits).await;
        let id = house.customer.conversation;
        for line in &lines {
            let asked = house.model.requests().len();
            house.model.push(Step::text("In that I cannot help."));
            house.wrote(line).await;
            house.work().await;
            if house.model.requests().len() == asked {
                // It was taken for the wish for a person; the step stays for the next line.
                assert!(!house.conversation().await.assistant_active, "{line}");
            }
            // The next line meets an assistant that has heard nothing.
            conversations::conversation_archive(&house.app, &house.agent, id).await.unwrap();
            house.app.clock.advance(SECOND * 60);
        }
        let requests = house.model.requests();
        assert!(requests.len() > lines.len() / 2);
        for request in &requests {
            assert_eq!(
                (&request.instructions, &request.tools),
                (&requests[0].instructions, &requests[0].tools)
            );
            let [Turn::User(said)] = &request.turns[..] else { panic!("{:?}", request.turns) };
            assert!(lines.iter().any(|line| line.trim() == said.trim()), "{said}");
        }
    })
    .await;
}
