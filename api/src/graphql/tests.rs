//! The schema over a database on each store.

mod access;
mod failures;
mod jobs;
mod kinds;
mod mutations;
mod paging;
mod reach;
mod reads;
mod sdl;
mod seed;
mod statements;
mod subscriptions;
mod webhook_receipts;

use super::{Schema, prepare_single, schema};
use crate::http::media::FileAddress;
use async_graphql::{Request, Response, Variables};
use inbox::App;
use inbox::auth::{Caller, Permission, Viewer};
use serde_json::{Value, json};

/// A caller that sees everything.
fn everything() -> Viewer {
    Viewer::new(Caller::System, Permission::ALL.to_vec())
}

/// A schema and the service below it.
struct Api {
    app: App,
    schema: Schema,
}

impl Api {
    fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            schema: schema(
                app.clone(),
                FileAddress::new("http://files.example".parse().expect("a constant URL")),
            ),
        }
    }

    async fn execute(&self, viewer: Option<Viewer>, query: &str, variables: Value) -> Response {
        let request = Request::new(query).variables(Variables::from_json(variables));
        self.schema.execute(prepare_single(request, &self.app, viewer)).await
    }

    /// The data of an answer that must have no errors.
    async fn data_as(&self, viewer: Viewer, query: &str, variables: Value) -> Value {
        let response = self.execute(Some(viewer), query, variables).await;
        assert!(response.errors.is_empty(), "{query}: {:?}", response.errors);
        response.data.into_json().expect("data is JSON")
    }

    /// The data, and how many statements it takes: the fewest of three times, since the service reads its change log now
    /// and then.
    async fn cost(&self, query: &str, variables: Value) -> (Value, u64) {
        self.cost_as(everything(), query, variables).await
    }

    /// The same for another caller.
    async fn cost_as(&self, viewer: Viewer, query: &str, variables: Value) -> (Value, u64) {
        let mut answer = (Value::Null, u64::MAX);
        for _ in 0..3 {
            let before = self.app.db.statements();
            let data = self.data_as(viewer.clone(), query, variables.clone()).await;
            let cost = self.app.db.statements() - before;
            answer = (data, answer.1.min(cost));
        }
        answer
    }

    async fn data(&self, query: &str) -> Value {
        self.data_as(everything(), query, json!({})).await
    }

    /// The code of the only error.
    async fn code(&self, viewer: Option<Viewer>, query: &str) -> String {
        code_of(&self.execute(viewer, query, json!({})).await)
    }
}

/// The `extensions.code` of the only error of an answer.
fn code_of(response: &Response) -> String {
    let [error] = &response.errors[..] else { panic!("one error expected: {response:?}") };
    match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(async_graphql::Value::String(code)) => code.clone(),
        _ => panic!("no code: {error:?}"),
    }
}
