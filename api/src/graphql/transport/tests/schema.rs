//! A schema with one field for each thing a transport must cope with.

use crate::graphql::context::Resumption;
use crate::graphql::scalars::Cursor;
use crate::graphql::transport::operations::{Operations, ScalarCheck};
use async_graphql::{
    Context, Enum, Error, ErrorExtensions, InputObject, MaybeUndefined, Object, OneofObject, Request,
    Response, Result, Schema, Subscription, Upload, ValidationMode,
};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, Stream, StreamExt};
use inbox::auth::{AccessChange, Authenticated, Caller, Permission, Viewer};
use inbox::clock::Clock;
use parking_lot::Mutex;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

pub(super) struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "world"
    }

    async fn echo(&self, text: String) -> String {
        text
    }

    async fn me(&self, context: &Context<'_>) -> Result<String> {
        Ok(context.data_opt::<Viewer>().ok_or_else(refused)?.scope())
    }

    async fn broken(&self) -> Option<Result<String>> {
        Some(Err(Error::new("broken").extend_with(|_, e| e.set("code", "INTERNAL"))))
    }

    async fn panics(&self) -> String {
        let empty: Vec<String> = Vec::new();
        empty[0].clone()
    }

    async fn hangs(&self) -> String {
        std::future::pending().await
    }

    /// How each argument arrived.
    async fn arrived(
        &self,
        text: MaybeUndefined<String>,
        shape: Option<Shape>,
        pick: Option<Pick>,
        list: Option<Vec<Option<i32>>>,
    ) -> String {
        format!("{text:?} {shape:?} {pick:?} {list:?}")
    }

    async fn nest(&self) -> Nest {
        Nest
    }
}

pub(super) struct Nest;

#[Object]
impl Nest {
    async fn nest(&self) -> Nest {
        Nest
    }

    async fn leaf(&self) -> i32 {
        1
    }
}

#[derive(Debug, InputObject)]
pub(super) struct Shape {
    name: String,
    colour: MaybeUndefined<Colour>,
    inner: Option<Box<Shape>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum Colour {
    Red,
    Green,
}

#[derive(Debug, OneofObject)]
pub(super) enum Pick {
    Text(String),
    Number(i32),
}

pub(super) struct Mutation;

#[Object]
impl Mutation {
    async fn change(&self) -> bool {
        true
    }

    /// Name, media type and content of each file.
    async fn store(&self, context: &Context<'_>, files: Vec<Upload>) -> Result<Vec<String>> {
        let describe = |file: Upload| {
            let value = file.value(context)?;
            let media = value.content_type.clone().unwrap_or_default();
            let name = value.filename.clone();
            let mut content = String::new();
            value.into_read().read_to_string(&mut content)?;
            Ok(format!("{name} {media} {content:.20} {}", content.len()))
        };
        files.into_iter().map(describe).collect()
    }
}

pub(super) struct Root;

#[Subscription]
impl Root {
    /// Shared by equal rights.
    async fn message_added(
        &self,
        context: &Context<'_>,
        least: Option<u64>,
    ) -> Result<impl Stream<Item = u64>> {
        let least = least.unwrap_or_default();
        Ok(source(context).filter(move |number| std::future::ready(*number >= least)))
    }

    /// Shared, unless it begins in the past.
    async fn events(&self, context: &Context<'_>, after: Option<u64>) -> Result<impl Stream<Item = u64>> {
        let resumption = Resumption::of(context);
        let last = resumption.after().and_then(|cursor| cursor.0.parse().ok());
        let after: u64 = last.or(after).unwrap_or_default();
        let items = source(context).map(move |number| number + after);
        Ok(items.inspect(move |number| resumption.reach(&Cursor(number.to_string()))))
    }

    /// Shared only by the same caller.
    async fn inbox_notification(&self, context: &Context<'_>) -> Result<impl Stream<Item = u64>> {
        Ok(source(context))
    }

    /// Ends by itself.
    async fn count(&self, to: u64) -> impl Stream<Item = u64> {
        stream::iter(1..=to)
    }

    async fn forbidden(&self) -> Result<impl Stream<Item = u64>> {
        Err::<stream::Empty<u64>, _>(refused())
    }

    /// A result, then a panic.
    async fn falls(&self) -> impl Stream<Item = u64> {
        stream::iter(1..).map(|number| if number < 2 { number } else { panic!("as asked") })
    }
}

fn refused() -> Error {
    Error::new("log in").extend_with(|_, e| e.set("code", "UNAUTHENTICATED"))
}

fn source(context: &Context<'_>) -> impl Stream<Item = u64> + use<> {
    let source = context.data_unchecked::<broadcast::Sender<u64>>();
    BroadcastStream::new(source.subscribe()).filter_map(async |number| number.ok())
}

/// The schema, with tokens that stand for callers.
pub(super) struct TestOperations {
    schema: Schema<Query, Mutation, Root>,
    source: broadcast::Sender<u64>,
    clock: Clock,
    subscribed: AtomicUsize,
    running: Arc<AtomicUsize>,
    revoked: Mutex<Vec<String>>,
    access: broadcast::Sender<AccessChange>,
}

impl TestOperations {
    pub(super) fn new(clock: Clock) -> Self {
        let source = broadcast::Sender::new(100_000);
        Self {
            schema: Schema::build(Query, Mutation, Root)
                .data(source.clone())
                .validation_mode(ValidationMode::Fast)
                .finish(),
            source,
            clock,
            subscribed: AtomicUsize::new(0),
            running: Arc::default(),
            revoked: Mutex::default(),
            access: broadcast::Sender::new(4),
        }
    }

    /// Sends a number to all subscriptions that run.
    pub(super) fn emit(&self, number: u64) {
        let _ = self.source.send(number);
    }

    /// Executions of subscriptions that were ever begun.
    pub(super) fn subscribed(&self) -> usize {
        self.subscribed.load(Ordering::Relaxed)
    }

    /// Executions of subscriptions that run now.
    pub(super) fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    /// From now on the token is refused.
    pub(super) fn revoke(&self, token: &str) {
        self.revoked.lock().push(token.to_owned());
    }

    /// Tells the sockets whose rights changed.
    pub(super) fn tell(&self, change: AccessChange) {
        let _ = self.access.send(change);
    }

    /// `anna` and `ben` have the same rights, `carl` fewer, `short` ends in a minute; `down` finds no database, `broken` panics.
    fn look_up(&self, token: &str) -> inbox::Result<Authenticated> {
        if self.revoked.lock().iter().any(|revoked| revoked == token) {
            return Err(inbox::Error::Unauthenticated("the token was revoked"));
        }
        let viewer = |number, permissions: &[Permission]| {
            Viewer::new(Caller::User(Uuid::from_u128(number).into()), permissions.to_vec())
        };
        let (viewer, expires_at) = match token {
            "anna" => (viewer(1, &[Permission::ReadAll]), None),
            "ben" => (viewer(2, &[Permission::ReadAll]), None),
            "carl" => (viewer(3, &[Permission::ReadOwn]), None),
            "short" => {
                (viewer(1, &[Permission::ReadAll]), Some(self.clock.now().plus(Duration::from_secs(60))))
            }
            "broken" => panic!("as asked"),
            "down" => return Err(inbox::Error::Unavailable("no database".to_owned())),
            _ => return Err(inbox::Error::Unauthenticated("the token is not one of ours")),
        };
        Ok(Authenticated { viewer, expires_at })
    }
}

impl Operations for TestOperations {
    fn sdl(&self) -> String {
        self.schema.sdl()
    }

    fn check_scalar(&self) -> ScalarCheck {
        |_, _| Ok(())
    }

    fn authenticate<'a>(&'a self, bearer: &'a str) -> BoxFuture<'a, inbox::Result<Authenticated>> {
        async { self.look_up(bearer) }.boxed()
    }

    fn access_changes(&self) -> broadcast::Receiver<AccessChange> {
        self.access.subscribe()
    }

    fn execute(&self, request: Request, viewer: Option<Viewer>) -> BoxFuture<'_, Response> {
        self.schema.execute(with(request, viewer)).boxed()
    }

    fn subscribe(&self, request: Request, viewer: Option<Viewer>) -> BoxStream<'static, Response> {
        self.subscribed.fetch_add(1, Ordering::Relaxed);
        let running = Running::new(&self.running);
        let responses = self.schema.execute_stream(with(request, viewer));
        responses.inspect(move |_| running.touch()).boxed()
    }
}

fn with(request: Request, viewer: Option<Viewer>) -> Request {
    match viewer {
        Some(viewer) => request.data(viewer),
        None => request,
    }
}

/// Counts itself while it lives.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }

    /// Keeps it alive in a closure.
    fn touch(&self) {}
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
