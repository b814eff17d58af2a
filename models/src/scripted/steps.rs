//! A model that gives what a test tells it to.

use crate::error::ModelError;
use crate::model::{Completion, LanguageModel, Request, Stop, ToolCall, Usage};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What an exhausted script refuses with.
const GONE: u16 = 410;

/// Gives one step after the other, whatever it is asked, and remembers what that was. Clones share both.
///
/// Where no step is left it refuses with status 410; so a test counts [`Scripted::requests`], and looks that nothing is
/// [`Scripted::left`].
#[derive(Clone)]
pub struct Scripted {
    steps: Arc<Mutex<VecDeque<Step>>>,
    requests: Arc<watch::Sender<Vec<Request>>>,
}

/// What a call gives, and after what.
pub struct Step {
    wait: Option<BoxFuture<'static, ()>>,
    outcome: Result<Completion, ModelError>,
}

impl Scripted {
    /// A model that gives `steps`.
    #[must_use]
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into())), requests: Arc::new(watch::Sender::default()) }
    }

    /// Adds a step behind those that are left.
    pub fn push(&self, step: Step) {
        self.steps.lock().push_back(step);
    }

    /// How many steps are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.steps.lock().len()
    }

    /// What it was asked so far, calls that still wait among them.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// Waits until it was asked `count` times in all.
    pub async fn asked(&self, count: usize) {
        // The sender is ours: it cannot be closed.
        let _ = self.requests.subscribe().wait_for(|requests| requests.len() >= count).await;
    }
}

impl Step {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::completion(Completion {
            text: Some(text.into()),
            calls: Vec::new(),
            stop: Stop::Done,
            usage: Usage::default(),
        })
    }

    /// Calls of tools, by name and arguments; their ids are `call-1`, `call-2`, ….
    pub fn calls<'a>(calls: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let call = |(index, (name, arguments)): (usize, (&str, Value))| ToolCall {
            id: format!("call-{}", index + 1),
            name: name.to_owned(),
            arguments,
        };
        Self::completion(Completion {
            text: None,
            calls: calls.into_iter().enumerate().map(call).collect(),
            stop: Stop::Done,
            usage: Usage::default(),
        })
    }

    /// Any answer.
    #[must_use]
    pub fn completion(completion: Completion) -> Self {
        Self { wait: None, outcome: Ok(completion) }
    }

    /// An error.
    #[must_use]
    pub fn error(error: ModelError) -> Self {
        Self { wait: None, outcome: Err(error) }
    }

    /// The same after `wait`, or [`ModelError::Timeout`] where the deadline comes first. `std::future::pending()` hangs;
    /// `async move { notify.notified().await }` thinks as long as the test wants.
    #[must_use]
    pub fn after(self, wait: impl Future<Output = ()> + Send + 'static) -> Self {
        let before = self.wait;
        let wait = async move {
            if let Some(before) = before {
                before.await;
            }
            wait.await;
        };
        Self { wait: Some(wait.boxed()), ..self }
    }
}

impl LanguageModel for Scripted {
    fn complete<'a>(
        &'a self,
        request: &'a Request,
        deadline: Duration,
    ) -> BoxFuture<'a, Result<Completion, ModelError>> {
        async move {
            let step = self.steps.lock().pop_front();
            self.requests.send_modify(|requests| requests.push(request.clone()));
            let step = step.unwrap_or_else(|| Step::error(ModelError::Refused { status: GONE }));
            if let Some(wait) = step.wait {
                tokio::time::timeout(deadline, wait).await.map_err(|_| ModelError::Timeout)?;
            }
            step.outcome
        }
        .boxed()
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripted").field("left", &self.left()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waits = self.wait.is_some();
        f.debug_struct("Step").field("waits", &waits).field("outcome", &self.outcome).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ToolChoice;
    use serde_json::json;
    use tokio::sync::Notify;

    const DEADLINE: Duration = Duration::from_secs(60);

    fn request(model: &str) -> Request {
        Request {
            model: model.to_owned(),
            instructions: String::new(),
            turns: Vec::new(),
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            temperature: None,
            max_output_tokens: 100,
        }
    }

    #[tokio::test]
    async fn steps_in_their_order_and_then_none() {
        let model = Scripted::new(vec![
            Step::text("Hola"),
            Step::calls([("no_reply", json!({})), ("send_text", json!({ "body": "Adiós" }))]),
        ]);
        model.push(Step::error(ModelError::Overloaded));
        let asked = request("a");
        let first = model.complete(&asked, DEADLINE).await.unwrap();
        assert_eq!((first.text.as_deref(), first.calls.len()), (Some("Hola"), 0));
        let second = model.complete(&request("b"), DEADLINE).await.unwrap();
        assert_eq!(
            second.calls.iter().map(|call| (call.id.as_str(), call.name.as_str())).collect::<Vec<_>>(),
            [("call-1", "no_reply"), ("call-2", "send_text")]
        );
        assert_eq!(model.left(), 1);
        assert_eq!(model.complete(&asked, DEADLINE).await, Err(ModelError::Overloaded));
        assert_eq!(model.complete(&asked, DEADLINE).await, Err(ModelError::Refused { status: GONE }));
        assert_eq!(model.requests(), ["a", "b", "a", "a"].map(request));
    }

    #[tokio::test]
    async fn it_thinks_as_long_as_the_test_wants() {
        let go = Arc::new(Notify::new());
        let told = go.clone();
        let model = Scripted::new(vec![Step::text("Hola").after(async move { told.notified().await })]);
        let other = model.clone();
        let thinking = tokio::spawn(async move { other.complete(&request("a"), DEADLINE).await });
        model.asked(1).await;
        assert!(!thinking.is_finished());
        go.notify_one();
        assert_eq!(thinking.await.unwrap().unwrap().text.as_deref(), Some("Hola"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_it() {
        let pass = |seconds| async move { tokio::time::sleep(Duration::from_secs(seconds)).await };
        let late = |seconds| Step::text("Hola").after(pass(seconds));
        // One wait after the other.
        let model = Scripted::new(vec![
            late(59),
            late(61),
            late(59).after(pass(2)),
            Step::text("Hola").after(std::future::pending()),
        ]);
        let mut timeouts = Vec::new();
        for _ in 0..4 {
            timeouts.push(model.complete(&request("a"), DEADLINE).await == Err(ModelError::Timeout));
        }
        assert_eq!(timeouts, [false, true, true, true]);
    }
}
