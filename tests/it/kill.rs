//! The kill test: the service is killed (SIGKILL) again and again, at random, while customers write, statuses come
//! doubled and in disorder, and messages are sent. Afterwards nothing is lost, doubled or out of order.

mod audit;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use simulator::{Faults, Limits, Retry, Simulator};
use std::time::Duration;
use tests::child::Program;
use tests::wait::{PATIENCE, until, until_true};
use tests::{Client, Database, Follower, on_postgres, on_sqlite, records};
use tokio::sync::Semaphore;

/// Customers, each with one conversation.
const CUSTOMERS: usize = 50;
/// What they write; with three statuses for each message sent, more than 5,000 updates.
const WRITTEN: usize = 4_000;
/// What is sent to them.
const SENT: usize = 350;
/// Meta's time of the first message lies so many seconds back; a new second begins with each hundredth message, so that
/// many share one.
const BEGAN_BEFORE: u64 = 3_600;

/// When the process is killed, after a random delay on top.
#[derive(Clone, Copy, Debug)]
enum Kill {
    /// As soon as it was started: perhaps before it serves.
    AtOnce,
    /// Once it applies webhooks.
    Applying,
    /// Once it calls Meta.
    Sending,
}

use Kill::{Applying, AtOnce, Sending};

#[test]
fn a_kill_at_any_instant_loses_doubles_and_disorders_nothing_on_sqlite() {
    let kills = [Applying, Sending, AtOnce, Sending, Applying, AtOnce, Sending, Applying];
    on_sqlite(async |database| kill_again_and_again(database, &kills.repeat(4)).await);
}

#[test]
fn a_kill_at_any_instant_loses_doubles_and_disorders_nothing_on_postgres() {
    // Fewer: whoever comes after a kill waits until the lease of the dead node has ended, up to ten seconds.
    on_postgres(async |database| {
        kill_again_and_again(database, &[Sending, AtOnce, Sending, Applying, AtOnce, Sending]).await;
    });
}

#[expect(clippy::print_stderr, reason = "whoever reads a failure may want to run the same again")]
async fn kill_again_and_again(database: &Database, kills: &[Kill]) {
    let seed = std::env::var("RECADO_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    eprintln!("RECADO_TEST_SEED={seed}");
    let simulator = Simulator::start(meta(seed)).await.unwrap();
    simulator.set_faults(Faults {
        duplicate_webhooks: 0.2,
        reorder_webhooks: true,
        // While a call waits for its answer the process may be killed.
        answer_delay_ms: 30,
        ..Faults::default()
    });
    let program = Program::new(env!("CARGO_BIN_EXE_recado-under-test"), database, &simulator);
    let process = program.start().await;
    let admin = program.admin().await;
    process.kill();
    simulator.set_webhook_url(&program.webhook_url());

    let traffic = Traffic::new(&simulator, admin.clone());
    let mut follower = Follower::new(admin.clone());
    let work = async {
        tokio::join!(
            traffic.customers_write(),
            traffic.messages_are_sent(),
            kill_all(&program, database, &traffic, kills, seed)
        )
    };
    let ((), (), process) = follow_during(&mut follower, work).await;
    rest(&simulator, database).await;

    let db = database.connect().await;
    audit::check(&simulator, &db).await;
    let head = records::events(&db).await.len();
    follower.reach(i64::try_from(head).unwrap()).await;
    assert!(follower.seen().iter().copied().eq(1..=head as i64), "the follower saw the log once, in order");
    drop(follower);
    assert!(process.terminate().await.success(), "{}", program.output());
}

fn meta(seed: u64) -> simulator::Config {
    simulator::Config {
        seed,
        retry: Retry { first: Duration::from_millis(20), max: Duration::from_millis(200) },
        limits: Limits { messages_per_second: 1_000, pair_burst: 1_000, ..Limits::default() },
        ..simulator::Config::default()
    }
}

/// Kills and restarts, letting a share of the traffic go before each kill and all that is left in the end. Returns the
/// last process, which lives.
async fn kill_all(
    program: &Program,
    database: &Database,
    traffic: &Traffic<'_>,
    kills: &[Kill],
    seed: u64,
) -> tests::child::Process {
    let mut rng = StdRng::seed_from_u64(seed);
    let db = database.connect().await;
    let calls = || traffic.simulator.requests().len();
    for kill in kills {
        let (stored, called) = (records::messages(&db).await.len(), calls());
        traffic.release(1.0 / (kills.len() + 1) as f64);
        let mut process = program.spawn();
        let delay = match kill {
            AtOnce => rng.random_range(0..400),
            Applying => {
                process.ready().await;
                until_true("webhooks are applied", async || records::messages(&db).await.len() > stored)
                    .await;
                rng.random_range(0..200)
            }
            Sending => {
                process.ready().await;
                until_true("messages are sent", async || calls() > called).await;
                rng.random_range(0..120)
            }
        };
        tokio::time::sleep(Duration::from_millis(delay)).await;
        process.kill();
    }
    traffic.release(1.0);
    program.start().await
}

/// Follows the log while the work goes on.
async fn follow_during<T>(follower: &mut Follower, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = work.as_mut() => return done,
            () = follower.step() => {}
        }
    }
}

/// Waits until everybody has read everything and all of it is stored.
async fn rest(simulator: &Simulator, database: &Database) {
    let db = database.connect().await;
    let waiting = [entities::OutboxState::Queued, entities::OutboxState::Sending];
    until_true("everything is sent", async || records::outbox(&db, &waiting).await == 0).await;
    for customer in 0..CUSTOMERS {
        simulator.customer_reads(&phone(customer)).await;
    }
    assert!(simulator.drained(PATIENCE).await, "all webhooks are answered 200");
    until_true("all webhooks are applied", async || records::receipts_waiting(&db).await == 0).await;
}

fn phone(customer: usize) -> String {
    format!("346000{customer:05}")
}

/// What happens while the process comes and goes. Each message needs a permit.
struct Traffic<'a> {
    simulator: &'a Simulator,
    api: Client,
    to_write: Semaphore,
    to_send: Semaphore,
}

impl<'a> Traffic<'a> {
    fn new(simulator: &'a Simulator, api: Client) -> Self {
        Self { simulator, api, to_write: Semaphore::new(0), to_send: Semaphore::new(0) }
    }

    /// Lets this share of all messages go.
    fn release(&self, share: f64) {
        self.to_write.add_permits((WRITTEN as f64 * share).ceil() as usize);
        self.to_send.add_permits((SENT as f64 * share).ceil() as usize);
    }

    async fn customers_write(&self) {
        let began = self.simulator.now() - BEGAN_BEFORE;
        for number in 0..WRITTEN {
            self.to_write.acquire().await.unwrap().forget();
            let message =
                json!({ "text": format!("written {number}"), "timestamp": began + number as u64 / 100 });
            self.simulator.customer_writes(&phone(number * 7 % CUSTOMERS), message).await;
            if number % 20 == 0 {
                // So that not all of a share waits in the first body.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    /// Every message under a key of its own, again and again until the service says that it has it; one after the other
    /// to each customer.
    async fn messages_are_sent(&self) {
        let to_customer = |customer: usize| async move {
            for number in (customer..SENT).step_by(CUSTOMERS) {
                self.to_send.acquire().await.unwrap().forget();
                self.send(customer, number).await;
            }
        };
        futures_util::future::join_all((0..CUSTOMERS).map(to_customer)).await;
    }

    async fn send(&self, customer: usize, number: usize) {
        let mutation =
            "mutation($input: MessageSendInput!) { messageSend(input: $input) { message { id } } }";
        let input = json!({ "input": {
            "to": { "phone": format!("+{}", phone(customer)) },
            "content": { "text": { "body": format!("sent {number:04}") } },
            "idempotencyKey": format!("key-{number}"),
        }});
        until("the service takes a message", async || {
            let answer = self.api.try_execute(mutation, input.clone()).await?;
            answer.body["data"]["messageSend"]["message"]["id"].is_string().then_some(())
        })
        .await;
    }
}
