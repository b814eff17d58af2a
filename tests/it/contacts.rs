//! Contacts: made, changed, found, and becoming one.

use inbox::auth::Permission;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::sending::text_to;
use tests::wait::until_true;
use tests::{Client, Database, TestApp, on_each_store, records, webhook};

const CREATE: &str = "mutation($input: ContactCreateInput!) { contactCreate(input: $input) {
    contact { id phone name language tags identities { value } owner { name } } userErrors { code field message } } }";
const UPDATE: &str =
    "mutation($id: ID!, $input: ContactUpdateInput!) { contactUpdate(id: $id, input: $input) {
    contact { id name language tags owner { name } marketingOptedOutAt
        attributes { attribute { key } value { __typename ... on TextAttributeValue { text }
            ... on NumberAttributeValue { number } ... on BooleanAttributeValue { boolean }
            ... on DateAttributeValue { date } ... on ChoiceAttributeValue { choice } } } }
    userErrors { code field message } } }";
async fn staff(app: &TestApp) -> Client {
    let all = [Permission::ReadAll, Permission::Send, Permission::Edit, Permission::Administer];
    app.integration(&all, true).await
}

pub(crate) async fn create(client: &Client, input: Value) -> Value {
    client.ask(CREATE, json!({ "input": input })).await["contactCreate"].take()
}

pub(crate) async fn update(client: &Client, id: &Value, input: Value) -> Value {
    client.ask(UPDATE, json!({ "id": id, "input": input })).await["contactUpdate"].take()
}

pub(crate) async fn contacts(client: &Client, arguments: &str) -> Vec<Value> {
    let query = format!(
        "{{ contacts{arguments} {{ nodes {{ id phone name tags marketingOptedOutAt
            marketingPreferences {{ value source actorKind messageId }} }} }} }}"
    );
    let mut data = client.query(&query).await;
    data["contacts"]["nodes"].take().as_array().cloned().unwrap_or_default()
}

/// A service in Brazil, where national forms are understood.
pub(crate) async fn in_brazil(database: &Database) -> (TestApp, Client) {
    let app = TestApp::start_set(database, &[("default_country", "BR")]).await;
    let client = staff(&app).await;
    (app, client)
}

#[test]
fn a_number_leads_to_one_contact_in_whatever_form() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let made =
            create(&client, json!({ "phone": "(11) 98765-4321", "name": " Ana ", "tags": ["VIP", "vip "] }))
                .await;
        let contact = &made["contact"];
        assert_eq!(contact["identities"], json!([{ "value": "5511987654321" }]), "{made}");
        assert_eq!(contact["name"], "Ana");
        assert_eq!((&contact["tags"], &contact["owner"]["name"]), (&json!(["vip"]), &json!("Guest")));
        for form in ["+55 11 8765-4321", "011 98765-4321", "0055 11 98765 4321", "551187654321"] {
            let again = create(&client, json!({ "phone": form, "name": "Another" })).await;
            assert_eq!(again["userErrors"][0]["code"], "ALREADY_EXISTS", "{form}: {again}");
            assert_eq!(again["contact"]["id"], contact["id"], "{form}");
            assert_eq!(again["contact"]["name"], "Ana", "what is there stays");
        }
        for (input, code) in [
            (json!({ "phone": "call me" }), "PHONE_INVALID"),
            (json!({ "phone": "123" }), "PHONE_INVALID"),
            (json!({ "phone": "+5511900000001", "name": "a\nb" }), "NAME_INVALID"),
            (json!({ "phone": "+5511900000001", "language": "spanish" }), "LANGUAGE_INVALID"),
            (json!({ "phone": "+5511900000001", "tags": ["a,b"] }), "TAG_INVALID"),
        ] {
            let refused = create(&client, input).await;
            assert_eq!(
                (&refused["userErrors"][0]["code"], &refused["contact"]),
                (&json!(code), &Value::Null)
            );
        }
        // Who writes under another form of the number is the same contact; the number is as WhatsApp has it.
        app.deliver(&webhook::text("551187654321", "wamid.1", app.now(), "Oi")).await;
        app.settled().await;
        let all = contacts(&client, "").await;
        assert_eq!(all.len(), 1);
        assert_eq!((&all[0]["id"], &all[0]["phone"]), (&contact["id"], &json!("+551187654321")));
        app.finish().await;
    });
}

#[test]
fn many_at_once_make_one_contact() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let forms = ["+5511987654321", "+551187654321", "11 98765-4321", "5511987654321"];
        let creates = (0..50).map(|n| create(&client, json!({ "phone": forms[n % forms.len()] })));
        let made = futures_util::future::join_all(creates).await;
        let ids: BTreeSet<String> = made.iter().map(|each| each["contact"]["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        let new = made.iter().filter(|each| each["userErrors"] == json!([])).count();
        assert_eq!((new, contacts(&client, "").await.len()), (1, 1));
        app.finish().await;
    });
}

#[test]
fn what_is_absent_stays_and_null_clears() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let (owner, _) = app.person("ana@example.com", "Agent").await;
        let _ = owner;
        let first = json!({ "phone": "+34600111222", "name": "Eva", "language": "es", "tags": ["a", "b"] });
        let id = create(&client, first).await["contact"]["id"].take();
        let same = update(&client, &id, json!({})).await;
        assert_eq!((&same["contact"]["name"], &same["contact"]["language"]), (&json!("Eva"), &json!("es")));
        let events = records::events(app.inbox().db.read()).await.len();
        update(&client, &id, json!({ "name": "Eva", "tags": ["B", "a"] })).await;
        assert_eq!(records::events(app.inbox().db.read()).await.len(), events, "nothing changed");
        let cleared = update(&client, &id, json!({ "name": null, "language": "pt-br", "tags": null })).await;
        let contact = &cleared["contact"];
        assert_eq!(
            (&contact["name"], &contact["language"], &contact["tags"]),
            (&Value::Null, &json!("pt-BR"), &json!([]))
        );
        assert_eq!(records::events(app.inbox().db.read()).await.len(), events + 1);
        let users = client.query("{ users(filter: { search: \"ana\" }) { nodes { id } } }").await;
        let owner = &users["users"]["nodes"][0]["id"];
        let owned = update(&client, &id, json!({ "ownerId": owner })).await;
        assert_eq!(owned["contact"]["owner"]["name"], "ana");
        assert_eq!(contacts(&client, &format!("(filter: {{ ownerId: {owner} }})")).await.len(), 1);
        let freed = update(&client, &id, json!({ "ownerId": null })).await;
        assert_eq!(freed["contact"]["owner"]["name"], "Guest");
        let refused = update(
            &client,
            &id,
            json!({ "name": "x", "tags": vec!["x"; 51].iter().enumerate()
            .map(|(n, x)| format!("{x}{n}")).collect::<Vec<_>>() }),
        )
        .await;
        assert_eq!(refused["userErrors"][0]["code"], "TOO_MANY_TAGS");
        assert_eq!(contacts(&client, "").await[0]["name"], Value::Null, "a refused change changes nothing");
        app.finish().await;
    });
}

#[test]
fn tags_and_attributes() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let define =
            "mutation($input: ContactAttributeCreateInput!) { contactAttributeCreate(input: $input) {
            contactAttribute { id } userErrors { code } } }";
        for (key, kind) in [("note", "TEXT"), ("age", "NUMBER"), ("member", "BOOLEAN"), ("birthday", "DATE")]
        {
            let input = json!({ "key": key, "label": key, "kind": kind });
            let made = client.ask(define, json!({ "input": input })).await;
            assert_eq!(made["contactAttributeCreate"]["userErrors"], json!([]), "{key}");
        }
        let size = json!({ "key": "size", "label": "Size", "kind": "CHOICE", "choices": ["S", "M"] });
        let made = client.ask(define, json!({ "input": size })).await;
        let size_id = made["contactAttributeCreate"]["contactAttribute"]["id"].clone();
        let again = client.ask(define, json!({ "input": size })).await;
        assert_eq!(again["contactAttributeCreate"]["userErrors"][0]["code"], "KEY_TAKEN");
        let id = create(&client, json!({ "phone": "+34600111222", "tags": ["New Customer"] })).await["contact"]["id"].take();
        create(&client, json!({ "phone": "+34600111333" })).await;
        assert_eq!(contacts(&client, "(filter: { tag: \"NEW customer\" })").await.len(), 1);
        assert_eq!(contacts(&client, "(filter: { tag: \"new\" })").await.len(), 0);
        let values = json!([
            { "key": "note", "value": { "text": " likes tea " } }, { "key": "age", "value": { "number": 41.5 } },
            { "key": "member", "value": { "boolean": true } }, { "key": "birthday", "value": { "date": "1985-02-28" } },
            { "key": "size", "value": { "choice": "M" } },
        ]);
        let set = update(&client, &id, json!({ "attributes": values })).await;
        let found: Vec<String> = set["contact"]["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| format!("{}={}", each["attribute"]["key"], each["value"]))
            .collect();
        assert_eq!(
            found,
            [
                r#""age"={"__typename":"NumberAttributeValue","number":41.5}"#,
                r#""birthday"={"__typename":"DateAttributeValue","date":"1985-02-28"}"#,
                r#""member"={"__typename":"BooleanAttributeValue","boolean":true}"#,
                r#""note"={"__typename":"TextAttributeValue","text":"likes tea"}"#,
                r#""size"={"__typename":"ChoiceAttributeValue","choice":"M"}"#,
            ]
        );
        for (value, word) in [
            (json!({ "key": "age", "value": { "text": "41" } }), "give a number"),
            (json!({ "key": "birthday", "value": { "date": "1985-02-30" } }), "YYYY-MM-DD"),
            (json!({ "key": "size", "value": { "choice": "XL" } }), "S, M"),
            (json!({ "key": "shoe", "value": { "text": "x" } }), "no attribute shoe"),
        ] {
            let refused = update(&client, &id, json!({ "attributes": [value] })).await;
            let message = refused["userErrors"][0]["message"].as_str().unwrap_or_default();
            assert!(message.contains(word), "{refused}");
        }
        let shrink = "mutation($id: ID!, $choices: [String!]!) { contactAttributeUpdate(id: $id, input: { choices: $choices }) {
            contactAttribute { choices } userErrors { code } } }";
        let refused = client.ask(shrink, json!({ "id": size_id, "choices": ["S"] })).await;
        assert_eq!(refused["contactAttributeUpdate"]["userErrors"][0]["code"], "CHOICE_IN_USE");
        let less = client.ask(shrink, json!({ "id": size_id, "choices": ["M", "L"] })).await;
        assert_eq!(less["contactAttributeUpdate"]["contactAttribute"]["choices"], json!(["M", "L"]));
        let cleared = update(&client, &id, json!({ "attributes": [{ "key": "note" }] })).await;
        assert_eq!(cleared["contact"]["attributes"].as_array().unwrap().len(), 4);
        let delete =
            "mutation($id: ID!) { contactAttributeDelete(id: $id) { contactCount userErrors { code } } }";
        let gone = client.ask(delete, json!({ "id": size_id })).await;
        assert_eq!(gone["contactAttributeDelete"]["contactCount"], 1);

        app.deliver(&webhook::text("34600111222", "wamid.1", app.now(), "Hola")).await;
        app.settled().await;
        let data = client.query("{ conversations { nodes { id tags } } }").await;
        let conversation = &data["conversations"]["nodes"][0]["id"];
        let tag = format!(
            "mutation {{ conversationSetTags(id: {conversation}, input: {{ tags: [\"Urgent\", \"b\"] }}) {{ conversation {{ tags }}
                userErrors {{ code }} }} }}"
        );
        assert_eq!(
            client.query(&tag).await["conversationSetTags"]["conversation"]["tags"],
            json!(["b", "urgent"])
        );
        for (tag, count) in [("URGENT", 1), ("c", 0)] {
            let query = format!("{{ conversations(filter: {{ tag: \"{tag}\" }}) {{ totalCount }} }}");
            assert_eq!(client.query(&query).await["conversations"]["totalCount"], count, "{tag}");
        }
        app.finish().await;
    });
}

#[test]
fn the_newest_word_on_marketing_counts() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let phone = "34600111222";
        let text = async |wamid: &str, at: i64, body: &str| {
            app.deliver(&webhook::text(phone, wamid, at, body)).await;
            app.settled().await;
        };
        let now = app.now() - 100;
        text("wamid.1", now, "alta").await;
        text("wamid.2", now + 1, "please stop that").await;
        assert_eq!(
            contacts(&client, "").await[0]["marketingPreferences"],
            json!([]),
            "neither means marketing"
        );
        text("wamid.3", now + 2, " STOP! ").await;
        let contact = contacts(&client, "").await.remove(0);
        assert!(contact["marketingOptedOutAt"].is_string());
        assert_eq!(contact["marketingPreferences"][0]["source"], "KEYWORD");
        assert!(contact["marketingPreferences"][0]["messageId"].is_string());
        assert_eq!(contacts(&client, "(filter: { marketingOptedOut: true })").await.len(), 1);
        text("wamid.4", now + 3, "Álta").await;
        assert!(contacts(&client, "").await[0]["marketingOptedOutAt"].is_null());
        // An older word that comes late, and comes twice, is written down once and changes nothing.
        let preference = |at: i64, value: &str| {
            webhook::change(
                "user_preferences",
                json!({ "user_preferences": [{ "wa_id": phone, "detail": "x",
                "category": "marketing_messages", "value": value, "timestamp": at }] }),
            )
        };
        for _ in 0..2 {
            app.deliver(&preference(now - 50, "stop")).await;
            app.settled().await;
        }
        let contact = contacts(&client, "").await.remove(0);
        assert!(contact["marketingOptedOutAt"].is_null());
        assert_eq!(contact["marketingPreferences"].as_array().unwrap().len(), 3, "{contact}");
        app.deliver(&preference(now + 10, "stop")).await;
        app.settled().await;
        assert!(contacts(&client, "").await[0]["marketingOptedOutAt"].is_string());
        let id = &contact["id"];
        let back = update(&client, id, json!({ "marketing": "RESUME" })).await;
        assert!(back["contact"]["marketingOptedOutAt"].is_null());
        update(&client, id, json!({ "marketing": "RESUME" })).await;
        let words = contacts(&client, "").await[0]["marketingPreferences"].take();
        assert_eq!(words.as_array().unwrap().len(), 5, "{words}");
        assert_eq!(
            words[0],
            json!({ "value": "RESUME", "source": "USER", "actorKind": "API_TOKEN", "messageId": null })
        );
        app.finish().await;
    });
}

/// A contact without conversations belongs to its owner; one with conversations to the owners of these.
#[test]
fn who_sees_only_its_own_sees_the_contacts_that_it_made() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let (_, own) = app.person("own@example.com", "Own conversations").await;
        let made = create(&own, json!({ "phone": "+34600111222" })).await;
        assert_eq!(made["contact"]["owner"]["name"], "own", "{made}");
        create(&client, json!({ "phone": "+34600111333" })).await;
        assert_eq!((contacts(&own, "").await.len(), contacts(&client, "").await.len()), (1, 2));
        let hidden = create(&own, json!({ "phone": "+34600111333" })).await;
        assert_eq!(
            (&hidden["contact"], &hidden["userErrors"][0]["code"]),
            (&Value::Null, &json!("ALREADY_EXISTS"))
        );
        app.finish().await;
    });
}

#[test]
fn a_block_reaches_meta() {
    on_each_store(async |database| {
        let (app, client) = in_brazil(database).await;
        let phone = "34600111222";
        app.simulator().customer_writes(phone, json!({ "text": "Hola" })).await;
        app.settled().await;
        let id = contacts(&client, "").await[0]["id"].take();
        let set = async |mutation: &str| {
            let query = format!(
                "mutation($id: ID!) {{ {mutation}(id: $id) {{ contact {{ blockedAt }} userErrors {{ code }} }} }}"
            );
            client.ask(&query, json!({ "id": id })).await[mutation]["contact"]["blockedAt"].take()
        };
        let shows = async |state: &str, blocked: bool| {
            let query = "query($id: ID!) { contact(id: $id) { blocks { blocked state channel { id } error { code } } } }";
            until_true(state, async || {
                let block = client.ask(query, json!({ "id": id })).await["contact"]["blocks"][0].take();
                block["state"] == state && block["blocked"] == blocked && block["channel"]["id"].is_string()
            })
            .await;
        };
        assert_eq!(set("contactUnblock").await, Value::Null, "nothing to take back");
        assert!(set("contactBlock").await.is_string());
        shows("DONE", true).await;
        assert_eq!(client.refusals(&text_to(phone, "x", "x")).await, ["CONTACT_BLOCKED"]);
        assert_eq!(contacts(&client, "(filter: { blocked: true })").await.len(), 1);
        assert_eq!(set("contactUnblock").await, Value::Null);
        shows("DONE", false).await;
        // Meta blocks only who wrote within the last 24 hours; here the block holds all the same.
        app.advance(std::time::Duration::from_secs(25 * 60 * 60));
        let client = staff(&app).await;
        assert!(set("contactBlock").await.is_string());
        shows("FAILED", true).await;
        assert_eq!(client.refusals(&text_to(phone, "y", "y")).await, ["CONTACT_BLOCKED"]);
        app.finish().await;
    });
}
