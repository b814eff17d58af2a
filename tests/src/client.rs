//! A GraphQL client over HTTP.

use crate::event_stream::EventStream;
use crate::subscriber::Subscriber;
use serde_json::{Value, json};

/// A caller of one node's API.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    /// `http://` and the node's address.
    url: String,
    token: Option<String>,
}

/// An answer to a GraphQL request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// What was asked for.
    ///
    /// # Panics
    /// If there are errors.
    #[must_use]
    pub fn data(mut self) -> Value {
        assert!(self.body.get("errors").is_none(), "no errors expected: {}", self.body);
        self.body["data"].take()
    }

    /// The `extensions.code` of every error.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array();
        errors
            .into_iter()
            .flatten()
            .map(|error| error["extensions"]["code"].as_str().unwrap_or("none"))
            .collect()
    }
}

impl Client {
    /// A caller of the service at `url` who shows this token.
    #[must_use]
    pub fn new(http: reqwest::Client, url: &str, token: Option<String>) -> Self {
        Self { http, url: url.to_owned(), token }
    }

    /// The caller after logging in.
    ///
    /// # Panics
    /// If the login is refused.
    pub async fn login(http: reqwest::Client, url: &str, email: &str, password: &str) -> Self {
        let anonymous = Self::new(http.clone(), url, None);
        let login =
            "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }";
        let input = json!({ "input": { "email": email, "password": password } });
        let data = anonymous.ask(login, input).await;
        let token = data["login"]["accessToken"].as_str().unwrap_or_else(|| panic!("no login: {data}"));
        Self::new(http, url, Some(token.to_owned()))
    }

    /// The token that this caller shows.
    ///
    /// # Panics
    /// If it shows none.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("a caller with a token")
    }

    /// The same caller at another node.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Posts a request and returns whatever comes back; none if the line broke.
    pub async fn try_execute(&self, query: &str, variables: Value) -> Option<Answer> {
        let request = json!({ "query": query, "variables": variables });
        let mut post = self.http.post(format!("{}/graphql", self.url)).json(&request);
        if let Some(token) = &self.token {
            post = post.bearer_auth(token);
        }
        let response = post.send().await.ok()?;
        let status = response.status().as_u16();
        Some(Answer { status, body: response.json().await.ok()? })
    }

    /// Posts a request and returns whatever comes back.
    ///
    /// # Panics
    /// If nothing does.
    pub async fn execute(&self, query: &str, variables: Value) -> Answer {
        self.try_execute(query, variables).await.unwrap_or_else(|| panic!("no answer to {query}"))
    }

    /// The data of an answer without errors.
    ///
    /// # Panics
    /// If there are errors.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        self.execute(query, variables).await.data()
    }

    /// [`ask`](Self::ask) without variables.
    ///
    /// # Panics
    /// If there are errors.
    pub async fn query(&self, query: &str) -> Value {
        self.ask(query, json!({})).await
    }

    /// The `extensions.code` of the only error.
    ///
    /// # Panics
    /// If there is none, or more than one.
    pub async fn code(&self, query: &str, variables: Value) -> String {
        let answer = self.execute(query, variables).await;
        let [code] = answer.codes()[..] else { panic!("one error expected: {query}: {}", answer.body) };
        code.to_owned()
    }

    /// Begins a subscription over a WebSocket of its own.
    ///
    /// # Panics
    /// If the socket cannot be opened.
    pub async fn subscribe(&self, query: &str, variables: Value) -> Subscriber {
        let subscriber = self.try_subscribe(query, variables).await;
        subscriber.unwrap_or_else(|why| panic!("no subscription: {why}"))
    }

    /// Opens a WebSocket on which nothing runs.
    ///
    /// # Panics
    /// If it is not accepted.
    pub async fn idle(&self) -> Subscriber {
        let socket = Subscriber::idle(&self.url, self.token.as_deref()).await;
        socket.unwrap_or_else(|why| panic!("no socket: {why}"))
    }

    /// Begins a subscription over server-sent events, behind an event that was seen before if there is one.
    ///
    /// # Panics
    /// If the stream cannot be opened.
    pub async fn stream(&self, query: &str, variables: Value, last_event_id: Option<&str>) -> EventStream {
        let stream =
            EventStream::open(&self.url, self.token.as_deref(), query, variables, last_event_id).await;
        stream.unwrap_or_else(|why| panic!("no stream: {why}"))
    }

    /// Begins a subscription, if the service can be reached.
    ///
    /// # Errors
    /// If it cannot, or does not accept the socket.
    pub async fn try_subscribe(&self, query: &str, variables: Value) -> anyhow::Result<Subscriber> {
        Subscriber::open(&self.url, self.token.as_deref(), query, variables).await
    }
}
