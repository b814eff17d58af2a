//! Who may do what: every operation of the schema, called by every kind of caller.

mod table;

use entities::JobName;
use inbox::Secret;
use inbox::auth::{Permission, Viewer};
use inbox::media::Spool;
use inbox::services::access::{self, RoleCreate, RoleRef, UserCreate};
use inbox::services::contacts::{ContactsImport, contacts_import};
use inbox::services::jobs;
use inbox::services::saved_messages::{SavedMessageCreate, saved_message_create};
use inbox::services::send::Draft;
use providers::content::{Content, Text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use table::Gets::{self, Allowed, Empty, Forbidden, Malformed, NotFound, Unauthenticated};
use table::{CALLERS, TABLE, TOLD};
use tests::app::ADMIN_PASSWORD;
use tests::reference::workspace;
use tests::subscriber::Received;
use tests::wait::until_true;
use tests::{Client, TestApp, on_each_store, webhook};
use tokio_util::sync::CancellationToken;

#[test]
fn every_operation_gives_every_caller_what_is_theirs() {
    let listed: BTreeSet<&str> = TABLE.iter().map(|(operation, ..)| *operation).collect();
    for operation in operations() {
        assert!(listed.contains(operation.as_str()), "{operation} is new: say in TABLE who gets what");
    }
    on_each_store(async |database| {
        let app = TestApp::start_set(database, &[("assistant_private_hosts", "127.0.0.1")]).await;
        let house = House::build(&app).await;
        for &(operation, document, expected) in TABLE {
            let document = house.fill(document);
            if document.starts_with("subscription") {
                house.subscribe(&app, operation, &document, expected).await;
            } else {
                // The last column comes last: who may do nothing must find things as they are.
                for (caller, expected) in house.callers.iter().zip(expected) {
                    let answer = caller.client.execute(&document, json!({})).await;
                    let gets = classify(operation, &answer.codes(), &answer.body["data"][operation]);
                    assert_eq!(gets, expected, "{operation} by {}: {}", caller.name, answer.body);
                }
            }
        }
        app.finish().await;
    });
}

/// The root fields of the committed schema.
fn operations() -> BTreeSet<String> {
    let schema =
        std::fs::read_to_string(workspace().join("schema.graphql")).expect("the schema is committed");
    let (mut found, mut root, mut described) = (BTreeSet::new(), false, false);
    for line in schema.lines() {
        if line.trim() == "\"\"\"" {
            described = !described;
        } else if !described && !line.starts_with(' ') {
            root = ["type Query ", "type Mutation ", "type Subscription "]
                .iter()
                .any(|name| line.starts_with(name));
        } else if root && !described && line.starts_with("  ") && !line.starts_with("   ") {
            let name = line.trim().split(['(', ':']).next().unwrap_or_default();
            if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                found.insert(name.to_owned());
            }
        }
    }
    assert!(found.len() > 30, "the root fields could not be read: {found:?}");
    found
}

fn classify(operation: &str, codes: &[&str], data: &Value) -> Gets {
    match codes {
        [] if is_empty(data) => Empty,
        [] => Allowed,
        ["UNAUTHENTICATED"] => Unauthenticated,
        ["FORBIDDEN"] => Forbidden,
        ["NOT_FOUND"] => NotFound,
        ["BAD_USER_INPUT"] => Malformed,
        other => panic!("{operation}: {other:?}"),
    }
}

fn is_empty(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Array(items) => items.iter().all(Value::is_null),
        Value::Object(fields) => fields.get("nodes").is_some_and(is_empty),
        _ => false,
    }
}

struct Caller {
    name: &'static str,
    client: Client,
}

/// A service with one caller of each kind, and two conversations: that of the caller who sees only its own, and another.
struct House {
    callers: Vec<Caller>,
    ids: Vec<(&'static str, String)>,
    channel: String,
    next_year: String,
}

/// As WhatsApp writes the own customer's number, and as its owner writes it.
const OWN_CUSTOMER: (&str, &str) = ("5215512345678", "+52 55 1234 5678");
const OTHER_CUSTOMER: &str = "34600000001";

impl House {
    async fn build(app: &TestApp) -> Self {
        for (name, permissions) in [("Parked", vec![]), ("Owners", vec![Permission::ReadOwn])] {
            let role = RoleCreate {
                name: name.to_owned(),
                description: None,
                permissions,
                default_assistant_id: None,
            };
            access::role_create(app.inbox(), &Viewer::system(), role).await.expect("the role can be made");
        }
        person(app, "target@example.com", "Parked", None).await;
        let no_permission = person(app, "parked@example.com", "Parked", None).await;
        let read_own = person(app, "own@example.com", "Owners", Some(OWN_CUSTOMER.1)).await;
        let mut callers = vec![
            Caller { name: CALLERS[0], client: app.anonymous() },
            Caller { name: CALLERS[1], client: no_permission },
            Caller { name: CALLERS[2], client: read_own },
        ];
        let rights = [Permission::ReadAll, Permission::Send, Permission::Edit, Permission::Administer];
        for (permission, name) in rights.into_iter().zip(&CALLERS[3..]) {
            assert_eq!(permission.as_str(), *name);
            callers.push(Caller { name, client: app.integration(&[permission], false).await });
        }
        something_happens(app, OTHER_CUSTOMER, "first").await;
        something_happens(app, OWN_CUSTOMER.0, "first").await;
        let greeting = Content::Text(Text { body: "Hello".to_owned(), preview_url: false });
        let (name, draft) = ("Greeting".to_owned(), Draft::Content(greeting));
        let greeting = SavedMessageCreate { name, language: None, draft };
        saved_message_create(app.inbox(), &Viewer::system(), greeting).await.expect("it can be saved");
        let mut ids = ids(&callers[3].client, &callers[6].client).await;
        ids.push(("FILE", file_of_other(app, &callers[3].client).await));
        ids.push(("IMPORT", import(app, &callers[5].client).await));
        let conversation =
            ids.iter().find(|(name, _)| *name == "CONVERSATION").expect("there is one").1.clone();
        ids.extend(assistants(app, &callers[6].client, &callers[3].client, &conversation).await);
        // A run to be listed.
        notify(app).await;
        let channels = callers[3].client.query("{ channels { id } }").await;
        let channel = channels["channels"][0]["id"].as_str().expect("a channel").to_owned();
        // A moment as the schema writes it.
        let now = callers[3].client.query("{ channels { createdAt } }").await;
        let now = now["channels"][0]["createdAt"].as_str().expect("a moment").to_owned();
        let year: i32 = now[..4].parse().expect("a year");
        let next_year = format!("{}-01-02T00:00:00Z", year + 1);
        Self { callers, ids, channel, next_year }
    }

    fn fill(&self, document: &str) -> String {
        let document = document.replace("NEXT_YEAR", &self.next_year);
        let document = document.replace("\"CHANNEL\"", &format!("\"{}\"", self.channel));
        self.ids
            .iter()
            .fold(document, |text, (name, id)| text.replace(&format!("\"{name}\""), &format!("\"{id}\"")))
    }

    /// Something happens to somebody else's customer, then to the own one.
    async fn subscribe(&self, app: &TestApp, operation: &str, document: &str, expected: [Gets; 7]) {
        until_true("earlier ones are gone", async || app.inbox().events.subscribers() == 0).await;
        let mut listening = Vec::new();
        for (caller, expected) in self.callers.iter().zip(expected) {
            let mut subscriber = caller.client.subscribe(document, json!({})).await;
            if expected == Unauthenticated {
                let Received::Error(errors) = subscriber.receive().await else {
                    panic!("{operation} is open")
                };
                assert_eq!(errors[0]["extensions"]["code"], "UNAUTHENTICATED", "{operation}");
            } else {
                listening.push((caller.name, expected, subscriber));
            }
        }
        notify(app).await;
        app.subscribed(listening.len()).await;
        something_happens(app, OTHER_CUSTOMER, operation).await;
        something_happens(app, OWN_CUSTOMER.0, operation).await;
        notify(app).await;
        // Integrations are told of nothing: nothing is theirs to answer.
        let hearing: &[&str] = if expected == TOLD { &["READ_OWN"] } else { &["READ_ALL", "READ_OWN"] };
        // Those first who hear something: then it has been handed to the others, too.
        listening.sort_by_key(|(name, ..)| !hearing.contains(name));
        for (name, expected, mut subscriber) in listening {
            let mut heard = String::new();
            if hearing.contains(&name) {
                while !heard.contains(OWN_CUSTOMER.0) {
                    heard.push_str(&subscriber.next().await.to_string());
                }
            } else if let Ok(received) = tokio::time::timeout(Duration::ZERO, subscriber.receive()).await {
                let Received::Next(payload) = received else { panic!("{operation} by {name}: {received:?}") };
                assert_eq!(payload["data"][operation]["__typename"], "Heartbeat", "{operation} by {name}");
            }
            assert_eq!(heard.contains(OTHER_CUSTOMER), expected == Allowed, "{operation} by {name}: {heard}");
        }
    }
}

async fn person(app: &TestApp, email: &str, role: &str, phone: Option<&str>) -> Client {
    let input = UserCreate {
        email: email.to_owned(),
        name: None,
        role: RoleRef::Name(role.to_owned()),
        phone: phone.map(str::to_owned),
        language: None,
        password: Some(Secret::new(ADMIN_PASSWORD)),
    };
    access::user_create(app.inbox(), &Viewer::system(), input).await.expect("the user can be made");
    Client::login(app.http().clone(), &app.url(), email, ADMIN_PASSWORD).await
}

/// Somebody imports contacts; gives the import's id.
async fn import(app: &TestApp, editor: &Client) -> String {
    let mut spool = Spool::new(1_000).await.expect("a temporary file");
    spool.write(b"phone\nnone").await.expect("room for it");
    let file = spool.finish().await.expect("a file");
    let idempotency_key = "import".to_owned();
    let input =
        ContactsImport { file, dry_run: true, on_existing: entities::OnExisting::Keep, idempotency_key };
    contacts_import(app.inbox(), &Viewer::system(), input).await.expect("it is taken");
    let imports = editor.query("{ contactsImports { nodes { id } } }").await;
    imports["contactsImports"]["nodes"][0]["id"].as_str().expect("an import").to_owned()
}

/// Somebody else's customer sends a file; gives its id.
async fn file_of_other(app: &TestApp, reader: &Client) -> String {
    let image = json!({ "type": "image", "image": { "id": "1", "mime_type": "image/png", "sha256": "" } });
    let message = webhook::message(OTHER_CUSTOMER, "wamid.file", app.now() - 100, &image);
    app.deliver(&webhook::messages(OTHER_CUSTOMER, &[message])).await;
    app.settled().await;
    let files = reader.query("{ messages(filter: { kind: IMAGE }) { nodes { media { id } } } }").await;
    files["messages"]["nodes"][0]["media"]["id"].as_str().expect("a file").to_owned()
}

/// A customer writes, and then reacts to what was written.
async fn something_happens(app: &TestApp, phone: &str, what: &str) {
    let (wamid, at) = (format!("wamid.{phone}.{what}"), app.now());
    app.deliver(&webhook::text(phone, &wamid, at, "Hola")).await;
    let reaction = json!({ "type": "reaction", "reaction": { "message_id": wamid, "emoji": "👍" } });
    let reaction = webhook::message(phone, &format!("{wamid}.reaction"), at + 1, &reaction);
    app.deliver(&webhook::messages(phone, &[reaction])).await;
    app.settled().await;
}

/// Tells people about new messages.
async fn notify(app: &TestApp) {
    let job = JobName::CheckNewWhatsAppMessages;
    jobs::run(app.inbox(), &Viewer::system(), job).await.expect("the job can be started");
    for claim in jobs::claim(app.inbox()).await.expect("what is due can be claimed") {
        jobs::perform(app.inbox(), &claim, &CancellationToken::new()).await.expect("it can be run");
    }
}

/// What the words in capitals stand for.
async fn ids(reader: &Client, administrator: &Client) -> Vec<(&'static str, String)> {
    let seen = "{ conversations { nodes { id contact { id phone } lastMessage { id } } } }";
    let seen = reader.query(seen).await;
    let conversations = seen["conversations"]["nodes"].as_array().expect("conversations");
    let other = conversations.iter().find(|each| each["contact"]["phone"] == format!("+{OTHER_CUSTOMER}"));
    let other = other.expect("the other customer has a conversation");
    let house = "{ roles(search: \"Parked\") { nodes { id } } users(filter: { search: \"target@\" }) { nodes { id } } }";
    let house = administrator.query(house).await;
    let token =
        "mutation { apiTokenCreate(input: { name: \"x\", permissions: [ADMINISTER] }) { apiToken { id } } }";
    let token = administrator.query(token).await;
    administrator.query("mutation { templatesSync { userErrors { code } } }").await;
    let templates = administrator.query("{ templates(first: 1) { nodes { id } } }").await;
    let receipts = administrator.query("{ webhookReceipts(first: 1) { nodes { id } } }").await;
    let saved = reader.query("{ savedMessages { nodes { id } } }").await;
    let own = conversations.iter().find(|each| each["contact"]["phone"] != other["contact"]["phone"]);
    let own = own.expect("the own customer has a conversation");
    let attribute = "mutation { contactAttributeCreate(input: { key: \"size\", label: \"Size\", kind: TEXT })
        { contactAttribute { id } } }";
    let attribute = administrator.query(attribute).await;
    let found = [
        ("CONVERSATION", &other["id"]),
        ("CONTACT", &other["contact"]["id"]),
        ("MESSAGE", &other["lastMessage"]["id"]),
        ("ROLE", &house["roles"]["nodes"][0]["id"]),
        ("USER", &house["users"]["nodes"][0]["id"]),
        ("TOKEN", &token["apiTokenCreate"]["apiToken"]["id"]),
        ("TEMPLATE", &templates["templates"]["nodes"][0]["id"]),
        ("SAVED", &saved["savedMessages"]["nodes"][0]["id"]),
        ("OWN_CONTACT", &own["contact"]["id"]),
        ("RECEIPT", &receipts["webhookReceipts"]["nodes"][0]["id"]),
        ("ATTRIBUTE", &attribute["contactAttributeCreate"]["contactAttribute"]["id"]),
    ];
    found.map(|(name, id)| (name, id.as_str().unwrap_or_else(|| panic!("no {name}")).to_owned())).to_vec()
}

/// What one may not see does not exist, by whatever road one asks for it.
#[test]
fn what_one_may_not_see_does_not_exist() {
    on_each_store(async |database| {
        let app = TestApp::start_set(database, &[("assistant_private_hosts", "127.0.0.1")]).await;
        let house = House::build(&app).await;
        let colleagues = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename
            ... on User { name email phone lastSeenAt role { name } } } }";
        let others = ["OWN_CONTACT", "ATTRIBUTE", "IMPORT", "RECEIPT"];
        let ids = house.ids.iter().filter(|(name, _)| !others.contains(name));
        let ids: Vec<&String> = ids.map(|(_, id)| id).collect();
        let (own, reader, administrator) = (&house.callers[2], &house.callers[3], &house.callers[6]);
        let file = json!({ "__typename": "Media" });
        let name_only = json!({ "__typename": "User", "name": "target", "email": null, "phone": null, "lastSeenAt": null,
                "role": null });
        let template = json!({ "__typename": "Template" });
        let saved = json!({ "__typename": "SavedMessage" });
        let assistant = json!({ "__typename": "Assistant" });
        let data = own.client.ask(colleagues, json!({ "ids": ids })).await;
        assert_eq!(
            data["nodes"],
            json!([
                null, null, null, null, name_only, null, template, saved, null, assistant, assistant, null,
                null, null, null, null
            ]),
            "names of colleagues only"
        );
        let data = reader.client.ask(colleagues, json!({ "ids": ids })).await;
        let kinds = ["Conversation", "Contact", "Message"].map(|kind| json!({ "__typename": kind }));
        let [conversation, contact, message] = kinds;
        let run = json!({ "__typename": "AssistantRun" });
        let all = json!([
            conversation,
            contact,
            message,
            null,
            name_only,
            null,
            template,
            saved,
            file,
            assistant,
            assistant,
            null,
            run,
            null,
            null,
            null
        ]);
        assert_eq!(data["nodes"], all);
        let data = administrator.client.ask(colleagues, json!({ "ids": ids })).await;
        assert_eq!(data["nodes"][0], Value::Null, "who administers sees no conversations by that");
        let types: Vec<_> = (3..6).map(|at| &data["nodes"][at]["__typename"]).collect();
        assert_eq!(types, ["Role", "User", "ApiToken"]);
        assert_eq!(data["nodes"][11]["__typename"], "ModelPrice");
        let types: Vec<_> = (13..16).map(|at| &data["nodes"][at]["__typename"]).collect();
        assert_eq!(types, ["AssistantDocument", "AssistantDocument", "ToolServer"]);
        assert_eq!(data["nodes"][4]["email"], "target@example.com");

        // What cannot be seen cannot be searched for, nor filtered by.
        for (caller, found) in [(own, 0), (reader, 0), (administrator, 1)] {
            let search = "{ users(filter: { search: \"target@ex\" }) { totalCount } }";
            assert_eq!(caller.client.query(search).await["users"]["totalCount"], found, "{}", caller.name);
            let by_role = house.fill("{ users(filter: { roleId: \"ROLE\" }) { totalCount } }");
            let answer = caller.client.execute(&by_role, json!({})).await;
            assert_eq!(answer.codes().is_empty(), found == 1, "{}", caller.name);
        }
        let phones = format!("{{ contacts(search: \"{OTHER_CUSTOMER}\") {{ totalCount }} }}");
        assert_eq!(own.client.query(&phones).await["contacts"]["totalCount"], 0);
        let me = "{ viewer { user { email phone role { name permissions reach userCount } } } }";
        let me = own.client.query(me).await;
        assert_eq!(
            me["viewer"]["user"],
            json!({ "email": "own@example.com", "phone": "+525512345678",
                "role": { "name": "Owners", "permissions": ["READ_OWN"], "reach": "OWN", "userCount": 1 } })
        );
        app.finish().await;
    });
}

/// An assistant, one to spare, and a run in somebody else's conversation.
async fn assistants(
    app: &TestApp,
    administrator: &Client,
    reader: &Client,
    conversation: &str,
) -> Vec<(&'static str, String)> {
    let mut ids = Vec::new();
    for (word, name) in [("ASSISTANT", "Bot"), ("SPARE", "Spare bot")] {
        let made = administrator
            .query(&format!(
                "mutation {{ assistantCreate(input: {{ name: \"{name}\", provider: SCRIPTED }}) {{ assistant {{ id }} }} }}"
            ))
            .await;
        let id = made["assistantCreate"]["assistant"]["id"].as_str().expect("it was made");
        ids.push((word, id.to_owned()));
    }
    let price =
        "mutation { modelPriceSet(input: { provider: GEMINI, model: \"*\", inputPrice: 1, outputPrice: 2,
        currency: \"EUR\" }) { modelPrice { id } } }";
    let made = administrator.query(price).await;
    ids.push(("PRICE", made["modelPriceSet"]["modelPrice"]["id"].as_str().expect("it was made").to_owned()));
    let assistant =
        inbox::store::assistants::all(app.inbox().db.read()).await.expect("they can be read").remove(0);
    let rows = inbox::store::conversations::page(
        app.inbox().db.read(),
        inbox::auth::Reach::All,
        &inbox::store::conversations::ConversationFilter::default(),
        &inbox::store::page::PageRequest {
            direction: inbox::store::page::Direction::Descending,
            after: None,
            before: None,
            take: inbox::store::page::Take::First(10),
            wants_previous: false,
            wants_next: false,
        },
    )
    .await
    .expect("they can be read")
    .rows;
    let shown = reader.query("{ conversations { nodes { id } } }").await;
    let nodes = shown["conversations"]["nodes"].as_array().expect("nodes");
    let place = nodes.iter().position(|node| node["id"] == conversation).expect("the other's");
    let row = &rows[place];
    let run = entities::assistant_run::Model {
        id: app.inbox().ids.next(),
        conversation_id: row.id,
        assistant_id: assistant.id,
        assistant_version: 1,
        model: String::new(),
        state: entities::RunState::Answered,
        last_message_id: row.last_message_id.expect("somebody wrote"),
        control_epoch: 0,
        attempt: 1,
        reason: None,
        input_tokens: 0,
        output_tokens: 0,
        cost_micros: None,
        currency: None,
        rating: None,
        rating_note: None,
        rated_by: None,
        started_at: app.inbox().clock.now(),
        finished_at: None,
    };
    app.inbox()
        .db
        .write(inbox::store::Priority::Interactive, move |tx| {
            let run = run.clone();
            Box::pin(async move { inbox::store::assistants::insert_run(tx.conn(), run).await })
        })
        .await
        .expect("it can be stored");
    let runs = reader.query("{ assistantRuns { nodes { id } } }").await;
    ids.push(("RUN", runs["assistantRuns"]["nodes"][0]["id"].as_str().expect("the run").to_owned()));
    for (word, title) in [("DOCUMENT", "Returns"), ("PAPER", "Another")] {
        let create = format!(
            "mutation {{ assistantDocumentCreate(input: {{ assistantId: \"{}\", title: \"{title}\", text: \"Words\" }})
                {{ assistantDocument {{ id }} }} }}",
            ids[0].1
        );
        let made = administrator.query(&create).await;
        let id = made["assistantDocumentCreate"]["assistantDocument"]["id"].as_str().expect("it was made");
        ids.push((word, id.to_owned()));
    }
    let create = format!(
        "mutation {{ toolServerCreate(input: {{ assistantId: \"{}\", name: \"Shop\", url: \"http://127.0.0.1:9/mcp\" }})
            {{ toolServer {{ id failure }} }} }}",
        ids[0].1
    );
    let made = administrator.query(&create).await;
    let server = &made["toolServerCreate"]["toolServer"];
    assert!(server["failure"].is_string(), "{server}");
    ids.push(("SERVER", server["id"].as_str().expect("it was made").to_owned()));
    ids
}
