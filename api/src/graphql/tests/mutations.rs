//! What can be done, and how it is refused.

use super::seed::{House, update};
use super::{Api, everything};
use crate::graphql::global_id::GlobalId;
use entities::{conversation, user};
use inbox::auth::{Caller, Permission, Viewer, hash_password};
use inbox::testing::{another_node, for_each_store};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

const SEND: &str = "mutation($input: MessageSendInput!) { messageSend(input: $input) {
    message { id status origin content { ... on TextContent { body } } replyTo { id }
        conversation { mode lastMessage { id } contact { name } } }
    userErrors { __typename code field message ... on UserError { message } } } }";

fn to_conversation(conversation: &conversation::Model, key: &str, body: &str) -> Value {
    json!({ "input": { "conversationId": conversation.id.global().0, "idempotencyKey": key,
        "content": { "text": { "body": body } } } })
}

#[tokio::test]
async fn a_session_begins_is_renewed_and_ends() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let ana = inbox::store::users::get(app.db.read(), house.ana).await.expect("a read").expect("Ana");
        let hash = hash_password("correct horse".to_owned()).await.expect("a hash");
        update(&app, user::Model { password_hash: Some(hash), ..ana }).await;
        let api = Api::new(&app);
        let login = "mutation($password: String!) { login(input: { email: \"ANA@example.com\", password: $password }) {
            accessToken refreshToken expiresAt viewer { user { name } permissions } userErrors { code field } } }";
        let refused = api.execute(None, login, json!({ "password": "wrong" })).await.data.into_json().expect("JSON");
        assert_eq!(
            refused["login"],
            json!({ "accessToken": null, "refreshToken": null, "expiresAt": null, "viewer": null,
                "userErrors": [{ "code": "INVALID_CREDENTIALS", "field": null }] })
        );
        let session = api.execute(None, login, json!({ "password": "correct horse" })).await;
        let session = session.data.into_json().expect("JSON")["login"].take();
        assert_eq!(session["userErrors"], json!([]));
        assert_eq!(session["viewer"]["user"]["name"], "Ana");
        let access = session["accessToken"].as_str().expect("a token");
        assert!(app.sessions.verify(access, app.clock.now()).is_ok());

        let refresh = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) {
            refreshToken viewer { user { name } } userErrors { code } } }";
        let token = json!({ "token": session["refreshToken"] });
        let renewed = api.execute(None, refresh, token.clone()).await.data.into_json().expect("JSON");
        let renewed = &renewed["refreshSession"];
        assert_eq!(renewed["viewer"]["user"]["name"], "Ana");
        let logout = "mutation($token: String!) { logout(input: { refreshToken: $token }) { userErrors { code } } }";
        let variables = json!({ "token": renewed["refreshToken"] });
        let person = Viewer::new(Caller::User(house.ana), vec![]);
        let ended = api.data_as(person, logout, variables.clone()).await;
        assert_eq!(ended["logout"]["userErrors"], json!([]));
        let machine = Viewer::new(Caller::System, vec![]);
        let none = api.data_as(machine, logout, variables.clone()).await;
        assert_eq!(none["logout"]["userErrors"], json!([{ "code": "NO_SESSION" }]));
        for spent in [variables, token, json!({ "token": "nonsense" })] {
            let over = api.execute(None, refresh, spent).await.data.into_json().expect("JSON");
            assert_eq!(over["refreshSession"]["userErrors"], json!([{ "code": "SESSION_ENDED" }]));
            assert_eq!(over["refreshSession"]["refreshToken"], Value::Null);
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_is_queued_once_and_makes_the_conversation_manual() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        let quoted = house.message(&row, 1);
        house.save().await;
        update(&app, conversation::Model { last_inbound_at: Some(app.clock.now()), ..row.clone() }).await;
        let api = Api::new(&app);
        let ana = Viewer::new(Caller::User(house.ana), vec![Permission::ReadOwn, Permission::Send]);
        let mut variables = to_conversation(&row, "first", "hello");
        variables["input"]["replyToId"] = json!(quoted.id.global().0);
        let sent = api.data_as(ana.clone(), SEND, variables.clone()).await["messageSend"].take();
        assert_eq!(sent["userErrors"], json!([]));
        let message = &sent["message"];
        assert_eq!(message["status"], "QUEUED");
        assert_eq!(message["content"]["body"], "hello");
        assert_eq!(message["replyTo"]["id"], json!(quoted.id.global().0));
        assert_eq!(message["conversation"]["mode"], "MANUAL");
        assert_eq!(message["conversation"]["lastMessage"]["id"], message["id"]);
        let again = api.data_as(ana.clone(), SEND, variables.clone()).await;
        assert_eq!(again["messageSend"]["message"]["id"], message["id"]);

        variables["input"]["content"]["text"]["body"] = json!("something else");
        let reused = api.data_as(ana.clone(), SEND, variables).await;
        let error = &reused["messageSend"]["userErrors"][0];
        assert_eq!(error["code"], "IDEMPOTENCY_KEY_REUSED");
        assert_eq!(error["field"], json!(["idempotencyKey"]));
        let long = to_conversation(&row, "second", &"x".repeat(4097));
        let refused = api.data_as(ana, SEND, long).await["messageSend"].take();
        assert_eq!(refused["message"], Value::Null);
        assert_eq!(refused["userErrors"][0]["code"], "TOO_LONG");
        assert_eq!(refused["userErrors"][0]["field"], json!(["content", "text", "body"]));
    })
    .await;
}

#[tokio::test]
async fn a_send_that_cannot_be_is_refused() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let mine = house.conversation(0, house.ana);
        let theirs = house.conversation(1, house.ben);
        house.save().await;
        let api = Api::new(&app);
        let closed = api.data_as(everything(), SEND, to_conversation(&mine, "k", "hello")).await;
        assert_eq!(closed["messageSend"]["userErrors"][0]["code"], "WINDOW_CLOSED");

        let own = [Permission::ReadOwn, Permission::Send].to_vec();
        let reader = Viewer::new(Caller::User(house.ana), vec![Permission::ReadOwn]);
        let sender = Viewer::new(Caller::User(house.ana), own);
        let foreign = to_conversation(&theirs, "k", "hello");
        let unknown = to_conversation(&mine, "", "hello");
        let both = json!({ "input": { "conversationId": mine.id.global().0, "to": { "phone": "+34600000001" },
            "idempotencyKey": "k", "content": { "text": { "body": "x" } } } });
        let neither =
            json!({ "input": { "to": {}, "idempotencyKey": "k", "content": { "text": { "body": "x" } } } });
        let wrong = json!({ "input": { "conversationId": mine.contact_id.global().0, "idempotencyKey": "k",
            "content": { "text": { "body": "x" } } } });
        for (viewer, variables, code) in [
            (&reader, to_conversation(&mine, "k", "hello"), "FORBIDDEN"),
            (&sender, foreign, "NOT_FOUND"),
            (&sender, unknown, "BAD_USER_INPUT"),
            (&sender, both, "BAD_USER_INPUT"),
            (&sender, neither, "BAD_USER_INPUT"),
            (&sender, wrong, "BAD_USER_INPUT"),
        ] {
            let response = api.execute(Some(viewer.clone()), SEND, variables.clone()).await;
            assert_eq!(super::code_of(&response), code, "{variables}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_worked_on() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        house.save().await;
        let api = Api::new(&app);
        let editor = Viewer::new(Caller::User(house.ana), vec![Permission::ReadOwn, Permission::Edit]);
        let stranger = Viewer::new(Caller::User(house.ben), vec![Permission::ReadOwn, Permission::Edit]);
        let reader = Viewer::new(Caller::User(house.ana), vec![Permission::ReadOwn]);
        let result = "{ conversation { mode archived unreadCount contact { name } lastMessage { kind } }
            userErrors { code message field } }";
        for (mutation, arguments, field, value) in [
            ("conversationSetMode", "id: $id, input: { mode: MANUAL }", "mode", json!("MANUAL")),
            ("conversationMarkRead", "id: $id", "unreadCount", json!(0)),
            ("conversationArchive", "id: $id", "archived", json!(true)),
            ("conversationUnarchive", "id: $id", "archived", json!(false)),
        ] {
            let query = format!("mutation($id: ID!) {{ {mutation}({arguments}) {result} }}");
            let variables = json!({ "id": row.id.global().0 });
            for (viewer, code) in [(&stranger, "NOT_FOUND"), (&reader, "FORBIDDEN")] {
                let response = api.execute(Some(viewer.clone()), &query, variables.clone()).await;
                assert_eq!(super::code_of(&response), code, "{mutation}");
            }
            let changed = api.data_as(editor.clone(), &query, variables).await[mutation].take();
            assert_eq!(changed["userErrors"], json!([]));
            assert_eq!(changed["conversation"][field], value, "{mutation}");
            assert_eq!(changed["conversation"]["contact"]["name"], "Customer 0");
            assert_eq!(changed["conversation"]["lastMessage"]["kind"], "TEXT");
        }
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_given_to_an_owner() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        house.save().await;
        let api = Api::new(&app);
        let editor =
            |user| Viewer::new(Caller::User(user), vec![Permission::ReadOwn, Permission::Edit]);
        let query = "mutation($id: ID!, $input: ConversationAssignInput!) { conversationAssign(id: $id, input: $input) {
            conversation { owner { name } } userErrors { code field } } }";
        let input = |owner: Value| json!({ "id": row.id.global().0, "input": { "ownerId": owner } });
        let ben = json!(house.ben.global().0);
        let unknown: entities::UserId = app.ids.next();
        let cases = [
            (everything(), input(json!(unknown.global().0)), json!(null), json!([{ "code": "OWNER_NOT_FOUND", "field": ["ownerId"] }])),
            // Who gives its own away does not see it any more.
            (editor(house.ana), input(ben), json!(null), json!([])),
            (editor(house.ben), input(json!(null)), json!(null), json!([])),
            (everything(), input(json!(null)), json!({ "owner": { "name": "Guest" } }), json!([])),
        ];
        for (viewer, variables, conversation, errors) in cases {
            let given = api.data_as(viewer, query, variables.clone()).await["conversationAssign"].take();
            assert_eq!(given, json!({ "conversation": conversation, "userErrors": errors }), "{variables}");
        }
        let absent = json!({ "id": row.id.global().0, "input": {} });
        let reader = Viewer::new(Caller::User(house.ana), vec![Permission::ReadAll]);
        for (viewer, variables, code) in [
            (everything(), absent, "BAD_USER_INPUT"),
            (editor(house.ana), input(json!(null)), "NOT_FOUND"),
            (reader, input(json!(null)), "FORBIDDEN"),
        ] {
            let response = api.execute(Some(viewer), query, variables).await;
            assert_eq!(super::code_of(&response), code);
        }
    })
    .await;
}

/// The row is locked by somebody else for longer than the database lets us wait, time after time.
#[tokio::test]
async fn who_loses_every_race_for_a_conversation_is_told_so() {
    for_each_store(async |app| {
        let house = House::build(&app).await;
        let row = house.conversation(0, house.ana);
        house.save().await;
        if app.db.backend() != sea_orm::DbBackend::Postgres {
            // SQLite has one writer, so nobody can be in the way.
            return;
        }
        let soon = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 20', current_database()); END $$";
        app.db.read().execute_unprepared(soon).await.expect("a setting");
        let api = Api::new(&another_node(&app).await);
        let holder = app.db.read().begin().await.expect("a transaction");
        holder.execute_unprepared("SELECT id FROM conversation FOR UPDATE").await.expect("a lock");
        for (mutation, arguments) in [
            ("conversationSetMode", "id: $id, input: { mode: MANUAL }"),
            ("conversationMarkRead", "id: $id"),
            ("conversationArchive", "id: $id"),
            ("conversationUnarchive", "id: $id"),
        ] {
            let query =
                format!("mutation($id: ID!) {{ {mutation}({arguments}) {{ conversation {{ id }} userErrors {{ code }} }} }}");
            let answer = api.data_as(everything(), &query, json!({ "id": row.id.global().0 })).await;
            let expected = json!({ "conversation": null, "userErrors": [{ "code": "CONFLICT" }] });
            assert_eq!(answer[mutation], expected, "{mutation}");
        }
        holder.rollback().await.expect("the lock is given back");
    })
    .await;
}
