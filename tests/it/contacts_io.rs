//! Contacts from files and into files.

use crate::contacts::{contacts, create, update};
use entities::{contact, contacts_import, contacts_import_problem, event};
use inbox::auth::Permission;
use reqwest::multipart::{Form, Part};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use simulator::Simulator;
use std::time::Duration;
use tests::child::Program;
use tests::wait::{until, until_true};
use tests::{Client, Database, TestApp, on_each_store, on_postgres, on_sqlite};

const IMPORT: &str = "mutation($input: ContactsImportInput!) { contactsImport(input: $input) {
    contactsImport { id state totalRows } userErrors { code field message } } }";
const SHOWN: &str =
    "query($id: ID!) { contactsImport(id: $id) { id state dryRun onExisting totalRows processedRows
    created updated unchanged refused failure startedAt finishedAt
    problems(first: 100) { totalCount nodes { row field code message } } } }";
const ATTRIBUTE: &str =
    "mutation($input: ContactAttributeCreateInput!) { contactAttributeCreate(input: $input) {
    userErrors { code } } }";

/// Sends a file by the GraphQL multipart request specification; what the mutation answers, if the line holds.
async fn send(
    client: &Client,
    http: &reqwest::Client,
    url: &str,
    file: &str,
    input: &Value,
) -> Option<Value> {
    let mut input = input.clone();
    input["file"] = Value::Null;
    let operations = json!({ "query": IMPORT, "variables": { "input": input } }).to_string();
    let form = Form::new()
        .text("operations", operations)
        .text("map", r#"{ "0": ["variables.input.file"] }"#)
        .part("0", Part::bytes(file.as_bytes().to_vec()).file_name("contacts.csv"));
    let post = http.post(format!("{url}/graphql")).bearer_auth(client.token()).multipart(form);
    let mut answer: Value = post.send().await.ok()?.json().await.ok()?;
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    Some(answer["data"]["contactsImport"].take())
}

/// Imports a file and waits for its end.
async fn import(app: &TestApp, client: &Client, file: &str, input: Value) -> Value {
    let sent = send(client, app.http(), &app.url(), file, &input).await.unwrap();
    let id = sent["contactsImport"]["id"].clone();
    assert_eq!(sent["userErrors"], json!([]), "{sent}");
    until("the import ends", async || {
        let mut data = client.ask(SHOWN, json!({ "id": id })).await;
        data["contactsImport"]["finishedAt"].is_string().then(|| data["contactsImport"].take())
    })
    .await
}

async fn export(app: &TestApp, client: &Client, query: &str) -> String {
    let get = app.http().get(format!("{}/export/contacts{query}", app.url())).bearer_auth(client.token());
    let answer = get.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// What an export says of each contact, without what each store gives anew.
async fn exported(app: &TestApp, client: &Client) -> Vec<Value> {
    let lines = export(app, client, "?format=ndjson").await;
    let plain = lines.lines().map(|line| {
        let mut contact: Value = serde_json::from_str(line).unwrap();
        for own in ["id", "cursor", "createdAt"] {
            assert!(contact.as_object_mut().unwrap().remove(own).is_some(), "{own}: {line}");
        }
        contact
    });
    plain.collect()
}

async fn house(database: &Database) -> (TestApp, Client) {
    let app = TestApp::start_set(database, &[("default_country", "BR")]).await;
    let all = [Permission::ReadAll, Permission::Edit, Permission::Administer];
    let client = app.integration(&all, true).await;
    for (key, kind) in [("note", "TEXT"), ("age", "NUMBER"), ("member", "BOOLEAN")] {
        client.ask(ATTRIBUTE, json!({ "input": { "key": key, "label": key, "kind": kind } })).await;
    }
    (app, client)
}

/// Contacts with everything that files find hard.
async fn difficult(client: &Client) {
    let users = client.query("{ users(filter: { search: \"admin@\" }) { nodes { id } } }").await;
    let admin = &users["users"]["nodes"][0]["id"];
    let note = |text: &str| json!([{ "key": "note", "value": { "text": text } }]);
    for input in [
        json!({ "phone": "(11) 98765-4321", "name": "=HYPERLINK(\"http://x\")", "tags": ["-a", "b|c\\", "@d"] }),
        json!({ "phone": "+34600111001", "name": "'=quoted; \"twice\", once", "language": "pt-BR", "ownerId": admin,
            "attributes": [{ "key": "age", "value": { "number": -41.5 } }, { "key": "member", "value": { "boolean": true } }] }),
        json!({ "phone": "+34600111002", "name": "'t Hooft", "attributes": note("+1 and | and \\ and ;") }),
        json!({ "phone": "+34600111003" }),
    ] {
        assert_eq!(create(client, input).await["userErrors"], json!([]));
    }
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    on_each_store(async |database| {
        let origin = Database::sqlite();
        let (from, its) = house(&origin).await;
        difficult(&its).await;
        let csv = export(&from, &its, "").await;
        let before = exported(&from, &its).await;
        assert_eq!(before.len(), 4);
        assert_eq!(before[1]["attributes"], json!({ "age": -41.5, "member": true }));
        for cell in csv.lines().skip(1).flat_map(|line| line.split(',').skip(1)) {
            let start = cell.trim_start_matches('"');
            assert!(!start.starts_with(['=', '+', '-', '@']), "{cell:?} would be a formula: {csv}");
        }
        from.finish().await;

        let (into, its) = house(database).await;
        let done = import(&into, &its, &csv, json!({ "idempotencyKey": "x" })).await;
        assert_eq!(
            (&done["state"], &done["created"], &done["refused"]),
            (&json!("DONE"), &json!(4), &json!(0)),
            "{done}"
        );
        assert_eq!(exported(&into, &its).await, before);
        let again = import(&into, &its, &csv, json!({ "idempotencyKey": "y" })).await;
        assert_eq!(again["unchanged"], 4, "{again}");
        into.finish().await;
    });
}

#[test]
fn an_import_reports_rows_and_starts_no_conversation() {
    on_each_store(async |database| {
        let (app, client) = house(database).await;
        let made = create(&client, json!({ "phone": "+34600111001" })).await;
        let known = made["contact"]["id"].clone();
        let mut events = client
            .subscribe(
                "subscription { events(filter: { kinds: [CONTACTS_IMPORT_UPDATED] }) { ... on ContactsImportUpdatedEvent {
                contactsImport { state processedRows } } } }",
                json!({}),
            )
            .await;
        app.subscribed(1).await;
        let file =
            "phone;name;attribute.age\n+34 600 111 001;Ana;41\n11 98765-4321;Eva;\n secret-number ;x;old\n";
        let input = json!({ "idempotencyKey": "x", "dryRun": true });
        let dry = import(&app, &client, file, input).await;
        let done =
            import(&app, &client, file, json!({ "idempotencyKey": "y", "onExisting": "UPDATE" })).await;
        for (each, is_dry) in [(&dry, true), (&done, false)] {
            assert_eq!((&each["state"], &each["dryRun"]), (&json!("DONE"), &json!(is_dry)));
            let counts = ["processedRows", "created", "updated", "unchanged", "refused"]
                .map(|name| each[name].clone());
            assert_eq!(counts, [3, 1, 1, 0, 1].map(|count| json!(count)), "{each}");
            assert!(!each.to_string().contains("secret"), "{each}");
            let problems = &each["problems"];
            assert_eq!(problems["totalCount"], 1);
            assert_eq!(
                (&problems["nodes"][0]["row"], &problems["nodes"][0]["code"]),
                (&json!(4), &json!("PHONE_INVALID"))
            );
        }
        let mut heard = Vec::new();
        while heard.last() != Some(&json!({ "state": "DONE", "processedRows": 3 })) || heard.len() < 6 {
            let mut item = events.next().await;
            if let Some(import) = item["events"].get_mut("contactsImport") {
                heard.push(import.take());
            }
        }
        // Taken, begun, done: of each of the two, though what is read may be newer.
        assert_eq!(heard.len(), 6, "{heard:?}");
        drop(events);
        let all = contacts(&client, "").await;
        let ana = all.iter().find(|each| each["id"] == known).unwrap();
        assert_eq!((all.len(), &ana["name"]), (2, &json!("Ana")));
        let started = client.query("{ conversations { totalCount } messages { totalCount } }").await;
        assert_eq!(started, json!({ "conversations": { "totalCount": 0 }, "messages": { "totalCount": 0 } }));
        let refused =
            send(&client, app.http(), &app.url(), "phone,shoe\n1,2", &json!({ "idempotencyKey": "z" }))
                .await
                .unwrap();
        assert_eq!(refused["userErrors"][0]["code"], "COLUMN_UNKNOWN", "{refused}");
        let audit = "{ auditEntries(filter: { actions: [CONTACTS_IMPORTED] }) { nodes { subjectKind subject { id } } } }";
        let audit = client.query(audit).await;
        assert_eq!(audit["auditEntries"]["nodes"][0]["subject"]["id"], done["id"], "{audit}");
        app.finish().await;
    });
}

#[test]
fn an_export_shows_what_the_caller_sees_and_goes_on_behind_a_cursor() {
    on_each_store(async |database| {
        let (app, client) = house(database).await;
        let (_, own) = app.person("own@example.com", "Own conversations").await;
        create(&own, json!({ "phone": "+34600111001", "tags": ["vip"] })).await;
        for n in 2..5 {
            let made = create(&client, json!({ "phone": format!("+3460011100{n}") })).await;
            update(&client, &made["contact"]["id"], json!({ "tags": ["vip"] })).await;
        }
        let lines = |text: String| {
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        };
        let all = lines(export(&app, &client, "?format=ndjson&tag=VIP").await);
        assert_eq!(all.len(), 4);
        let rest = format!("?format=ndjson&after={}", all[1]["cursor"].as_str().unwrap());
        assert_eq!(lines(export(&app, &client, &rest).await), all[2..]);
        let seen = lines(export(&app, &own, "?format=ndjson").await);
        assert_eq!(
            (seen.len(), &seen[0]["phone"], &seen[0]["owner"]),
            (1, &json!("+34600111001"), &json!("own@example.com"))
        );
        let reader = app.integration(&[Permission::ReadAll], false).await;
        assert_eq!(
            lines(export(&app, &reader, "?format=ndjson").await)[0]["owner"],
            Value::Null,
            "an address is not shown to all"
        );
        let sender = app.integration(&[Permission::Send], false).await;
        assert_eq!(export(&app, &sender, "").await.lines().count(), 1, "only the header");
        assert_eq!(export(&app, &sender, "?format=ndjson").await, "");

        let ask = |query: &str, token: Option<&str>| {
            let get = app.http().get(format!("{}/export/contacts{query}", app.url()));
            let get = if let Some(token) = token { get.bearer_auth(token) } else { get };
            async move { get.send().await.unwrap() }
        };
        assert_eq!(ask("", None).await.status(), 401);
        for query in ["?format=xml", "?after=x", "?tag=a,b"] {
            assert_eq!(ask(query, Some(client.token())).await.status(), 400, "{query}");
        }
        let accepting = app.http().get(format!("{}/export/contacts", app.url())).bearer_auth(client.token());
        let accepting = accepting.header("accept", "application/x-ndjson").send().await.unwrap();
        assert_eq!(accepting.headers()["content-type"], "application/x-ndjson");
        let audit = "{ auditEntries(filter: { actions: [CONTACTS_EXPORTED] }) { nodes { subjectKind changes { field after } } } }";
        let mut audit = client.query(audit).await;
        let entries = audit["auditEntries"]["nodes"].take();
        let first = entries.as_array().unwrap().last().unwrap();
        assert_eq!(
            first["changes"],
            json!([{ "field": "format", "after": "ndjson" }, { "field": "tag", "after": "vip" }])
        );
        app.finish().await;
    });
}

#[test]
fn a_kill_during_an_import_loses_and_doubles_no_row_on_sqlite() {
    on_sqlite(async |database| kill_during_import(database, 8).await);
}

#[test]
fn a_kill_during_an_import_loses_and_doubles_no_row_on_postgres() {
    // Fewer: the lease of the dead node must end first.
    on_postgres(async |database| kill_during_import(database, 2).await);
}

async fn kill_during_import(database: &Database, kills: u32) {
    const ROWS: usize = 20_000;
    let simulator = Simulator::start(simulator::Config::default()).await.unwrap();
    let program = Program::new(env!("CARGO_BIN_EXE_recado-under-test"), database, &simulator);
    let mut process = program.start().await;
    let admin = program.admin().await;
    // Each tenth row is none.
    let row = |n: usize| if n % 10 == 9 { "none,\n".to_owned() } else { format!("+346{n:08},Name {n}\n") };
    let file: String = std::iter::once("phone,name\n".to_owned()).chain((0..ROWS).map(row)).collect();
    let input = json!({ "idempotencyKey": "x" });
    let sent = send(&admin, program.http(), &program.url(), &file, &input).await.unwrap();
    assert_eq!(sent["contactsImport"]["totalRows"], ROWS);
    let db = database.connect().await;
    let import = async || contacts_import::Entity::find().one(&db).await.unwrap().unwrap();
    for _ in 0..kills {
        let before = import().await.processed_rows;
        until_true("rows are imported", async || import().await.processed_rows > before).await;
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..60))).await;
        let done = import().await.finished_at.is_some();
        process.kill();
        process = program.start().await;
        if done {
            break;
        }
    }
    until_true("the import is done", async || {
        let row = import().await;
        row.finished_at.is_some() && row.object_key.is_none()
    })
    .await;
    let done = import().await;
    let refused = i32::try_from(ROWS / 10).unwrap();
    assert_eq!(
        (done.processed_rows, done.created_rows, done.refused_rows),
        (refused * 10, refused * 9, refused)
    );
    assert_eq!(contact::Entity::find().count(&db).await.unwrap(), (ROWS / 10 * 9) as u64);
    let told = event::Column::Kind.eq(entities::EventKind::ContactUpdated);
    assert_eq!(event::Entity::find().filter(told).count(&db).await.unwrap(), (ROWS / 10 * 9) as u64);
    assert_eq!(contacts_import_problem::Entity::find().count(&db).await.unwrap(), (ROWS / 10) as u64);
    let again = send(&admin, program.http(), &program.url(), &file, &input).await.unwrap();
    assert_eq!(
        again["contactsImport"]["id"], sent["contactsImport"]["id"],
        "the same key is the same import"
    );
    assert!(process.terminate().await.success(), "{}", program.output());
}
