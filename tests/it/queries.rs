//! Reading: pages, what they cost, and who sees what.

use entities::{Mode, conversation};
use inbox::auth::Permission;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::sending::text_to;
use tests::{Client, TestApp, on_each_store, webhook};

const CUSTOMERS: usize = 60;

fn phone(customer: usize) -> String {
    format!("346000{customer:05}")
}

/// Two messages of each customer, several of them in the same second.
async fn fill(app: &TestApp) {
    for round in 0..2 {
        for customer in 0..CUSTOMERS {
            let at = app.now() - 1000 + (customer / 3) as i64;
            let wamid = format!("wamid.{round}.{customer}");
            app.deliver(&webhook::text(&phone(customer), &wamid, at, &wamid)).await;
        }
    }
    app.settled().await;
}

/// All ids of a list, page by page.
async fn walk(client: &Client, list: &str, size: usize, forward: bool) -> Vec<Value> {
    let (count, cursor) = if forward { ("first", "after") } else { ("last", "before") };
    let query = format!(
        "query($at: Cursor) {{ page: {list}({count}: {size}, {cursor}: $at) {{ totalCount nodes {{ id }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
    );
    let (mut found, mut at): (Vec<Value>, _) = (Vec::new(), Value::Null);
    loop {
        let page = client.ask(&query, json!({ "at": at })).await["page"].take();
        let ids = page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone());
        let (more, next) =
            if forward { ("hasNextPage", "endCursor") } else { ("hasPreviousPage", "startCursor") };
        if forward {
            found.extend(ids);
        } else {
            found.splice(0..0, ids);
        }
        if page["pageInfo"][more] == false {
            assert_eq!(page["totalCount"], found.len());
            return found;
        }
        at = page["pageInfo"][next].clone();
    }
}

#[test]
fn pages_hold_everything_once_whichever_way_one_walks() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        fill(&app).await;
        let client = app.admin().await;
        for (list, size, count) in
            [("conversations", 7, CUSTOMERS), ("contacts", 25, CUSTOMERS), ("messages", 11, 2 * CUSTOMERS)]
        {
            let forward = walk(&client, list, size, true).await;
            assert_eq!(forward.len(), count, "{list}");
            let mut distinct: Vec<String> = forward.iter().map(Value::to_string).collect();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), count, "{list}");
            assert_eq!(walk(&client, list, size, false).await, forward, "{list}");
        }
        app.finish().await;
    });
}

#[test]
fn a_page_costs_the_same_whatever_its_size() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        fill(&app).await;
        let client = app.admin().await;
        let query = "query($first: Int) { conversations(first: $first) { totalCount nodes {
            id mode unreadCount sendability { canSendFreeForm } owner { name } channel { name }
            contact { name identities { value } } lastMessage { kind content { __typename } reactions { emoji } } } } }";
        let mut costs = Vec::new();
        for first in [1, 10, CUSTOMERS] {
            let mut cost = u64::MAX;
            // The service itself looks at its tables now and then: the quietest of a few counts.
            for _ in 0..8 {
                let before = app.inbox().db.statements();
                let data = client.ask(query, json!({ "first": first })).await;
                cost = cost.min(app.inbox().db.statements() - before);
                assert_eq!(data["conversations"]["nodes"].as_array().unwrap().len(), first);
            }
            costs.push(cost);
        }
        assert!(costs.iter().all(|cost| *cost == costs[0] && *cost <= 12), "statements: {costs:?}");
        app.finish().await;
    });
}

#[test]
fn ids_lead_back_to_their_things() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        fill(&app).await;
        let client = app.admin().await;
        let data = client
            .query("{ conversations(first: 1) { nodes { id channel { id } owner { id } contact { id } lastMessage { id } } } }")
            .await;
        let node = &data["conversations"]["nodes"][0];
        let ids = [
            ("Conversation", &node["id"]),
            ("Channel", &node["channel"]["id"]),
            ("User", &node["owner"]["id"]),
            ("Contact", &node["contact"]["id"]),
            ("Message", &node["lastMessage"]["id"]),
        ];
        for (kind, id) in ids {
            let data =
                client.ask("query($id: ID!) { node(id: $id) { __typename id } }", json!({ "id": id })).await;
            assert_eq!(data["node"], json!({ "__typename": kind, "id": id }));
        }
        let several = json!({ "ids": [ids[4].1, "nonsense", ids[0].1, ""] });
        let data = client.ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", several).await;
        let expected = json!([{ "__typename": "Message" }, null, { "__typename": "Conversation" }, null]);
        assert_eq!(data["nodes"], expected);
        app.finish().await;
    });
}

#[test]
fn who_sees_only_their_own_sees_nothing_else() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        for customer in 0..4 {
            app.simulator().customer_writes(&phone(customer), json!({ "text": "Hola" })).await;
        }
        app.settled().await;
        let (ana, client) = app.person("ana@example.com", "Own conversations").await;
        let everything =
            "{ conversations { totalCount nodes { id contact { phone } } } contacts { totalCount }
            messages { totalCount } }";
        let nothing = client.query(everything).await;
        for list in ["conversations", "contacts", "messages"] {
            assert_eq!(nothing[list]["totalCount"], 0, "{list}");
        }

        let rows = tests::records::conversations(app.inbox().db.read()).await;
        let mine =
            conversation::ActiveModel { id: Set(rows[0].id), owner_id: Set(ana), ..Default::default() };
        conversation::Entity::update(mine).exec(&database.connect().await).await.unwrap();
        let own = client.query(everything).await;
        assert_eq!(own["conversations"]["totalCount"], 1);
        assert_eq!(own["messages"]["totalCount"], 1);

        // The others' exist for the administrator, and for nobody else.
        let all = app
            .admin()
            .await
            .query("{ conversations { nodes { id contact { id phone } lastMessage { id } } } }")
            .await;
        let nodes = all["conversations"]["nodes"].as_array().unwrap();
        let phone_of_mine = own["conversations"]["nodes"][0]["contact"]["phone"].as_str().unwrap().to_owned();
        let other = nodes.iter().find(|node| node["contact"]["phone"] != phone_of_mine.as_str()).unwrap();
        for id in [&other["id"], &other["contact"]["id"], &other["lastMessage"]["id"]] {
            let data = client.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(data["node"], Value::Null);
        }
        let mut send = text_to("0", "not yours", "stolen");
        send["input"]["to"] = Value::Null;
        send["input"]["conversationId"] = other["id"].clone();
        assert_eq!(client.code(tests::sending::SEND, send).await, "NOT_FOUND");
        let other_phone = other["contact"]["phone"].as_str().unwrap().trim_start_matches('+');
        assert_eq!(client.refusals(&text_to(other_phone, "hi", "by-phone")).await, ["RECIPIENT_NOT_FOUND"]);

        let mut added = client
            .subscribe("subscription { messageAdded { conversation { contact { phone } } } }", json!({}))
            .await;
        app.subscribed(1).await;
        app.simulator().customer_writes(other_phone, json!({ "text": "not for Ana" })).await;
        app.settled().await;
        app.simulator().customer_writes(&phone_of_mine, json!({ "text": "for Ana" })).await;
        let told = added.next().await;
        assert_eq!(told["messageAdded"]["conversation"]["contact"]["phone"], phone_of_mine.as_str());
        app.finish().await;
    });
}

#[test]
fn wrong_requests_say_what_is_wrong_by_a_code() {
    on_each_store(async |database| {
        let app = TestApp::start(database).await;
        app.simulator().customer_writes(&phone(0), json!({ "text": "Hola" })).await;
        app.settled().await;
        let reader = app.integration(&[Permission::ReadAll], false).await;
        for (query, code) in [
            ("{ nonsense }", "BAD_USER_INPUT"),
            ("{ conversations(first: -1) { totalCount } }", "BAD_USER_INPUT"),
            ("{ conversations(first: 101) { totalCount } }", "BAD_USER_INPUT"),
            ("{ conversations(first: 1, last: 1) { totalCount } }", "BAD_USER_INPUT"),
            ("{ conversations(after: \"x\") { totalCount } }", "BAD_USER_INPUT"),
            ("{ messages(first: 501) { totalCount } }", "BAD_USER_INPUT"),
        ] {
            assert_eq!(reader.code(query, json!({})).await, code, "{query}");
        }
        assert_eq!(reader.code(tests::sending::SEND, text_to(&phone(0), "no", "no")).await, "FORBIDDEN");
        let stranger = Client::new(app.http().clone(), &app.url(), Some("rcd_0123456789".to_owned()));
        let answer = stranger.execute("{ viewer { permissions } }", json!({})).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
        let conversations = tests::records::conversations(app.inbox().db.read()).await;
        assert_eq!(conversations[0].mode, Mode::Automatic, "nothing was done");
        app.finish().await;
    });
}
