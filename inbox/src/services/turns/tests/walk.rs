//! A long random walk: customers, people, phones, nodes that die and models that think, in any order. After each step the
//! rules hold that make it safe to leave customers to an assistant.

use super::*;
use crate::domain::sendability::WINDOW;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::HashSet;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

const STEPS: usize = 300;

struct Walk {
    house: House,
    /// Each model that thinks takes one and answers.
    answers: Arc<Semaphore>,
    nodes: [App; 3],
    /// Nodes at work on a turn, or that found none.
    working: Vec<JoinHandle<()>>,
    random: StdRng,
}

impl Walk {
    async fn step(&mut self) -> &'static str {
        match self.random.random_range(0..100) {
            0..25 => self.customer_writes().await,
            25..29 => self.person_writes().await,
            29..32 => self.phone_writes().await,
            32..37 => self.archive().await,
            37..45 => self.set_mode().await,
            45..51 => self.set_assistant().await,
            51..69 => self.begin().await,
            69..94 => self.let_go().await,
            94..96 => self.crash().await,
            _ => self.time_passes(),
        }
    }

    /// A word that nobody said before: the same again and again would be a machine's.
    fn word(&mut self) -> String {
        (0..9).map(|_| char::from(self.random.random_range(b'a'..=b'z'))).collect()
    }

    async fn customer_writes(&mut self) -> &'static str {
        let word = self.word();
        self.house.wrote(&word).await;
        "the customer writes"
    }

    async fn person_writes(&mut self) -> &'static str {
        // Refused when the window is closed: then nothing happened.
        let conversation = self.house.conversation().await;
        let open =
            conversation.last_inbound_at.is_some_and(|at| at.plus(WINDOW) > self.house.app.clock.now());
        if open {
            self.house.person("Soy Marta").await;
        }
        "a person writes"
    }

    async fn phone_writes(&mut self) -> &'static str {
        let at = (self.house.app.clock.now().millis() / 1000).to_string();
        let echo = json!({ "from": "1", "to": PHONE, "id": format!("wamid.{}", uuid::Uuid::new_v4()), "type": "text",
            "text": { "body": "Voy" }, "timestamp": at });
        deliver(&self.house.app, json!({ "message_echoes": [echo] })).await;
        "somebody writes on the phone"
    }

    async fn archive(&mut self) -> &'static str {
        let House { app, agent, customer, .. } = &self.house;
        conversations::conversation_archive(app, agent, customer.conversation).await.unwrap();
        "it is archived"
    }

    async fn set_mode(&mut self) -> &'static str {
        let House { app, agent, customer, .. } = &self.house;
        let mode = if self.random.random_bool(0.8) { Mode::Automatic } else { Mode::Manual };
        conversations::conversation_set_mode(app, agent, customer.conversation, mode).await.unwrap();
        "the mode is set"
    }

    async fn set_assistant(&mut self) -> &'static str {
        let House { app, agent, customer, assistant, .. } = &self.house;
        let assistant = self.random.random_bool(0.8).then_some(*assistant);
        conversations::conversation_set_assistant(app, agent, customer.conversation, assistant)
            .await
            .unwrap();
        "the assistant is set"
    }

    /// Another node looks for turns; its model thinks until it is let go.
    async fn begin(&mut self) -> &'static str {
        self.house.app.clock.advance(SECOND * 5);
        if self.house.model.left() == 0 {
            let step = match self.random.random_range(0..10) {
                0 => Step::error(ModelError::Overloaded),
                1 => Step::calls([("handoff_to_human", json!({ "reason": "out_of_scope", "summary": "x" }))]),
                2 => Step::calls([("no_reply", json!({}))]),
                _ => text(&self.word()),
            };
            let answers = Arc::clone(&self.answers);
            self.house.model.push(step.after(async move { answers.acquire().await.unwrap().forget() }));
        }
        let node = self.nodes[self.random.random_range(0..self.nodes.len())].clone();
        self.working.push(tokio::spawn(async move { work(&node).await }));
        until_it_thinks().await;
        "a node looks for turns"
    }

    async fn let_go(&mut self) -> &'static str {
        if self.answers.available_permits() == 0 {
            self.answers.add_permits(1);
        }
        until_it_thinks().await;
        for node in self.working.extract_if(.., |node| node.is_finished()) {
            node.await.unwrap();
        }
        "a model answers"
    }

    async fn crash(&mut self) -> &'static str {
        if let Some(node) = self.working.pop() {
            node.abort();
            let _ = node.await;
        }
        "a node dies"
    }

    fn time_passes(&mut self) -> &'static str {
        let seconds = [10, 100, 3_600, 26 * 3_600][self.random.random_range(0..4)];
        self.house.app.clock.advance(SECOND * seconds);
        "time passes"
    }
}

/// Long enough for a node to have asked its model or to have settled; what it is at is part of the chance.
async fn until_it_thinks() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

/// What holds after every step.
async fn check(house: &House, after: &str) {
    let db = house.app.db.read();
    let conversation = house.conversation().await;
    let ours =
        message::Entity::find().filter(message::Column::Origin.eq(Origin::Assistant)).all(db).await.unwrap();
    let waiting = ours.iter().filter(|row| row.status == Some(MessageStatus::Queued)).count();
    // I1: nothing that was begun before a person took over is left to be sent.
    if conversation.mode == Mode::Manual {
        assert_eq!(waiting, 0, "an answer waits in manual mode after: {after}");
    }
    let runs = house.runs().await;
    // I2: no message of the customer is answered twice.
    let answered: Vec<_> = runs.iter().filter(|run| run.state == RunState::Answered).collect();
    let distinct: HashSet<_> = answered.iter().map(|run| run.last_message_id).collect();
    assert_eq!(distinct.len(), answered.len(), "one message was answered twice after: {after}");
    // I3: nothing free-form after the window's end, and every message has its run.
    let inbound =
        message::Entity::find().filter(message::Column::Origin.eq(Origin::Customer)).all(db).await.unwrap();
    for row in &ours {
        assert!(
            inbound
                .iter()
                .any(|wrote| wrote.sent_at <= row.sent_at && row.sent_at < wrote.sent_at.plus(WINDOW)),
            "an answer outside the window after: {after}"
        );
        let run = row.run_id.and_then(|id| runs.iter().find(|run| run.id == id));
        assert!(run.is_some(), "an answer of no run after: {after}");
    }
    // I7: each hand-off is told once, and silences the assistant.
    let handed_off = runs.iter().filter(|run| run.state == RunState::HandedOff).count();
    assert_eq!(house.handed_off().await.len(), handed_off, "hand-offs and lines differ after: {after}");
    // One run at a time.
    let running = runs.iter().filter(|run| run.state == RunState::Running).count();
    assert!(running <= 1, "{running} runs at once after: {after}");
}

#[tokio::test]
#[expect(
    clippy::print_stderr,
    reason = "whoever reads a failed test must know how to walk the same way again"
)]
async fn whatever_happens_nobody_is_talked_over() {
    let seed = std::env::var("RECADO_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    eprintln!("RECADO_TEST_SEED={seed}");
    for_each_store(async |app| {
        let limits = AssistantInput {
            max_answers_per_day: Some(10_000),
            max_tokens_per_day: Some(i32::MAX),
            ..AssistantInput::default()
        };
        let house = House::with(&app, Vec::new(), limits).await;
        let answers = Arc::new(Semaphore::new(0));
        let nodes = [another_node(&house.app).await, another_node(&house.app).await, house.app.clone()];
        let random = StdRng::seed_from_u64(seed);
        let mut walk = Walk { house, answers, nodes, working: Vec::new(), random };
        for _ in 0..STEPS {
            let after = walk.step().await;
            check(&walk.house, after).await;
        }
        let states = walk.house.states().await;
        assert!(states.contains(&RunState::Answered), "the walk came to nothing: {states:?}");
    })
    .await;
}
