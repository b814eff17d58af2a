//! Settings over the API and the command line: checked with Meta, and holding at once on every node.

use inbox::auth::Permission;
use inbox::services::integration;
use serde_json::{Value, json};
use simulator::{Business, Faults, Simulator};
use std::time::Duration;
use tests::child::Program;
use tests::wait::until;
use tests::{Client, TestApp, on_each_store};

const PROGRAM: &str = env!("CARGO_BIN_EXE_recado-under-test");

const SETTINGS: &str = "{ settings {
    appId businessAccountId phoneNumberId verifySignature fromEnvironment
    accessToken { isSet lastFour expiresAt updatedAt } appSecret { isSet lastFour } verifyToken { isSet lastFour }
    integration { state missing problems { setting code message } accessToken { kind scopes expiresAt } checkedAt }
    defaultAnswerUser { name } defaultAssistant { name } } }";

const UPDATE: &str = "mutation($input: SettingsUpdateInput!) { settingsUpdate(input: $input) {
    settings { phoneNumberId integration { state missing problems { code } } }
    userErrors { field code message } } }";

async fn settings(client: &Client) -> Value {
    client.query(SETTINGS).await["settings"].take()
}

async fn update(client: &Client, input: Value) -> Value {
    client.ask(UPDATE, json!({ "input": input })).await["settingsUpdate"].take()
}

/// The settings that are right.
fn right(business: &Business) -> Value {
    json!({
        "appId": business.app_id, "appSecret": business.app_secret, "accessToken": business.access_token,
        "businessAccountId": business.business_account_id, "phoneNumberId": business.phone_number_id,
        "verifyToken": business.verify_token,
    })
}

/// What was refused: setting and code.
fn refused(payload: &Value) -> Vec<(String, String)> {
    assert_eq!(payload["settings"], Value::Null);
    let errors = payload["userErrors"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors.map(|error| (text(&error["field"][0]), text(&error["code"]))).collect()
}

#[test]
fn a_deployment_is_connected_over_the_api() {
    on_each_store(async |database| {
        let app = TestApp::start_unconnected(database).await;
        let admin = app.admin().await;
        let before = settings(&admin).await;
        assert_eq!(before["integration"]["state"], "INCOMPLETE");
        let required = json!([
            "APP_ID",
            "APP_SECRET",
            "BUSINESS_ACCOUNT_ID",
            "PHONE_NUMBER_ID",
            "ACCESS_TOKEN",
            "VERIFY_TOKEN"
        ]);
        assert_eq!((&before["integration"]["missing"], &before["fromEnvironment"]), (&required, &json!([])));

        let other = if database.is_postgres() { Some(app.another_node().await) } else { None };
        let query = "subscription { events(filter: { kinds: [INTEGRATION_UPDATED] }) {
            ... on IntegrationUpdatedEvent { state } } }";
        let mut changes = admin.subscribe(query, json!({})).await;
        app.subscribed(1).await;
        let business = app.simulator().business().clone();
        let payload = update(&admin, right(&business)).await;
        assert_eq!(payload["userErrors"], json!([]));
        assert_eq!(
            payload["settings"]["integration"],
            json!({ "state": "ACTIVE", "missing": [], "problems": [] })
        );
        loop {
            let event = changes.next().await;
            if let Some(state) = event["events"]["state"].as_str() {
                assert_eq!(state, "ACTIVE");
                break;
            }
        }

        let after = settings(&admin).await;
        assert_eq!(after["accessToken"]["lastFour"], "User");
        assert_eq!(after["integration"]["accessToken"]["kind"], "SYSTEM_USER");
        let shown = after.to_string()
            + &admin
                .query("{ auditEntries { nodes { action changes { field before after } } } }")
                .await
                .to_string();
        for secret in [&business.access_token, &business.app_secret, &business.verify_token] {
            assert!(!shown.contains(secret.as_str()));
        }
        assert!(shown.contains("SETTINGS_UPDATED"));
        if let Some(other) = other {
            let since = std::time::Instant::now();
            until("the other node has the settings", async || {
                (other.inbox().whatsapp().phone_number_id == business.phone_number_id).then_some(())
            })
            .await;
            assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
            other.finish().await;
        }

        // Messages come and go, without a restart.
        app.receive_webhooks().await;
        app.simulator()
            .customer_writes("34600111222", json!({ "type": "text", "text": { "body": "Hola" } }))
            .await;
        app.settled().await;
        let sent = admin.send("34600111222", "¿Qué tal?").await;
        admin.message_in(&sent, "DELIVERED").await;
        app.finish().await;
    });
}

#[test]
fn ids_in_the_wrong_place_are_named() {
    on_each_store(async |database| {
        let app = TestApp::start_unconnected(database).await;
        let admin = app.admin().await;
        let business = app.simulator().business().clone();
        let (waba, number, own_app) =
            (&business.business_account_id, &business.phone_number_id, &business.app_id);
        let table = [
            (
                json!({ "businessAccountId": number, "phoneNumberId": waba }),
                vec![("businessAccountId", "WRONG_KIND"), ("phoneNumberId", "WRONG_KIND")],
            ),
            (
                json!({ "appId": waba, "businessAccountId": own_app }),
                vec![("appId", "WRONG_KIND"), ("businessAccountId", "WRONG_KIND")],
            ),
            (json!({ "phoneNumberId": "999" }), vec![("phoneNumberId", "UNKNOWN_AT_META")]),
            (json!({ "phoneNumberId": "+34 600 111 222" }), vec![("phoneNumberId", "INVALID")]),
            (json!({ "appSecret": "0123456789abcdef" }), vec![("appSecret", "APP_CREDENTIALS_WRONG")]),
            (json!({ "accessToken": "EAAunknown" }), vec![("accessToken", "TOKEN_INVALID")]),
            (json!({ "accessToken": "EAA unknown" }), vec![("accessToken", "INVALID")]),
            (json!({ "defaultAnswerUserId": "USER" }), vec![("defaultAnswerUser", "NOT_FOUND")]),
        ];
        for (wrong, expected) in table {
            let mut input = right(&business);
            input.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            if input.get("defaultAnswerUserId").is_some() {
                let guest = admin.query("{ users(filter: { kind: GUEST }) { nodes { id } } }").await;
                input["defaultAnswerUserId"] = guest["users"]["nodes"][0]["id"].clone();
            }
            let payload = update(&admin, input).await;
            let expected: Vec<_> =
                expected.into_iter().map(|(field, code)| (field.to_owned(), code.to_owned())).collect();
            assert_eq!(refused(&payload), expected, "{wrong}: {payload}");
        }
        let nothing = settings(&admin).await;
        assert_eq!(nothing["integration"]["state"], "INCOMPLETE");
        assert_eq!((&nothing["appId"], &nothing["accessToken"]["isSet"]), (&Value::Null, &json!(false)));

        // A message says where the id belongs.
        let payload =
            update(&admin, json!({ "accessToken": business.access_token, "phoneNumberId": waba })).await;
        assert!(
            payload["userErrors"][0]["message"]
                .as_str()
                .unwrap()
                .contains("it belongs into businessAccountId")
        );
        app.finish().await;
    });
}

#[test]
fn settings_hold_though_meta_does_not_answer_and_it_is_asked_again() {
    on_each_store(async |database| {
        let app = TestApp::start_unconnected(database).await;
        let admin = app.admin().await;
        app.simulator().set_faults(Faults { unavailable: true, ..Faults::default() });
        let business = app.simulator().business().clone();
        let payload = update(&admin, right(&business)).await;
        assert_eq!(payload["settings"]["integration"]["state"], "UNVERIFIED");
        assert_eq!(payload["settings"]["integration"]["problems"], json!([{ "code": "META_UNAVAILABLE" }]));
        app.simulator().set_faults(Faults::default());
        integration::verify(app.inbox()).await.unwrap();
        assert_eq!(settings(&admin).await["integration"]["state"], "ACTIVE");

        // A token that ends later is found out by itself.
        app.simulator().set_faults(Faults { expired_token: true, ..Faults::default() });
        integration::verify(app.inbox()).await.unwrap();
        let failed = settings(&admin).await["integration"].take();
        assert_eq!(
            (failed["state"].as_str(), failed["problems"][0]["code"].as_str()),
            (Some("FAILED"), Some("TOKEN_INVALID"))
        );
        app.simulator().set_faults(Faults::default());
        let cleared = update(&admin, json!({ "accessToken": null })).await;
        assert_eq!(cleared["settings"]["integration"]["missing"], json!(["ACCESS_TOKEN"]));
        app.finish().await;
    });
}

#[test]
fn what_the_environment_sets_is_not_changed_here() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        let admin = app.admin().await;
        let state = async || settings(&admin).await["integration"]["state"] == "ACTIVE";
        tests::wait::until_true("it becomes active by itself", state).await;
        let payload = update(&admin, json!({ "appId": "1", "verifySignature": false })).await;
        assert_eq!(refused(&payload), [("appId".to_owned(), "FROM_ENVIRONMENT".to_owned())]);
        let reader = app.integration(&[Permission::ReadAll], false).await;
        assert_eq!(reader.code(SETTINGS, json!({})).await, "FORBIDDEN");
        app.finish().await;
    });
}

#[test]
fn an_export_of_the_older_system_is_taken_over() {
    on_each_store(async |database| {
        let simulator = Simulator::start(simulator::Config::default()).await.unwrap();
        let mut program = Program::new(PROGRAM, database, &simulator);
        let business = simulator.business();
        for name in
            ["APP_ID", "APP_SECRET", "ACCESS_TOKEN", "BUSINESS_ACCOUNT_ID", "PHONE_NUMBER_ID", "VERIFY_TOKEN"]
        {
            program.set(&format!("WHATSAPP_{name}"), "");
        }
        let file = database.directory().join("older.json");
        let older = json!({
            "WhatsAppAccountId": business.app_id, "WhatsAppApplicationId": business.business_account_id,
            "WhatsAppAccessToken": business.access_token, "WhatsAppClientSecret": business.app_secret,
            "WhatsAppPhoneId": business.phone_number_id, "WhatsAppVerificationId": business.verify_token,
            "WhatsAppVerifySignature": "True", "SmtpServer": "mail.example.com",
        });
        std::fs::write(&file, older.to_string()).unwrap();
        let import = |path: &str| program.command(&["import-settings", path]).status().unwrap();
        let outcome = import(file.to_str().unwrap());
        let output = program.output();
        assert!(outcome.success(), "{output}");
        assert!(
            output.contains("set      businessAccountId") && output.contains("left out SmtpServer"),
            "{output}"
        );
        assert!(output.contains("The integration with WhatsApp is ACTIVE."), "{output}");

        // Not crossed, they are named.
        let swapped = json!({ "WhatsAppAccountId": business.business_account_id, "WhatsAppApplicationId": business.app_id });
        std::fs::write(&file, swapped.to_string()).unwrap();
        let outcome = import(file.to_str().unwrap());
        let output = program.output();
        assert_eq!(outcome.code(), Some(1));
        let named = "appId: This is the id of a WhatsApp Business Account: it belongs into businessAccountId";
        assert!(output.contains(named), "{output}");
        for secret in [&business.access_token, &business.app_secret, &business.verify_token] {
            assert!(!output.contains(secret.as_str()));
        }
        simulator.stop().await;
    });
}
