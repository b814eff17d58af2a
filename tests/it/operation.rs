//! Running it: the first start, health, stopping, and what the logs hold.

use entities::OutboxState;
use serde_json::{Value, json};
use simulator::{Faults, Simulator};
use std::os::unix::fs::PermissionsExt;
use tests::app::{ADMIN_PASSWORD, SECRET_KEY};
use tests::child::Program;
use tests::sending::{SEND, text_to};
use tests::subscriber::Received;
use tests::wait::{PATIENCE, until_true};
use tests::{Client, Database, TestApp, on_each_store, on_sqlite, records, webhook};

const PROGRAM: &str = env!("CARGO_BIN_EXE_recado-under-test");
const PHONE: &str = "34600000001";
/// The close code of a server that goes away.
const GOING_AWAY: u16 = 1001;

async fn text_of(app: &TestApp, path: &str) -> (u16, String) {
    let answer = app.http().get(format!("{}{path}", app.url())).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[test]
fn those_who_watch_over_it_are_answered() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.simulator().customer_writes(PHONE, json!({ "text": "Hola" })).await;
        app.settled().await;
        let client = app.admin().await;
        client.message_in(&client.send(PHONE, "hi").await, "DELIVERED").await;
        app.post_webhook("{}", None).await;
        let subscriber = client.subscribe("subscription { messageAdded { id } }", json!({})).await;
        app.subscribed(1).await;

        assert_eq!(text_of(&app, "/healthz").await, (200, "ok\n".to_owned()));
        let (status, body) = text_of(&app, "/readyz").await;
        let ready: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &ready["ready"], &ready["migrations"]), (200, &json!(true), &json!("ok")));
        let (status, metrics) = text_of(&app, "/metrics").await;
        assert_eq!(status, 200);
        for line in [
            "recado_webhooks_total{outcome=\"stored\"}",
            "recado_webhooks_total{outcome=\"signature_missing\"}",
            "recado_webhooks_applied_total",
            "recado_sends_total{outcome=\"accepted\"}",
            "recado_outbox_queued",
            "recado_database_statements_total",
            "recado_http_requests_total{route=\"/graphql\",status=\"200\"}",
            "recado_websockets",
        ] {
            assert!(metrics.contains(line), "{line} is missing in {metrics}");
        }
        for secret in [PHONE, "Hola", ADMIN_PASSWORD] {
            assert!(!metrics.contains(secret), "{secret}");
        }
        drop(subscriber);
        let answer = app.http().get(app.url()).header("x-request-id", "mine-42").send().await.unwrap();
        assert_eq!(answer.headers()["x-request-id"], "mine-42");
        app.finish().await;
    });
}

#[test]
fn a_first_start_in_an_empty_directory_makes_what_it_needs() {
    on_sqlite(async |database| {
        let program = Program::bare(PROGRAM, database.directory());
        let process = program.start().await;
        let file = |name: &str| database.directory().join(name);
        assert!(file("recado.db").is_file());
        let key = std::fs::metadata(file("recado.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600, "nobody else may read the key");

        let output = program.output();
        let password =
            output.split("password ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
        let admin = Client::login(program.http().clone(), &program.url(), "admin@localhost", &password).await;
        let data = admin.query("{ viewer { permissions } }").await;
        assert!(data["viewer"]["permissions"].as_array().unwrap().contains(&json!("ADMINISTER")));
        assert!(process.terminate().await.success());

        let process = program.start().await;
        assert_eq!(program.output().matches(&password).count(), 1, "it is shown once");
        let data = admin.query("{ viewer { permissions } }").await;
        assert!(!data["viewer"].is_null(), "sessions outlive a restart: the key is kept");
        assert!(process.terminate().await.success());
    });
}

#[test]
fn a_wrong_setting_is_told_in_one_sentence() {
    on_sqlite(async |database| {
        let table = [("LISTEN", "nowhere", 2), ("DATABASE_URL", "mysql://x", 2), ("ROLES", "cook", 2)];
        for (name, value, code) in table {
            let mut program = Program::bare(PROGRAM, database.directory());
            program.set(name, value);
            let status = program.command(&["serve"]).status().unwrap();
            assert_eq!(status.code(), Some(code), "{name}={value}");
            let output = program.output();
            let last = output.lines().last().unwrap();
            assert!(last.contains(&format!("RECADO_{name}")), "it names the variable: {last}");
        }
    });
}

#[test]
fn a_stop_finishes_what_was_begun() {
    on_each_store(async |database| {
        let simulator = Simulator::start(simulator::Config::default()).await.unwrap();
        let program = Program::new(PROGRAM, database, &simulator);
        let process = program.start().await;
        simulator.set_webhook_url(&program.webhook_url());
        simulator.customer_writes(PHONE, json!({ "text": "Hola" })).await;
        let db = database.connect().await;
        until_true("the customer is known", async || records::messages(&db).await.len() == 1).await;

        let admin = program.admin().await;
        let mut subscriber = admin.subscribe("subscription { messageAdded { id } }", json!({})).await;
        simulator.set_faults(Faults { answer_delay_ms: 1_000, ..Faults::default() });
        admin.send(PHONE, "under way").await;
        until_true("Meta is called", async || {
            simulator.requests().iter().any(|call| call.path.ends_with("/messages"))
        })
        .await;

        // Bodies come while it stops: each is either refused or kept.
        let posts = futures_util::future::join_all((0..200).map(|number| post(&program, number)));
        let (answers, status) = tokio::join!(posts, process.terminate());
        assert!(status.success(), "{}", program.output());
        let kept = records::receipts(&db).await.len();
        let answered = answers.iter().filter(|status| **status == Some(200)).count();
        assert!(kept > answered, "{answered} were answered 200, {kept} are kept, the first message included");

        let closed = loop {
            match subscriber.receive().await {
                Received::Next(_) => {}
                other => break other,
            }
        };
        assert_eq!(closed, Received::Closed(Some(GOING_AWAY)));
        let messages = records::messages(&db).await;
        let sent =
            messages.iter().find(|message| message.direction == entities::Direction::Outbound).unwrap();
        assert!(sent.wamid.is_some(), "the call that was under way was waited for: {:?}", sent.status);
        assert_eq!(records::outbox(&db, &[OutboxState::Sending, OutboxState::Unknown]).await, 0);
    });
}

async fn post(program: &Program, number: usize) -> Option<u16> {
    let body =
        simulator::escape(&webhook::text(PHONE, &format!("wamid.{number}"), 1_700_000_000, "while it stops"));
    let signature = webhook::signature(&body);
    let post = program.http().post(program.webhook_url()).header("X-Hub-Signature-256", signature).body(body);
    Some(post.send().await.ok()?.status().as_u16())
}

/// Everything that goes through the service in [`nothing_private_is_logged`] and must not be seen in its logs.
const CANARIES: [&str; 9] = [
    "canary-text-in",
    "canary-text-out",
    "canary-name",
    "canary-broken",
    "canary-variable",
    "canary-password",
    "canary-key",
    "canary-unknown",
    "canary-document",
];

#[test]
fn nothing_private_is_logged() {
    on_each_store(async |database| {
        let simulator = Simulator::start(simulator::Config::default()).await.unwrap();
        let mut program = Program::new(PROGRAM, database, &simulator);
        program.set("LOG", "debug");
        let process = program.start().await;
        simulator.set_webhook_url(&program.webhook_url());
        let admin = program.admin().await;
        go_through(&program, &simulator, &admin, database).await;
        assert!(process.terminate().await.success());

        let logs = program.output();
        assert!(logs.contains("serving") && logs.len() > 1_000, "there are logs: {logs}");
        let business = simulator.business();
        let secrets = [
            &business.access_token,
            &business.app_secret,
            &business.verify_token,
            ADMIN_PASSWORD,
            SECRET_KEY,
            &webhook::signature(b"{}")["sha256=".len()..],
        ];
        for private in CANARIES.into_iter().chain(secrets) {
            let line = logs.lines().find(|line| line.contains(private));
            assert_eq!(line, None, "{private}");
        }
        // How a session token begins, as far as no random id does.
        assert!(!["eyJhbGci", "eyJ0eXAi"].iter().any(|start| logs.contains(start)), "no session token");
    });
}

/// A day in the life of the service, with texts that can be found again.
async fn go_through(program: &Program, simulator: &Simulator, admin: &Client, database: &Database) {
    simulator.verify_webhook().await.unwrap();
    simulator.customer(PHONE).set_name("canary-name");
    simulator.customer_writes(PHONE, json!({ "text": "canary-text-in" })).await;
    let broken =
        webhook::messages(PHONE, &[json!({ "id": ["canary-broken"], "text": { "body": "canary-broken" } })]);
    let unknown = webhook::message(
        PHONE,
        "wamid.U",
        1_700_000_000,
        &json!({ "type": "canary-unknown", "canary-unknown": 1 }),
    );
    for body in [
        broken.to_string(),
        webhook::messages(PHONE, &[unknown]).to_string(),
        "{\"canary-broken\": ".to_owned(),
    ] {
        assert_eq!(simulator.deliver_body(body.into_bytes()).await, 200);
    }
    let unsigned =
        program.http().post(program.webhook_url()).header("X-Hub-Signature-256", "sha256=00").body("{}");
    assert_eq!(unsigned.send().await.unwrap().status(), 401);
    assert!(simulator.drained(PATIENCE).await);
    let db = database.connect().await;
    until_true("all is applied", async || records::receipts_waiting(&db).await == 0).await;

    simulator.set_faults(Faults { drop_before_accepting: 1, ..Faults::default() });
    let sent = admin.try_send(&text_to(PHONE, "canary-text-out", "canary-key-1")).await;
    admin.message_in(sent["message"]["id"].as_str().unwrap(), "UNKNOWN").await;
    let sent = admin.try_send(&text_to(PHONE, "canary-text-out", "canary-key-2")).await;
    admin.message_in(sent["message"]["id"].as_str().unwrap(), "DELIVERED").await;
    assert_eq!(admin.refusals(&text_to(PHONE, "canary-text-out again", "canary-key-2")).await.len(), 1);
    assert!(!admin.execute(SEND, json!({ "input": { "canary-variable": 1 } })).await.codes().is_empty());
    assert!(
        !admin
            .execute("{ contacts(search: \"canary-document\") { nope } }", json!({}))
            .await
            .codes()
            .is_empty()
    );
    admin.query("{ contacts(search: \"canary-document\") { totalCount } }").await;
    let login = "mutation($input: LoginInput!) { login(input: $input) { userErrors { code } } }";
    let wrong = json!({ "input": { "email": "canary-variable@example.com", "password": "canary-password" } });
    admin.ask(login, wrong).await;
}
