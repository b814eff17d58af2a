//! The handle that tests and commands hold.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::config::{Business, Config};
use crate::crowd::CrowdHandle;
use crate::customer::Customer;
use crate::customers::PhoneMessage;
use crate::faults::Faults;
use crate::requests::RecordedRequest;
use crate::server::{Connection, Severable};
use crate::state::Core;
use crate::templates::Verdict;
use crate::{control, crowd, graph, inbound, webhooks};

/// How long one post of a webhook may take. Meta does not say how long it waits.
const POST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long [`Simulator::stop`] waits for calls that are being answered.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// A running simulator. Clones are handles on the same one; it runs until [`stop`](Self::stop) or until the last
/// handle is dropped.
#[derive(Clone, Debug)]
pub struct Simulator {
    core: Arc<Core>,
    running: Arc<Running>,
}

#[derive(Debug)]
struct Running {
    tasks: TaskTracker,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl Simulator {
    /// Binds the address and serves in the background.
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        let listen = config.listen;
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
        let url = format!("http://{}", listener.local_addr()?);
        // No proxy and no redirects: webhooks go to the address they were given, or nowhere.
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(POST_TIMEOUT)
            .build()
            .context("cannot make an HTTP client")?;
        let core = Arc::new(Core::new(config, url, http));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        for _ in 0..core.config.webhook_workers.max(1) {
            let (core, stop) = (core.clone(), stop.clone());
            tasks.spawn(async move { stop.run_until_cancelled(webhooks::work(&core)).await });
        }
        let router = router(core.clone()).into_make_service_with_connect_info::<Connection>();
        let server =
            axum::serve(Severable(listener), router).with_graceful_shutdown(stop.clone().cancelled_owned());
        tasks.spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the simulator stopped serving");
            }
        });
        tasks.close();
        let running = Running { tasks, stop: stop.clone(), _stop_on_drop: stop.drop_guard() };
        Ok(Self { core, running: Arc::new(running) })
    }

    /// Where it serves, without a slash at the end: `http://127.0.0.1:49152`.
    pub fn url(&self) -> String {
        self.core.url.clone()
    }

    /// The business that exists.
    pub fn business(&self) -> &Business {
        &self.core.config.business
    }

    /// Sends the webhooks there from now on, those that wait included.
    pub fn set_webhook_url(&self, url: &str) {
        self.core.webhooks.set_url(url);
    }

    /// Does the handshake (`GET` with `hub.challenge`) with the webhook address and the business's verify token.
    ///
    /// # Errors
    /// If no address is set, it cannot be reached, or it does not answer 200 with the challenge alone.
    pub async fn verify_webhook(&self) -> anyhow::Result<()> {
        let url =
            self.core.webhooks.url().context("no webhook address is set: call set_webhook_url first")?;
        webhooks::verify(&self.core, &url, &self.business().verify_token).await
    }

    /// A customer writes. The message is Meta's inbound message object (`{"type":"text","text":{"body":"Hi"}}`) or a
    /// shorthand (`{"text":"Hi"}`, `{"image":{"caption":"Look"}}`); sender, id and time are added, but an `id` or
    /// `timestamp` that is given is kept. A medium without an id gets a sample file. What is not a message at all
    /// arrives as Meta's `unsupported`. Returns the message id; the webhook is on its way.
    pub async fn customer_writes(&self, phone: &str, message: Value) -> String {
        inbound::write(&self.core, phone, message)
    }

    /// The customer with a phone number, in any notation; made up if nobody has it yet.
    pub fn customer(&self, phone: &str) -> Customer {
        Customer::new(self.core.clone(), phone)
    }

    /// What the customer's phone shows, oldest first: at most the newest 10,000 messages.
    pub fn phone_messages(&self, phone: &str) -> Vec<PhoneMessage> {
        self.core.state.lock().customers.at(phone).messages.iter().cloned().collect()
    }

    /// The customer looks at the phone: a `read` status for everything delivered and unread.
    pub async fn customer_reads(&self, phone: &str) {
        inbound::read(&self.core, phone);
    }

    /// Keeps a file as if a customer had sent it, and returns the id to put into a message.
    pub fn add_media(&self, bytes: impl Into<Bytes>, mime_type: &str) -> String {
        inbound::add_media(&self.core, bytes.into(), mime_type)
    }

    /// What Meta decides about a template: a status with a reason, a quality, or a category. The webhooks are on their way.
    /// False if there is no such template.
    pub fn judge_template(&self, name: &str, language: &str, verdict: &Verdict) -> bool {
        verdict.pass(&self.core, name, language)
    }

    /// Ends what [`Faults::hold_templates`] began: the messages go out, or fail with 132015 because customers took the first
    /// of them badly. Returns how many there were.
    pub fn release_held(&self, good: bool) -> usize {
        graph::messages::release_held(&self.core, good)
    }

    /// Adds an approved template without telling; it has a body and nothing else.
    pub fn add_template(&self, name: &str, language: &str, category: &str, body: &str) {
        let state = &mut *self.core.state.lock();
        let id = state.ids.number();
        state.templates.insert(json!({
            "id": id, "name": name, "language": language, "category": category, "status": "APPROVED",
            "parameter_format": "POSITIONAL", "components": [{ "type": "BODY", "text": body }],
        }));
    }

    /// What goes wrong from now on; replaces everything set before.
    pub fn set_faults(&self, faults: Faults) {
        *self.core.faults.lock() = faults;
    }

    /// The faults as they are now, counters run down.
    pub fn faults(&self) -> Faults {
        self.core.faults.lock().clone()
    }

    /// Every Graph call received, oldest first: at most the newest 100,000, older ones are forgotten.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.core.requests.lock().all()
    }

    /// Moves the simulator's clock forward; it starts at the real time. Windows, limits, tokens and files age with
    /// it. Waits between webhooks are in real time.
    pub fn advance_clock(&self, by: Duration) {
        self.core.clock.advance(by);
    }

    /// Seconds since 1970 by the simulator's clock.
    pub fn now(&self) -> u64 {
        self.core.clock.now()
    }

    /// Signs any body and posts it to the webhook address as it is, once. Returns the status of the answer, or 502
    /// if there was none.
    pub async fn deliver_body(&self, body: Vec<u8>) -> StatusCode {
        webhooks::post(&self.core, Bytes::from(body)).await.unwrap_or(StatusCode::BAD_GATEWAY)
    }

    /// Starts `count` sample customers (at most 1,000; a dozen have names of their own, in seven languages) who write
    /// now and then: the first three within a second, then somebody every 2 to 6 seconds. They read what the business
    /// sends, and sometimes answer it.
    pub fn start_crowd(&self, count: usize) -> CrowdHandle {
        crowd::start(self.core.clone(), count, self.running.stop.child_token())
    }

    /// How many updates have not been answered 200 yet.
    pub fn pending_webhooks(&self) -> usize {
        self.core.webhooks.pending()
    }

    /// Waits until all updates have been answered 200; false if that takes longer than `timeout`.
    pub async fn drained(&self, timeout: Duration) -> bool {
        self.core.webhooks.drained(timeout).await
    }

    /// Stops serving and posting, and waits up to two seconds for calls that are being answered. Updates that wait
    /// are lost.
    pub async fn stop(&self) {
        self.running.stop.cancel();
        if tokio::time::timeout(STOP_TIMEOUT, self.running.tasks.wait()).await.is_err() {
            tracing::debug!("the simulator left calls unanswered when it stopped");
        }
    }
}

fn router(core: Arc<Core>) -> Router {
    control::router().merge(graph::router(core.clone())).with_state(core)
}
